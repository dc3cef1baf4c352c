"""A small MFA client on httpx, async."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

import httpx

from pytest_auth0_mfa.contract import AuthError

MFA_GRANT = "http://auth0.com/oauth/grant-type/mfa-"
PASSWORDLESS_GRANT = "http://auth0.com/oauth/grant-type/passwordless/otp"
CHANNELS = {"sms": "sms", "voice": "voice", "email": "email", "push": "auth0"}


class HttpxClient:
    """Auth0's MFA API, one coroutine for each call; `/oauth/token` is sent forms."""

    def __init__(self, http: httpx.AsyncClient, domain: str, client_id: str, client_secret: str | None) -> None:
        self.http = http
        self.base = f"https://{domain}"
        self.application = {"client_id": client_id} | ({"client_secret": client_secret} if client_secret else {})

    async def log_in(
        self, username: str, password: str, *, audience: str | None = None, scope: str | None = None
    ) -> Mapping[str, Any]:
        optional = {name: value for name, value in (("audience", audience), ("scope", scope)) if value is not None}
        return await self.tokens("password", username=username, password=password, **optional)

    async def refresh(
        self, refresh_token: str, *, audience: str | None = None, scope: str | None = None
    ) -> Mapping[str, Any]:
        optional = {name: value for name, value in (("audience", audience), ("scope", scope)) if value is not None}
        return await self.tokens("refresh_token", refresh_token=refresh_token, **optional)

    async def list_authenticators(self, token: str) -> Sequence[Mapping[str, Any]]:
        authenticators = await self.call("GET", "/mfa/authenticators", token=token)
        if not isinstance(authenticators, list):
            raise AuthError("unexpected_answer", "a list of authenticators was expected")
        return authenticators

    async def associate(
        self, token: str, factor: str, *, email: str | None = None, phone_number: str | None = None
    ) -> Mapping[str, Any]:
        body: dict[str, Any] = {"authenticator_types": ["oob"], "oob_channels": [CHANNELS.get(factor)]}
        if factor == "otp":
            body = {"authenticator_types": ["otp"]}
        body |= {"email": email} if email else {}
        body |= {"phone_number": phone_number} if phone_number else {}
        return self.object_with("authenticator_type", await self.call("POST", "/mfa/associate", json=body, token=token))

    async def challenge(
        self, mfa_token: str, authenticator_id: str | None = None, *, challenge_type: str | None = None
    ) -> Mapping[str, Any]:
        named = {"authenticator_id": authenticator_id, "challenge_type": challenge_type}
        body = {"mfa_token": mfa_token, **self.application, **{k: v for k, v in named.items() if v is not None}}
        return self.object_with("challenge_type", await self.call("POST", "/mfa/challenge", json=body))

    async def verify_otp(self, mfa_token: str, otp: str) -> Mapping[str, Any]:
        return await self.tokens(MFA_GRANT + "otp", mfa_token=mfa_token, otp=otp)

    async def verify_oob(self, mfa_token: str, oob_code: str, binding_code: str | None = None) -> Mapping[str, Any]:
        prompted = {} if binding_code is None else {"binding_code": binding_code}
        return await self.tokens(MFA_GRANT + "oob", mfa_token=mfa_token, oob_code=oob_code, **prompted)

    async def verify_recovery_code(self, mfa_token: str, recovery_code: str) -> Mapping[str, Any]:
        return await self.tokens(MFA_GRANT + "recovery-code", mfa_token=mfa_token, recovery_code=recovery_code)

    async def delete_authenticator(self, token: str, authenticator_id: str) -> None:
        await self.call("DELETE", f"/mfa/authenticators/{quote(authenticator_id, safe='')}", token=token)

    async def start_passwordless(self, connection: str, address: str) -> None:
        recipient = {"email": address} if connection == "email" else {"phone_number": address}
        body = {"connection": connection, "send": "code", **recipient, **self.application}
        await self.call("POST", "/passwordless/start", json=body)

    async def log_in_passwordless(
        self, connection: str, address: str, otp: str, *, audience: str | None = None, scope: str | None = None
    ) -> Mapping[str, Any]:
        optional = {name: value for name, value in (("audience", audience), ("scope", scope)) if value is not None}
        return await self.tokens(PASSWORDLESS_GRANT, realm=connection, username=address, otp=otp, **optional)

    async def revoke(self, refresh_token: str) -> None:
        await self.call("POST", "/oauth/revoke", json={"token": refresh_token, **self.application})

    async def close(self) -> None:
        await self.http.aclose()

    async def tokens(self, grant_type: str, **parameters: str) -> Mapping[str, Any]:
        form = {"grant_type": grant_type, **parameters, **self.application}
        return self.object_with("access_token", await self.call("POST", "/oauth/token", data=form))

    async def call(self, method: str, path: str, *, token: str | None = None, **content: Any) -> Any:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        try:
            answer = await self.http.request(method, self.base + path, headers=headers, **content)
            decoded = answer.json() if answer.content else None
        except (httpx.HTTPError, ValueError) as error:  # not connected, half an answer, not JSON
            raise AuthError("no_answer", type(error).__name__) from error
        if answer.is_success:
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
