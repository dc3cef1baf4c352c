"""Clients that decide something wrong in `sign_in`, and clients that cannot live with broken answers."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import requests

from client_zoo.entries import broken
from client_zoo.requests_client import RequestsClient
from client_zoo.right import RECOVERY, DecidingClient
from pytest_auth0_mfa.contract.client.adapter import AuthError, Prompt

Row = Mapping[str, Any]


@broken("MFA230")
class OffersUnconfirmedRows(DecidingClient):
    def challengeable(self, rows: Sequence[Row]) -> Sequence[Row]:
        return [row for row in rows if row["authenticator_type"] in ("oob", "otp")]


@broken("MFA230")
class TakesTheFirstRow(DecidingClient):
    def challengeable(self, rows: Sequence[Row]) -> Sequence[Row]:
        return rows[:1]

    def choose(self, rows: Sequence[Row], ask: Prompt) -> str:
        return str(rows[0]["id"])


@broken("MFA231")
class ChallengesRecoveryCodes(DecidingClient):
    def second_factor(self, mfa_token: str, ask: Prompt) -> Row:
        rows = self.list_authenticators(mfa_token)
        recovery = [row for row in rows if row["authenticator_type"] == RECOVERY]
        if recovery:
            self.challenge(mfa_token, recovery[0]["id"])
        return super().second_factor(mfa_token, ask)


@broken("MFA232")
class DoesNotStartAgain(DecidingClient):
    def sign_in(self, username: str, password: str, ask: Prompt) -> Row:
        try:
            return self.log_in(username, password)
        except AuthError as error:
            if error.error != "mfa_required" or not error.mfa_token:
                raise
            return self.second_factor(error.mfa_token, ask)


@broken("MFA232")
class AsksForAnotherCodeAfterExpiry(DecidingClient):
    def prompt(self, ask: Prompt, row: Row, verify: Any, kind: str = "code") -> Row:
        for _ in range(2):
            try:
                return dict(verify(ask(kind, row)))
            except AuthError as error:
                if error.error not in ("invalid_grant", "expired_token"):
                    raise
        raise AuthError("gave_up")


@broken("MFA233")
class DoesNotEnroll(DecidingClient):
    def enroll(self, mfa_token: str, ask: Prompt) -> Row:
        raise AuthError("association_required")


@broken("MFA234")
class WaitsForACode(DecidingClient):
    def answer(self, mfa_token: str, challenge: Row, row: Row, ask: Prompt) -> Row:
        if challenge["challenge_type"] == "oob":
            ask("push", row)
            return self.verify_oob(mfa_token, challenge["oob_code"])
        return super().answer(mfa_token, challenge, row, ask)


@broken("MFA235")
class PromptsForPush(DecidingClient):
    def prompts(self, challenge: Row) -> bool:
        return True


@broken("MFA236")
class IgnoresTheChoice(DecidingClient):
    def choose(self, rows: Sequence[Row], ask: Prompt) -> str:
        super().choose(rows, ask)
        return str(rows[0]["id"])


@broken("MFA236")
class SendsACodeInsteadOfTheRecoveryCode(DecidingClient):
    def choose(self, rows: Sequence[Row], ask: Prompt) -> str:
        chosen = super().choose(rows, ask)
        return str(rows[0]["id"]) if chosen == RECOVERY else chosen


@broken("MFA236")
class EnrollsWhatItLikes(DecidingClient):
    def enroll(self, mfa_token: str, ask: Prompt) -> Row:
        def instead(kind: str, details: Any) -> Any:
            answer = ask(kind, details)
            return {"factor": "otp"} if kind == "enroll" else answer

        return super().enroll(mfa_token, instead)


@broken("MFA236")
class EnrollsTheUsername(DecidingClient):
    """Enrolls the address of the login, whatever the person typed."""

    username: str | None = None

    def sign_in(self, username: str, password: str, ask: Prompt) -> Row:
        self.username = username
        return super().sign_in(username, password, ask)

    def associate(self, token: str, factor: str, **address: Any) -> Row:
        known = {"email": self.username} if self.username and "email" in address else address
        return super().associate(token, factor, **known)


@broken("MFA237")
class HidesTheRecoveryCode(DecidingClient):
    def show(self, made: Row, ask: Prompt) -> None:
        super().show({k: v for k, v in made.items() if k != "recovery_codes"}, ask)


@broken("MFA237")
class HidesTheBarcode(DecidingClient):
    def show(self, made: Row, ask: Prompt) -> None:
        super().show({k: v for k, v in made.items() if k not in ("secret", "barcode_uri")}, ask)


@broken("MFA238")
class StopsAfterEnrollment(DecidingClient):
    def answer(self, mfa_token: str, challenge: Row, row: Row, ask: Prompt) -> Row:
        tokens = super().answer(mfa_token, challenge, row, ask)
        if "authenticator_type" in challenge:
            raise AuthError("enrolled", "sign in again")
        return tokens


@broken("MFA216")
class LosesTheReplacementInSignIn(DecidingClient):
    def recover(self, mfa_token: str, ask: Prompt) -> Row:
        return {k: v for k, v in super().recover(mfa_token, ask).items() if k != "recovery_code"}


@broken("MFA201")
class LetsRejectedPushesIn(DecidingClient):
    def sign_in(self, username: str, password: str, ask: Prompt) -> Row:
        try:
            return super().sign_in(username, password, ask)
        except AuthError as error:
            if error.error != "access_denied":
                raise
            return {"access_token": "granted"}


# -- patience ------------------------------------------------------------------------------------


class Retrying(RequestsClient):
    """Repeats calls that were refused by the rate limit."""

    attempts = 3

    def wait(self, error: AuthError) -> None:
        time.sleep(8)

    def call(self, *args: Any, **more: Any) -> Any:
        for attempt in range(self.attempts):
            try:
                return super().call(*args, **more)
            except AuthError as error:
                if error.error != "too_many_requests" or attempt + 1 == self.attempts:
                    raise
                self.wait(error)
        raise AssertionError


@broken("MFA301")
class RetriesAtOnce(Retrying):
    def wait(self, error: AuthError) -> None:
        pass


@broken("MFA301")
class RetriesAfterASecond(Retrying):
    def wait(self, error: AuthError) -> None:
        time.sleep(1)


@broken("MFA302")
class RetriesForEver(Retrying):
    attempts = 10**9


@broken("MFA302")
class ReconnectsForEver(RequestsClient):
    def call(self, *args: Any, **more: Any) -> Any:
        while True:
            try:
                return super().call(*args, **more)
            except AuthError as error:
                if error.error != "too_many_requests":
                    raise
            time.sleep(60)


# -- broken answers ------------------------------------------------------------------------------


class Trusting(RequestsClient):
    """Reads answers without doubt."""

    def call(self, method: str, path: str, body: Any = None, *, token: str | None = None) -> Any:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        try:
            answer = self.session.request(method, self.base + path, json=body, headers=headers, timeout=10)
        except requests.RequestException as error:
            raise AuthError("no_answer") from error
        if answer.ok:
            return self.decoded(answer)
        return self.refused(answer)

    def decoded(self, answer: requests.Response) -> Any:
        return answer.json() if answer.content else None

    def refused(self, answer: requests.Response) -> Any:
        try:
            body = answer.json()
            raise AuthError(body["error"], body.get("error_description"), answer.status_code, body.get("mfa_token"))
        except (ValueError, KeyError):
            raise AuthError("unexpected_answer") from None


@broken("MFA303")
class LetsDecodingErrorsOut(Trusting):
    pass


@broken("MFA303")
class LetsErrorPagesOut(Trusting):
    def decoded(self, answer: requests.Response) -> Any:
        try:
            return super().decoded(answer)
        except ValueError:
            raise AuthError("unexpected_answer") from None

    def refused(self, answer: requests.Response) -> Any:
        body = answer.json()
        raise AuthError(body["error"], body.get("error_description"), answer.status_code, body.get("mfa_token"))


@broken("MFA303")
class LetsConnectionErrorsOut(RequestsClient):
    def call(self, *args: Any, **more: Any) -> Any:
        try:
            return super().call(*args, **more)
        except AuthError as error:
            if isinstance(error.__cause__, requests.ConnectionError):
                raise error.__cause__ from None
            raise


@broken("MFA303")
class ReadsTheAccessToken(RequestsClient):
    def tokens(self, grant_type: str, **parameters: str) -> Row:
        body = {"grant_type": grant_type, **parameters, **self.application}
        answer = self.call("POST", "/oauth/token", body)
        return {**answer, "access_token": answer["access_token"]}


@broken("MFA304")
class AnyObjectWillDo(RequestsClient):
    @staticmethod
    def object_with(field: str, decoded: Any) -> Row:
        if not isinstance(decoded, dict):
            raise AuthError("unexpected_answer")
        return decoded


@broken("MFA304")
class AnyListWillDo(RequestsClient):
    def list_authenticators(self, token: str) -> Sequence[Row]:
        rows = self.call("GET", "/mfa/authenticators", token=token)
        return rows if isinstance(rows, list) else []


@broken("MFA304")
class NoAnswerIsASuccess(RequestsClient):
    def delete_authenticator(self, token: str, authenticator_id: str) -> None:
        try:
            super().delete_authenticator(token, authenticator_id)
        except AuthError as error:
            if error.error != "no_answer":
                raise


@broken("MFA304")
class AnEmptyObjectForEverythingElse(RequestsClient):
    @staticmethod
    def object_with(field: str, decoded: Any) -> Row:
        return decoded if isinstance(decoded, dict) and field in decoded else {}


@broken("MFA236")
class NamesTheTypeOnly(DecidingClient):
    """Leaves it to the tenant which of two phones rings, whichever the person chose."""

    deciding = False

    def second_factor(self, mfa_token: str, ask: Prompt) -> Row:
        self.deciding = True
        try:
            return super().second_factor(mfa_token, ask)
        finally:
            self.deciding = False

    def challenge(self, mfa_token: str, authenticator_id: str | None = None, **more: Any) -> Row:
        if not self.deciding or (authenticator_id or "").startswith("totp|"):
            return super().challenge(mfa_token, authenticator_id, **more)
        return super().challenge(mfa_token, challenge_type="oob")
