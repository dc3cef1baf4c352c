"""Enrollment of each factor, its refusals, the list and deletion."""

from __future__ import annotations

from .play import GRANTED, Play, Token
from .scenarios import HOSTILE, HOSTILE_LATER, LATER, PLAIN, covered, scenario

MANAGE = "openid enroll read:authenticators remove:authenticators"


def enroll_message(play: Play, factor: str) -> None:
    """Associate, read the message, confirm, see it active."""
    user = play.user()
    token = play.begin(user)
    covered(lambda: play.rows(token))
    oob_code = play.associate(token, factor).body["oob_code"]
    covered(lambda: play.rows(token))
    play.verify_oob(token, oob_code, play.code(user, factor))
    covered(lambda: play.rows(token))


@scenario("email-enroll")
def email_enroll(play: Play) -> None:
    """An email is enrolled and confirmed with the code of the message."""
    enroll_message(play, "email")


@scenario("sms-enroll")
def sms_enroll(play: Play) -> None:
    """A phone is enrolled by SMS."""
    enroll_message(play, "sms")


@scenario("voice-enroll", HOSTILE)
def voice_enroll(play: Play) -> None:
    """A phone is enrolled by a call."""
    enroll_message(play, "voice")


@scenario("otp-enroll")
def otp_enroll(play: Play) -> None:
    """An authenticator app is enrolled: secret and barcode reach the caller, its first code confirms it."""
    token = play.begin(play.user())
    secret = play.associate(token, "otp").body["secret"]
    play.verify_otp(token, play.otp(secret))
    covered(lambda: play.rows(token))


@scenario("push-enroll", polls=False)
def push_enroll(play: Play) -> None:
    """A push device is enrolled: pending until it is approved, then tokens."""
    user = play.user()
    token = play.begin(user)
    oob_code = play.associate(token, "push").body["oob_code"]
    play.verify_oob(token, oob_code, expect="authorization_pending")
    play.advance(10)
    play.approve(user)
    play.verify_oob(token, oob_code)


@scenario("enroll-twice", PLAIN)
def enroll_twice(play: Play) -> None:
    """Several factors may be associated before one is confirmed; only the first brings a recovery code."""
    token = play.begin(play.user())
    play.associate(token, "email")
    play.associate(token, "sms")
    play.associate(token, "otp")
    covered(lambda: play.rows(token))


@scenario("enroll-when-enrolled")
def enroll_when_enrolled(play: Play) -> None:
    """An mfa_token does not enroll a second factor: access_denied."""
    token = play.begin(play.user("email"))
    play.associate(token, "otp", expect="access_denied")


@scenario("enroll-bad-phone-number", PLAIN)
def enroll_bad_phone_number(play: Play) -> None:
    """A phone number that is none is Auth0's to judge: invalid_request."""
    token = play.begin(play.user())
    play.associate(token, "sms", phone_number="+1555", expect="invalid_request")


@scenario("enroll-provider-fails", PLAIN)
def enroll_provider_fails(play: Play) -> None:
    """A provider that cannot send is bad_gateway."""
    token = play.begin(play.user())
    play.tenant.outbox.fail_next("email")
    play.remark("let the provider of emails fail once")
    play.associate(token, "email", expect="bad_gateway")


@scenario("enroll-expired-token", LATER)
def enroll_expired_token(play: Play) -> None:
    """A dead mfa_token as bearer is invalid_grant."""
    token = play.begin(play.user())
    play.advance(601)
    play.associate(token, "email", expect="invalid_grant")


@scenario("list-everything")
def list_everything(play: Play) -> None:
    """Unconfirmed authenticators and recovery codes are rows like any other."""
    user = play.user("email", "otp", pending=("sms", "push"), email_verified=True)
    play.rows(play.begin(user))


@scenario("list-nothing")
def list_nothing(play: Play) -> None:
    """A user without authenticators has an empty list."""
    play.rows(play.begin(play.user()))


@scenario("list-expired-token", LATER)
def list_expired_token(play: Play) -> None:
    """A dead mfa_token as bearer is invalid_grant."""
    token = play.begin(play.user("email"))
    play.advance(601)
    play.rows(token, expect="invalid_grant")


def managing(play: Play, *factors: str, later: bool = False) -> Token:
    """An access token for the MFA audience: at once, since only emails are enrolled."""
    user = play.user(*factors)
    return play.token(play.first_factor(user, audience=play.tenant.mfa_audience, scope=MANAGE, expect=GRANTED))


@scenario("delete")
def delete(play: Play) -> None:
    """An authenticator is deleted with an access token for the MFA audience."""
    token = managing(play, "email", "email")
    for entry in list(token.user.entries):
        play.delete(token, entry.id)
    covered(lambda: play.rows(token))


@scenario("delete-refused")
def delete_refused(play: Play) -> None:
    """An mfa_token does not delete: invalid_grant. An unknown id is not_found."""
    user = play.user("email")
    play.delete(play.begin(user), user.entries[0].id, expect="invalid_grant")
    play.delete(managing(play, "email"), "sms|dev_0000000000000000", expect="not_found")


@scenario("enroll-with-access-token", HOSTILE_LATER)
def enroll_with_access_token(play: Play) -> None:
    """A further factor is enrolled with an access token, and confirmed with it as mfa_token."""
    token = managing(play, "email")
    oob_code = play.associate(token, "sms").body["oob_code"]
    play.verify_oob(token, oob_code, play.code(token.user, "sms"))
