"""A small MFA client on requests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

import requests

from pytest_auth0_mfa.contract import AuthError

MFA_GRANT = "http://auth0.com/oauth/grant-type/mfa-"
PASSWORDLESS_GRANT = "http://auth0.com/oauth/grant-type/passwordless/otp"
CHANNELS = {"sms": "sms", "voice": "voice", "email": "email", "push": "auth0"}


class RequestsClient:
    """Auth0's MFA API, one method for each call."""

    def __init__(self, domain: str, client_id: str, client_secret: str | None) -> None:
        self.base = f"https://{domain}"
        self.application = {"client_id": client_id} | ({"client_secret": client_secret} if client_secret else {})
        self.session = requests.Session()

    def log_in(
        self, username: str, password: str, *, audience: str | None = None, scope: str | None = None
    ) -> Mapping[str, Any]:
        optional = {name: value for name, value in (("audience", audience), ("scope", scope)) if value is not None}
        return self.tokens("password", username=username, password=password, **optional)

    def refresh(
        self, refresh_token: str, *, audience: str | None = None, scope: str | None = None
    ) -> Mapping[str, Any]:
        optional = {name: value for name, value in (("audience", audience), ("scope", scope)) if value is not None}
        return self.tokens("refresh_token", refresh_token=refresh_token, **optional)

    def list_authenticators(self, token: str) -> Sequence[Mapping[str, Any]]:
        authenticators = self.call("GET", "/mfa/authenticators", token=token)
        if not isinstance(authenticators, list):
            raise AuthError("unexpected_answer", "a list of authenticators was expected")
        return authenticators

    def associate(
        self, token: str, factor: str, *, email: str | None = None, phone_number: str | None = None
    ) -> Mapping[str, Any]:
        body: dict[str, Any] = {"authenticator_types": ["otp" if factor == "otp" else "oob"]}
        if factor != "otp":
            body["oob_channels"] = [CHANNELS[factor]]
        if email is not None:
            body["email"] = email
        if phone_number is not None:
            body["phone_number"] = phone_number
        return self.object_with("authenticator_type", self.call("POST", "/mfa/associate", body, token=token))

    def challenge(
        self, mfa_token: str, authenticator_id: str | None = None, *, challenge_type: str | None = None
    ) -> Mapping[str, Any]:
        body = {"mfa_token": mfa_token, **self.application}
        if authenticator_id is not None:
            body["authenticator_id"] = authenticator_id
        if challenge_type is not None:
            body["challenge_type"] = challenge_type
        return self.object_with("challenge_type", self.call("POST", "/mfa/challenge", body))

    def verify_otp(self, mfa_token: str, otp: str) -> Mapping[str, Any]:
        return self.tokens(MFA_GRANT + "otp", mfa_token=mfa_token, otp=otp)

    def verify_oob(self, mfa_token: str, oob_code: str, binding_code: str | None = None) -> Mapping[str, Any]:
        prompted = {} if binding_code is None else {"binding_code": binding_code}
        return self.tokens(MFA_GRANT + "oob", mfa_token=mfa_token, oob_code=oob_code, **prompted)

    def verify_recovery_code(self, mfa_token: str, recovery_code: str) -> Mapping[str, Any]:
        return self.tokens(MFA_GRANT + "recovery-code", mfa_token=mfa_token, recovery_code=recovery_code)

    def delete_authenticator(self, token: str, authenticator_id: str) -> None:
        self.call("DELETE", f"/mfa/authenticators/{quote(authenticator_id, safe='')}", token=token)

    def start_passwordless(self, connection: str, address: str) -> None:
        recipient = {"email": address} if connection == "email" else {"phone_number": address}
        body = {"connection": connection, "send": "code", **recipient, **self.application}
        self.call("POST", "/passwordless/start", body)

    def log_in_passwordless(
        self, connection: str, address: str, otp: str, *, audience: str | None = None, scope: str | None = None
    ) -> Mapping[str, Any]:
        optional = {name: value for name, value in (("audience", audience), ("scope", scope)) if value is not None}
        return self.tokens(PASSWORDLESS_GRANT, realm=connection, username=address, otp=otp, **optional)

    def revoke(self, refresh_token: str) -> None:
        self.call("POST", "/oauth/revoke", {"token": refresh_token, **self.application})

    def close(self) -> None:
        self.session.close()

    def tokens(self, grant_type: str, **parameters: str) -> Mapping[str, Any]:
        body = {"grant_type": grant_type, **parameters, **self.application}
        return self.object_with("access_token", self.call("POST", "/oauth/token", body))

    def call(self, method: str, path: str, body: Any = None, *, token: str | None = None) -> Any:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        try:
            answer = self.session.request(method, self.base + path, json=body, headers=headers, timeout=10)
            decoded = answer.json() if answer.content else None
        except requests.RequestException as error:  # not connected, half an answer, not JSON
            raise AuthError("no_answer", type(error).__name__) from error
        if answer.ok:
            return decoded
        refusal = decoded if isinstance(decoded, dict) else {}
        if not isinstance(refusal.get("error"), str):  # a gateway's answer, not Auth0's
            raise AuthError("unexpected_answer", status=answer.status_code)
        description, mfa_token = refusal.get("error_description"), refusal.get("mfa_token")
        raise AuthError(refusal["error"], description, answer.status_code, mfa_token)

    @staticmethod
    def object_with(field: str, decoded: Any) -> Mapping[str, Any]:
        if not isinstance(decoded, dict) or field not in decoded:
            raise AuthError("unexpected_answer", f"an object with {field} was expected")
        return decoded
