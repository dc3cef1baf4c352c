"""Limits on wrong codes, messages and authenticators. Entries V19, A11, A13, H10."""

from __future__ import annotations

from pytest_auth0_mfa.contract.tenant.context import ScenarioContext
from pytest_auth0_mfa.tenant.totp import other_code

from .registry import associate, challenged, code_text, enrolled, scenario

TOO_MANY = (
    "too_many_codes",
    "429 too_many_attempts",
    "Too many failed codes. Wait for some minutes before retrying.",
)


def _bucket(play: ScenarioContext) -> tuple[int, int]:
    count, _, seconds = play.profile.wrong_codes.partition("/")
    return int(count), int(seconds)


@scenario(
    "too-many-otps",
    "After so many wrong codes even the right one is refused, until there is one more attempt.",
    "V19",
    needs="otp",
    controls="clock",
)
def too_many_otps(play: ScenarioContext) -> None:
    count, seconds = _bucket(play)
    found = enrolled(play, "otp")
    play.wait(60)
    token = play.log_in(found.user, scope="openid")
    for _ in range(count):
        play.verify_otp(token, play.wrong_otp()).refused("wrong_otp", "403 invalid_grant")
    play.verify_otp(token, play.otp(found.secret)).refused(*TOO_MANY)
    play.wait(seconds - play.edge)
    play.verify_otp(play.log_in(found.user), play.otp(found.secret)).refused(*TOO_MANY)
    play.wait(play.edge)
    token = play.log_in(found.user, scope="openid")
    play.verify_otp(token, play.otp(found.secret)).tokens(scope="openid")


@scenario("too-many-otps-at-enrolment", "Wrong codes count before a factor is confirmed, too.", "V19", needs="otp")
def too_many_otps_at_enrolment(play: ScenarioContext) -> None:
    count, _ = _bucket(play)
    user = play.user()
    token = play.log_in(user)
    secret = associate(play, user, token, "otp")["secret"]
    for _ in range(count):
        play.verify_otp(token, play.wrong_otp()).refused("wrong_otp", "403 invalid_grant")
    play.verify_otp(token, play.otp(secret)).refused(*TOO_MANY)


@scenario(
    "too-many-binding-codes",
    "The attempts are the user's, not the challenge's or the login's.",
    "V19 U-18",
    needs="email",
    controls="outbox",
)
def too_many_binding_codes(play: ScenarioContext) -> None:
    count, _ = _bucket(play)
    found = enrolled(play, "email")
    token = play.log_in(found.user)
    oob_code = challenged(play, token, "email")
    wrong = other_code(play.code(found.user, "email"))
    text = code_text(play, "Invalid binding_code.")
    for _ in range(count):
        answer = play.verify_oob(token, oob_code, wrong, factor="email")
        answer.refused("wrong_binding_code", "403 invalid_grant", text)
    token = play.log_in(found.user)
    oob_code = challenged(play, token, "email")
    code = play.code(found.user, "email")
    play.verify_oob(token, oob_code, code, factor="email").refused(*TOO_MANY)
    other = enrolled(play, "email")
    token = play.log_in(other.user, scope="openid")
    oob_code = challenged(play, token, "email")
    play.verify_oob(token, oob_code, play.code(other.user, "email"), factor="email").tokens(scope="openid")


@scenario("too-many-recovery-codes", "Ten wrong recovery codes, then none.", "V19 9", needs="otp recovery-code")
def too_many_recovery_codes(play: ScenarioContext) -> None:
    found = enrolled(play, "otp")
    token = play.log_in(found.user)
    count = _bucket(play)[0] if play.profile.one_bucket_for_codes else 10
    for _ in range(count):
        play.verify_recovery(token, "A" * 24).refused("wrong_recovery_code", "403 invalid_grant")
    play.verify_recovery(token, found.recovery_code).refused(*TOO_MANY)


@scenario(
    "one-bucket-for-codes",
    "Whether wrong codes of all factors count together is disputed.",
    "U-18",
    needs="otp recovery-code",
    controls="clock",
)
def one_bucket_for_codes(play: ScenarioContext) -> None:
    count, _ = _bucket(play)
    found = enrolled(play, "otp")
    play.wait(60)
    token = play.log_in(found.user, scope="openid")
    for _ in range(count):
        play.verify_otp(token, play.wrong_otp()).refused("wrong_otp", "403 invalid_grant")
    answer = play.verify_recovery(token, found.recovery_code)
    if play.profile.one_bucket_for_codes:
        answer.refused(*TOO_MANY)
    else:
        answer.tokens(scope="openid", recovery_code=True)


@scenario(
    "right-code-refills",
    "Whether a right code gives the attempts back is disputed.",
    "U-18",
    needs="otp",
    controls="clock",
)
def right_code_refills(play: ScenarioContext) -> None:
    count, _seconds = _bucket(play)
    found = enrolled(play, "otp")
    play.wait(60)
    token = play.log_in(found.user, scope="openid")
    for _ in range(count - 1):
        play.verify_otp(token, play.wrong_otp()).refused("wrong_otp", "403 invalid_grant")
    play.verify_otp(token, play.otp(found.secret)).tokens(scope="openid")
    token = play.log_in(found.user)
    play.verify_otp(token, play.wrong_otp()).refused("wrong_otp", "403 invalid_grant")
    answer = play.verify_otp(token, play.wrong_otp())
    if play.profile.success_resets_codes:
        answer.refused("wrong_otp", "403 invalid_grant")
    else:
        answer.refused(*TOO_MANY)


@scenario(
    "too-many-sms",
    "Ten SMS, then one each hour; no message is sent when it is refused.",
    "A11 H10",
    needs="sms",
    without="voice",
    controls="outbox clock",
)
def too_many_sms(play: ScenarioContext) -> None:
    user = play.user()
    token = play.log_in(user)
    associate(play, user, token, "sms")
    refused = ("too_many_messages", "400 invalid_request")
    text = "Too many SMS sent by the user. Wait for some minutes before retrying."
    for _ in range(9):
        play.associate(token, "sms", user.phone_number)
    play.associate(token, "sms", user.phone_number).refused(*refused, text)
    play.wait(3600 - play.edge)
    play.associate(play.log_in(user), "sms", user.phone_number).refused(*refused, text)
    play.wait(play.edge)
    again = play.profile.recovery_code_reissued and "recovery-code" in play.subject.factors
    associate(play, user, play.log_in(user), "sms", recovery=again)


@scenario("too-many-emails", "Twenty emails, then one each minute.", "H10 9", needs="email", controls="outbox clock")
def too_many_emails(play: ScenarioContext) -> None:
    found = enrolled(play, "email")
    token = play.log_in(found.user)
    for _ in range(19):
        challenged(play, token, "email")
    refused = ("too_many_messages", "400 invalid_request")
    play.challenge(token, challenge_type="oob").refused(*refused)
    play.wait(60)
    challenged(play, token, "email")


@scenario("too-many-emails-at-enrolment", "Associations draw on the same twenty.", "A11 9", needs="email")
def too_many_emails_at_enrolment(play: ScenarioContext) -> None:
    user = play.user()
    token = play.log_in(user)
    associate(play, user, token, "email")
    for _ in range(19):
        play.associate(token, "email", user.username)
    text = "Too many emails sent by the user. Wait for some minutes before retrying."
    play.associate(token, "email", user.username).refused("too_many_messages", "400 invalid_request", text)


@scenario(
    "too-many-pushes", "Five push notifications, then five a minute.", "H10 9", needs="push", controls="push clock"
)
def too_many_pushes(play: ScenarioContext) -> None:
    found = enrolled(play, "push")
    token = play.log_in(found.user)
    for _ in range(4):
        challenged(play, token, "push")
    refused = ("too_many_messages", "400 invalid_request")
    play.challenge(token, challenge_type="oob").refused(*refused)
    play.wait(12)
    challenged(play, token, "push")


@scenario("too-many-authenticators", "Pending ones pile up; the 51st is refused.", "A13", needs="otp")
def too_many_authenticators(play: ScenarioContext) -> None:
    user = play.user()
    token = play.log_in(user)
    associate(play, user, token, "otp")
    for _ in range(49):
        play.associate(token, "otp").shows({"authenticator_type": "otp"}, "secret", "barcode_uri", *_again(play))
    play.associate(token, "otp").refused("authenticator_limit", "403 access_denied")
    if len([row for row in play.look(token) if row["id"].startswith("totp|")]) != 50:
        play.fail_value("$", "50 authenticators", "another number")


def _again(play: ScenarioContext) -> tuple[str, ...]:
    again = play.profile.recovery_code_reissued and "recovery-code" in play.subject.factors
    return ("recovery_codes",) if again else ()
