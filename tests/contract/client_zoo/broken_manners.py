"""Clients that never arrive, repeat what they must not, or let secrets out."""

from __future__ import annotations

import logging
import sys
import time
import urllib.request
import warnings
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

import requests

from client_zoo.broken_requests import ASSOCIATE, CHALLENGE, LIST, TOKEN, Changing
from client_zoo.entries import broken
from client_zoo.requests_client import RequestsClient
from client_zoo.right import DecidingClient, PollingClient
from pytest_auth0_mfa.contract.client.adapter import AuthError, Prompt

Row = Mapping[str, Any]
log = logging.getLogger("client")


# -- never arrives ---------------------------------------------------------------------------------


@broken("MFA240")
class SpeaksPlainHttp(RequestsClient):
    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.base = self.base.replace("https://", "http://")


@broken("MFA240")
class CallsAHostOfItsOwn(RequestsClient):
    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.base = "https://127.0.0.1:9"


@broken("MFA240")
class ChallengesAtAHostOfItsOwn(RequestsClient):
    def call(self, method: str, path: str, body: Any = None, *, token: str | None = None) -> Any:
        base, self.base = self.base, "https://127.0.0.1:9" if path == CHALLENGE else self.base
        try:
            return super().call(method, path, body, token=token)
        finally:
            self.base = base


@broken("MFA240", reach="server")
class TrustsNobody(RequestsClient):
    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.session.trust_env = False


@broken("MFA240", reach="server")
class SpeaksPlainHttpToTheServer(SpeaksPlainHttp):
    pass


@broken("MFA240")
class ForgetsWhyItCameNowhere(CallsAHostOfItsOwn):
    """Its library's exception is gone by the time that it raises its own."""

    def call(self, *args: Any, **more: Any) -> Any:
        failed = ""
        try:
            return super().call(*args, **more)
        except AuthError as error:
            failed = error.error
        raise AuthError(failed)


@broken("MFA240")
class TakesNoConnectionForASuccess(CallsAHostOfItsOwn):
    def log_in(self, *args: Any, **asked: Any) -> Row:
        try:
            return super().log_in(*args, **asked)
        except AuthError:
            return {}


@broken("MFA404")
class VerifiesNothing(RequestsClient):
    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        request = self.session.request
        self.session.request = partial(request, verify=False)  # type: ignore[method-assign]


@broken("MFA404", reach="server")
class TrustsEverybody(RequestsClient):
    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        request = self.session.request
        self.session.request = partial(request, verify=False)  # type: ignore[method-assign]

    def call(self, *args: Any, **more: Any) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return super().call(*args, **more)


# -- redirects -------------------------------------------------------------------------------------


class BearerKeepingSession(requests.Session):
    def should_strip_auth(self, old_url: str, new_url: str) -> bool:
        return False


class FollowingSession(requests.Session):
    def request(self, method: str, url: str, **more: Any) -> Any:  # type: ignore[override]
        answer = super().request(method, url, allow_redirects=False, **more)
        location = answer.headers.get("location")
        return super().request(method, location, **more) if location else answer


@broken("MFA402")
class KeepsTheBearerOnRedirects(RequestsClient):
    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.session = BearerKeepingSession()


@broken("MFA402")
class FollowsRedirectsByHand(RequestsClient):
    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.session = FollowingSession()


# -- repetition ------------------------------------------------------------------------------------


class Repeating(RequestsClient):
    """Calls once more where it says."""

    def again(self, path: str, body: Any, error: AuthError) -> bool:
        return False

    def call(self, method: str, path: str, body: Any = None, *, token: str | None = None) -> Any:
        try:
            return super().call(method, path, body, token=token)
        except AuthError as error:
            if not self.again(path, body, error):
                raise
            return super().call(method, path, body, token=token)


def grant_of(body: Any) -> str:
    return str((body or {}).get("grant_type", ""))


@broken("MFA129")
class TriesThePasswordTwice(Repeating):
    def again(self, path: str, body: Any, error: AuthError) -> bool:
        return grant_of(body) == "password" and error.error in ("invalid_grant", "invalid_user_password")


@broken("MFA129")
class TriesTheRefreshTokenTwice(Repeating):
    def again(self, path: str, body: Any, error: AuthError) -> bool:
        return grant_of(body) == "refresh_token" and error.error == "invalid_grant"


@broken("MFA129")
class ListsTwiceWithADeadToken(Repeating):
    def again(self, path: str, body: Any, error: AuthError) -> bool:
        return path == "/mfa/authenticators" and error.status in (401, 403)


@broken("MFA129")
class ChallengesTwiceWithADeadToken(Repeating):
    def again(self, path: str, body: Any, error: AuthError) -> bool:
        return path == CHALLENGE and error.status in (401, 403)


@broken("MFA123")
class TriesTheRecoveryCodeTwice(Repeating):
    def again(self, path: str, body: Any, error: AuthError) -> bool:
        return grant_of(body).endswith("recovery-code") and error.error == "invalid_grant"


@broken("MFA305")
class ChallengesAgainWhenTheLineBreaks(Repeating):
    def again(self, path: str, body: Any, error: AuthError) -> bool:
        return path == CHALLENGE and error.error == "no_answer"


@broken("MFA305")
class AssociatesAgainWhenTheLineBreaks(Repeating):
    def again(self, path: str, body: Any, error: AuthError) -> bool:
        return path == ASSOCIATE and error.error == "no_answer"


@broken("MFA130")
class LogsInAgainByItself(RequestsClient):
    known: tuple[str, str] = ("", "")

    def log_in(self, username: str, password: str, **asked: Any) -> Row:
        self.known = username, password
        return super().log_in(username, password, **asked)

    def verify_otp(self, mfa_token: str, otp: str) -> Row:
        try:
            return super().verify_otp(mfa_token, otp)
        except AuthError as error:
            if error.error != "expired_token":
                raise
            try:
                return super().log_in(*self.known)
            except AuthError as required:
                return super().verify_otp(required.mfa_token, otp)


@broken("MFA130")
class SendsAnotherMessageAtAWrongCode(RequestsClient):
    def verify_oob(self, mfa_token: str, oob_code: str, binding_code: str | None = None) -> Row:
        try:
            return super().verify_oob(mfa_token, oob_code, binding_code)
        except AuthError as error:
            if error.error == "invalid_grant":
                self.challenge(mfa_token)
            raise


@broken("MFA130")
class EnrollsAnAppByTheWay(RequestsClient):
    def list_authenticators(self, token: str) -> Sequence[Row]:
        rows = super().list_authenticators(token)
        if not rows:
            self.associate(token, "otp")
        return rows


# -- two users -------------------------------------------------------------------------------------


@broken("MFA125")
class KeepsTheRequestOnItself(RequestsClient):
    body: Any = None

    def call(self, method: str, path: str, body: Any = None, *, token: str | None = None) -> Any:
        self.body = body
        if path == TOKEN:
            super().call("GET", "/.well-known/openid-configuration")
        return super().call(method, path, self.body, token=token)


@broken("MFA112")
class KeepsTheBearerOnItself(RequestsClient):
    token: str | None = None

    def call(self, method: str, path: str, body: Any = None, *, token: str | None = None) -> Any:
        self.token = token
        if path == LIST:
            super().call("GET", "/.well-known/jwks.json")
        return super().call(method, path, body, token=self.token)


# -- leaks -----------------------------------------------------------------------------------------


@broken("MFA401")
class LogsTokens(RequestsClient):
    def log_in(self, *args: Any, **more: Any) -> Row:
        try:
            return super().log_in(*args, **more)
        except AuthError as error:
            log.debug("second factor for %s", error.mfa_token)
            raise


@broken("MFA401")
class LogsBodies(Changing):
    def change(self, method: str, path: str, body: Any) -> tuple[str, str, Any]:
        log.info("%s %s %s", method, path, body)
        return method, path, body


@broken("MFA401")
class PrintsCodes(RequestsClient):
    def verify_otp(self, mfa_token: str, otp: str) -> Row:
        print(f"verifying {otp}")  # noqa: T201
        return super().verify_otp(mfa_token, otp)


@broken("MFA401")
class WritesTokensToStandardError(RequestsClient):
    def challenge(self, mfa_token: str, *args: Any, **more: Any) -> Row:
        sys.stderr.write(f"challenge with {mfa_token}\n")
        return super().challenge(mfa_token, *args, **more)


@broken("MFA401")
class WarnsWithTheSecret(RequestsClient):
    def associate(self, *args: Any, **more: Any) -> Row:
        made = super().associate(*args, **more)
        if "secret" in made:
            with warnings.catch_warnings():
                warnings.simplefilter("always")
                warnings.warn(f"keep {made['secret']} safe", stacklevel=2)
        return made


@broken("MFA401")
class RaisesTheRequest(Changing):
    sent: Any = None

    def change(self, method: str, path: str, body: Any) -> tuple[str, str, Any]:
        self.sent = body
        return method, path, body

    def verify_oob(self, *args: Any) -> Row:
        try:
            return super().verify_oob(*args)
        except AuthError as error:
            raise error from ValueError(f"refused: {self.sent}")


@broken("MFA401")
class ShowsItsSecretInItsRepr(RequestsClient):
    def __repr__(self) -> str:
        return f"Client({self.application})"


@broken("MFA401")
class LogsTheAuthorizationHeader(RequestsClient):
    def call(self, method: str, path: str, body: Any = None, *, token: str | None = None) -> Any:
        if token is not None:
            log.warning("Authorization: Bearer %s", token)
        return super().call(method, path, body, token=token)


# -- sign_in ---------------------------------------------------------------------------------------


@broken("MFA236")
class TakesTheFirstOfTheChannel(DecidingClient):
    def challenge(self, mfa_token: str, authenticator_id: str | None = None, **more: Any) -> Row:
        if authenticator_id is not None and self.rows:
            channel = next(r.get("oob_channel") for r in self.rows if r["id"] == authenticator_id)
            same = [r for r in self.rows if r["active"] and r.get("oob_channel") == channel and channel]
            authenticator_id = same[0]["id"] if same else authenticator_id
        return super().challenge(mfa_token, authenticator_id, **more)

    rows: Sequence[Row] = ()

    def challengeable(self, rows: Sequence[Row]) -> Sequence[Row]:
        self.rows = super().challengeable(rows)
        return self.rows

    def sign_in(self, *args: Any) -> Row:
        try:
            return super().sign_in(*args)
        finally:
            self.rows = ()


@broken("MFA239")
class PromptsBeforeItShows(DecidingClient):
    def enroll(self, mfa_token: str, ask: Prompt) -> Row:
        wanted = dict(ask("enroll", {"factors": list(self.factors)}))
        factor = wanted.pop("factor")
        made = self.associate(mfa_token, factor, **wanted)
        row = {"authenticator_type": made["authenticator_type"], "oob_channel": made.get("oob_channel")}
        if factor == "otp":
            code = ask("code", row)
            self.show(made, ask)
            return self.verify_otp(mfa_token, code)
        self.show(made, ask)
        return self.answer(mfa_token, {**made, "challenge_type": "oob"}, row, ask)


@broken("MFA217")
class BreaksWithoutAToken(DecidingClient):
    def second_factor(self, mfa_token: str, ask: Prompt) -> Row:
        return super().second_factor(mfa_token.strip(), ask)

    def sign_in(self, username: str, password: str, ask: Prompt) -> Row:
        try:
            return super().sign_in(username, password, ask)
        except AuthError as error:
            if error.error == "mfa_required":
                raise KeyError("mfa_token") from None
            raise


# -- plain HTTP ------------------------------------------------------------------------------------


class TriesPlainHttp(RequestsClient):
    """Makes a call that broke again, without TLS."""

    def call(self, method: str, path: str, body: Any = None, *, token: str | None = None) -> Any:
        try:
            return super().call(method, path, body, token=token)
        except AuthError as error:
            if error.error != "no_answer":
                raise
        secure, self.base = self.base, self.base.replace("https", "http")
        try:
            return super().call(method, path, body, token=token)
        finally:
            self.base = secure


@broken("MFA406")
class FallsBackToPlainHttp(TriesPlainHttp):
    pass


@broken("MFA406", reach="server")
class FallsBackToPlainHttpOverANetwork(TriesPlainHttp):
    pass


@broken("MFA406")
class LooksForTheTenantOverPlainHttpFirst(RequestsClient):
    def log_in(self, *args: Any, **asked: Any) -> Row:
        with suppress(OSError):
            urllib.request.urlopen(self.base.replace("https", "http") + "/", timeout=5)
        return super().log_in(*args, **asked)


@broken("MFA224")
class PollsOnAfterExpiry(PollingClient):
    """Takes a rejection alone for the end, and tries a few times more after any other error."""

    def verify_oob(self, mfa_token: str, oob_code: str, binding_code: str | None = None) -> Row:
        for _ in range(3):
            try:
                return super().verify_oob(mfa_token, oob_code, binding_code)
            except AuthError as error:
                if error.error != "expired_token":
                    raise
            time.sleep(self.interval)
        raise AuthError("expired_token")
