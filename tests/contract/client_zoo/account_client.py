"""Small clients of the My Account API, on requests and on httpx."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

import httpx
import requests

from client_zoo.httpx_client import HttpxClient
from client_zoo.requests_client import RequestsClient
from pytest_auth0_mfa.contract import AuthError

Row = Mapping[str, Any]
PAGE = "/me/v1"
METHODS = PAGE + "/authentication-methods"


def one(method_id: str) -> str:
    """The path of a method."""
    return f"{METHODS}/{quote(method_id, safe='')}"


def given(**values: str | None) -> dict[str, str]:
    """The values that are not None."""
    return {name: value for name, value in values.items() if value is not None}


def list_in(member: str, decoded: Any) -> Sequence[Row]:
    """The list that an answer consists of."""
    rows = decoded.get(member) if isinstance(decoded, dict) else None
    if not isinstance(rows, list):
        raise AuthError("unexpected_answer", f"an object with a list of {member} was expected")
    return rows


def factors_in(decoded: Any) -> Sequence[Row]:
    """The list of factors: in an object, or the answer itself (entry D-39 of the contract)."""
    return decoded if isinstance(decoded, list) else list_in("factors", decoded)


def problem(status: int, decoded: Any) -> AuthError:
    """The error of an answer that is no success."""
    refusal = decoded if isinstance(decoded, dict) else {}
    if not isinstance(refusal.get("type"), str) or "title" not in refusal:  # a gateway's answer, not Auth0's
        return AuthError("unexpected_answer", status=status)
    return AuthError(refusal["type"], refusal.get("detail"), status)


class AccountClient(RequestsClient):
    """Auth0's MFA API, and the user's own page."""

    def me_factors(self, token: str) -> Sequence[Row]:
        return factors_in(self.page("GET", PAGE + "/factors", token))

    def me_list_methods(self, token: str, *, type: str | None = None) -> Sequence[Row]:
        query = "" if type is None else f"?type={quote(type)}"
        return list_in("authentication_methods", self.page("GET", METHODS + query, token))

    def me_create_method(self, token: str, type: str, **asked: str | None) -> Row:
        return self.object_with("auth_session", self.page("POST", METHODS, token, {"type": type, **given(**asked)}))

    def me_verify_method(self, token: str, method_id: str, auth_session: str, otp_code: str | None = None) -> Row:
        body = {"auth_session": auth_session, **given(otp_code=otp_code)}
        return self.object_with("id", self.page("POST", one(method_id) + "/verify", token, body))

    def me_get_method(self, token: str, method_id: str) -> Row:
        return self.object_with("id", self.page("GET", one(method_id), token))

    def me_update_method(self, token: str, method_id: str, **asked: str | None) -> Row:
        return self.object_with("id", self.page("PATCH", one(method_id), token, given(**asked)))

    def me_delete_method(self, token: str, method_id: str) -> None:
        self.page("DELETE", one(method_id), token)

    def page(self, method: str, path: str, token: str, body: Any = None) -> Any:
        """Call the My Account API."""
        answer, decoded = self.sent(method, path, body, {"Authorization": f"Bearer {token}"})
        if answer.ok:
            return decoded
        raise problem(answer.status_code, decoded)

    def sent(self, method: str, path: str, body: Any, headers: Mapping[str, str]) -> tuple[requests.Response, Any]:
        """The answer to a request, and its body."""
        try:
            answer = self.session.request(method, self.base + path, json=body, headers=headers, timeout=10)
            return answer, answer.json() if answer.content else None
        except requests.RequestException as error:  # not connected, half an answer, not JSON
            raise AuthError("no_answer", type(error).__name__) from error


class AsyncAccountClient(HttpxClient):
    """The same, async, on httpx."""

    async def me_factors(self, token: str) -> Sequence[Row]:
        return factors_in(await self.page("GET", PAGE + "/factors", token))

    async def me_list_methods(self, token: str, *, type: str | None = None) -> Sequence[Row]:
        query = "" if type is None else f"?type={quote(type)}"
        return list_in("authentication_methods", await self.page("GET", METHODS + query, token))

    async def me_create_method(self, token: str, type: str, **asked: str | None) -> Row:
        body = {"type": type, **given(**asked)}
        return self.object_with("auth_session", await self.page("POST", METHODS, token, json=body))

    async def me_verify_method(self, token: str, method_id: str, auth_session: str, otp_code: str | None = None) -> Row:
        body = {"auth_session": auth_session, **given(otp_code=otp_code)}
        return self.object_with("id", await self.page("POST", one(method_id) + "/verify", token, json=body))

    async def me_get_method(self, token: str, method_id: str) -> Row:
        return self.object_with("id", await self.page("GET", one(method_id), token))

    async def me_update_method(self, token: str, method_id: str, **asked: str | None) -> Row:
        return self.object_with("id", await self.page("PATCH", one(method_id), token, json=given(**asked)))

    async def me_delete_method(self, token: str, method_id: str) -> None:
        await self.page("DELETE", one(method_id), token)

    async def page(self, method: str, path: str, token: str, **content: Any) -> Any:
        """Call the My Account API."""
        headers = {"Authorization": f"Bearer {token}"}
        try:
            answer = await self.http.request(method, self.base + path, headers=headers, **content)
            decoded = answer.json() if answer.content else None
        except (httpx.HTTPError, ValueError) as error:  # not connected, half an answer, not JSON
            raise AuthError("no_answer", type(error).__name__) from error
        if answer.is_success:
            return decoded
        raise problem(answer.status_code, decoded)
