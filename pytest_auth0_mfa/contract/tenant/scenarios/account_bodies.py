"""What the My Account API refuses in bodies and queries: entries M18, M19, U-31 and U-35."""

from __future__ import annotations

from dataclasses import replace

from pytest_auth0_mfa.contract.tenant.account_calls import (
    METHODS,
    me_create,
    me_list,
    me_update,
    me_verify,
)
from pytest_auth0_mfa.contract.tenant.calls import CallTemplate
from pytest_auth0_mfa.contract.tenant.context import ScenarioContext
from pytest_auth0_mfa.contract.tenant.values import Value

from .registry import address_of
from .visiting import (
    begin,
    confirm,
    enroll,
    listed,
    method,
    of_account,
    renews_without_mfa,
    token_again,
    verify,
    visitor,
)

INVALID_BODY = ("me_invalid_body", "400 A0E-400-0003")


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
