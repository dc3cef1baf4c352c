"""What the My Account API refuses: bearers, bodies, sessions, codes and ids. Entries M14 to M22, U-29 to U-35."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from pytest_auth0_mfa.contract.tenant import calls
from pytest_auth0_mfa.contract.tenant.account_calls import (
    METHODS,
    SCOPES,
    SCOPES_OF_ME,
    me_create,
    me_delete,
    me_factors,
    me_get,
    me_list,
    me_update,
    me_verify,
)
from pytest_auth0_mfa.contract.tenant.calls import CallTemplate
from pytest_auth0_mfa.contract.tenant.context import ScenarioContext
from pytest_auth0_mfa.contract.tenant.values import Value
from pytest_auth0_mfa.tenant.totp import other_code

from .registry import address_of, associate
from .visiting import (
    UNKNOWN,
    UNKNOWN_CHANGED,
    Begun,
    Visitor,
    begin,
    code_of,
    confirm,
    enroll,
    listed,
    method,
    of_account,
    pending,
    renews_without_mfa,
    token_again,
    token_by_refresh,
    verify,
    visitor,
)

INVALID_BODY = ("me_invalid_body", "400 A0E-400-0003")
INVALID_TOKEN = ("me_invalid_token", "401 A0E-401-0003")
MISSING_SCOPE = ("me_missing_scope", "403 A0E-403-0002")
INVALID_SESSION = ("me_invalid_session", "404 A0E-404-0001")
WRONG_CODE = ("me_wrong_code", "400 A0E-400-0001")
NOWHERE = "totp|dev_0000000000000000"


def _of_each(identifier: str = NOWHERE) -> Mapping[str, Callable[[str | None], CallTemplate]]:
    """Operation -> a call of it by a bearer."""
    return {
        "me-factors": me_factors,
        "me-list-methods": me_list,
        "me-create-method": lambda bearer: me_create(bearer, "otp"),
        "me-verify-method": lambda bearer: me_verify(bearer, identifier, "not-a-session", "000000"),
        "me-get-method": lambda bearer: me_get(bearer, identifier),
        "me-update-method": lambda bearer: me_update(bearer, identifier, name="Old phone"),
        "me-delete-method": lambda bearer: me_delete(bearer, identifier),
    }


@of_account("me-bearer-missing", "No call is answered without a token.", "M15 U-34", needs="otp")
def me_bearer_missing(play: ScenarioContext) -> None:
    for make in _of_each().values():
        play.call(make(None)).refused("me_missing_token", "401 A0E-401-0002")


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
        for make in _of_each().values():
            play.call(make(wrong)).refused(*INVALID_TOKEN)
    if not renews_without_mfa(play):
        return
    answer = play.call(calls.refresh(play.client, found.refresh_token))
    life = float(answer["expires_in"])
    play.wait(life - play.edge)
    listed(play, answer["access_token"], *found.rows)
    play.wait(play.edge)
    for make in _of_each().values():
        play.call(make(answer["access_token"])).refused(*INVALID_TOKEN)


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
        for make in _of_each().values():
            play.call(make(bearer)).refused("me_wrong_audience", "401 A0E-401-0003")


@of_account("me-scopes", "Each call needs its own scope, and no other.", "M17", needs="otp recovery-code")
def me_scopes(play: ScenarioContext) -> None:
    found = visitor(play)
    identifier = listed(play, found.bearer, *found.rows)[0]
    if not renews_without_mfa(play):
        return
    for operation, make in _of_each(identifier).items():
        others = " ".join(scope for scope in SCOPES_OF_ME.split() if scope != SCOPES[operation])
        play.call(make(token_by_refresh(play, found.refresh_token, others))).refused(*MISSING_SCOPE)
    for operation, make in _of_each(identifier).items():
        answer = play.call(make(token_by_refresh(play, found.refresh_token, SCOPES[operation])))
        if operation == "me-verify-method":
            answer.refused(*INVALID_SESSION)
        elif answer.response.status >= 400:
            play.fail_value("status", "a success: the scope is the right one", str(answer.response.status), "MFA022")


@of_account(
    "me-bodies",
    "A body with a member that is missing, unknown or of another type is refused, and nothing is done.",
    "M18",
    needs="otp email sms push recovery-code",
    controls="outbox",
)
def me_bodies(play: ScenarioContext) -> None:
    found = visitor(play)
    user, bearer = found.user, found.bearer
    email, number = user.username, user.phone_number
    bodies: tuple[dict[str, Value], ...] = (
        {}, {"type": 1}, {"type": None}, {"type": ["totp"]},
        {"type": "email"}, {"type": "email", "email": 1}, {"type": "email", "phone_number": number},
        {"type": "phone"}, {"type": "phone", "phone_number": 15550100}, {"type": "phone", "email": email},
        {"type": "phone", "phone_number": number, "preferred_authentication_method": "push"},
        {"type": "totp", "email": email}, {"type": "totp", "name": "Old phone"},
        {"type": "push-notification", "phone_number": number}, {"type": "recovery-code", "x_unknown": "1"},
    )  # fmt: skip
    for params in bodies:
        play.call(CallTemplate("me-create-method", "POST", METHODS, params, bearer)).refused(*INVALID_BODY)
    listed(play, bearer, *found.rows)
    begun = begin(play, user, bearer, "otp")
    code = play.otp(begun.secret)
    bodies = (
        {"otp_code": code}, {"auth_session": begun.session}, {"auth_session": 1, "otp_code": code},
        {"auth_session": begun.session, "otp_code": int(code)},
        {"auth_session": begun.session, "otp_code": code, "x_unknown": "1"},
        {"auth_session": begun.session, "binding_code": code},
    )  # fmt: skip
    for params in bodies:
        template = me_verify(bearer, begun.identifier, "")
        template.params = params
        play.call(template).refused(*INVALID_BODY)
    identifier = confirm(play, begun)
    bodies = ({"name": 1}, {"preferred_authentication_method": "push"}, {"x_unknown": "1"}, {"confirmed": False})
    for params in bodies:
        template = me_update(bearer, identifier)
        template.params = params
        play.call(template).refused(*INVALID_BODY)
    listed(play, bearer, *found.rows, method(play, user, "otp"))


@of_account(
    "me-code-that-is-not-needed",
    "Neither push nor a recovery code is verified with a code.",
    "M18",
    needs="otp push recovery-code",
    controls="push",
)
def me_code_that_is_not_needed(play: ScenarioContext) -> None:
    found = visitor(play)
    user, bearer = found.user, found.bearer
    for factor in ("push", "recovery-code"):
        begun = begin(play, user, bearer, factor)
        verify(play, begun, "000000").refused(*INVALID_BODY)
        confirm(play, begun)


@of_account("me-body-unreadable", "JSON that ends early.", "U-35", needs="otp")
def me_body_unreadable(play: ScenarioContext) -> None:
    template = me_create(visitor(play).bearer, "otp")
    template.rewrite = lambda request: replace(request, body=request.body[:-1])
    play.call(template).refused("me_unreadable_body", "400 A0E-400-0001")


@of_account("me-media-type", "A form, and JSON that is labelled as something else.", "M19", needs="otp")
def me_media_type(play: ScenarioContext) -> None:
    found = visitor(play)
    user, bearer = found.user, found.bearer
    begun = begin(play, user, bearer, "otp")
    code = play.otp(begun.secret)
    for template in (
        me_create(bearer, "otp"),
        me_verify(bearer, begun.identifier, begun.session, code),
        me_update(bearer, begun.identifier, name="Old phone"),
    ):
        for encoding in ("form", "json-as-form"):
            template.encoding = encoding
            play.call(template).refused("me_unsupported_media_type", "415 A0E-415-0001")
        template.encoding, template.headers = "json", {"Content-Type": "text/plain"}
        play.call(template).refused("me_unsupported_media_type", "415 A0E-415-0001")


@of_account("me-query", "A type that does not exist, in the query.", "U-35", needs="otp")
def me_query(play: ScenarioContext) -> None:
    answer = play.call(me_list(visitor(play).bearer, "wrong"))
    answer.refused("me_invalid_query", "400 A0E-400-0003")


@of_account(
    "me-types-not-supported",
    "What the tenant does not have, and what the API knows by another name.",
    "M18",
    needs="otp",
)
def me_types_not_supported(play: ScenarioContext) -> None:
    bearer = visitor(play).bearer
    for kind in ("passkey", "password", "webauthn-roaming", "webauthn-platform", "otp", "push", "TOTP", ""):
        template = CallTemplate("me-create-method", "POST", METHODS, {"type": kind}, bearer)
        play.call(template).refused("me_unsupported_type", "400 A0E-400-0003")


@of_account("me-bad-address", "An email and a number that are none.", "U-35", needs="otp email sms", controls="outbox")
def me_bad_address(play: ScenarioContext) -> None:
    bearer = visitor(play).bearer
    for factor, address in (("email", "ada"), ("email", ""), ("sms", "5550100"), ("sms", "+1")):
        play.call(me_create(bearer, factor, address)).refused("me_invalid_address", "400 A0E-400-0003")


@of_account("me-factor-off", "A factor that is off cannot be enrolled.", "U-31", without="email voice", needs="otp sms")
def me_factor_off(play: ScenarioContext) -> None:
    found = visitor(play)
    user, bearer = found.user, found.bearer
    for factor in ("email", "voice"):
        answer = play.call(me_create(bearer, factor, address_of(user, factor)))
        answer.refused("me_disabled_factor", "400 A0E-400-0001")
    listed(play, bearer, *found.rows)


@of_account("me-duplicate", "An address that is enrolled already.", "U-31", needs="otp email", controls="outbox")
def me_duplicate(play: ScenarioContext) -> None:
    found = visitor(play)
    user, bearer = found.user, found.bearer
    enroll(play, user, bearer, "email")
    play.call(me_create(bearer, "email", user.username)).refused("me_duplicate_method", "202")


@of_account(
    "me-limit",
    "Enrollments that nobody verifies pile up; the 51st is refused, and 20 are listed.",
    "U-31 M5",
    needs="otp",
)
def me_limit(play: ScenarioContext) -> None:
    found = visitor(play)
    bearer = found.bearer
    for _ in range(49):
        answer = play.call(me_create(bearer, "otp"))
        answer.shows({}, "id", "auth_session", "barcode_uri", "manual_input_code", optional=_BESIDE, status=202)
    play.call(me_create(bearer, "otp")).refused("me_method_limit", "400 A0E-400-0001")
    rows = play.call(me_list(bearer)).plain()["authentication_methods"]
    if len(rows) > 20:
        play.fail_value("$.authentication_methods", "20 methods at most", f"{len(rows)} methods")


_BESIDE = ("manual_input_code",)


@of_account(
    "me-messages-limit",
    "Ten messages by SMS, and one more in the hour: the limit is that of the MFA API.",
    "U-31",
    needs="otp sms",
    controls="outbox clock",
)
def me_messages_limit(play: ScenarioContext) -> None:
    found = visitor(play)
    user, bearer = found.user, found.bearer
    for _ in range(10):
        begin(play, user, bearer, "sms")
    refused = ("me_too_many_messages", "429 A0E-429-0003")
    play.call(me_create(bearer, "sms", user.phone_number)).refused(*refused)
    if renews_without_mfa(play):
        play.wait(3600 + play.margin)
        begin(play, user, token_again(play, found), "sms")


@of_account("me-provider-fails", "A message that cannot be sent.", "U-31", needs="otp email sms", controls="outbox")
def me_provider_fails(play: ScenarioContext) -> None:
    found = visitor(play)
    user, bearer = found.user, found.bearer
    for factor in ("email", "sms"):
        play.subject.fail_message(factor)
        answer = play.call(me_create(bearer, factor, address_of(user, factor)))
        answer.refused("me_provider_failure", "500 A0E-500-0001")
        begin(play, user, bearer, factor)


def _wrong_code(play: ScenarioContext, begun: Begun) -> str:
    """A code that does not verify an enrollment."""
    if begun.factor != "otp":
        return other_code(play.code(begun.user, begun.factor))
    play.otp(begun.secret)
    return play.wrong_otp()


@of_account(
    "me-wrong-code",
    "A wrong code verifies nothing; the right one still does.",
    "U-29",
    needs="email sms otp",
    controls="outbox",
)
def me_wrong_code(play: ScenarioContext) -> None:
    for factor in ("email", "sms", "otp"):
        found = visitor(play)
        user, bearer = found.user, found.bearer
        begun = begin(play, user, bearer, factor)
        verify(play, begun, _wrong_code(play, begun)).refused(*WRONG_CODE)
        listed(play, bearer, *found.rows, *pending(play, user, factor))
        confirm(play, begun)


@of_account(
    "me-code-of-another-method",
    "The code of one enrollment does not verify another.",
    "U-29",
    needs="otp email sms",
    controls="outbox",
)
def me_code_of_another_method(play: ScenarioContext) -> None:
    found = visitor(play)
    user, bearer = found.user, found.bearer
    email = begin(play, user, bearer, "email")
    code = play.code(user, "email")
    sms = begin(play, user, bearer, "sms")
    other = play.code(user, "sms")
    if code == other:
        return
    verify(play, email, other).refused(*WRONG_CODE)
    verify(play, sms, code).refused(*WRONG_CODE)
    verify(play, email, code).method(method(play, user, "email"), 201)
    verify(play, sms, other).method(method(play, user, "sms"), 201)


@of_account(
    "me-codes-limit",
    "After some wrong codes, ten by most profiles, the right one is refused too.",
    "U-29",
    needs="email otp",
    controls="outbox",
)
def me_codes_limit(play: ScenarioContext) -> None:
    for factor in ("email", "otp"):
        found = visitor(play)
        user = found.user
        begun = begin(play, user, found.bearer, factor)
        wrong = _wrong_code(play, begun)
        right = play.otp(begun.secret) if factor == "otp" else play.code(user, factor)
        for _ in range(int(play.profile.wrong_codes.partition("/")[0])):
            verify(play, begun, wrong).refused(*WRONG_CODE)
        verify(play, begun, right).refused("me_too_many_codes", "429 A0E-429-0003")


@of_account(
    "me-code-expires",
    "A code that was sent verifies until it has expired, as in the MFA API.",
    "U-29 N1",
    needs="otp email",
    controls="outbox clock",
)
def me_code_expires(play: ScenarioContext) -> None:
    life = min(play.subject.code_lifetime("email"), play.profile.me_auth_session_lifetime)
    found, another = visitor(play), visitor(play)
    begun = begin(play, found.user, found.bearer, "email")
    code = play.code(found.user, "email")
    play.wait(life - play.edge)
    verify(play, begun, code).method(method(play, found.user, "email"), 201)
    begun = begin(play, another.user, another.bearer, "email")
    code = play.code(another.user, "email")
    play.wait(life + play.edge)
    if verify(play, begun, code).response.status < 400:
        play.fail_value("status", "a refusal: the code has expired", "success", "MFA021")


@of_account(
    "me-push-not-approved",
    "Push is verified when the user has approved it, and never when they have rejected it.",
    "U-29",
    needs="otp push",
    controls="push",
)
def me_push_not_approved(play: ScenarioContext) -> None:
    found = visitor(play)
    user, bearer = found.user, found.bearer
    refused = ("me_push_not_approved", "400 A0E-400-0001")
    begun = begin(play, user, bearer, "push")
    verify(play, begun, None).refused(*refused)
    confirm(play, begun)
    begun = begin(play, user, bearer, "push")
    play.answer_push(user, approve=False)
    for _ in range(2):
        verify(play, begun, None).refused(*refused)


@of_account(
    "me-session-expires",
    "A session ends to the second.",
    "U-30",
    needs="otp recovery-code",
    controls="clock",
)
def me_session_expires(play: ScenarioContext) -> None:
    found = visitor(play)
    life = float(play.profile.me_auth_session_lifetime)
    for factor in ("otp", "recovery-code") if renews_without_mfa(play) else ():
        begun = begin(play, found.user, token_again(play, found), factor)
        play.wait(life - play.edge)
        confirm(play, replace(begun, bearer=token_again(play, found)))
        begun = begin(play, found.user, token_again(play, found), factor)
        play.wait(life)
        code = play.otp(begun.secret) if factor == "otp" else None
        verify(play, replace(begun, bearer=token_again(play, found)), code).refused(*INVALID_SESSION)


@of_account("me-session-once", "A session verifies once.", "U-30", needs="otp recovery-code")
def me_session_once(play: ScenarioContext) -> None:
    found = visitor(play)
    user, bearer = found.user, found.bearer
    begun = begin(play, user, bearer, "recovery-code")
    confirm(play, begun)
    if play.profile.me_auth_session_once:
        verify(play, begun, None).refused(*INVALID_SESSION)


@of_account(
    "me-session-of-another",
    "A session verifies for its own user, and the method that it was begun for.",
    "U-29",
    needs="otp recovery-code",
)
def me_session_of_another(play: ScenarioContext) -> None:
    found, another = visitor(play), visitor(play)
    user, bearer = found.user, found.bearer
    other, of_other = another.user, another.bearer
    first = listed(play, bearer, *found.rows)[0]
    mine, theirs = begin(play, user, bearer, "otp"), begin(play, other, of_other, "otp")
    code = play.otp(mine.secret)
    play.call(me_verify(of_other, mine.identifier, mine.session, code)).refused(*INVALID_SESSION)
    play.call(me_verify(of_other, theirs.identifier, mine.session, code)).refused(*INVALID_SESSION)
    play.call(me_verify(bearer, first, mine.session, code)).refused(*INVALID_SESSION)
    play.call(me_verify(bearer, mine.identifier, "not-a-session", code)).refused(*INVALID_SESSION)
    play.call(me_verify(bearer, mine.identifier, mine.session + "x", code)).refused(*INVALID_SESSION)
    verify(play, mine, code).method(method(play, user, "otp"), 201)
    confirm(play, theirs)


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
    for make in _of_each().values():
        play.call(make(bearer)).refused("me_user_blocked", "401 A0E-401-0003")
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
