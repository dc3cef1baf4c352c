"""Clients that are wrong about the user's own page, the My Account API."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import quote

import jwt

from client_zoo.account_client import METHODS, PAGE, AccountClient, one
from client_zoo.entries import broken
from pytest_auth0_mfa.contract.client.adapter import AuthError

Row = Mapping[str, Any]


class ChangingThePage(AccountClient):
    """Changes method, path or body of a call of the My Account API before it is sent."""

    def change(self, method: str, path: str, body: Any) -> tuple[str, str, Any]:
        return method, path, body

    def page(self, method: str, path: str, token: str, body: Any = None) -> Any:
        method, path, body = self.change(method, path, body)
        return super().page(method, path, token, body)


# -- paths, methods and media types ----------------------------------------------------------------


@broken("MFA102")
class DeletesWithPost(ChangingThePage):
    def change(self, method: str, path: str, body: Any) -> tuple[str, str, Any]:
        return "POST" if method == "DELETE" else method, path, body


@broken("MFA102")
class PutsWhatItChanges(ChangingThePage):
    def change(self, method: str, path: str, body: Any) -> tuple[str, str, Any]:
        return "PUT" if method == "PATCH" else method, path, body


@broken("MFA101")
class ForgetsTheVersion(ChangingThePage):
    def change(self, method: str, path: str, body: Any) -> tuple[str, str, Any]:
        return method, path.replace("/me/v1/", "/me/"), body


@broken("MFA101")
class VerifiesUnderAnotherName(ChangingThePage):
    def change(self, method: str, path: str, body: Any) -> tuple[str, str, Any]:
        return method, path.replace("/verify", "/confirm"), body


@broken("MFA101")
class VerifiesWithoutNamingTheMethod(ChangingThePage):
    def change(self, method: str, path: str, body: Any) -> tuple[str, str, Any]:
        return method, METHODS + "/verify" if path.endswith("/verify") else path, body


@broken("MFA101")
class ListsWithASlashAtTheEnd(ChangingThePage):
    def change(self, method: str, path: str, body: Any) -> tuple[str, str, Any]:
        return method, METHODS + "/" if (method, path) == ("GET", METHODS) else path, body


@broken("MFA103")
class SendsFormsToThePage(AccountClient):
    def page(self, method: str, path: str, token: str, body: Any = None) -> Any:
        headers = {"Authorization": f"Bearer {token}"}
        if method != "POST":
            return super().page(method, path, token, body)
        answer = self.session.request(method, self.base + path, data=body, headers=headers, timeout=10)
        raise AuthError(answer.json()["type"], None, answer.status_code)


@broken("MFA103")
class ChangesByMergePatch(AccountClient):
    def page(self, method: str, path: str, token: str, body: Any = None) -> Any:
        if method == "PATCH":
            self.session.headers["Content-Type"] = "application/merge-patch+json"
        try:
            return super().page(method, path, token, body)
        finally:
            self.session.headers.pop("Content-Type", None)


@broken("MFA120")
class KeepsTheIdButNotItsType(ChangingThePage):
    def change(self, method: str, path: str, body: Any) -> tuple[str, str, Any]:
        return method, path.replace("email%7C", ""), body


@broken("MFA120")
class EncodesTheIdOfAMethodTwice(ChangingThePage):
    def change(self, method: str, path: str, body: Any) -> tuple[str, str, Any]:
        return method, path.replace("%7C", "%257C"), body


@broken("MFA120")
class VerifiesWhatItBeganLast(AccountClient):
    begun: str = ""

    def me_create_method(self, *args: Any, **asked: Any) -> Row:
        made = super().me_create_method(*args, **asked)
        self.begun = made["id"]
        return made

    def me_verify_method(self, token: str, method_id: str, *args: Any) -> Row:
        return super().me_verify_method(token, self.begun, *args)


@broken("MFA122")
class PutsTheSessionIntoTheUrl(ChangingThePage):
    def change(self, method: str, path: str, body: Any) -> tuple[str, str, Any]:
        return method, f"{path}?auth_session={body['auth_session']}" if path.endswith("/verify") else path, body


# -- members ---------------------------------------------------------------------------------------


@broken("MFA115")
class SendsTheFactorsOfTheMfaApi(ChangingThePage):
    def change(self, method: str, path: str, body: Any) -> tuple[str, str, Any]:
        other = {"totp": "otp", "push-notification": "push"}
        if path == METHODS and method == "POST":
            body = {**body, "type": other.get(body["type"], body["type"])}
        return method, path, body


@broken("MFA115")
class TextsWhoeverWantsACall(ChangingThePage):
    def change(self, method: str, path: str, body: Any) -> tuple[str, str, Any]:
        if method == "POST" and body and body.get("preferred_authentication_method"):
            body = {**body, "preferred_authentication_method": "sms"}
        return method, path, body


@broken("MFA115")
class ForgetsTheChannelOfAPhone(AccountClient):
    def me_create_method(self, token: str, type: str, **asked: Any) -> Row:
        return super().me_create_method(token, type, **{**asked, "preferred_authentication_method": None})


@broken("MFA116")
class DropsThePlusOnThePage(AccountClient):
    def me_create_method(self, token: str, type: str, **asked: Any) -> Row:
        number = asked.pop("phone_number", None)
        return super().me_create_method(token, type, phone_number=number and number.lstrip("+"), **asked)


@broken("MFA116")
class LowersEmailsOnThePage(AccountClient):
    def me_create_method(self, token: str, type: str, *, email: str | None = None, **asked: Any) -> Row:
        return super().me_create_method(token, type, email=email and email.lower(), **asked)


@broken("MFA107")
class CallsTheSessionAnOobCode(ChangingThePage):
    def change(self, method: str, path: str, body: Any) -> tuple[str, str, Any]:
        renamed = {"auth_session": "oob_code"}
        return method, path, body and {renamed.get(name, name): value for name, value in body.items()}


@broken("MFA107")
class SendsTheOtpAsBindingCode(ChangingThePage):
    def change(self, method: str, path: str, body: Any) -> tuple[str, str, Any]:
        renamed = {"otp_code": "binding_code"}
        return method, path, body and {renamed.get(name, name): value for name, value in body.items()}


@broken("MFA107")
class NamesTheTypeAsTheMfaApiDoes(ChangingThePage):
    def change(self, method: str, path: str, body: Any) -> tuple[str, str, Any]:
        if path == METHODS and method == "POST":
            body = {"authenticator_types": [body["type"]], **{n: v for n, v in body.items() if n != "type"}}
        return method, path, body


@broken("MFA107")
class CallsTheNameALabel(ChangingThePage):
    def change(self, method: str, path: str, body: Any) -> tuple[str, str, Any]:
        return method, path, {"label": body["name"]} if method == "PATCH" and body.get("name") else body


@broken("MFA106")
class VerifiesWithoutTheCode(AccountClient):
    def me_verify_method(self, token: str, method_id: str, auth_session: str, otp_code: str | None = None) -> Row:
        return super().me_verify_method(token, method_id, auth_session)


@broken("MFA106")
class VerifiesWithoutTheSession(ChangingThePage):
    def change(self, method: str, path: str, body: Any) -> tuple[str, str, Any]:
        return method, path, body and {name: value for name, value in body.items() if name != "auth_session"}


@broken("MFA108")
class SendsNamesInAList(ChangingThePage):
    def change(self, method: str, path: str, body: Any) -> tuple[str, str, Any]:
        return method, path, {**body, "name": [body["name"]]} if body and body.get("name") else body


@broken("MFA110")
class CodesOfThePageAsNumbers(ChangingThePage):
    def change(self, method: str, path: str, body: Any) -> tuple[str, str, Any]:
        return method, path, {**body, "otp_code": int(body["otp_code"])} if body and "otp_code" in body else body


@broken("MFA111")
class VerifiesTheLastSession(AccountClient):
    session_of_last: str = ""

    def me_create_method(self, *args: Any, **asked: Any) -> Row:
        made = super().me_create_method(*args, **asked)
        self.session_of_last = made["auth_session"]
        return made

    def me_verify_method(self, token: str, method_id: str, auth_session: str, *args: Any) -> Row:
        return super().me_verify_method(token, method_id, self.session_of_last or auth_session, *args)


@broken("MFA111")
class KeepsOneSessionOfEachType(AccountClient):
    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.kept: dict[tuple[str, str], str] = {}

    def me_create_method(self, token: str, type: str, **asked: Any) -> Row:
        made = super().me_create_method(token, type, **asked)
        self.kept[token, type] = made["auth_session"]
        return made

    def me_verify_method(self, token: str, method_id: str, auth_session: str, *args: Any) -> Row:
        kept = self.kept.get((token, method_id.partition("|")[0]), auth_session)
        return super().me_verify_method(token, method_id, kept, *args)


@broken("MFA111")
class CutsTheSession(AccountClient):
    def me_verify_method(self, token: str, method_id: str, auth_session: str, *args: Any) -> Row:
        return super().me_verify_method(token, method_id, auth_session[:16], *args)


@broken("MFA126")
class SendsItsVersion(ChangingThePage):
    def change(self, method: str, path: str, body: Any) -> tuple[str, str, Any]:
        return method, path, body and {**body, "sdk": "1.0"}


@broken("MFA126")
class SendsACodeWherePushNeedsNone(AccountClient):
    def me_verify_method(self, token: str, method_id: str, auth_session: str, otp_code: str | None = None) -> Row:
        return super().me_verify_method(token, method_id, auth_session, otp_code or "000000")


@broken("MFA128")
class PatchesEverything(AccountClient):
    def me_update_method(self, token: str, method_id: str, **asked: Any) -> Row:
        body = {"name": None, "preferred_authentication_method": None, **asked}
        return self.object_with("id", self.page("PATCH", one(method_id), token, body))


@broken("MFA128")
class CreatesWithNulls(AccountClient):
    def me_create_method(self, token: str, type: str, **asked: Any) -> Row:
        body = {"email": None, "phone_number": None, **asked, "type": type}
        return self.object_with("auth_session", self.page("POST", METHODS, token, body))


@broken("MFA128")
class AsksForTheTypeNone(AccountClient):
    def me_list_methods(self, token: str, *, type: str | None = None) -> Sequence[Row]:
        return super().me_list_methods(token, type=str(type))


@broken("MFA128")
class KeepsTheFilter(AccountClient):
    kept: str | None = None

    def me_list_methods(self, token: str, *, type: str | None = None) -> Sequence[Row]:
        self.kept = type or self.kept
        return super().me_list_methods(token, type=self.kept)


@broken("MFA128")
class KeepsTheNameOfTheLast(AccountClient):
    kept: str | None = None

    def me_update_method(self, token: str, method_id: str, **asked: Any) -> Row:
        self.kept = asked.get("name") or self.kept
        return super().me_update_method(token, method_id, **{**asked, "name": self.kept})


@broken("MFA137")
class ShortensNames(AccountClient):
    def me_update_method(self, token: str, method_id: str, **asked: Any) -> Row:
        name = asked.pop("name", None)
        return super().me_update_method(token, method_id, name=name and name[:20], **asked)


@broken("MFA137")
class RenamesEveryPhoneToSms(AccountClient):
    def me_update_method(self, token: str, method_id: str, **asked: Any) -> Row:
        if method_id.startswith("phone|"):
            asked = {"preferred_authentication_method": "sms", **asked}
        return super().me_update_method(token, method_id, **asked)


@broken("MFA137")
class CannotCall(AccountClient):
    def me_update_method(self, token: str, method_id: str, **asked: Any) -> Row:
        if asked.get("preferred_authentication_method") == "voice":
            asked["preferred_authentication_method"] = "sms"
        return super().me_update_method(token, method_id, **asked)


@broken("MFA137")
class ListsWithoutTheFilter(AccountClient):
    def me_list_methods(self, token: str, *, type: str | None = None) -> Sequence[Row]:
        return super().me_list_methods(token)


@broken("MFA137")
class FiltersByTheFactor(AccountClient):
    def me_list_methods(self, token: str, *, type: str | None = None) -> Sequence[Row]:
        return super().me_list_methods(token, type="email" if type == "phone" else type)


@broken("MFA113")
class SendsTheTokenInItsOwnHeader(AccountClient):
    def page(self, method: str, path: str, token: str, body: Any = None) -> Any:
        answer, decoded = self.sent(method, path, body, {"X-Auth-Token": token})
        if answer.ok:
            return decoded
        raise AuthError(decoded["type"], decoded["detail"], answer.status_code)


@broken("MFA112")
class HasOneTokenForAll(AccountClient):
    token: str | None = None

    def page(self, method: str, path: str, token: str, body: Any = None) -> Any:
        self.token = self.token or token
        return super().page(method, path, self.token, body)


@broken("MFA114")
class SendsTheTokenInQuotes(AccountClient):
    def page(self, method: str, path: str, token: str, body: Any = None) -> Any:
        return super().page(method, path, f'"{token}"', body)


# -- more or other calls ---------------------------------------------------------------------------


@broken("MFA131")
class AssociatesInstead(AccountClient):
    def me_create_method(self, token: str, type: str, **asked: Any) -> Row:
        if type == "totp":
            return self.associate(token, "otp")
        return super().me_create_method(token, type, **asked)


@broken("MFA130")
class DeletesBeforeItCreates(AccountClient):
    def me_create_method(self, token: str, type: str, **asked: Any) -> Row:
        for row in self.me_list_methods(token):
            if row["type"] == type:
                with suppress(AuthError):
                    self.me_delete_method(token, row["id"])
        return super().me_create_method(token, type, **asked)


@broken("MFA124")
class VerifiesTwice(AccountClient):
    def me_verify_method(self, *args: Any) -> Row:
        made = super().me_verify_method(*args)
        with suppress(AuthError):
            super().me_verify_method(*args)
        return made


@broken("MFA123")
class SendsARefusedCodeOfThePageAgain(AccountClient):
    def me_verify_method(self, *args: Any) -> Row:
        try:
            return super().me_verify_method(*args)
        except AuthError as error:
            if error.status != 400:
                raise
            return super().me_verify_method(*args)


@broken("MFA305")
class CreatesAgainAfterABrokenLine(AccountClient):
    def me_create_method(self, *args: Any, **asked: Any) -> Row:
        try:
            return super().me_create_method(*args, **asked)
        except AuthError as error:
            if error.error != "no_answer":
                raise
            return super().me_create_method(*args, **asked)


@broken("MFA301")
class DoesNotWaitOnThePage(AccountClient):
    def page(self, *args: Any, **more: Any) -> Any:
        try:
            return super().page(*args, **more)
        except AuthError as error:
            if error.status != 429 or args[0] != "GET":
                raise
            return super().page(*args, **more)


@broken("MFA301")
class TakesATimeForANumberOfSeconds(AccountClient):
    """It waits for x-ratelimit-reset, as if that said how long."""

    def sent(self, method: str, path: str, body: Any, headers: Mapping[str, str]) -> tuple[Any, Any]:
        answer, decoded = super().sent(method, path, body, headers)
        if answer.status_code != 429 or method != "GET":
            return answer, decoded
        time.sleep(int(answer.headers["x-ratelimit-reset"]))
        return super().sent(method, path, body, headers)


@broken("MFA219")
class RemembersItsMethods(AccountClient):
    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.known: dict[tuple[str, str | None], Sequence[Row]] = {}

    def me_list_methods(self, token: str, *, type: str | None = None) -> Sequence[Row]:
        if (token, type) not in self.known:
            self.known[token, type] = super().me_list_methods(token, type=type)
        return self.known[token, type]


@broken("MFA219")
class AsksForFactorsOnce(AccountClient):
    known: Sequence[Row] | None = None

    def me_factors(self, token: str) -> Sequence[Row]:
        self.known = self.known or super().me_factors(token)
        return self.known


@broken("MFA219")
class LooksAtAMethodOnce(AccountClient):
    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.known: dict[str, Row] = {}

    def me_get_method(self, token: str, method_id: str) -> Row:
        if method_id not in self.known:
            self.known[method_id] = super().me_get_method(token, method_id)
        return self.known[method_id]


# -- conclusions -----------------------------------------------------------------------------------


@broken("MFA201")
class TakesAPendingPushForApproved(AccountClient):
    def me_verify_method(self, token: str, method_id: str, *args: Any) -> Row:
        try:
            return super().me_verify_method(token, method_id, *args)
        except AuthError as error:
            if error.status != 400 or len(args) > 1:
                raise
            return {"id": method_id, "type": "push-notification", "confirmed": False}


@broken("MFA302")
class WaitsForAnApprovalForEver(AccountClient):
    def me_verify_method(self, token: str, method_id: str, *args: Any) -> Row:
        while True:
            try:
                return super().me_verify_method(token, method_id, *args)
            except AuthError as error:
                if error.status != 400 or len(args) > 1:
                    raise
            time.sleep(5)


@broken("MFA201")
class TakesProblemsForAnswers(AccountClient):
    def page(self, method: str, path: str, token: str, body: Any = None) -> Any:
        answer, decoded = self.sent(method, path, body, {"Authorization": f"Bearer {token}"})
        if answer.status_code >= 500 or answer.status_code == 429 or answer.is_redirect:
            raise AuthError("no_answer", status=answer.status_code)
        return decoded

    @staticmethod
    def object_with(field: str, decoded: Any) -> Row:
        if not isinstance(decoded, dict):
            raise AuthError("unexpected_answer")
        return decoded


@broken("MFA202")
class TakesOnly200ForASuccess(AccountClient):
    def page(self, method: str, path: str, token: str, body: Any = None) -> Any:
        answer, decoded = self.sent(method, path, body, {"Authorization": f"Bearer {token}"})
        if answer.status_code == 200 or method in ("DELETE", "PATCH"):
            return decoded
        refusal = decoded if isinstance(decoded, dict) else {}
        raise AuthError(refusal.get("type", "unexpected_answer"), refusal.get("detail"), answer.status_code)


@broken("MFA202")
class NeedsTheManualCode(AccountClient):
    def me_create_method(self, token: str, type: str, **asked: Any) -> Row:
        made = super().me_create_method(token, type, **asked)
        if type == "totp" and "manual_input_code" not in made:
            raise AuthError("unexpected_answer")
        return made


@broken("MFA202")
class ReadsTheBodyOfADeletion(AccountClient):
    def me_delete_method(self, token: str, method_id: str) -> None:
        if self.page("DELETE", one(method_id), token) is None:
            raise AuthError("unexpected_answer")


@broken("MFA206")
class ReadsErrorsOnlyFromError(AccountClient):
    def page(self, method: str, path: str, token: str, body: Any = None) -> Any:
        return self.call(method, path, body, token=token)


@broken("MFA206")
class PassesOnTheTitle(AccountClient):
    def page(self, *args: Any, **more: Any) -> Any:
        try:
            return super().page(*args, **more)
        except AuthError as error:
            raise AuthError(str(error.description or error.error), status=error.status) from None


@broken("MFA206")
class NamesProblemsByWhatFollowsTheLastSlash(AccountClient):
    """Where their URIs end in another way (entry D-33) that is more than the code."""

    def page(self, *args: Any, **more: Any) -> Any:
        try:
            return super().page(*args, **more)
        except AuthError as error:
            raise AuthError(error.error.rpartition("/")[2], error.description, error.status) from None


@broken("MFA206")
class NamesEveryProblemAfterTheFirst(AccountClient):
    def page(self, *args: Any, **more: Any) -> Any:
        try:
            return super().page(*args, **more)
        except AuthError as error:
            code = error.error.rpartition("/")[2].rpartition("#")[2]
            raise AuthError(f"{code[:-4]}0001", error.description, error.status) from None


@broken("MFA208")
class TellsAnotherStatus(AccountClient):
    def page(self, *args: Any, **more: Any) -> Any:
        try:
            return super().page(*args, **more)
        except AuthError as error:
            raise AuthError(error.error, error.description, 400 if error.status == 404 else error.status) from None


@broken("MFA217")
class RaisesWhatItLikes(AccountClient):
    def page(self, *args: Any, **more: Any) -> Any:
        try:
            return super().page(*args, **more)
        except AuthError as error:
            if error.status in (403, 404) and error.error != "unexpected_answer":
                raise LookupError(error.error) from None
            raise


@broken("MFA210")
class LosesTheSession(AccountClient):
    def me_create_method(self, *args: Any, **asked: Any) -> Row:
        made = super().me_create_method(*args, **asked)
        return {name: value for name, value in made.items() if name != "auth_session"}


@broken("MFA210")
class LosesTheBarcode(AccountClient):
    def me_create_method(self, token: str, type: str, **asked: Any) -> Row:
        made = super().me_create_method(token, type, **asked)
        return {name: value for name, value in made.items() if name != "barcode_uri" or type == "totp"}


@broken("MFA210")
class DoesNotTellWhatIsConfirmed(AccountClient):
    def me_list_methods(self, token: str, *, type: str | None = None) -> Sequence[Row]:
        rows = super().me_list_methods(token, type=type)
        return [{name: value for name, value in row.items() if name != "confirmed"} for row in rows]


@broken("MFA211")
class ReturnsTheIdAsItStandsInTheLocation(AccountClient):
    def me_create_method(self, *args: Any, **asked: Any) -> Row:
        made = super().me_create_method(*args, **asked)
        return {**made, "id": quote(made["id"], safe="")}


@broken("MFA211")
class NamesTypesAsTheMfaApiDoes(AccountClient):
    def me_list_methods(self, token: str, *, type: str | None = None) -> Sequence[Row]:
        rows = super().me_list_methods(token, type=type)
        return [{**row, "type": "otp" if row["type"] == "totp" else row["type"]} for row in rows]


@broken("MFA212")
class MakesUpNames(AccountClient):
    def me_get_method(self, token: str, method_id: str) -> Row:
        return {"name": "Method", **super().me_get_method(token, method_id)}


@broken("MFA212")
class TakesEveryTypeForOneThatIsConfirmed(AccountClient):
    """Passwords and passkeys are not, and say nothing about it."""

    def me_list_methods(self, token: str, *, type: str | None = None) -> Sequence[Row]:
        return [{"confirmed": False, **row} for row in super().me_list_methods(token, type=type)]


@broken("MFA213")
class HidesUnconfirmedMethods(AccountClient):
    def me_list_methods(self, token: str, *, type: str | None = None) -> Sequence[Row]:
        return [row for row in super().me_list_methods(token, type=type) if row.get("confirmed", True)]


@broken("MFA213")
class HidesRecoveryCodesOfThePage(AccountClient):
    def me_list_methods(self, token: str, *, type: str | None = None) -> Sequence[Row]:
        return [row for row in super().me_list_methods(token, type=type) if row["type"] != "recovery-code"]


@broken("MFA213")
class ListsTenMethods(AccountClient):
    def me_list_methods(self, token: str, *, type: str | None = None) -> Sequence[Row]:
        return super().me_list_methods(token, type=type)[:10]


@broken("MFA213")
class KnowsNoPush(AccountClient):
    def me_factors(self, token: str) -> Sequence[Row]:
        return [row for row in super().me_factors(token) if row["type"] != "push-notification"]


@broken("MFA214")
class CannotReadAPasskey(AccountClient):
    def me_list_methods(self, token: str, *, type: str | None = None) -> Sequence[Row]:
        try:
            return [{**row, "confirmed": row["confirmed"]} for row in super().me_list_methods(token, type=type)]
        except KeyError as error:
            raise AuthError("unexpected_answer") from error


@broken("MFA214")
class FailsAtAnUnknownFactor(AccountClient):
    def me_factors(self, token: str) -> Sequence[Row]:
        known = ("email", "phone", "totp", "push-notification", "recovery-code")
        return [{**row, "place": known.index(row["type"])} for row in super().me_factors(token)]


@broken("MFA216")
class LosesTheRecoveryCodeOfThePage(AccountClient):
    def me_create_method(self, *args: Any, **asked: Any) -> Row:
        made = super().me_create_method(*args, **asked)
        return {name: value for name, value in made.items() if name != "recovery_code"}


@broken("MFA218")
class ReturnsTheWholeAnswer(AccountClient):
    def me_list_methods(self, token: str, *, type: str | None = None) -> Any:
        rows = super().me_list_methods(token, type=type)
        return {"authentication_methods": rows}


@broken("MFA303")
class TrustsTheShapeOfThePage(AccountClient):
    def me_factors(self, token: str) -> Sequence[Row]:
        return list(self.page("GET", PAGE + "/factors", token)["factors"][:])


@broken("MFA201")
class DeletesWithoutLooking(AccountClient):
    def me_delete_method(self, token: str, method_id: str) -> None:
        with suppress(AuthError):
            super().me_delete_method(token, method_id)


@broken("MFA401")
class PrintsTheKeyOfAnApp(AccountClient):
    def me_create_method(self, *args: Any, **asked: Any) -> Row:
        made = super().me_create_method(*args, **asked)
        print(made)  # noqa: T201
        return made


# -- manners ---------------------------------------------------------------------------------------


@broken("MFA129")
class InsistsOnADeadToken(AccountClient):
    """Makes every call but verifications twice, if it may not make it."""

    status = 401

    def page(self, method: str, path: str, token: str, body: Any = None) -> Any:
        try:
            return super().page(method, path, token, body)
        except AuthError as error:
            if error.status != self.status or path.endswith("/verify"):
                raise
            return super().page(method, path, token, body)


@broken("MFA129")
class InsistsOnATokenWithoutTheScope(InsistsOnADeadToken):
    status = 403


@broken("MFA129")
class ChangesTwiceWithADeadToken(InsistsOnADeadToken):
    def page(self, method: str, path: str, token: str, body: Any = None) -> Any:
        repeats = method in ("PATCH", "DELETE")
        return (super().page if repeats else AccountClient.page.__get__(self))(method, path, token, body)


class TakesAnotherToken(AccountClient):
    """Gets another token where one is refused, if it knows how."""

    def another(self) -> str | None:
        return None

    def page(self, method: str, path: str, token: str, body: Any = None) -> Any:
        try:
            return super().page(method, path, token, body)
        except AuthError as error:
            if error.status != 401 or (other := self.another()) is None:
                raise
        return super().page(method, path, other, body)


@broken("MFA130")
class LogsInAgainForThePage(TakesAnotherToken):
    """Keeps the password."""

    kept: tuple[str, str] | None = None

    def log_in(self, username: str, password: str, **asked: Any) -> Row:
        self.kept = username, password
        return super().log_in(username, password, **asked)

    def another(self) -> str | None:
        return super().log_in(*self.kept)["access_token"] if self.kept is not None else None


@broken("MFA202")
class TakesTheLastCallForOneTooMany(AccountClient):
    def sent(self, method: str, path: str, body: Any, headers: Mapping[str, str]) -> tuple[Any, Any]:
        answer, decoded = super().sent(method, path, body, headers)
        if answer.ok and method != "GET" and answer.headers.get("x-ratelimit-remaining") == "0":
            raise AuthError("too_many_requests")
        return answer, decoded


@broken("MFA129")
class AsksAgainForWhatIsNotThere(AccountClient):
    """It may be there a moment later."""

    def me_get_method(self, token: str, method_id: str) -> Row:
        try:
            return super().me_get_method(token, method_id)
        except AuthError as error:
            if error.status != 404:
                raise
            return super().me_get_method(token, method_id)


@broken("MFA130")
class RenewsWithTheNewestRefreshToken(TakesAnotherToken):
    """Whosever it is."""

    kept: str | None = None

    def tokens(self, grant_type: str, **parameters: str) -> Row:
        made = super().tokens(grant_type, **parameters)
        self.kept = made.get("refresh_token", self.kept)
        return made

    def another(self) -> str | None:
        return self.refresh(self.kept)["access_token"] if self.kept is not None else None


@broken("MFA304")
class TakesAnyObjectForAListWithoutMethods(AccountClient):
    def me_list_methods(self, token: str, *, type: str | None = None) -> Sequence[Row]:
        answered = self.page("GET", METHODS + ("" if type is None else f"?type={type}"), token)
        if not isinstance(answered, dict) or not isinstance(rows := answered.get("authentication_methods", []), list):
            raise AuthError("unexpected_answer")
        return rows


@broken("MFA304")
class TakesAnyObjectForAMethod(AccountClient):
    """And for whatever else is no list."""

    @staticmethod
    def object_with(field: str, decoded: Any) -> Row:
        if not isinstance(decoded, dict):
            raise AuthError("unexpected_answer")
        return decoded


# -- what the last trials showed -------------------------------------------------------------------


@broken("MFA114")
class KeepsOneTokenOfEachUser(AccountClient):
    """The first one that it saw, whichever the caller gives."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.first: dict[str, str] = {}

    def page(self, method: str, path: str, token: str, body: Any = None) -> Any:
        user = jwt.decode(token, options={"verify_signature": False})["sub"] if token.count(".") == 2 else token
        return super().page(method, path, self.first.setdefault(user, token), body)


@broken("MFA211")
class ReadsUnlabelledTextAsLatin(AccountClient):
    """As HTTP had it before RFC 7231."""

    def sent(self, method: str, path: str, body: Any, headers: Mapping[str, str]) -> tuple[Any, Any]:
        answer, decoded = super().sent(method, path, body, headers)
        if decoded is None or "charset" in answer.headers["Content-Type"]:
            return answer, decoded
        return answer, json.loads(answer.content.decode("iso-8859-1"))


@broken("MFA129")
class AsksAgainWhateverWasRefused(AccountClient):
    """Takes every refusal for a push request that nobody has answered yet."""

    def me_verify_method(self, token: str, method_id: str, *args: Any) -> Row:
        for _ in range(2 if len(args) == 1 else 0):
            try:
                return super().me_verify_method(token, method_id, *args)
            except AuthError as error:
                if error.status not in (401, 403, 404):
                    raise
        return super().me_verify_method(token, method_id, *args)


@broken("MFA304")
class TakesAConflictForADeletion(AccountClient):
    def me_delete_method(self, token: str, method_id: str) -> None:
        try:
            super().me_delete_method(token, method_id)
        except AuthError as error:
            if error.status != 409:
                raise


@broken("MFA206")
class HasOneNameForEveryLimit(AccountClient):
    """The Authentication API's, for problems too."""

    def page(self, *args: Any, **more: Any) -> Any:
        try:
            return super().page(*args, **more)
        except AuthError as error:
            raise AuthError("too_many_requests" if error.status == 429 else error.error, status=error.status) from None


@broken("MFA305")
class CreatesAgainIfItCannotReadTheAnswer(AccountClient):
    def me_create_method(self, *args: Any, **asked: Any) -> Row:
        try:
            return super().me_create_method(*args, **asked)
        except AuthError as error:
            if error.error != "unexpected_answer":
                raise
            return super().me_create_method(*args, **asked)


@broken("MFA211")
class EscapesNamesForHtml(AccountClient):
    """Where they are read, although they are written to a page later."""

    def page(self, method: str, path: str, token: str, body: Any = None) -> Any:
        answered = super().page(method, path, token, body)
        if isinstance(answered, dict) and isinstance(answered.get("name"), str):
            return {**answered, "name": answered["name"].replace("<", "&lt;")}
        return answered


@broken("MFA303")
class NeedsToBeToldWhenToTryAgain(AccountClient):
    def sent(self, method: str, path: str, body: Any, headers: Mapping[str, str]) -> tuple[Any, Any]:
        answer, decoded = super().sent(method, path, body, headers)
        if answer.status_code == 429 and method == "GET":
            time.sleep(int(answer.headers["Retry-After"]))
            return super().sent(method, path, body, headers)
        return answer, decoded


@broken("MFA401")
class ShowsAnAnswerThatItDoesNotKnow(AccountClient):
    """In its exception, with whatever the answer holds."""

    @staticmethod
    def object_with(field: str, decoded: Any) -> Row:
        if not isinstance(decoded, dict) or field not in decoded:
            raise AuthError("unexpected_answer", f"{field} was expected in {decoded!r}")
        return decoded
