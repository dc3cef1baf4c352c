"""Right clients of the My Account API that do things in a way of their own: none of them may be accused."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import unquote

from client_zoo.account_client import METHODS, AccountClient, given, problem
from client_zoo.right import PollingClient
from pytest_auth0_mfa.contract.client.adapter import AuthError

Row = Mapping[str, Any]


class ReadsTheIdFromTheLocation(AccountClient):
    """Takes the id of what it begins from the header, and not from the body."""

    def me_create_method(self, token: str, type: str, **asked: str | None) -> Row:
        headers = {"Authorization": f"Bearer {token}"}
        answer, decoded = self.sent("POST", METHODS, {"type": type, **given(**asked)}, headers)
        if not answer.ok:
            raise problem(answer.status_code, decoded)
        made = self.object_with("auth_session", decoded)
        if "location" not in answer.headers:
            raise AuthError("unexpected_answer", "a Location was expected")
        return {**made, "id": unquote(answer.headers["location"].rpartition("/")[2])}


class RepeatsTheLocation(ReadsTheIdFromTheLocation):
    """Verifies at the address that it was given, as it stands there."""

    def __init__(self, *application: Any) -> None:
        super().__init__(*application)
        self.places: dict[str, str] = {}

    def sent(self, method: str, path: str, body: Any, headers: Mapping[str, str]) -> Any:
        answer, decoded = super().sent(method, path, body, headers)
        if answer.status_code == 202 and isinstance(decoded, dict) and "location" in answer.headers:
            self.places[decoded.get("auth_session", "")] = answer.headers["location"]
        return answer, decoded

    def me_verify_method(self, token: str, method_id: str, auth_session: str, otp_code: str | None = None) -> Row:
        place = self.places.get(auth_session)
        if place is None or unquote(place.rpartition("/")[2]) != method_id:
            return super().me_verify_method(token, method_id, auth_session, otp_code)
        body = {"auth_session": auth_session, **given(otp_code=otp_code)}
        return self.object_with("id", self.page("POST", place.removeprefix(self.base) + "/verify", token, body))


class SendsRawIds(AccountClient):
    """Sends the bar in an id as it is."""

    def page(self, method: str, path: str, token: str, body: Any = None) -> Any:
        return super().page(method, path.replace("%7C", "|"), token, body)


class FiltersByItself(AccountClient):
    """Asks for all methods, and returns those of the type."""

    def me_list_methods(self, token: str, *, type: str | None = None) -> Sequence[Row]:
        return [row for row in super().me_list_methods(token) if type in (None, row["type"])]


class NamesTheChannel(AccountClient):
    """Names the channel of each phone that it enrolls, as Auth0's library for Android does."""

    def me_create_method(self, token: str, type: str, **asked: str | None) -> Row:
        if type == "phone" and asked.get("preferred_authentication_method") is None:
            asked["preferred_authentication_method"] = "sms"
        return super().me_create_method(token, type, **asked)


class TypedMethods(AccountClient):
    """Has a class for each type that it knows, leaves out the others, and names problems by their codes."""

    known = ("email", "phone", "totp", "push-notification", "recovery-code")
    fields = ("id", "type", "confirmed", "usage", "name", "email", "phone_number", "preferred_authentication_method")

    def me_factors(self, token: str) -> Sequence[Row]:
        return tuple(row for row in super().me_factors(token) if row["type"] in self.known)

    def me_list_methods(self, token: str, *, type: str | None = None) -> Sequence[Row]:
        rows = super().me_list_methods(token, type=type)
        return tuple({name: row.get(name) for name in self.fields} for row in rows if row["type"] in self.known)

    def page(self, *args: Any, **more: Any) -> Any:
        try:
            return super().page(*args, **more)
        except AuthError as error:
            code = error.error.rpartition("#")[2].rpartition("/")[2]
            raise AuthError(code, f"The page refused: {error.description}", error.status) from None


class RetriesReads(AccountClient):
    """Repeats what was not answered, if that does no harm, and waits as long as it is told."""

    def page(self, method: str, path: str, token: str, body: Any = None) -> Any:
        for _ in range(2):
            answer, decoded = self.attempted(method, path, token, body)
            if answer is None or (answer.status_code >= 500 and method != "POST"):
                continue
            if answer.status_code == 429 and "retry-after" in answer.headers:
                time.sleep(int(answer.headers["retry-after"]))
                continue
            if answer.ok:
                return decoded
            raise problem(answer.status_code, decoded)
        return super().page(method, path, token, body)

    def attempted(self, method: str, path: str, token: str, body: Any) -> Any:
        try:
            return self.sent(method, path, body, {"Authorization": f"Bearer {token}"})
        except AuthError:
            if method == "POST":
                raise
            return None, None


class GivesUpInItsOwnWords(AccountClient):
    """Waits once for the limit before it looks again, and then says that it was used up still."""

    def page(self, *asked: Any) -> Any:
        for _ in range(2):
            try:
                return super().page(*asked)
            except AuthError as error:
                if error.status != 429 or asked[0] != "GET":
                    raise
            time.sleep(60)
        raise AuthError("gave_up", "the limit is used up still")


class TakesARepeatedDeletionForDone(AccountClient):
    """If the line broke, the 404 of the next attempt says that the first one was performed."""

    def me_delete_method(self, token: str, method_id: str) -> None:
        try:
            super().me_delete_method(token, method_id)
        except AuthError as error:
            if error.error != "no_answer":
                raise
            try:
                super().me_delete_method(token, method_id)
            except AuthError as second:
                if second.status != 404:
                    raise


class LooksAgain(AccountClient):
    """Looks at a method after each change, and before it deletes one."""

    def me_update_method(self, token: str, method_id: str, **asked: str | None) -> Row:
        made = super().me_update_method(token, method_id, **asked)
        self.me_get_method(token, method_id)
        return made

    def me_delete_method(self, token: str, method_id: str) -> None:
        self.me_list_methods(token)
        super().me_delete_method(token, method_id)


class PollingWithAPage(AccountClient, PollingClient):
    """Polls for push requests of the MFA API; on the user's own page it makes one call."""


class WaitsForApproval(PollingWithAPage):
    """Polls there too, until the person has approved."""

    def me_verify_method(self, token: str, method_id: str, auth_session: str, otp_code: str | None = None) -> Row:
        for _ in range(5):
            try:
                return super().me_verify_method(token, method_id, auth_session, otp_code)
            except AuthError as error:
                if error.status != 400 or otp_code is not None:
                    raise
            time.sleep(5)
        return super().me_verify_method(token, method_id, auth_session, otp_code)


CAREFUL_ACCOUNT = (
    *(AccountClient, ReadsTheIdFromTheLocation, RepeatsTheLocation, SendsRawIds, FiltersByItself, NamesTheChannel),
    *(
        TypedMethods,
        RetriesReads,
        GivesUpInItsOwnWords,
        TakesARepeatedDeletionForDone,
        LooksAgain,
        PollingWithAPage,
        WaitsForApproval,
    ),
)
