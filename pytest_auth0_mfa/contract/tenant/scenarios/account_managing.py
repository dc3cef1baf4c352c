"""The user's own page: getting, listing, renaming and deleting by the My Account API. Entries M5 and M11 to M13."""

from __future__ import annotations

from pytest_auth0_mfa.contract.tenant.account_answers import moment_of
from pytest_auth0_mfa.contract.tenant.account_calls import (
    me_delete,
    me_get,
    me_list,
    me_update,
)
from pytest_auth0_mfa.contract.tenant.context import ScenarioContext
from pytest_auth0_mfa.contract.tenant.renaming import Differs
from pytest_auth0_mfa.messages import Json

from .visiting import (
    UNKNOWN,
    UNKNOWN_CHANGED,
    begin,
    confirm,
    enroll,
    listed,
    method,
    newcomer,
    of_account,
    pending,
    renews_without_mfa,
    token_again,
    verify,
    visitor,
)

_LASTING = ("id", "type", "created_at", "confirmed", "email")
"""The members of an email that stay as they are. Those that nobody documents may come and go."""


@of_account("me-get", "A method is shown as in the list.", "M11", needs="otp email", controls="outbox")
def me_get_one(play: ScenarioContext) -> None:
    found = visitor(play)
    identifier = enroll(play, found.user, found.bearer, "email")
    first = play.call(me_list(found.bearer))
    first.methods(*found.rows, method(play, found.user, "email"))
    shown = play.call(me_get(found.bearer, identifier))
    shown.method(method(play, found.user, "email"))
    body = shown.response.json()
    rows = [row for row in first.response.json()["authentication_methods"] if row["id"] == body["id"]]
    for name in _LASTING:
        if not rows or rows[0].get(name) != body.get(name):
            play.fail_value(f"$.{name}", "what the list says of the method", "another value")


@of_account("me-filter", "The list is of one type, if that is asked for.", "M5", needs="otp email", controls="outbox")
def me_filter(play: ScenarioContext) -> None:
    found = visitor(play)
    enroll(play, found.user, found.bearer, "email")
    listed(play, found.bearer, method(play, found.user, "otp"), only="totp")
    listed(play, found.bearer, method(play, found.user, "email"), only="email")
    listed(play, found.bearer, only="phone")


@of_account("me-rename", "A name is kept, and shown.", "M12", needs="otp email", controls="outbox")
def me_rename(play: ScenarioContext) -> None:
    found = visitor(play)
    identifier = enroll(play, found.user, found.bearer, "email")
    named = method(play, found.user, "email")
    for name in ("Work", "Ada's \U0001f4e7"):
        named["name"] = name
        play.call(me_update(found.bearer, identifier, name=name)).method(named)
        play.call(me_get(found.bearer, identifier)).method(named)
        answer = play.call(me_list(found.bearer))
        answer.methods(*found.rows, named)
        _named_once(play, answer.response.json()["authentication_methods"], name)
    play.call(me_update(found.bearer, identifier)).method(named)


def _named_once(play: ScenarioContext, rows: list[dict[str, Json]], name: str) -> None:
    if [row.get("name") for row in rows].count(name) > 1:
        play.fail_value("$.authentication_methods[].name", "the new name once", "of several methods")


@of_account(
    "me-rename-recovery-code",
    "Whether a recovery code can have a name is unknown.",
    "U-32",
    needs="otp recovery-code",
)
def me_rename_recovery_code(play: ScenarioContext) -> None:
    found = visitor(play)
    identifier = listed(play, found.bearer, method(play, found.user, "recovery-code"), only="recovery-code")[0]
    answer = play.call(me_update(found.bearer, identifier, name="Safe"))
    answer.refused("me_rename_recovery_code", "400 A0E-400-0003")


@of_account(
    "me-preferred-channel",
    "The channel of a phone can be changed; what is no phone has none.",
    "M12 U-32",
    needs="otp sms voice",
    controls="outbox",
)
def me_preferred_channel(play: ScenarioContext) -> None:
    found = visitor(play)
    identifier = enroll(play, found.user, found.bearer, "sms")
    for channel in ("voice", "sms", "voice"):
        answer = play.call(me_update(found.bearer, identifier, preferred_authentication_method=channel))
        answer.method(method(play, found.user, channel))
        listed(play, found.bearer, *found.rows, method(play, found.user, channel))
    app = listed(play, found.bearer, method(play, found.user, "otp"), only="totp")[0]
    answer = play.call(me_update(found.bearer, app, preferred_authentication_method="sms"))
    answer.refused("me_not_a_phone", "400 A0E-400-0003")


@of_account(
    "me-delete",
    "What is deleted is gone from both APIs, and logs in no more.",
    "M13 U-32",
    needs="otp email",
    controls="outbox clock",
)
def me_delete_one(play: ScenarioContext) -> None:
    found = visitor(play)
    bearer = found.bearer
    email = enroll(play, found.user, bearer, "email")
    identifier = listed(play, bearer, method(play, found.user, "otp"), only="totp")[0]
    play.wait(60)
    play.call(me_delete(bearer, identifier)).nothing()
    listed(play, bearer, method(play, found.user, "email"), *found.rows[1:])
    token = play.log_in(found.user, scope="openid")
    if any(str(row["id"]).startswith("totp|") for row in play.look(token)):
        play.fail_value("$", "no authenticator app", "one")
    if play.verify_otp(token, play.otp(found.secret)).response.status < 400:
        play.fail_value("status", "a refusal: the authenticator is deleted", "success", "MFA021")
    play.call(me_get(bearer, identifier)).refused(*UNKNOWN)
    play.call(me_delete(bearer, identifier)).refused(*UNKNOWN_CHANGED)
    if enroll(play, found.user, bearer, "otp") == identifier:
        play.fail_known("$.id")
    play.call(me_delete(bearer, email, raw=True)).nothing()


@of_account("me-delete-last", "The last method can be deleted, by most profiles.", "M13 U-32", needs="otp")
def me_delete_last(play: ScenarioContext) -> None:
    found = newcomer(play)
    listed(play, found.bearer, *found.rows)
    if not found.rows:
        play.mfa_access_token(found.user, "read:authenticators")  # which needs no factor of a user who has none


@of_account(
    "me-two-of-one-type",
    "Of two methods of one type only the one that is named is confirmed, renamed or deleted.",
    "M10 M12 M13",
    needs="otp",
)
def me_two_of_one_type(play: ScenarioContext) -> None:
    found = visitor(play)
    user, bearer = found.user, found.bearer
    begun, other = begin(play, user, bearer, "otp"), begin(play, user, bearer, "otp")
    app = method(play, user, "otp")
    identifier = confirm(play, begun)
    listed(play, bearer, *found.rows, app, *pending(play, user, "otp"))
    second = confirm(play, other)
    named = method(play, user, "otp", name="Work")
    play.call(me_update(bearer, identifier, name="Work")).method(named)
    answer = play.call(me_list(bearer))
    answer.methods(*found.rows, named, app)
    _named_once(play, answer.response.json()["authentication_methods"], "Work")
    play.call(me_delete(bearer, identifier)).nothing()
    listed(play, bearer, *found.rows, app)
    play.call(me_get(bearer, second)).method(app)


@of_account(
    "me-delete-twins",
    "A phone goes with both channels, and push with its app.",
    "M13",
    needs="otp sms voice push",
    controls="outbox push",
)
def me_delete_twins(play: ScenarioContext) -> None:
    found = visitor(play)
    before = {row["id"] for row in play.look(play.log_in(found.user))}
    for factor in ("sms", "push"):
        identifier = enroll(play, found.user, found.bearer, factor)
        play.call(me_delete(found.bearer, identifier)).nothing()
        if left := {row["id"] for row in play.look(play.log_in(found.user))} - before:
            play.fail_value("$", "neither of the twins", f"{len(left)} rows")


@of_account(
    "me-delete-unconfirmed",
    "An enrollment that was not verified can be deleted, and then not be verified.",
    "M13 U-29",
    needs="otp",
)
def me_delete_unconfirmed(play: ScenarioContext) -> None:
    found = visitor(play)
    before = listed(play, found.bearer, *found.rows)
    begun = begin(play, found.user, found.bearer, "otp")
    rows = pending(play, found.user, "otp")
    for identifier in set(listed(play, found.bearer, *found.rows, *rows)) - set(before):
        play.call(me_delete(found.bearer, identifier)).nothing()
        listed(play, found.bearer, *found.rows)
        if verify(play, begun, play.otp(begun.secret)).response.status < 400:
            play.fail_value("status", "a refusal: the method is deleted", "success", "MFA021")


@of_account(
    "me-created-at", "When a method was made does not change.", "M5", needs="otp email", controls="clock outbox"
)
def me_created_at(play: ScenarioContext) -> None:
    found = visitor(play)
    began = play.now()
    identifier = enroll(play, found.user, found.bearer, "email")
    made = _moments(play, found.bearer)
    if abs(made[identifier] - began) > 60:
        play.fail_value("$.authentication_methods[].created_at", "the time of the enrollment", "another", "MFA012")
    if not renews_without_mfa(play):
        return
    play.wait(3600)
    bearer = token_again(play, found)
    named = method(play, found.user, "email", name="Work")
    play.call(me_update(bearer, identifier, name="Work")).method(named)
    if _moments(play, bearer) != made:
        play.fail_value("$.authentication_methods[].created_at", "the times of an hour ago", "others", "MFA012")


def _moments(play: ScenarioContext, bearer: str) -> dict[str, float]:
    """Id -> when it was made, in epoch seconds."""
    rows = play.call(me_list(bearer)).plain()["authentication_methods"]
    try:
        return {str(row["id"]): moment_of("$.created_at", row.get("created_at")) for row in rows}
    except Differs as differs:
        play.fail(differs.difference)
