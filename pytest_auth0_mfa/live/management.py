"""The few calls of the Management API that a live run needs: users, their methods, and the MFA settings."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeGuard
from urllib.parse import quote

from pytest_auth0_mfa.errors import Auth0MfaError
from pytest_auth0_mfa.messages import Handler, Json, Request, Response
from pytest_auth0_mfa.spec.factors import CodeChannel
from pytest_auth0_mfa.tenant.entropy import CODE_LENGTHS, CODE_LIFETIMES

CONNECTION = "Username-Password-Authentication"
CREATE_USERS, DELETE_USERS, READ_USERS = "create:users", "delete:users", "read:users"
READ_METHODS, DELETE_METHODS = "read:authentication_methods", "delete:authentication_methods"
READ_FACTORS, READ_POLICIES = "read:guardian_factors", "read:mfa_policies"
SCOPES = (CREATE_USERS, DELETE_USERS, READ_USERS, READ_METHODS, DELETE_METHODS, READ_FACTORS, READ_POLICIES)
"""The scopes that a live run can use. It can do without some of them."""

_FACTORS = {"otp": "otp", "email": "email", "push-notification": "push", "recovery-code": "recovery-code"}


class ManagementError(Auth0MfaError):
    """The Management API refused a call, or no token for it could be obtained. ``status`` is the HTTP status, if
    any."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class Credentials:
    """Credentials for the Management API: a token, or an application with the client_credentials grant."""

    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    token: str = field(default="", repr=False)


_EXPIRED = (
    "The token has expired or is another tenant's. Set AUTH0_MFA_MANAGEMENT_TOKEN to a new one, or name an "
    "application in AUTH0_MFA_MANAGEMENT_CLIENT_ID and ..._CLIENT_SECRET, which gets its own instead."
)


def is_harmless(request: Request) -> bool:
    """Whether a call may be repeated: every call but the creation of a user."""
    return not (request.method == "POST" and request.path.startswith("/api/v2/"))


class Management:
    """The Management API of ``domain``, behind a handler. A token is obtained when the first call needs it."""

    def __init__(self, handler: Handler, domain: str, credentials: Credentials) -> None:
        self._handler = handler
        self._domain = domain
        self._credentials = credentials
        self._token = credentials.token
        self._scopes: frozenset[str] | None = None
        self.refusal = ""
        """Why no token could be obtained; empty when one could."""

    @property
    def scopes(self) -> frozenset[str]:
        """The token's scopes. Raises ManagementError when no token can be obtained."""
        if self._scopes is None:
            self._authorize()
        assert self._scopes is not None
        return self._scopes

    def may(self, *scopes: str) -> bool:
        """Whether the token has all these scopes; False also when no token can be obtained."""
        try:
            return self.scopes >= set(scopes)
        except ManagementError as error:
            self.refusal = str(error)
            return False

    # -- users -----------------------------------------------------------------------------------

    def create_user(
        self,
        email: str,
        password: str,
        *,
        email_verified: bool = False,
        connection: str = CONNECTION,
    ) -> str:
        """Create a user, without a verification email, and return the user's id. Raises ManagementError."""
        body: dict[str, Json] = {
            "connection": connection,
            "email": email,
            "password": password,
            "email_verified": email_verified,
            "verify_email": False,
        }
        return str(self._call(CREATE_USERS, "POST", "users", body)["user_id"])

    def user_ids(self, email: str) -> list[str]:
        """The ids of the users with exactly this address. Raises ManagementError."""
        found = self._call(READ_USERS, "GET", f"users-by-email?email={quote(email, safe='')}")
        return [str(user["user_id"]) for user in found if str(user.get("email", "")).lower() == email.lower()]

    def delete_user(self, user_id: str) -> None:
        """Delete a user with all methods. A user who is not there is no error. Raises ManagementError."""
        self._call(DELETE_USERS, "DELETE", f"users/{quote(user_id, safe='')}", absent_is_fine=True)

    # -- authentication methods ------------------------------------------------------------------

    def method_ids(self, user_id: str) -> list[str]:
        """The ids of all the user's methods. A phone has one per channel, as in the MFA API. Raises
        ManagementError."""
        ids: list[str] = []
        page = 0
        while True:
            path = f"users/{quote(user_id, safe='')}/authentication-methods?page={page}&per_page=50"
            rows = self._call(READ_METHODS, "GET", path)
            for row in rows:
                channels = row.get("authentication_methods") or []
                ids += [str(channel["id"]) for channel in channels] or [str(row["id"])]
            if len(rows) < 50:
                return ids
            page += 1

    def delete_method(self, user_id: str, method_id: str) -> None:
        """Delete a method, confirmed or not. One that is not there is no error. Raises ManagementError."""
        path = f"users/{quote(user_id, safe='')}/authentication-methods/{quote(method_id, safe='')}"
        self._call(DELETE_METHODS, "DELETE", path, absent_is_fine=True)

    # -- what is on ------------------------------------------------------------------------------

    def factors(self) -> frozenset[str]:
        """The factors that are on, by the names this package uses. Raises ManagementError."""
        rows = self._call(READ_FACTORS, "GET", "guardian/factors")
        on = {str(row["name"]) for row in rows if row.get("enabled")}
        found = {ours for theirs, ours in _FACTORS.items() if theirs in on}
        if "sms" in on:
            answer = self._call(READ_FACTORS, "GET", "guardian/factors/phone/message-types")
            found |= {"sms", "voice"}.intersection(answer.get("message_types") or ["sms"])
        return frozenset(found)

    def code_settings(self) -> dict[CodeChannel, tuple[int, int]]:
        """By channel, where the tenant tells: the digits of a code and its lifetime in seconds. Raises
        ManagementError."""
        found: dict[CodeChannel, tuple[int, int]] = {}
        factors: dict[str, tuple[CodeChannel, ...]] = {"email": ("email",), "phone": ("sms", "voice")}
        for factor, channels in factors.items():
            answer = self._call(READ_FACTORS, "GET", f"guardian/factors/{factor}/settings", absent_is_fine=True)
            length, life = (answer or {}).get("otp_length"), (answer or {}).get("otp_expiration_time")
            if _within(length, CODE_LENGTHS) and _within(life, CODE_LIFETIMES):
                found.update(dict.fromkeys(channels, (length, life)))
        return found

    def policies(self) -> list[str]:
        """The MFA policies; empty when MFA is never required. Raises ManagementError."""
        return [str(policy) for policy in self._call(READ_POLICIES, "GET", "guardian/policies")]

    # -- calls -----------------------------------------------------------------------------------

    def _call(self, scope: str, method: str, path: str, body: Json = None, *, absent_is_fine: bool = False) -> Json:
        if scope not in self.scopes and not self._credentials.token:
            raise ManagementError(_without(scope), 403)
        response = self._send(method, path, body)
        if response.status == 401 and not self._credentials.token:  # the token has expired
            self._token = ""
            self._authorize()
            response = self._send(method, path, body)
        if response.status == 404 and absent_is_fine:
            return None
        if response.status >= 400:
            raise ManagementError(self._refused(method, path, scope, response), response.status)
        return response.json() if response.body else None

    def _send(self, method: str, path: str, body: Json) -> Response:
        headers = {"authorization": f"Bearer {self._token}"}
        if body is not None:
            headers["content-type"] = "application/json"
        content = b"" if body is None else json.dumps(body).encode()
        return self._handler(Request(method, f"/api/v2/{path}", headers, content))

    def _authorize(self) -> None:
        if self._token:
            self._scopes = _scopes_of(self._token)
            return
        credentials = self._credentials
        body = {
            "grant_type": "client_credentials",
            "client_id": credentials.client_id,
            "client_secret": credentials.client_secret,
            "audience": f"https://{self._domain}/api/v2/",
        }
        response = self._handler(
            Request("POST", "/oauth/token", {"content-type": "application/json"}, json.dumps(body).encode())
        )
        answer = _object(response)
        if response.status != 200 or not isinstance(answer.get("access_token"), str):
            if response.status == 401:
                raise ManagementError(
                    f"no token for the Management API of {self._domain}: 401 {_word(answer.get('error'))}: the client "
                    "id or secret is not right for this tenant. Check AUTH0_MFA_MANAGEMENT_CLIENT_ID and "
                    "..._CLIENT_SECRET or, when they are not set, AUTH0_CLIENT_ID and AUTH0_CLIENT_SECRET.",
                    401,
                )
            raise ManagementError(
                f"no token for the Management API of {self._domain}: {response.status} {_word(answer.get('error'))}. "
                "Authorize the application for it (client_credentials; APIs > Auth0 Management API > Machine to "
                "machine), or name another one in AUTH0_MFA_MANAGEMENT_CLIENT_ID and ..._CLIENT_SECRET.",
                response.status,
            )
        self._token = answer["access_token"]
        self._scopes = frozenset(str(answer.get("scope", "")).split()) or _scopes_of(self._token)

    def _refused(self, method: str, path: str, scope: str, response: Response) -> str:
        if response.status == 403:
            return _without(scope)
        answer = _object(response)
        what = _word(answer.get("errorCode") or answer.get("error"))
        resource = "/".join(part for part in path.partition("?")[0].split("/") if "%7C" not in part and "@" not in part)
        message = f"Management API, {method} /api/v2/{resource}: {response.status} {what}."
        return f"{message} {_EXPIRED}" if response.status == 401 else message


def _without(scope: str) -> str:
    return f"the Management API token lacks the scope {scope}: add it to the application's grant, then run again."


def _within(number: Json, bounds: tuple[int, int]) -> TypeGuard[int]:
    return isinstance(number, int) and bounds[0] <= number <= bounds[1]


def _object(response: Response) -> dict[str, Json]:
    try:
        answer = response.json()
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _word(text: Json) -> str:
    """An error code that is safe to show: what a tenant sends may be anything."""
    return str(text)[:60] if isinstance(text, str) and text.replace("_", "").replace(" ", "").isalnum() else "no code"


def _scopes_of(token: str) -> frozenset[str]:
    """The scopes that a JWT claims. Any other token is taken to have all of `SCOPES`; calls will show."""
    import base64

    try:
        part = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
        return frozenset(str(claims["scope"]).split())
    except (IndexError, ValueError, KeyError, TypeError):
        return frozenset(SCOPES)


def new_password() -> str:
    """A random password that every password policy of a database connection accepts."""
    return f"aA1!{secrets.token_urlsafe(24)}"


def difference(after: Iterable[str], before: Iterable[str]) -> list[str]:
    """The items of ``after`` that are not among ``before``, each once."""
    known = set(before)
    return [item for item in dict.fromkeys(after) if item not in known]
