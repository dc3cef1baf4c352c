"""An adapter around the My Account client of auth0-server-python."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from typing import Any

from auth0_server_python.auth_server.my_account_client import MyAccountClient
from auth0_server_python.auth_types import (
    EnrollAuthenticationMethodRequest,
    UpdateAuthenticationMethodRequest,
    VerifyAuthenticationMethodRequest,
)
from auth0_server_python.error import ApiError, MyAccountApiError

from pytest_auth0_mfa.contract import AuthError

Row = Mapping[str, Any]


class PageOfServerPython:
    """The SDK takes the access token with each call."""

    def __init__(self, domain: str) -> None:
        self.page = MyAccountClient(domain)

    def key_of(self, token: str) -> Any:
        """The key that a token is bound to, or None."""
        return None

    async def me_factors(self, token: str) -> Sequence[Row]:
        return [
            factor.model_dump()
            for factor in (await answered(self.page.get_factors(token, dpop_key=self.key_of(token)))).factors
        ]

    async def me_list_methods(self, token: str, *, type: str | None = None) -> Sequence[Row]:
        listed = await answered(
            self.page.list_authentication_methods(token, type_filter=type, dpop_key=self.key_of(token))
        )
        return [method.model_dump() for method in listed.authentication_methods]

    async def me_create_method(self, token: str, type: str, **asked: Any) -> Row:
        request = EnrollAuthenticationMethodRequest(type=type, **asked)
        made = (
            await answered(self.page.enroll_authentication_method(token, request, dpop_key=self.key_of(token)))
        ).model_dump()
        return {"id": made["authentication_method_id"], **made}

    async def me_verify_method(self, token: str, method_id: str, auth_session: str, otp_code: str | None = None) -> Row:
        request = VerifyAuthenticationMethodRequest(auth_session=auth_session, otp_code=otp_code)
        return dict(
            (
                await answered(
                    self.page.verify_authentication_method(token, method_id, request, dpop_key=self.key_of(token))
                )
            ).model_dump()
        )

    async def me_get_method(self, token: str, method_id: str) -> Row:
        return dict(
            (
                await answered(self.page.get_authentication_method(token, method_id, dpop_key=self.key_of(token)))
            ).model_dump()
        )

    async def me_update_method(self, token: str, method_id: str, **asked: Any) -> Row:
        request = UpdateAuthenticationMethodRequest(**asked)
        return dict(
            (
                await answered(
                    self.page.update_authentication_method(token, method_id, request, dpop_key=self.key_of(token))
                )
            ).model_dump()
        )

    async def me_delete_method(self, token: str, method_id: str) -> None:
        await answered(self.page.delete_authentication_method(token, method_id, dpop_key=self.key_of(token)))


async def answered(call: Awaitable[Any]) -> Any:
    """The answer, or an AuthError with what the SDK tells of the problem."""
    try:
        return await call
    except MyAccountApiError as error:
        raise AuthError(error.type or "unexpected_answer", error.detail, error.status) from error
    except ApiError as error:
        raise AuthError(error.code) from error
