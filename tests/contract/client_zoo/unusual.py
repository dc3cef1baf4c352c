"""Right clients that do things in an unusual way: none of them may be accused of anything."""

from __future__ import annotations

import time
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from client_zoo.broken_requests import ASSOCIATE, CHALLENGE, Sending
from client_zoo.requests_client import RequestsClient
from client_zoo.right import DecidingClient, PollingClient
from pytest_auth0_mfa.contract.client.adapter import AuthError, Prompt

Row = Mapping[str, Any]


class Basic(RequestsClient):
    """Proves itself in a Basic header."""

    def call(self, method: str, path: str, body: Any = None, *, token: str | None = None) -> Any:
        secret = self.application.get("client_secret")
        if secret is not None and body is not None and "client_secret" in body:
            body = {name: value for name, value in body.items() if name != "client_secret"}
            pair = f"{self.application['client_id']}:{secret}".encode()
            self.session.headers["Authorization"] = "Basic " + b64encode(pair).decode()
        try:
            return super().call(method, path, body, token=token)
        finally:
            self.session.headers.pop("Authorization", None)


class Forms(Sending):
    """Sends forms wherever they are documented."""

    def send(self, path: str, body: Any) -> dict[str, Any]:
        return {"json": body} if path == ASSOCIATE else {"data": body}


class Chatty(RequestsClient):
    """Sends null, empty and unknown parameters, and headers that nobody asked for."""

    def call(self, method: str, path: str, body: Any = None, *, token: str | None = None) -> Any:
        if body is not None:
            body = {"realm": None, "audience": "", "binding_code": "", "sdk": {"name": "chatty"}, **body}
            if path == "/mfa/associate":
                body |= self.application
        self.session.headers["Auth0-Client"] = "eyJuYW1lIjoiY2hhdHR5In0"
        return super().call(method, path, body, token=token or (body or {}).get("mfa_token"))


class Curious(RequestsClient):
    """Discovers, fetches keys, asks for the user's profile, and preflights."""

    def log_in(self, username: str, password: str, **asked: Any) -> Row:
        self.call("GET", "/.well-known/openid-configuration")
        self.call("GET", "/.well-known/jwks.json")
        self.session.options(self.base + "/mfa/associate")
        tokens = super().log_in(username, password, **asked)
        self.session.get(self.base + "/userinfo", headers={"Authorization": f"Bearer {tokens['access_token']}"})
        return tokens


class Realm(RequestsClient):
    """Logs in at a connection, and asks for one scope more."""

    def log_in(self, username: str, password: str, *, audience: str | None = None, scope: str | None = None) -> Row:
        asked = {"audience": audience} if audience else {}
        grant = "http://auth0.com/oauth/grant-type/password-realm"
        scope = f"{scope or 'openid profile email'} offline_access"
        more = {"realm": "Username-Password-Authentication", "scope": scope, **asked}
        return self.tokens(grant, username=username, password=password, **more)


class Wrapping(RequestsClient):
    """Hands out mfa_tokens in a wrapper of its own, and rows in tuples."""

    def log_in(self, *args: Any, **asked: Any) -> Row:
        return self.wrapped(super().log_in, *args, **asked)

    def refresh(self, *args: Any, **asked: Any) -> Row:
        return self.wrapped(super().refresh, *args, **asked)

    def wrapped(self, call: Callable[..., Row], *args: Any, **asked: Any) -> Row:
        try:
            return call(*args, **asked)
        except AuthError as error:
            if error.mfa_token is not None:
                error.mfa_token = {"sealed": error.mfa_token[::-1]}
            raise

    def call(self, method: str, path: str, body: Any = None, *, token: Any = None) -> Any:
        body = {n: self.opened(v) if n == "mfa_token" else v for n, v in body.items()} if body else body
        return super().call(method, path, body, token=self.opened(token))

    def opened(self, token: Any) -> Any:
        return token["sealed"][::-1] if isinstance(token, dict) else token

    def list_authenticators(self, token: Any) -> Sequence[Row]:
        return tuple(super().list_authenticators(token))


class RawIds(RequestsClient):
    """Leaves the bar in an id as it is."""

    def delete_authenticator(self, token: str, authenticator_id: str) -> None:
        self.call("DELETE", f"/mfa/authenticators/{authenticator_id}", token=token)


class Patient(RequestsClient):
    """Comes back when Retry-After is over, and reconnects once."""

    def call(self, method: str, path: str, body: Any = None, *, token: str | None = None) -> Any:
        for left in (2, 1, 0):
            try:
                return super().call(method, path, body, token=token)
            except AuthError as error:
                limited = error.error == "too_many_requests"
                if not left or not (limited or (error.error == "no_answer" and method == "GET")):
                    raise
                time.sleep(7 if limited else 0.2)
        raise AssertionError


class Typed(RequestsClient):
    """Knows three types of rows, leaves out what it cannot know, and forgets what it need not return."""

    def list_authenticators(self, token: str) -> Sequence[Row]:
        names = ("id", "authenticator_type", "active")
        rows = super().list_authenticators(token)
        known = [row for row in rows if row.get("authenticator_type") in ("oob", "otp", "recovery-code")]
        channel = "oob_channel"
        return [
            {**{name: row.get(name) for name in names}, channel: row.get(channel) or row.get("oob_channels")}
            for row in known
        ]

    def call(self, *args: Any, **more: Any) -> Any:
        try:
            return super().call(*args, **more)
        except AuthError as error:
            raise AuthError(error.error, mfa_token=error.mfa_token) from None


class Careful(RequestsClient):
    """Derives the challenge type, and requests a challenge before it sends an otp."""

    def challenge(
        self, mfa_token: str, authenticator_id: str | None = None, *, challenge_type: str | None = None
    ) -> Row:
        if challenge_type is None and authenticator_id is not None:
            challenge_type = "otp" if authenticator_id.startswith("totp|") else "oob"
        return super().challenge(mfa_token, authenticator_id, challenge_type=challenge_type or "otp oob")


class WithoutLogin(RequestsClient):
    """Its flows start from a refresh token."""

    def log_in(self, *args: Any, **asked: Any) -> Row:
        raise NotImplementedError


class WithoutList(RequestsClient):
    """Has no list and enrolls nothing."""

    list_authenticators = None  # type: ignore[assignment]

    def associate(self, *args: Any, **more: Any) -> Row:
        raise NotImplementedError


class Hasty(PollingClient):
    """Polls every three seconds, and two more after each slow_down."""

    interval, longer = 3.0, 2.0


class Impatient(PollingClient):
    """Gives up a push request that nobody answered for a minute, with an error of its own."""

    interval, most_polls = 30.0, 2


class Terse(DecidingClient):
    """Asks no more than it must: takes the only row, and does not ask twice for a code."""

    def choose(self, rows: Sequence[Row], ask: Prompt) -> str:
        return str(rows[0]["id"]) if len(rows) == 1 else super().choose(rows, ask)

    def prompt(self, ask: Prompt, row: Row, verify: Any, kind: str = "code") -> Row:
        return dict(verify(ask(kind, row)))


class Unwearied(DecidingClient):
    """Asks for another code until the tenant has had enough."""

    def prompt(self, ask: Prompt, row: Row, verify: Any, kind: str = "code") -> Row:
        while (code := ask(kind, dict(row))) is not None:
            try:
                return dict(verify(code))
            except AuthError as error:
                if error.error not in ("invalid_grant", "access_denied"):
                    raise
        raise AuthError("gave_up", "the person did")


class NeedsRows(DecidingClient):
    """Trusts the list: who has an active authenticator in it can be challenged."""

    def challengeable(self, rows: Sequence[Row]) -> Sequence[Row]:
        return [row for row in rows if row["active"] and row["authenticator_type"] != "recovery-code"]

    def second_factor(self, mfa_token: str, ask: Prompt) -> Row:
        rows = self.challengeable(self.list_authenticators(mfa_token))
        if not rows:
            return self.enroll(mfa_token, ask)
        chosen = self.choose(rows, ask)
        if chosen == "recovery-code":
            return self.recover(mfa_token, ask)
        row = next(row for row in rows if row["id"] == chosen)
        return self.answer(mfa_token, self.challenge(mfa_token, row["id"]), row, ask)


class WrapsButDoesNotDelete(Wrapping):
    """Opens its wrapped mfa_tokens for every call but the deletion, which takes access tokens only."""

    def delete_authenticator(self, token: Any, authenticator_id: str) -> None:
        RequestsClient.call(self, "DELETE", f"/mfa/authenticators/{quote(authenticator_id, safe='')}", token=str(token))


class Unlabelled(Sending):
    """Sends JSON to /mfa/challenge as the guide's curl does: an observation, no violation."""

    def send(self, path: str, body: Any) -> dict[str, Any]:
        label = {"Content-Type": "application/x-www-form-urlencoded"} if path == CHALLENGE else {}
        return {"json": body, "headers": label}


UNUSUAL = (
    Basic, Forms, Chatty, Curious, Realm, Wrapping, RawIds, Patient, Typed, Careful, WithoutLogin, WithoutList, Hasty,
    Impatient, Terse, Unlabelled, Unwearied, NeedsRows, WrapsButDoesNotDelete,
)  # fmt: skip
