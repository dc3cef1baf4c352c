"""Right clients that log, repeat, lock and fill in as they may: none of them may be accused of anything."""

from __future__ import annotations

import logging
import sys
import threading
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, overload

import requests

from client_zoo.broken_requests import CHALLENGE, LIST, Sending
from client_zoo.requests_client import RequestsClient
from client_zoo.right import DecidingClient
from pytest_auth0_mfa.contract.client.adapter import AuthError

Row = Mapping[str, Any]
log = logging.getLogger("client")


class Repeating(RequestsClient):
    """Calls again, a few times, where it says."""

    times = 2

    def again(self, method: str, path: str, body: Any, error: AuthError) -> bool:
        return False

    def call(self, method: str, path: str, body: Any = None, *, token: str | None = None) -> Any:
        for left in range(self.times, -1, -1):
            try:
                return super().call(method, path, body, token=token)
            except AuthError as error:
                if not left or not self.again(method, path, body, error):
                    raise
        raise AssertionError


class RepeatsLists(Repeating):
    """A list changes nothing: it is asked for again when the line breaks or the server fails."""

    def again(self, method: str, path: str, body: Any, error: AuthError) -> bool:
        return path == LIST and (error.error == "no_answer" or (error.status or 0) >= 500)


class RepeatsDeletions(Repeating):
    """A deletion may be repeated when the line breaks."""

    def again(self, method: str, path: str, body: Any, error: AuthError) -> bool:
        return method == "DELETE" and error.error == "no_answer"


class RepeatsLogins(Repeating):
    """A login that was not answered is tried again."""

    def again(self, method: str, path: str, body: Any, error: AuthError) -> bool:
        return (body or {}).get("grant_type") == "password" and error.error == "no_answer"


class RepeatsRefreshes(Repeating):
    """And so is a refresh."""

    def again(self, method: str, path: str, body: Any, error: AuthError) -> bool:
        return (body or {}).get("grant_type") == "refresh_token" and error.error == "no_answer"


class LogsNamesAndLengths(RequestsClient):
    """Logs what it does without a value, at every level, and prints a line."""

    def call(self, method: str, path: str, body: Any = None, *, token: str | None = None) -> Any:
        sizes = {name: len(str(value)) for name, value in (body or {}).items()}
        log.debug("%s %s %s", method, path, sizes)
        log.info("%s with a token of %d characters", path, len(token or ""))
        return super().call(method, path, body, token=token)

    def close(self) -> None:
        print("closed")  # noqa: T201
        sys.stderr.write("closed\n")
        super().close()


class LogsUsernames(RequestsClient):
    """A name is no secret."""

    def log_in(self, username: str, password: str, **asked: Any) -> Row:
        log.warning("login of %s", username)
        return super().log_in(username, password, **asked)


class Deprecated(RequestsClient):
    """Warns about itself."""

    def challenge(self, *args: Any, **more: Any) -> Row:
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            warnings.warn("challenge will be renamed", DeprecationWarning, stacklevel=2)
        return super().challenge(*args, **more)


class HidesItsSecret(RequestsClient):
    """Shows what it is made of, but for the secret."""

    def __repr__(self) -> str:
        return f"Client({self.application['client_id']}, client_secret=***)"


class Masks(RequestsClient):
    """Logs the first characters of a token, as support asks for."""

    def call(self, method: str, path: str, body: Any = None, *, token: str | None = None) -> Any:
        log.info("bearer %s...", (token or "")[:6])
        return super().call(method, path, body, token=token)


class ExplainsWithoutValues(RequestsClient):
    """Raises with a cause, and the cause holds no value."""

    def call(self, *args: Any, **more: Any) -> Any:
        try:
            return super().call(*args, **more)
        except AuthError as error:
            raise error from RuntimeError(f"refused with {error.status}")


class OneAtATime(RequestsClient):
    """Lets one call wait for the other."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.lock = threading.Lock()

    def call(self, *args: Any, **more: Any) -> Any:
        with self.lock:
            return super().call(*args, **more)


class FollowsNoRedirects(RequestsClient):
    """Takes a redirect for what it is: no answer of the API."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.session = _Unmoved()


class _Unmoved(requests.Session):
    def request(self, method: str, url: str, **more: Any) -> Any:  # type: ignore[override]
        return super().request(method, url, allow_redirects=False, **more)


class AsksForMore(RequestsClient):
    """Adds scopes of its own, whatever the caller asks for."""

    def log_in(self, username: str, password: str, *, audience: str | None = None, scope: str | None = None) -> Row:
        wanted = " ".join(dict.fromkeys([*(scope or "").split(), "openid", "profile", "email", "offline_access"]))
        return super().log_in(username, password, audience=audience, scope=wanted)


class Lazy(RequestsClient):
    """Returns a sequence that is read when it is looked at."""

    def list_authenticators(self, token: str) -> Sequence[Row]:
        return _Lazy(super().list_authenticators(token))


class _Lazy(Sequence[Row]):
    def __init__(self, rows: Sequence[Row]) -> None:
        self._rows = rows

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Row]: ...
    def __getitem__(self, index: int | slice) -> Row | Sequence[Row]:
        return self._rows[index]

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Row]:
        yield from self._rows


class Asynchronous(RequestsClient):
    """Coroutines around a synchronous client."""

    async def log_in(self, *args: Any, **asked: Any) -> Row:  # type: ignore[override]
        return RequestsClient.log_in(self, *args, **asked)

    async def challenge(self, *args: Any, **more: Any) -> Row:  # type: ignore[override]
        return RequestsClient.challenge(self, *args, **more)

    async def verify_otp(self, *args: Any) -> Row:  # type: ignore[override]
        return RequestsClient.verify_otp(self, *args)


class BothNames(RequestsClient):
    """Knows both names of the channel, and returns the documented one."""

    def list_authenticators(self, token: str) -> Sequence[Row]:
        return [self.named(row) for row in super().list_authenticators(token)]

    def named(self, row: Row) -> Row:
        channel = row.get("oob_channel") or row.get("oob_channels")
        channel = channel[0] if isinstance(channel, list) else channel
        left = {name: value for name, value in row.items() if name != "oob_channels"}
        return {**left, "oob_channel": channel} if channel else left


class ChallengesTheAppFirst(RequestsClient):
    """Requests a challenge of the app before it sends the code: no message comes of it."""

    def verify_otp(self, mfa_token: str, otp: str) -> Row:
        with suppress(AuthError):
            self.challenge(mfa_token, challenge_type="otp")
        return super().verify_otp(mfa_token, otp)


class Mixed(Sending):
    """A form to the challenge, JSON to the rest, with a charset in its label."""

    def send(self, path: str, body: Any) -> dict[str, Any]:
        if path == CHALLENGE:
            return {"data": {name: value for name, value in body.items() if value is not None}}
        return {"json": body, "headers": {"Content-Type": "application/json; charset=utf-8"}}


class ContinuesWithTheNextFactor(DecidingClient):
    """When one factor is not enough, it goes on with the next one."""

    def second_factor(self, mfa_token: str, ask: Any) -> Row:
        try:
            return super().second_factor(mfa_token, ask)
        except AuthError as error:
            if error.error != "mfa_required" or not error.mfa_token:
                raise
            return super().second_factor(error.mfa_token, ask)


class KeepsWhatIsStillGood(RequestsClient):
    """Answers the refresh token that was sent where the tenant answers none: it is good still."""

    def refresh(self, refresh_token: str, **asked: Any) -> Row:
        return {"refresh_token": refresh_token, **super().refresh(refresh_token, **asked)}


class StartsElsewhere(RequestsClient):
    """Logs in with a code that another part of the application has had sent."""

    def start_passwordless(self, connection: str, address: str) -> None:
        raise NotImplementedError


class StartsInAForm(Sending):
    """Sends forms to the start and the revocation, with what else an SDK knows to send there."""

    def send(self, path: str, body: Any) -> dict[str, Any]:
        if path == "/oauth/revoke":
            return {"data": {**body, "token_type_hint": "refresh_token"}}
        return {"data": body} if path == "/passwordless/start" else {"json": body}


class StartsWithParameters(RequestsClient):
    """Says nothing of a code to a phone, which gets no link, and hands on parameters for a link."""

    def start_passwordless(self, connection: str, address: str) -> None:
        body = {"connection": connection, "authParams": {"scope": "openid"}, "send": None, **self.application}
        body |= {"email": address, "send": "code"} if connection == "email" else {"phone_number": address}
        self.call("POST", "/passwordless/start", body)


class RevokesTwice(RequestsClient):
    """Hands on the answer of the start, and revokes twice to be sure."""

    def start_passwordless(self, connection: str, address: str) -> Any:
        named = "email" if connection == "email" else "phone_number"
        body = {"connection": connection, "send": "code", named: address, **self.application}
        return self.call("POST", "/passwordless/start", body)

    def revoke(self, refresh_token: str) -> None:
        super().revoke(refresh_token)
        super().revoke(refresh_token)


class RepeatsRevocations(Repeating):
    """A revocation that was not answered is tried again."""

    def again(self, method: str, path: str, body: Any, error: AuthError) -> bool:
        return path == "/oauth/revoke" and (error.error == "no_answer" or (error.status or 0) >= 500)


CAREFUL = (
    RepeatsLists, RepeatsDeletions, RepeatsLogins, RepeatsRefreshes, LogsNamesAndLengths, LogsUsernames, Deprecated,
    HidesItsSecret, Masks, ExplainsWithoutValues, OneAtATime, FollowsNoRedirects, AsksForMore, Lazy, Asynchronous,
    BothNames, ChallengesTheAppFirst, Mixed, ContinuesWithTheNextFactor, KeepsWhatIsStillGood, StartsElsewhere,
    StartsInAForm, StartsWithParameters, RevokesTwice, RepeatsRevocations,
)  # fmt: skip
