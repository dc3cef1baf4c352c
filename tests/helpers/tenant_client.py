"""A client that calls the handler directly and checks every answer against the schemas and the operations table."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from pytest_auth0_mfa import Call, Profile, Request, Response, Tenant, User, handler
from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.spec.api_errors import error_of, text_of
from pytest_auth0_mfa.spec.factors import ALL_FACTORS
from pytest_auth0_mfa.spec.operations import ME_SCOPES, MFA_OOB, MFA_OTP, MFA_RECOVERY_CODE, OPERATIONS
from pytest_auth0_mfa.spec.schemas import check_call

START = 1_700_000_000.0
FACTORS = frozenset(ALL_FACTORS)
ALL_SCOPES = "enroll read:authenticators remove:authenticators"
NOT_IN_TABLE = ("not_found", "wrong_verb", "rate_limited", "unsupported_grant_type", "me_not_found", "me_rate_limited")
"""The refusals of calls that are not to an operation."""
AT_THE_PROVIDER = ("provider_failure", "challenge_unavailable", "me_provider_failure")
"""The refusals whose status may be 5xx."""


def problems(call: Call) -> list[str]:
    """What is wrong with an answer of the fake: a 5xx status, a breach of its schema, or a refusal not in the
    table."""
    told = check_call(call.operation, call.request, call.response, closed=True)
    found = [fault for fault in told if not fault.startswith("request")]
    if call.response.status >= 500 and call.refusal_id not in AT_THE_PROVIDER:
        found.append(f"status {call.response.status}")
    if call.refusal_id is not None:
        known = OPERATIONS[call.operation].refusals if call.operation else NOT_IN_TABLE
        if call.refusal_id not in known:
            found.append(f"{call.operation} answers {call.refusal_id}, which the table lacks")
    return found


class TenantClient:
    """A tenant with a stopped clock and a fixed seed, and a client for it."""

    def __init__(self, profile: Profile | Mapping[str, Json] | None = None, **settings: Any) -> None:
        self.tenant = Tenant(**{"seed": 1, "profile": profile, **settings})
        self.tenant.clock.freeze(START)
        self._handle = handler(self.tenant)

    @property
    def last(self) -> Call:
        """The newest call."""
        return self.tenant.calls[-1]

    def handle(self, request: Request) -> Response:
        """Send a request and check the answer."""
        response = self._handle(request)
        assert problems(self.last) == []
        return response

    def send(
        self,
        method: str,
        path: str,
        body: Json = None,
        token: str | None = None,
        *,
        form: bool = False,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """Send a body as JSON, as a form, or (bytes) unchanged with the content type of JSON."""
        fields: dict[str, str] = {}
        if token is not None:
            fields["authorization"] = f"Bearer {token}"
        content = b""
        if isinstance(body, bytes):
            content = body
            fields["content-type"] = "application/json"
        elif form:
            content = urlencode(body).encode()
            fields["content-type"] = "application/x-www-form-urlencoded"
        elif body is not None:
            content = json.dumps(body).encode()
            fields["content-type"] = "application/json"
        return self.handle(Request(method, path, {**fields, **(headers or {})}, content))

    # -- the operations ----------------------------------------------------------------------

    @property
    def client(self) -> dict[str, Json]:
        """The application's credentials."""
        return {"client_id": self.tenant.client_id, "client_secret": self.tenant.client_secret}

    def token(self, body: Mapping[str, Json]) -> Response:
        """``POST /oauth/token``, with credentials."""
        return self.send("POST", "/oauth/token", {**self.client, **body})

    def login(self, user: User, **more: Json) -> Response:
        """The password grant."""
        return self.token(self.tenant.password_grant(user, **more))

    def mfa_token(self, user: User, **more: Json) -> str:
        """The mfa_token of a login for which MFA is required."""
        response = self.login(user, **more)
        assert response.status in (401, 403), response.json()
        return str(response.json()["mfa_token"])

    def associate(self, token: str, factor: str, **more: Json) -> Response:
        """``POST /mfa/associate``, with a default address or phone number."""
        if factor == "otp":
            return self.send("POST", "/mfa/associate", {"authenticator_types": ["otp"], **more}, token)
        channel = "auth0" if factor == "push" else factor
        address: dict[str, Json] = {"email": "new@example.com"} if factor == "email" else {}
        if factor in ("sms", "voice"):
            address = {"phone_number": "+15550100123"}
        asked = {"authenticator_types": ["oob"], "oob_channels": [channel], **address, **more}
        return self.send("POST", "/mfa/associate", asked, token)

    def rows(self, token: str) -> list[dict[str, Json]]:
        """``GET /mfa/authenticators``."""
        response = self.send("GET", "/mfa/authenticators", token=token)
        assert response.status == 200, response.json()
        rows: list[dict[str, Json]] = response.json()
        return rows

    def delete(self, token: str, authenticator_id: str) -> Response:
        """``DELETE /mfa/authenticators/{id}``."""
        return self.send("DELETE", f"/mfa/authenticators/{authenticator_id}", token=token)

    def challenge(self, mfa_token: str, **more: Json) -> Response:
        """``POST /mfa/challenge``."""
        return self.send("POST", "/mfa/challenge", {"mfa_token": mfa_token, **self.client, **more})

    def otp(self, mfa_token: str, otp: str, **more: Json) -> Response:
        """The mfa-otp grant."""
        return self.token({"grant_type": MFA_OTP, "mfa_token": mfa_token, "otp": otp, **more})

    def oob(self, mfa_token: str, oob_code: str, binding_code: str | None = None, **more: Json) -> Response:
        """The mfa-oob grant."""
        asked = {"grant_type": MFA_OOB, "mfa_token": mfa_token, "oob_code": oob_code, "binding_code": binding_code}
        return self.token({**asked, **more})

    def recovery(self, mfa_token: str, recovery_code: str, **more: Json) -> Response:
        """The mfa-recovery-code grant."""
        return self.token(
            {"grant_type": MFA_RECOVERY_CODE, "mfa_token": mfa_token, "recovery_code": recovery_code, **more}
        )

    # -- ways to get somewhere ---------------------------------------------------------------

    def code(self, user: User) -> str:
        """The code of the newest message to a user."""
        code = self.tenant.outbox.latest(user).code
        assert code is not None
        return code

    def managing_token(self, user: User, scope: str | None = ALL_SCOPES) -> str:
        """An access token for the MFA audience, obtained with a TOTP if MFA is required."""
        response = self.login(user, audience=self.tenant.mfa_audience, scope=scope)
        if response.status != 200:
            otp = next(a for a in user.authenticators if a.factor == "otp" and a.active)
            response = self.otp(response.json()["mfa_token"], otp.code())
            self.tenant.clock.advance(30)  # so that the authenticator has a new code
        assert response.status == 200, response.json()
        return str(response.json()["access_token"])

    def account_token(self, user: User, scope: str = " ".join(ME_SCOPES)) -> str:
        """An access token for the My Account API, from an earlier login."""
        return user.access_token(audience=self.tenant.me_audience, scope=scope)


def refusal(response: Response) -> tuple[int, str, str]:
    """Status, `error` and `error_description` of a refusal; at the My Account API its code and `detail`."""
    body = response.json()
    return response.status, str(error_of(body)), str(text_of(body))
