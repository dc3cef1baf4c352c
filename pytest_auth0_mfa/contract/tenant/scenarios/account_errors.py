"""What the My Account API refuses: bearers, scopes, ids and paths. Entries M14 to M17, M21, M22, U-32 to U-34."""

from __future__ import annotations

from pytest_auth0_mfa.contract.tenant import calls
from pytest_auth0_mfa.contract.tenant.account_calls import (
    METHODS,
    SCOPES,
    SCOPES_OF_ME,
    me_create,
    me_delete,
    me_each,
    me_factors,
    me_get,
    me_list,
    me_update,
    me_verify,
)
from pytest_auth0_mfa.contract.tenant.calls import NOWHERE, CallTemplate
from pytest_auth0_mfa.contract.tenant.context import ScenarioContext

from .registry import associate
from .visiting import (
    INVALID_SESSION,
    UNKNOWN,
    UNKNOWN_CHANGED,
    Visitor,
    begin,
    code_of,
    enroll,
    listed,
    method,
    of_account,
    renews_without_mfa,
    token_by_refresh,
    visitor,
)

INVALID_TOKEN = ("me_invalid_token", "401 A0E-401-0003")
MISSING_SCOPE = ("me_missing_scope", "403 A0E-403-0002")


@of_account("me-bearer-missing", "No call is answered without a token.", "M15 U-34", needs="otp")
def me_bearer_missing(play: ScenarioContext) -> None:
    for template in me_each(None).values():
        play.call(template).refused("me_missing_token", "401 A0E-401-0002")


@of_account(
    "me-bearer-invalid",
    "Garbage, a token that was cut, an mfa_token and, to the second, an expired token are refused everywhere.",
    "M16",
    needs="otp",
    controls="clock",
)
def me_bearer_invalid(play: ScenarioContext) -> None:
    found = visitor(play)
    for wrong in ("not-a-token", found.bearer[:-2], play.log_in(found.user)):
        for template in me_each(wrong).values():
            play.call(template).refused(*INVALID_TOKEN)
    if not renews_without_mfa(play):
        return
    answer = play.call(calls.refresh(play.client, found.refresh_token.text))
    life = float(answer["expires_in"])
    play.wait(life - play.edge)
    listed(play, answer["access_token"], *found.rows)
    play.wait(play.edge)
    for template in me_each(answer["access_token"]).values():
        play.call(template).refused(*INVALID_TOKEN)


@of_account("me-bearer-of-another-audience", "A token for something else opens nothing here.", "U-34", needs="otp")
def me_bearer_of_another_audience(play: ScenarioContext) -> None:
    user, scope = play.user(), "openid"
    token = play.log_in(user, scope=scope)
    body = associate(play, user, token, "otp")
    tokens = (
        play.mfa_access_token(play.user(), "enroll read:authenticators remove:authenticators"),
        play.verify_otp(token, play.otp(body["secret"])).tokens(scope=scope)["access_token"],
    )
    for bearer in tokens:
        for template in me_each(bearer).values():
            play.call(template).refused("me_wrong_audience", "401 A0E-401-0003")


def _without(scope: str) -> str:
    return " ".join(other for other in SCOPES_OF_ME.split() if other != scope)


@of_account("me-scopes", "Each call needs its own scope, and no other.", "M17", needs="otp recovery-code")
def me_scopes(play: ScenarioContext) -> None:
    found = visitor(play)
    identifier = listed(play, found.bearer, *found.rows)[0]
    if not renews_without_mfa(play):
        return
    for operation, scope in SCOPES.items():
        others = token_by_refresh(play, found.refresh_token, _without(scope))
        play.call(me_each(others, identifier)[operation]).refused(*MISSING_SCOPE)
    for operation, scope in SCOPES.items():
        bearer = token_by_refresh(play, found.refresh_token, scope)
        answer = play.call(me_each(bearer, identifier)[operation])
        if operation == "me-verify-method":
            answer.refused(*INVALID_SESSION)
        elif answer.response.status >= 400:
            play.fail_value("status", "a success: the scope is the right one", str(answer.response.status), "MFA022")


@of_account(
    "me-unknown-id",
    "An id that does not exist, and one of somebody else, which stays as it is.",
    "M14 U-32",
    needs="otp email",
    controls="outbox",
)
def me_unknown_id(play: ScenarioContext) -> None:
    found, another = visitor(play), visitor(play)
    user, bearer = found.user, found.bearer
    other, of_other = another.user, another.bearer
    foreign = enroll(play, other, of_other, "email")
    mine = begin(play, user, bearer, "otp")
    for identifier in (NOWHERE, foreign, "not-an-id", mine.identifier.partition("|")[2]):
        play.call(me_get(bearer, identifier)).refused(*UNKNOWN)
        play.call(me_update(bearer, identifier, name="Old phone")).refused(*UNKNOWN_CHANGED)
        play.call(me_delete(bearer, identifier)).refused(*UNKNOWN_CHANGED)
        if identifier == foreign:
            listed(play, of_other, *another.rows, method(play, other, "email"))
        template = me_verify(bearer, identifier, mine.session, play.otp(mine.secret))
        play.call(template).refused(*UNKNOWN_CHANGED)
    listed(play, of_other, *another.rows, method(play, other, "email"))


@of_account(
    "me-ids-of-the-mfa-api",
    "A phone's channels have no ids of their own here.",
    "M14 U-32",
    needs="otp sms voice",
    controls="outbox",
)
def me_ids_of_the_mfa_api(play: ScenarioContext) -> None:
    found = visitor(play)
    user, bearer = found.user, found.bearer
    device = enroll(play, user, bearer, "sms").partition("|")[2]
    for kind in ("sms", "voice"):
        play.call(me_get(bearer, f"{kind}|{device}")).refused(*UNKNOWN)
        play.call(me_delete(bearer, f"{kind}|{device}")).refused(*UNKNOWN_CHANGED)
    listed(play, bearer, *found.rows, method(play, user, "sms"))


def _of_a_verified_email(play: ScenarioContext) -> tuple[Visitor, str]:
    """A user with a verified email, and the id that the MFA API lists."""
    found = visitor(play, play.user(email_verified=True))
    return found, play.find(play.log_in(found.user), "email")


@of_account("me-verified-email-listed", "Whether a verified email is listed is unknown.", "U-33", needs="otp email")
def me_verified_email_listed(play: ScenarioContext) -> None:
    found, identifier = _of_a_verified_email(play)
    rows = [method(play, found.user, "email")] if play.profile.me_lists_verified_email else []
    if listed(play, found.bearer, *rows, only="email") != [identifier][: len(rows)]:
        play.fail_new("$.authentication_methods[0].id")


@of_account("me-delete-verified-email", "A verified email that nobody enrolled stays.", "U-32", needs="otp email")
def me_delete_verified_email(play: ScenarioContext) -> None:
    found, identifier = _of_a_verified_email(play)
    answer = play.call(me_delete(found.bearer, identifier))
    if play.profile.me_lists_verified_email:
        answer.refused("me_delete_verified_email", "409 A0E-409-0001")
    else:
        answer.refused(*UNKNOWN_CHANGED)
    play.find(play.log_in(found.user), "email")


@of_account("me-path-unknown", "A path below /me/ that does not exist, and a wrong verb.", "M22", needs="otp")
def me_path_unknown(play: ScenarioContext) -> None:
    bearer = visitor(play).bearer
    for method_, path in (
        ("GET", "/me/v1/authenticators"),
        ("GET", "/me/v1"),
        ("PUT", METHODS),
        ("POST", f"{METHODS}/{NOWHERE}"),
    ):
        template = CallTemplate("not-found", method_, path, bearer=bearer)
        play.call(template).refused("me_not_found", "404 A0E-404-0001")


@of_account("me-blocked", "A user who is blocked meanwhile.", "U-34", needs="otp")
def me_blocked(play: ScenarioContext) -> None:
    found = visitor(play)
    user, bearer = found.user, found.bearer
    play.subject.block(user, True)
    for template in me_each(bearer).values():
        play.call(template).refused("me_user_blocked", "401 A0E-401-0003")
    play.subject.block(user, False)
    listed(play, bearer, *found.rows)


@of_account("me-headers", "Each success says how many calls are left.", "M21", needs="otp")
def me_headers(play: ScenarioContext) -> None:
    found = visitor(play)
    user, bearer = found.user, found.bearer
    identifier = listed(play, bearer, *found.rows)[0]
    begun = begin(play, user, bearer, "otp")
    for template in (
        me_factors(bearer),
        me_create(bearer, "otp"),
        me_verify(bearer, begun.identifier, begun.session, code_of(play, begun)),
        me_list(bearer),
        me_get(bearer, identifier),
        me_update(bearer, identifier, name="Old phone"),
        me_delete(bearer, identifier),
    ):
        play.call(template).limits()
