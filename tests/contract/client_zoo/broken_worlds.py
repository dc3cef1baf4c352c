"""Clients that know one side of a dispute, tame data only, or arguments that are always there."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from client_zoo.broken_requests import ASSOCIATE, CHALLENGE, TOKEN, Changing, Sending
from client_zoo.entries import broken
from client_zoo.requests_client import RequestsClient
from pytest_auth0_mfa.contract.client.adapter import AuthError

Row = Mapping[str, Any]


class Translating(RequestsClient):
    """Makes something of its own of errors and lists."""

    def translate(self, error: AuthError) -> AuthError:
        return error

    def call(self, *args: Any, **more: Any) -> Any:
        try:
            return super().call(*args, **more)
        except AuthError as error:
            raise self.translate(error) from None


# -- one side of a dispute -------------------------------------------------------------------------


@broken("MFA206")
class KnowsWrongCodesAt403Only(Translating):
    def translate(self, error: AuthError) -> AuthError:
        known = error.error != "invalid_grant" or error.status in (401, 403)
        return error if known else AuthError("bad_request", status=error.status)


@broken("MFA206")
class KnowsSlowDownAt400Only(Translating):
    def translate(self, error: AuthError) -> AuthError:
        return AuthError("too_many_requests") if error.status == 429 else error


@broken("MFA206")
class ComparesTextsWithTheirFullStop(Translating):
    def translate(self, error: AuthError) -> AuthError:
        lost = error.description in ("Invalid otp_code", "Invalid binding_code")
        return AuthError("unknown") if lost else error


@broken("MFA204")
class TakesEvery401ForADeadSession(Translating):
    def translate(self, error: AuthError) -> AuthError:
        return AuthError("expired_token") if error.status == 401 and error.error == "invalid_grant" else error


@broken("MFA217")
class NeedsRetryAfterAtSlowDown(RequestsClient):
    def call(self, method: str, path: str, body: Any = None, *, token: str | None = None) -> Any:
        headers: list[Mapping[str, str]] = []
        self.session.hooks["response"] = [lambda answer, **_: headers.append(answer.headers)]
        try:
            return super().call(method, path, body, token=token)
        except AuthError as error:
            if error.error == "slow_down":
                int(headers[-1]["Retry-After"])
            raise


@broken("MFA213")
class DropsRowsWithoutType(RequestsClient):
    def list_authenticators(self, token: str) -> Sequence[Row]:
        return [row for row in super().list_authenticators(token) if "type" in row]


@broken("MFA210")
class ReadsTheSingularOnly(RequestsClient):
    def list_authenticators(self, token: str) -> Sequence[Row]:
        names = ("id", "authenticator_type", "active", "oob_channel")
        return [{name: row.get(name) for name in names} for row in super().list_authenticators(token)]


@broken("MFA214")
class BreaksAtThePlural(RequestsClient):
    def list_authenticators(self, token: str) -> Sequence[Row]:
        rows = super().list_authenticators(token)
        return [{**row, "channel": row["oob_channel"]} if row["authenticator_type"] == "oob" else row for row in rows]


@broken("MFA202")
class NeedsAnIdToken(RequestsClient):
    def log_in(self, *args: Any, **more: Any) -> Row:
        tokens = super().log_in(*args, **more)
        if "id_token" not in tokens:
            raise AuthError("no_id_token")
        return tokens


@broken("MFA203")
class NeedsAnMfaToken(RequestsClient):
    def log_in(self, *args: Any, **more: Any) -> Row:
        try:
            return super().log_in(*args, **more)
        except AuthError as error:
            if error.error == "mfa_required":
                error.mfa_token = error.mfa_token.strip()
            raise


@broken("MFA212")
class MakesUpTheMfaToken(RequestsClient):
    last: Any = None

    def log_in(self, *args: Any, **more: Any) -> Row:
        try:
            return super().log_in(*args, **more)
        except AuthError as error:
            self.last = error.mfa_token = error.mfa_token or self.last
            raise


@broken("MFA203")
class ExpectsOneFactorToBeEnough(RequestsClient):
    def verify_oob(self, *args: Any) -> Row:
        try:
            return super().verify_oob(*args)
        except AuthError as error:
            raise AuthError("invalid_grant" if error.error == "mfa_required" else error.error) from None


@broken("MFA207")
class LosesTheSecondMfaToken(RequestsClient):
    def verify_oob(self, *args: Any) -> Row:
        try:
            return super().verify_oob(*args)
        except AuthError as error:
            raise AuthError(error.error, error.description, error.status) from None


# -- awkward people, real lengths ------------------------------------------------------------------


class Cutting(Changing):
    """Changes one parameter of the body."""

    names: Sequence[str] = ()

    def cut(self, value: str) -> str:
        return value

    def change(self, method: str, path: str, body: Any) -> tuple[str, str, Any]:
        if body is not None:
            body = {n: self.cut(v) if n in self.names and isinstance(v, str) else v for n, v in body.items()}
        return method, path, body


@broken("MFA111")
class CutsTokensAt1024(Cutting):
    names = ("mfa_token",)

    def cut(self, value: str) -> str:
        return value[:1024]


@broken("MFA111")
class CutsOobCodesAt512(Cutting):
    names = ("oob_code",)

    def cut(self, value: str) -> str:
        return value[:512]


@broken("MFA125")
class BuildsFormsByHand(Sending):
    def send(self, path: str, body: Any) -> dict[str, Any]:
        if path != TOKEN:
            return {"json": body}
        form = "&".join(f"{name}={value}" for name, value in body.items())
        return {"data": form.encode(), "headers": {"Content-Type": "application/x-www-form-urlencoded"}}


@broken("MFA125")
class LowersTheUsername(Cutting):
    names = ("username",)

    def cut(self, value: str) -> str:
        return value.lower()


@broken("MFA125")
class StripsThePassword(Cutting):
    names = ("password",)

    def cut(self, value: str) -> str:
        return value.strip()


@broken("MFA125")
class WritesLatin1(Cutting):
    names = ("username", "password")

    def cut(self, value: str) -> str:
        return value.encode("latin-1", "replace").decode("latin-1")


@broken("MFA125")
class CutsPasswordsAt72Bytes(Cutting):
    names = ("password",)

    def cut(self, value: str) -> str:
        return value.encode()[:72].decode(errors="ignore")


@broken("MFA125")
class EscapesQuotes(Cutting):
    names = ("username", "password")

    def cut(self, value: str) -> str:
        return value.replace("'", "\\'")


@broken("MFA116")
class KnowsOneCountry(Cutting):
    names = ("phone_number",)

    def cut(self, value: str) -> str:
        return "+1" + re.sub(r"\D", "", value)[-10:]


@broken("MFA116")
class WritesAsciiAddresses(Cutting):
    names = ("email",)

    def cut(self, value: str) -> str:
        return value.encode("ascii", "ignore").decode()


@broken("MFA219")
class WantsSixDigits(RequestsClient):
    def verify_oob(self, mfa_token: str, oob_code: str, binding_code: str | None = None) -> Row:
        if binding_code is not None and not re.fullmatch(r"\d{6}", binding_code):
            raise AuthError("invalid_code")
        return super().verify_oob(mfa_token, oob_code, binding_code)


@broken("MFA110")
class PadsCodesToSix(Cutting):
    names = ("binding_code",)

    def cut(self, value: str) -> str:
        return value.zfill(6)


@broken("MFA110")
class CutsCodesAtSix(Cutting):
    names = ("binding_code",)

    def cut(self, value: str) -> str:
        return value[:6]


@broken("MFA213")
class ShowsTenRows(RequestsClient):
    def list_authenticators(self, token: str) -> Sequence[Row]:
        return super().list_authenticators(token)[:10]


# -- arguments -------------------------------------------------------------------------------------


@broken("MFA128")
class WritesNone(RequestsClient):
    def log_in(self, username: str, password: str, *, audience: str | None = None, scope: str | None = None) -> Row:
        return super().log_in(username, password, audience=audience, scope=f"{scope}")


@broken("MFA128")
class WritesNull(RequestsClient):
    def log_in(self, username: str, password: str, *, audience: str | None = None, scope: str | None = None) -> Row:
        return super().log_in(username, password, audience=audience or "null", scope=scope)


@broken("MFA128")
class KeepsTheAudience(RequestsClient):
    audience: str | None = None

    def log_in(self, username: str, password: str, *, audience: str | None = None, scope: str | None = None) -> Row:
        self.audience = audience or self.audience
        return super().log_in(username, password, audience=self.audience, scope=scope)


@broken("MFA128")
class KeepsTheScope(RequestsClient):
    scope: str | None = None

    def log_in(self, username: str, password: str, *, audience: str | None = None, scope: str | None = None) -> Row:
        self.scope = scope or self.scope
        return super().log_in(username, password, audience=audience, scope=self.scope)


@broken("MFA128")
class KeepsThePhoneNumber(RequestsClient):
    phone_number: str | None = None

    def associate(self, token: str, factor: str, *, email: str | None = None, phone_number: str | None = None) -> Row:
        self.phone_number = phone_number or self.phone_number
        return super().associate(token, factor, email=email, phone_number=self.phone_number)


@broken("MFA125")
class RefreshesWithoutScope(RequestsClient):
    def refresh(self, refresh_token: str, *, audience: str | None = None, scope: str | None = None) -> Row:
        return super().refresh(refresh_token, audience=audience)


@broken("MFA125")
class RefreshesWithoutAudience(RequestsClient):
    def refresh(self, refresh_token: str, *, audience: str | None = None, scope: str | None = None) -> Row:
        return super().refresh(refresh_token, scope=scope)


@broken("MFA131")
class SendsTheCodeWithThePassword(RequestsClient):
    def verify_otp(self, mfa_token: str, otp: str) -> Row:
        return self.tokens("password", mfa_token=mfa_token, mfa_code=otp)


@broken("MFA131")
class SendsTheRecoveryCodeAsOtp(RequestsClient):
    def verify_recovery_code(self, mfa_token: str, recovery_code: str) -> Row:
        return self.verify_otp(mfa_token, recovery_code)


@broken("MFA131")
class AssociatesInsteadOfChallenging(RequestsClient):
    def challenge(self, mfa_token: str, authenticator_id: str | None = None, **more: Any) -> Row:
        return {"challenge_type": "oob", **self.associate(mfa_token, "email")}


PATHS = (ASSOCIATE, CHALLENGE)
