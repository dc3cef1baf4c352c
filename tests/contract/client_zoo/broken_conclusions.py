"""Clients that conclude something wrong."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

from client_zoo.entries import broken
from client_zoo.requests_client import RequestsClient
from client_zoo.right import PollingClient
from pytest_auth0_mfa.contract.client.adapter import AuthError

Row = Mapping[str, Any]


class Translating(RequestsClient):
    """Says errors in words of its own."""

    words = ("", "")

    def call(self, method: str, path: str, body: Any = None, *, token: str | None = None) -> Any:
        try:
            return super().call(method, path, body, token=token)
        except AuthError as error:
            error.error = dict([self.words]).get(error.error, error.error)
            raise


class Reshaping(RequestsClient):
    """Changes what was answered."""

    def reshape(self, path: str, answer: Any) -> Any:
        return answer

    def call(self, method: str, path: str, body: Any = None, *, token: str | None = None) -> Any:
        return self.reshape(path, super().call(method, path, body, token=token))


class Dropping(Reshaping):
    """Loses a field."""

    field = ""

    def reshape(self, path: str, answer: Any) -> Any:
        if not isinstance(answer, dict):
            return answer
        return {name: value for name, value in answer.items() if name != self.field}


# -- success and failure -------------------------------------------------------------------------


@broken("MFA201")
class NeverLooksAtTheStatus(RequestsClient):
    def verify_otp(self, mfa_token: str, otp: str) -> Row:
        try:
            return super().verify_otp(mfa_token, otp)
        except AuthError as error:
            if error.error == "no_answer" or error.status is None:
                raise
            return {"verified": True}


@broken("MFA201")
class TakesRejectionForApproval(RequestsClient):
    def verify_oob(self, mfa_token: str, oob_code: str, binding_code: str | None = None) -> Row:
        try:
            return super().verify_oob(mfa_token, oob_code, binding_code)
        except AuthError as error:
            if error.error != "access_denied":
                raise
            return {"access_token": ""}


@broken("MFA201")
class ForgivesDeletion(RequestsClient):
    def delete_authenticator(self, token: str, authenticator_id: str) -> None:
        try:
            super().delete_authenticator(token, authenticator_id)
        except AuthError as error:
            if error.status != 404:
                raise


@broken("MFA202")
class InsistsOnRecoveryCodes(RequestsClient):
    def associate(self, *args: Any, **more: Any) -> Row:
        answer = super().associate(*args, **more)
        if "recovery_codes" not in answer:
            raise AuthError("enrollment_failed")
        return answer


@broken("MFA202")
class InsistsOnAnOobCode(RequestsClient):
    def challenge(self, *args: Any, **more: Any) -> Row:
        return self.object_with("oob_code", super().challenge(*args, **more))


@broken("MFA202")
class ForbidsUnknownFields(Reshaping):
    known = ("access_token", "id_token", "refresh_token", "scope", "expires_in", "token_type", "recovery_code")

    def reshape(self, path: str, answer: Any) -> Any:
        if path == "/oauth/token" and set(answer or ()).difference(self.known):
            raise AuthError("unexpected_field")
        return answer


@broken("MFA203")
class OnlyAt403(RequestsClient):
    def log_in(self, *args: Any, **more: Any) -> Row:
        try:
            return super().log_in(*args, **more)
        except AuthError as error:
            raise error if error.status == 403 else AuthError("unauthorized", status=error.status) from None


@broken("MFA203")
class EveryRefusalIsAWrongPassword(Translating):
    words = ("mfa_required", "invalid_grant")


@broken("MFA203")
class DoesNotKnowRequirements(RequestsClient):
    def call(self, method: str, path: str, body: Any = None, *, token: str | None = None) -> Any:
        original = self.session.request

        def request(*args: Any, **more: Any) -> Any:
            answer = original(*args, **more)
            if b"mfa_requirements" in answer.content:
                raise AuthError("unexpected_answer")
            return answer

        self.session.request = request  # type: ignore[method-assign]
        try:
            return super().call(method, path, body, token=token)
        finally:
            self.session.request = original  # type: ignore[method-assign]


@broken("MFA203")
class RequiredIsASuccess(RequestsClient):
    def log_in(self, *args: Any, **more: Any) -> Row:
        try:
            return super().log_in(*args, **more)
        except AuthError as error:
            if error.error != "mfa_required":
                raise
            return {"mfa_token": error.mfa_token}


@broken("MFA204")
class EverythingIsAWrongCode(Translating):
    words = ("expired_token", "invalid_grant")


@broken("MFA204")
class EveryWrongCodeEndsTheSession(RequestsClient):
    def verify_otp(self, mfa_token: str, otp: str) -> Row:
        try:
            return super().verify_otp(mfa_token, otp)
        except AuthError as error:
            raise AuthError("expired_token" if error.error == "invalid_grant" else error.error) from None


@broken("MFA205")
class PendingIsDenied(Translating):
    words = ("authorization_pending", "access_denied")


@broken("MFA205")
class DeniedIsPending(RequestsClient):
    def verify_oob(self, mfa_token: str, oob_code: str, binding_code: str | None = None) -> Row:
        try:
            return super().verify_oob(mfa_token, oob_code, binding_code)
        except AuthError as error:
            word = "authorization_pending" if error.error == "access_denied" else error.error
            raise AuthError(word, mfa_token=error.mfa_token) from None


@broken("MFA205")
class SlowDownIsDenied(Translating):
    words = ("slow_down", "access_denied")


@broken("MFA206")
class NotEnrolled(Translating):
    words = ("association_required", "not_enrolled")


@broken("MFA206")
class UnsupportedIsBad(Translating):
    words = ("unsupported_challenge_type", "bad_request")


@broken("MFA206")
class TooManyAttemptsIsAWrongCode(Translating):
    words = ("too_many_attempts", "invalid_grant")


@broken("MFA206")
class ErrorsByStatus(RequestsClient):
    def associate(self, *args: Any, **more: Any) -> Row:
        try:
            return super().associate(*args, **more)
        except AuthError as error:
            raise AuthError(f"http_{error.status}") from None


@broken("MFA206")
class SaysWhoWasRefused(RequestsClient):
    """What it says is shown in the finding: not the username and the password in it."""

    def log_in(self, username: str, password: str, **asked: Any) -> Row:
        try:
            return super().log_in(username, password, **asked)
        except AuthError as error:
            if error.error != "invalid_grant":
                raise
            raise AuthError(f"{username} was refused") from None


@broken("MFA207")
class KeepsTheTokenToItself(RequestsClient):
    def log_in(self, *args: Any, **more: Any) -> Row:
        try:
            return super().log_in(*args, **more)
        except AuthError as error:
            raise AuthError(error.error, error.description, error.status) from None


@broken("MFA207")
class HandsOutTheEarlierToken(RequestsClient):
    """Of two factors in turn: the second mfa_required has a token of its own, which never reaches the caller."""

    def verify_otp(self, mfa_token: str, otp: str) -> Row:
        try:
            return super().verify_otp(mfa_token, otp)
        except AuthError as error:
            raise AuthError(error.error, error.description, error.status, error.mfa_token and mfa_token) from None


@broken("MFA208")
class AlwaysSays400(RequestsClient):
    def call(self, *args: Any, **more: Any) -> Any:
        try:
            return super().call(*args, **more)
        except AuthError as error:
            error.status = 400
            raise


@broken("MFA208")
class DescribesForItself(RequestsClient):
    def verify_otp(self, mfa_token: str, otp: str) -> Row:
        try:
            return super().verify_otp(mfa_token, otp)
        except AuthError as error:
            error.description = "Verification failed. Please try again."
            raise


# -- fields --------------------------------------------------------------------------------------


@broken("MFA210")
class DropsBindingMethod(Dropping):
    field = "binding_method"


@broken("MFA210")
class DropsRecoveryCodes(Dropping):
    field = "recovery_codes"


@broken("MFA210")
class DropsIdToken(Dropping):
    field = "id_token"


@broken("MFA210")
class DropsRefreshToken(Dropping):
    field = "refresh_token"


@broken("MFA210")
class DropsBarcode(Dropping):
    field = "barcode_uri"


@broken("MFA210")
class RenamesTheChannel(Reshaping):
    """As the client that reads oob_channels where the server says oob_channel."""

    def reshape(self, path: str, answer: Any) -> Any:
        if path != "/mfa/authenticators" or not isinstance(answer, list):
            return answer
        return [{k: v for k, v in row.items() if k != "oob_channel"} | {"oob_channels": None} for row in answer]


@broken("MFA211")
class SecretInLowerCase(Reshaping):
    def reshape(self, path: str, answer: Any) -> Any:
        if isinstance(answer, dict) and "secret" in answer:
            return {**answer, "secret": answer["secret"].lower()}
        return answer


@broken("MFA211")
class RecoveryCodesAsText(Reshaping):
    def reshape(self, path: str, answer: Any) -> Any:
        if isinstance(answer, dict) and "recovery_codes" in answer:
            return {**answer, "recovery_codes": ",".join(answer["recovery_codes"])}
        return answer


@broken("MFA211")
class EverythingIsActive(Reshaping):
    def reshape(self, path: str, answer: Any) -> Any:
        return [{**row, "active": True} for row in answer] if isinstance(answer, list) else answer


@broken("MFA212")
class AlwaysPrompts(RequestsClient):
    def challenge(self, *args: Any, **more: Any) -> Row:
        return {"binding_method": "prompt", **super().challenge(*args, **more)}


@broken("MFA213")
class OnlyActiveRows(Reshaping):
    def reshape(self, path: str, answer: Any) -> Any:
        return [row for row in answer if row.get("active")] if isinstance(answer, list) else answer


@broken("MFA213")
class NoRecoveryRows(Reshaping):
    def reshape(self, path: str, answer: Any) -> Any:
        if not isinstance(answer, list):
            return answer
        return [row for row in answer if row.get("authenticator_type") != "recovery-code"]


@broken("MFA213")
class OnlyRowsWithType(Reshaping):
    def reshape(self, path: str, answer: Any) -> Any:
        return [row for row in answer if "type" in row] if isinstance(answer, list) else answer


@broken("MFA214")
class RowsHaveTypes(Reshaping):
    def reshape(self, path: str, answer: Any) -> Any:
        return [{**row, "type": row["type"]} for row in answer] if isinstance(answer, list) else answer


@broken("MFA214")
class RowsHaveChannels(Reshaping):
    def reshape(self, path: str, answer: Any) -> Any:
        return [{**row, "oob_channel": row["oob_channel"]} for row in answer] if isinstance(answer, list) else answer


@broken("MFA214")
class RowsHaveNames(Reshaping):
    def reshape(self, path: str, answer: Any) -> Any:
        if isinstance(answer, list) and any("name" not in row for row in answer):
            raise AuthError("unexpected_answer")
        return answer


@broken("MFA214")
class KnowsAllTypes(Reshaping):
    def reshape(self, path: str, answer: Any) -> Any:
        if isinstance(answer, list):
            for row in answer:
                {"oob": 1, "otp": 2, "recovery-code": 3}[row.get("authenticator_type", "otp")]
        return answer


@broken("MFA215")
class RemembersTheFirstChallenge(RequestsClient):
    def challenge(self, mfa_token: str, authenticator_id: str | None = None, **more: Any) -> Row:
        answer = super().challenge(mfa_token, authenticator_id, **more)
        self.made: dict[Any, Row] = getattr(self, "made", {})
        return self.made.setdefault((mfa_token, authenticator_id), answer) if "oob_code" in answer else answer


@broken("MFA216")
class LosesTheNewRecoveryCode(Dropping):
    field = "recovery_code"


@broken("MFA216")
class ShowsTheOldRecoveryCode(RequestsClient):
    def verify_recovery_code(self, mfa_token: str, recovery_code: str) -> Row:
        return {**super().verify_recovery_code(mfa_token, recovery_code), "recovery_code": recovery_code}


@broken("MFA217")
class RaisesValueError(RequestsClient):
    def verify_otp(self, mfa_token: str, otp: str) -> Row:
        try:
            return super().verify_otp(mfa_token, otp)
        except AuthError as error:
            raise ValueError(error.error) from None


@broken("MFA217")
class ReadsRecoveryCodesAlways(RequestsClient):
    def associate(self, *args: Any, **more: Any) -> Row:
        answer = super().associate(*args, **more)
        return {**answer, "recovery_codes": answer["recovery_codes"]}


@broken("MFA218")
class ReturnsText(RequestsClient):
    def challenge(self, *args: Any, **more: Any) -> Any:
        return json.dumps(super().challenge(*args, **more))


@broken("MFA218")
class ReturnsThePage(RequestsClient):
    def list_authenticators(self, token: str) -> Any:
        return {"authenticators": super().list_authenticators(token)}


@broken("MFA218")
class RaisesNumbers(RequestsClient):
    def verify_otp(self, mfa_token: str, otp: str) -> Row:
        try:
            return super().verify_otp(mfa_token, otp)
        except AuthError as error:
            raise AuthError(error.status) from None  # type: ignore[arg-type]


@broken("MFA219")
class CachesTheList(RequestsClient):
    def list_authenticators(self, token: str) -> Sequence[Row]:
        self.cache: dict[str, Sequence[Row]] = getattr(self, "cache", {})
        if token not in self.cache:
            self.cache[token] = super().list_authenticators(token)
        return self.cache[token]


@broken("MFA219")
class SeesOnlyItsOwnChanges(CachesTheList):
    """The list is read anew after each change that this client makes."""

    def call(self, method: str, path: str, body: Any = None, *, token: str | None = None) -> Any:
        if method != "GET":
            self.cache = {}
        return super().call(method, path, body, token=token)


@broken("MFA219")
class KeepsTokensOfALogin(RequestsClient):
    """Whoever logs in again with the same password gets the tokens of the last time."""

    def log_in(self, username: str, password: str, *, audience: str | None = None, scope: str | None = None) -> Row:
        self.kept: dict[object, Row] = getattr(self, "kept", {})
        asked = username, password, audience, scope
        if asked not in self.kept:
            self.kept[asked] = super().log_in(username, password, audience=audience, scope=scope)
        return self.kept[asked]


@broken("MFA219")
class RenewsNotBeforeTheEnd(RequestsClient):
    """A refresh gives the same access token until it has expired."""

    def refresh(self, refresh_token: str, *, audience: str | None = None, scope: str | None = None) -> Row:
        self.kept: dict[object, Row] = getattr(self, "kept", {})
        asked = refresh_token, audience, scope
        if asked not in self.kept:
            self.kept[asked] = super().refresh(refresh_token, audience=audience, scope=scope)
        return self.kept[asked]


@broken("MFA219")
class ChecksPhoneNumbersItself(RequestsClient):
    def associate(self, token: str, factor: str, *, email: str | None = None, phone_number: str | None = None) -> Row:
        if phone_number is not None and len(phone_number) < 8:
            raise AuthError("invalid_request", "The phone number is invalid.")
        return super().associate(token, factor, email=email, phone_number=phone_number)


# -- push ----------------------------------------------------------------------------------------


@broken("MFA220", polls=False)
class PollsUnasked(PollingClient):
    pass


@broken("MFA221", polls=True)
class DoesNotPoll(RequestsClient):
    pass


@broken("MFA221")
class StopsAtSlowDown(PollingClient):
    pending = ("authorization_pending",)


@broken("MFA221")
class GivesUpAfterThreePolls(PollingClient):
    most_polls = 3


@broken("MFA222")
class PollsWithoutPause(PollingClient):
    interval = 0.0


@broken("MFA223")
class IgnoresSlowDown(PollingClient):
    def verify_oob(self, mfa_token: str, oob_code: str, binding_code: str | None = None) -> Row:
        while True:
            try:
                return RequestsClient.verify_oob(self, mfa_token, oob_code, binding_code)
            except AuthError as error:
                if error.error not in ("authorization_pending", "slow_down"):
                    raise
            time.sleep(3)


@broken("MFA224")
class PollsOnAfterRejection(PollingClient):
    def verify_oob(self, mfa_token: str, oob_code: str, binding_code: str | None = None) -> Row:
        for _ in range(4):
            try:
                return super().verify_oob(mfa_token, oob_code, binding_code)
            except AuthError as error:
                if error.error != "access_denied":
                    raise
            time.sleep(5)
        raise AuthError("access_denied")


@broken("MFA224")
class PollsOnAfterApproval(PollingClient):
    def verify_oob(self, mfa_token: str, oob_code: str, binding_code: str | None = None) -> Row:
        answer = super().verify_oob(mfa_token, oob_code, binding_code)
        if binding_code is None:
            time.sleep(5)
            RequestsClient.verify_oob(self, mfa_token, oob_code)
        return answer
