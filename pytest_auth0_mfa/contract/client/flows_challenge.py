"""Challenges: of a named authenticator, of any, and their refusals."""

from __future__ import annotations

from .play import Play
from .scenarios import HOSTILE, LATER, PLAIN, scenario


def challenge_message(play: Play, factor: str) -> None:
    """Log in with a code that is sent."""
    user = play.user(factor, pending=("otp",))
    token = play.begin(user)
    named = next(entry for entry in user.entries if entry.factor == factor)
    oob_code = play.challenge(token, named.id).body["oob_code"]
    play.verify_oob(token, oob_code, play.code(user, factor))


@scenario("email-challenge")
def email_challenge(play: Play) -> None:
    """An email is challenged and answered with the code of the message."""
    challenge_message(play, "email")


@scenario("sms-challenge")
def sms_challenge(play: Play) -> None:
    """A phone is challenged by SMS."""
    challenge_message(play, "sms")


@scenario("voice-challenge", HOSTILE)
def voice_challenge(play: Play) -> None:
    """A phone is challenged by a call."""
    challenge_message(play, "voice")


@scenario("otp-challenge")
def otp_challenge(play: Play) -> None:
    """An authenticator app is challenged: no oob_code, then its code."""
    user = play.user("otp")
    token = play.begin(user)
    play.challenge(token, user.entries[0].id)
    play.verify_otp(token, play.otp(user.entries[0].secret or ""))


@scenario("challenge-type-named")
def challenge_type_named(play: Play) -> None:
    """The challenge type that the caller names is the one that is asked for."""
    user = play.user("otp", "email")
    token = play.begin(user)
    play.challenge(token, challenge_type="otp")
    play.challenge(token, challenge_type="oob")
    play.challenge(token, user.entries[0].id, challenge_type="otp")
    play.challenge(token, user.entries[1].id, challenge_type="oob")


@scenario("challenge-unnamed")
def challenge_unnamed(play: Play) -> None:
    """Without a named authenticator the tenant picks one."""
    user = play.user("email")
    token = play.begin(user)
    oob_code = play.challenge(token).body["oob_code"]
    play.verify_oob(token, oob_code, play.code(user, "email"))


@scenario("challenge-each-of-two")
def challenge_each_of_two(play: Play) -> None:
    """Of two authenticators the named one is challenged, whichever it is."""
    user = play.user("email", "sms")
    token = play.begin(user)
    for entry in (user.entries[1], user.entries[0]):
        oob_code = play.challenge(token, entry.id).body["oob_code"]
        play.verify_oob(token, oob_code, play.code(user, entry.factor))


@scenario("challenge-twice")
def challenge_twice(play: Play) -> None:
    """The oob_code of the latest challenge reaches the caller; the code before it is refused."""
    user = play.user("email")
    token = play.begin(user)
    play.challenge(token, user.entries[0].id)
    old = play.code(user, "email")
    second = play.challenge(token, user.entries[0].id).body["oob_code"]
    play.verify_oob(token, second, old, expect="invalid_grant")
    play.verify_oob(token, second, play.code(user, "email"))


@scenario("association-required")
def association_required(play: Play) -> None:
    """A user without a confirmed authenticator is told so: association_required."""
    play.challenge(play.begin(play.user()), expect="association_required")
    user = play.user(pending=("email",))
    play.challenge(play.begin(user), user.entries[0].id, expect="association_required")


@scenario("unsupported-challenge-type")
def unsupported_challenge_type(play: Play) -> None:
    """A type that no authenticator has is unsupported_challenge_type."""
    play.challenge(play.begin(play.user("email")), challenge_type="otp", expect="unsupported_challenge_type")


@scenario("challenge-expired-token", LATER)
def challenge_expired_token(play: Play) -> None:
    """A challenge with a dead mfa_token is expired_token."""
    user = play.user("email")
    token = play.begin(user)
    play.advance(601)
    play.challenge(token, user.entries[0].id, expect="expired_token")


@scenario("challenge-provider-fails", PLAIN)
def challenge_provider_fails(play: Play) -> None:
    """A provider that cannot send is bad_gateway."""
    user = play.user("email")
    token = play.begin(user)
    play.tenant.outbox.fail_next("email")
    play.remark("let the provider of emails fail once")
    play.challenge(token, user.entries[0].id, expect="bad_gateway")
    play.challenge(token, user.entries[0].id)
