"""An adapter around auth0-server-python."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from typing import Any

from auth0_server_python.auth_server.server_client import ServerClient
from auth0_server_python.error import Auth0Error, MfaRequiredError

from pytest_auth0_mfa.contract import AuthError

SESSION = "_a0_session"
FACTORS = {"push": "auth0"}


class Store:
    """A session store in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, Any] = {}

    async def get(self, identifier: str, options: Any = None) -> Any:
        return self.kept.get(identifier)

    async def set(self, identifier: str, state: Any, remove_if_expires: bool = False, options: Any = None) -> None:
        self.kept[identifier] = state

    async def delete(self, identifier: str, options: Any = None) -> None:
        self.kept.pop(identifier, None)


class ServerPython:
    """The SDK starts flows from a refresh token, and encrypts mfa_tokens."""

    def __init__(self, domain: str, client_id: str, client_secret: str | None) -> None:
        if client_secret is None:
            raise NotImplementedError("the SDK is for confidential applications")
        self.store = Store()
        self.client = ServerClient(
            domain=domain,
            client_id=client_id,
            client_secret=client_secret,
            secret="a-secret-that-encrypts-the-session-0123456789",
            redirect_uri="https://app.example/callback",
            state_store=self.store,
            transaction_store=Store(),
        )

    async def refresh(
        self, refresh_token: str, *, audience: str | None = None, scope: str | None = None
    ) -> Mapping[str, Any]:
        about = {"sid": "", "created_at": 0}
        self.store.kept[SESSION] = {"refresh_token": refresh_token, "token_sets": [], "internal": about}
        token = await answered(self.client.get_access_token(audience=audience, scope=scope))
        session = self.store.kept[SESSION]
        state = session if isinstance(session, dict) else session.model_dump()
        kept = state.get("refresh_token")
        replaced = kept if kept != refresh_token else None  # without a new one the session keeps the old one
        return {"access_token": token, "id_token": state.get("id_token"), "refresh_token": replaced}

    async def list_authenticators(self, token: str) -> Sequence[Mapping[str, Any]]:
        found = await answered(self.client.mfa.list_authenticators({"mfa_token": only_mfa_token(token)}))
        return [authenticator.model_dump() for authenticator in found]

    async def associate(
        self, token: str, factor: str, *, email: str | None = None, phone_number: str | None = None
    ) -> Mapping[str, Any]:
        asked = {"factor_type": FACTORS.get(factor, factor), "email": email, "phone_number": phone_number}
        enrolled = await answered(self.client.mfa.enroll_authenticator({"mfa_token": only_mfa_token(token), **asked}))
        return dict(enrolled.model_dump())

    async def challenge(
        self, mfa_token: str, authenticator_id: str | None = None, *, challenge_type: str | None = None
    ) -> Mapping[str, Any]:
        wanted = challenge_type or authenticator_id
        if wanted is None:
            raise NotImplementedError("the SDK asks for a factor")
        factor = "otp" if wanted.startswith(("otp", "totp")) else "sms"  # sms stands for every oob factor
        asked = {"mfa_token": mfa_token, "factor_type": factor, "authenticator_id": authenticator_id}
        return dict((await answered(self.client.mfa.challenge_authenticator(asked))).model_dump())

    async def verify_otp(self, mfa_token: str, otp: str) -> Mapping[str, Any]:
        return await self.verify(mfa_token, otp=otp)

    async def verify_oob(self, mfa_token: str, oob_code: str, binding_code: str | None = None) -> Mapping[str, Any]:
        return await self.verify(mfa_token, oob_code=oob_code, binding_code=binding_code)

    async def verify_recovery_code(self, mfa_token: str, recovery_code: str) -> Mapping[str, Any]:
        return await self.verify(mfa_token, recovery_code=recovery_code)

    async def verify(self, mfa_token: str, **proof: str | None) -> Mapping[str, Any]:
        answer = await answered(self.client.mfa.verify({"mfa_token": only_mfa_token(mfa_token), **proof}))
        return dict(answer.model_dump())


def only_mfa_token(token: str) -> str:
    """The SDK takes only its own encrypted mfa_tokens, which have five parts; an access token has three."""
    if token.count(".") != 4:
        raise NotImplementedError("the SDK takes no access token here")
    return token


async def answered(call: Awaitable[Any]) -> Any:
    """The answer, or an AuthError with Auth0's own error, which the SDK keeps as the cause."""
    try:
        return await call
    except MfaRequiredError as error:
        raise AuthError("mfa_required", mfa_token=error.mfa_token) from error
    except Auth0Error as error:
        cause = getattr(error, "cause", None)
        refusal = cause if isinstance(cause, dict) else {"error": getattr(cause, "code", None)}
        raise AuthError(refusal.get("error") or error.code, refusal.get("error_description")) from error
