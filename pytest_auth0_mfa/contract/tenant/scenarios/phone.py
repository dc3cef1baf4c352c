"""SMS and voice: twins if both are on, phone numbers, and providers that fail."""

from __future__ import annotations

from pytest_auth0_mfa.contract.tenant.context import ScenarioContext

from .registry import associate, associated, challenged, confirm, enrolled, masked_phone, ordered, row, scenario


@scenario(
    "sms-enroll",
    "A phone number is masked to its last four digits, pending until confirmed, then active.",
    "A1 L1 V4",
    needs="sms recovery-code",
    without="voice",
    controls="outbox",
)
def sms_enroll(play: ScenarioContext) -> None:
    user = play.user()
    token = play.log_in(user, scope="openid")
    body = associate(play, user, token, "sms", recovery=True)
    name = masked_phone(user.phone_number)
    rows = ordered(play, row(play, "sms", active=False, name=name), row(play, "recovery-code", active=False))
    play.authenticators(token).rows(*rows)
    confirm(play, user, token, "sms", body, scope="openid")
    rows = ordered(play, row(play, "sms", active=True, name=name), row(play, "recovery-code", active=True))
    play.authenticators(play.log_in(user)).rows(*rows)


@scenario(
    "sms-challenge", "A later login is verified with the code of its SMS.", "H2 V4", needs="sms", controls="outbox"
)
def sms_challenge(play: ScenarioContext) -> None:
    found = enrolled(play, "sms")
    token = play.log_in(found.user, scope="openid")
    identifier = play.find(token, "sms")
    oob_code = challenged(play, token, "sms", identifier)
    code = play.code(found.user, "sms")
    play.verify_oob(token, oob_code, code, factor="sms").tokens(scope="openid")


@scenario(
    "sms-and-voice-are-twins",
    "With both on, one association makes two authenticators with one suffix, confirmed together.",
    "4.2 L1",
    needs="sms voice recovery-code",
    controls="outbox",
)
def sms_and_voice_are_twins(play: ScenarioContext) -> None:
    for factor, twin in (("sms", "voice"), ("voice", "sms")):
        user = play.user()
        token = play.log_in(user, scope="openid")
        body = associate(play, user, token, factor, recovery=True)
        name = masked_phone(user.phone_number)
        kinds = (factor, "recovery-code", twin)
        shown = [row(play, k, active=False, name=None if k == "recovery-code" else name) for k in kinds]
        ids = play.authenticators(token).rows(*ordered(play, *shown))
        if len({i.partition("|")[2] for i in ids if not i.startswith("recovery-code|")}) != 1:
            play.fail_value("$[].id", "one suffix for both", "two")
        confirm(play, user, token, factor, body, scope="openid")
        shown = [row(play, k, active=True, name=None if k == "recovery-code" else name) for k in kinds]
        play.authenticators(play.log_in(user)).rows(*ordered(play, *shown))


@scenario(
    "voice-challenge",
    "The twin that was not enrolled by hand can be challenged too: the call says the code.",
    "H2 V4",
    needs="voice sms",
    controls="outbox",
)
def voice_challenge(play: ScenarioContext) -> None:
    found = enrolled(play, "sms")
    token = play.log_in(found.user, scope="openid")
    identifier = play.find(token, "voice")
    oob_code = challenged(play, token, "voice", identifier)
    code = play.code(found.user, "voice")
    play.verify_oob(token, oob_code, code, factor="voice").tokens(scope="openid")


@scenario(
    "voice-alone",
    "With SMS off, voice has no twin.",
    "A1 L1",
    needs="voice",
    without="sms recovery-code",
    controls="outbox",
)
def voice_alone(play: ScenarioContext) -> None:
    user = play.user()
    token = play.log_in(user, scope="openid")
    body = associate(play, user, token, "voice", recovery=False)
    confirm(play, user, token, "voice", body, scope="openid")
    play.authenticators(play.log_in(user)).rows(row(play, "voice", active=True, name=masked_phone(user.phone_number)))


@scenario(
    "challenge-by-channel",
    "Without an authenticator_id the oldest (or newest) fitting one is challenged; oob_channel narrows it.",
    "7 U-16",
    needs="sms email otp",
    controls="outbox clock",
)
def challenge_by_channel(play: ScenarioContext) -> None:
    found = enrolled(play, "email")
    bearer = play.mfa_access_token(found.user, "enroll")
    body = associate(play, found.user, bearer, "sms", recovery=False)
    code = play.code(found.user, "sms")
    play.verify_oob(bearer, body["oob_code"], code, factor="sms").tokens(scope="enroll", expires_in=600)
    token = play.log_in(found.user, scope="openid")
    first = "email" if play.profile.default_authenticator == "oldest" else "sms"
    if "voice" in play.subject.factors and first == "sms":
        first = "voice"
    oob_code = challenged(play, token, first)
    play.verify_oob(token, oob_code, play.code(found.user, first), factor=first).tokens(scope="openid")
    token = play.log_in(found.user, scope="openid")
    answer = play.challenge(token, challenge_type="oob", oob_channel="sms")
    answer.shows({"challenge_type": "oob", "binding_method": "prompt"}, "oob_code")
    play.verify_oob(token, answer["oob_code"], play.code(found.user, "sms")).tokens(scope="openid")


@scenario(
    "phone-number", "A phone number must be E.164, and there must be one.", "A9 T7", needs="sms", controls="outbox"
)
def phone_number(play: ScenarioContext) -> None:
    token = play.log_in(play.user())
    for wrong in ("123", "+0123456789", "5550100123", "+1555010012345678"):
        answer = play.associate(token, "sms", wrong)
        answer.refused("invalid_phone_number", "400 invalid_request", "The phone number is invalid.")
    text = "Missing required parameter: phone_number"
    play.associate(token, "sms").refused("missing_parameter", "400 invalid_request", text)


@scenario(
    "phone-number-with-spaces",
    "Whether a number may be written with spaces is disputed.",
    "U-11",
    needs="sms",
    controls="outbox",
)
def phone_number_with_spaces(play: ScenarioContext) -> None:
    answer = play.associate(play.log_in(play.user()), "sms", "+1 555 010-0123")
    if play.profile.spaces_in_phone_number:
        literals, opaque = associated(play, "sms", recovery="recovery-code" in play.subject.factors)
        answer.shows(literals, *opaque)
    else:
        answer.refused("invalid_phone_number", "400 invalid_request", "The phone number is invalid.")


@scenario(
    "provider-failure",
    "A provider that fails is a bad gateway; a challenge then has nothing to offer.",
    "A12 H8",
    needs="sms push",
    fake=True,
)
def provider_failure(play: ScenarioContext) -> None:
    user = play.user()
    token = play.log_in(user, scope="openid")
    for factor, what in (("sms", "SMS"), ("push", "Push Notification")):
        play.subject.fail_message(factor)
        address = user.phone_number if factor == "sms" else None
        answer = play.associate(token, factor, address)
        answer.refused("provider_failure", "502 bad_gateway", f"Error sending {what}.")
    if play.look(token):
        play.fail_value("$", "no rows: nothing was enrolled", "some")
    found = enrolled(play, "sms", user=user)
    token = play.log_in(found.user)
    play.subject.fail_message("sms")
    identifier = play.find(token, "sms")
    answer = play.challenge(token, identifier, challenge_type="oob")
    text = "There is no available challenge type."
    answer.refused("challenge_unavailable", "502 bad_gateway", text)
    challenged(play, token, "sms", identifier)
