"""Clients that are wrong about passwordless logins, about refresh tokens that rotate, and about revocation."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from client_zoo.broken_requests import Changing
from client_zoo.entries import broken
from client_zoo.requests_client import MFA_GRANT, PASSWORDLESS_GRANT, RequestsClient
from pytest_auth0_mfa.contract.client.adapter import AuthError

Row = Mapping[str, Any]
START, REVOKE, TOKEN = "/passwordless/start", "/oauth/revoke", "/oauth/token"


def passwordless(body: Any) -> bool:
    """Whether it is the grant of a passwordless login."""
    return bool(body) and body.get("grant_type") == PASSWORDLESS_GRANT


# -- rotation --------------------------------------------------------------------------------------


@broken("MFA241")
class KeepsTheOldRefreshToken(RequestsClient):
    def refresh(self, refresh_token: str, **asked: Any) -> Row:
        return {**super().refresh(refresh_token, **asked), "refresh_token": refresh_token}


@broken("MFA241")
class LosesTheNewRefreshToken(RequestsClient):
    def refresh(self, refresh_token: str, **asked: Any) -> Row:
        made = super().refresh(refresh_token, **asked)
        return {name: made[name] for name in made if name != "refresh_token"}


@broken("MFA241")
class KeepsTheOldRefreshTokenAfterTheSecondFactor(RequestsClient):
    sent: str | None = None

    def refresh(self, refresh_token: str, **asked: Any) -> Row:
        self.sent = refresh_token
        return super().refresh(refresh_token, **asked)

    def verify_otp(self, mfa_token: str, otp: str) -> Row:
        made, sent = dict(super().verify_otp(mfa_token, otp)), self.sent
        return {**made, "refresh_token": sent} if sent is not None and "refresh_token" in made else made


@broken("MFA210")
class LosesTheRefreshTokenOfTheSecondFactor(RequestsClient):
    def verify_otp(self, mfa_token: str, otp: str) -> Row:
        made = super().verify_otp(mfa_token, otp)
        return {name: made[name] for name in made if name != "refresh_token"}


@broken("MFA111")
class SendsTheFirstRefreshTokenForEver(RequestsClient):
    first: str | None = None

    def refresh(self, refresh_token: str, **asked: Any) -> Row:
        self.first = self.first or refresh_token
        return super().refresh(self.first, **asked)


@broken("MFA111")
class TriesTheNewestOfItsOwnInstead(RequestsClient):
    newest: str | None = None

    def refresh(self, refresh_token: str, **asked: Any) -> Row:
        try:
            made = super().refresh(refresh_token, **asked)
        except AuthError as error:
            if error.error != "invalid_grant" or self.newest in (None, refresh_token):
                raise
            made = super().refresh(str(self.newest), **asked)
        self.newest = made.get("refresh_token")
        return made


@broken("MFA129")
class InsistsOnADeadRefreshToken(RequestsClient):
    def refresh(self, refresh_token: str, **asked: Any) -> Row:
        try:
            return super().refresh(refresh_token, **asked)
        except AuthError as error:
            if error.error != "invalid_grant":
                raise
            return super().refresh(refresh_token, **asked)


# -- revocation ------------------------------------------------------------------------------------


class Revoking(RequestsClient):
    """Sends something else to ``/oauth/revoke``."""

    def body(self, refresh_token: str) -> dict[str, Any]:
        return {"token": refresh_token, **self.application}

    def revoke(self, refresh_token: str) -> None:
        self.call("POST", REVOKE, self.body(refresh_token))


@broken("MFA111")
class RevokesTheAccessToken(Revoking):
    access_token: str | None = None

    def tokens(self, *args: Any, **more: Any) -> Row:
        made = super().tokens(*args, **more)
        self.access_token = made["access_token"]
        return made

    def body(self, refresh_token: str) -> dict[str, Any]:
        return {"token": self.access_token or refresh_token, **self.application}


@broken("MFA107")
class RevokesUnderAnotherName(Revoking):
    def body(self, refresh_token: str) -> dict[str, Any]:
        return {"refresh_token": refresh_token, **self.application}


@broken("MFA121")
class RevokesWithoutItsSecret(Revoking):
    def body(self, refresh_token: str) -> dict[str, Any]:
        return {"token": refresh_token, "client_id": self.application["client_id"]}


@broken("MFA122")
class RevokesInTheUrl(RequestsClient):
    def revoke(self, refresh_token: str) -> None:
        self.call("POST", f"{REVOKE}?token={refresh_token}", {"token": refresh_token, **self.application})


@broken("MFA102")
class RevokesWithDelete(RequestsClient):
    def revoke(self, refresh_token: str) -> None:
        self.call("DELETE", REVOKE, {"token": refresh_token, **self.application})


@broken("MFA219")
class ForgetsTheTokenAndTellsNobody(RequestsClient):
    def revoke(self, refresh_token: str) -> None:
        return None


@broken("MFA219")
class LogsOutInsteadOfRevoking(RequestsClient):
    def revoke(self, refresh_token: str) -> None:
        self.session.get(f"{self.base}/v2/logout", timeout=10)


@broken("MFA304")
class RevokesWithoutLookingAtTheAnswer(RequestsClient):
    def revoke(self, refresh_token: str) -> None:
        with suppress(AuthError):
            super().revoke(refresh_token)


@broken("MFA111")
class CutsWhatItRevokes(Revoking):
    def body(self, refresh_token: str) -> dict[str, Any]:
        return {"token": refresh_token[:32], **self.application}


# -- a code as the first factor --------------------------------------------------------------------


class Grants(RequestsClient):
    """Sends the code with another grant."""

    grant = PASSWORDLESS_GRANT

    def tokens(self, grant_type: str, **parameters: str) -> Row:
        return super().tokens(self.grant if grant_type == PASSWORDLESS_GRANT else grant_type, **parameters)


@broken("MFA131")
class SendsTheCodeWithTheGrantOfMfa(Grants):
    grant = MFA_GRANT + "otp"


@broken("MFA131")
class SendsTheCodeWithThePasswordGrant(RequestsClient):
    def log_in_passwordless(self, connection: str, address: str, otp: str, **asked: Any) -> Row:
        return self.log_in(address, otp, **asked)


@broken("MFA109")
class SendsAGrantWithoutItsHost(Grants):
    grant = "passwordless/otp"


@broken("MFA132")
class SendsEveryCodeAsIfByEmail(RequestsClient):
    def log_in_passwordless(self, connection: str, address: str, otp: str, **asked: Any) -> Row:
        return super().log_in_passwordless("email", address, otp, **asked)


@broken("MFA132")
class LogsInWhoStartedLast(RequestsClient):
    started: tuple[str, str] | None = None

    def start_passwordless(self, connection: str, address: str) -> None:
        self.started = connection, address
        super().start_passwordless(connection, address)

    def log_in_passwordless(self, connection: str, address: str, otp: str, **asked: Any) -> Row:
        return super().log_in_passwordless(*(self.started or (connection, address)), otp, **asked)


@broken("MFA132")
class HasALinkSent(Changing):
    def change(self, method: str, path: str, body: Any) -> tuple[str, str, Any]:
        return method, path, ({n: v for n, v in body.items() if n != "send"} if path == START else body)


@broken("MFA132")
class DropsThePlusOfAnAddress(RequestsClient):
    def start_passwordless(self, connection: str, address: str) -> None:
        super().start_passwordless(connection, address.replace("+", ""))


@broken("MFA107")
class CallsTheOtpACode(Changing):
    def change(self, method: str, path: str, body: Any) -> tuple[str, str, Any]:
        return (
            method,
            path,
            ({("code" if n == "otp" else n): v for n, v in body.items()} if passwordless(body) else body),
        )


@broken("MFA107")
class CallsTheUsernameAnEmail(Changing):
    def change(self, method: str, path: str, body: Any) -> tuple[str, str, Any]:
        return (
            method,
            path,
            ({("email" if n == "username" else n): v for n, v in body.items()} if passwordless(body) else body),
        )


@broken("MFA110")
class SendsTheFirstCodeAsANumber(Changing):
    def change(self, method: str, path: str, body: Any) -> tuple[str, str, Any]:
        return method, path, ({**body, "otp": str(int(body["otp"]))} if passwordless(body) else body)


@broken("MFA130")
class StartsAgainWhenACodeIsRefused(RequestsClient):
    def log_in_passwordless(self, connection: str, address: str, otp: str, **asked: Any) -> Row:
        try:
            return super().log_in_passwordless(connection, address, otp, **asked)
        except AuthError as error:
            if error.error == "invalid_grant":
                self.start_passwordless(connection, address)
            raise


@broken("MFA130")
class ChallengesRightAfterTheFirstFactor(RequestsClient):
    def log_in_passwordless(self, *args: Any, **asked: Any) -> Row:
        try:
            return super().log_in_passwordless(*args, **asked)
        except AuthError as error:
            if error.error == "mfa_required":
                with suppress(AuthError):
                    self.challenge(error.mfa_token)
            raise


@broken("MFA123")
class SendsARefusedFirstCodeAgain(RequestsClient):
    def log_in_passwordless(self, *args: Any, **asked: Any) -> Row:
        try:
            return super().log_in_passwordless(*args, **asked)
        except AuthError as error:
            if error.error != "invalid_grant":
                raise
            return super().log_in_passwordless(*args, **asked)


@broken("MFA305")
class StartsAgainWhenTheLineBreaks(RequestsClient):
    def start_passwordless(self, connection: str, address: str) -> None:
        try:
            super().start_passwordless(connection, address)
        except AuthError as error:
            if error.error != "no_answer":
                raise
            super().start_passwordless(connection, address)


@broken("MFA219")
class StartsOnceForEachAddress(RequestsClient):
    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.started: set[str] = set()

    def start_passwordless(self, connection: str, address: str) -> None:
        if address not in self.started:
            super().start_passwordless(connection, address)
        self.started.add(address)


@broken("MFA203")
class TakesTheCodeForBothFactors(RequestsClient):
    def log_in_passwordless(self, *args: Any, **asked: Any) -> Row:
        try:
            return super().log_in_passwordless(*args, **asked)
        except AuthError as error:
            if error.error != "mfa_required":
                raise
            return {"access_token": error.mfa_token}


@broken("MFA207")
class LosesTheMfaTokenOfACode(RequestsClient):
    def log_in_passwordless(self, *args: Any, **asked: Any) -> Row:
        try:
            return super().log_in_passwordless(*args, **asked)
        except AuthError as error:
            raise AuthError(error.error, error.description, error.status) from None


@broken("MFA125")
class LogsInWithoutTheScope(RequestsClient):
    def log_in_passwordless(self, connection: str, address: str, otp: str, **asked: Any) -> Row:
        return super().log_in_passwordless(connection, address, otp, audience=asked.get("audience"))


@broken("MFA128")
class KeepsTheAudienceOfALogin(RequestsClient):
    audience: str | None = None

    def log_in_passwordless(self, connection: str, address: str, otp: str, **asked: Any) -> Row:
        self.audience = asked.pop("audience", None) or self.audience
        return super().log_in_passwordless(connection, address, otp, audience=self.audience, **asked)


@broken("MFA401")
class PrintsTheFirstCode(RequestsClient):
    def log_in_passwordless(self, connection: str, address: str, otp: str, **asked: Any) -> Row:
        print(f"{address} typed {otp}")  # noqa: T201
        return super().log_in_passwordless(connection, address, otp, **asked)


@broken("MFA206")
class MakesOneErrorOfAllStarts(RequestsClient):
    def start_passwordless(self, connection: str, address: str) -> None:
        try:
            super().start_passwordless(connection, address)
        except AuthError as error:
            raise AuthError("start_failed", error.description, error.status) from None
