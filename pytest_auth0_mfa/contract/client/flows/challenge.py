"""Challenges: of a named authenticator, of any, and their refusals."""

from __future__ import annotations

from pytest_auth0_mfa.contract.client.example import ClientExample
from pytest_auth0_mfa.contract.client.worlds import HOSTILE, LATER, PLAIN

from .registry import scenario


def challenge_message(example: ClientExample, factor: str) -> None:
    """Log in with a code that is sent."""
    user = example.user(factor, pending=("otp",))
    token = example.begin(user)
    named = next(entry for entry in user.entries if entry.factor == factor)
    oob_code = example.challenge(token, named.id).body["oob_code"]
    example.verify_oob(token, oob_code, example.code(user, factor))


@scenario("email-challenge")
def email_challenge(example: ClientExample) -> None:
    """An email is challenged and answered with the code of the message."""
    challenge_message(example, "email")


@scenario("sms-challenge")
def sms_challenge(example: ClientExample) -> None:
    """A phone is challenged by SMS."""
    challenge_message(example, "sms")


@scenario("voice-challenge", HOSTILE)
def voice_challenge(example: ClientExample) -> None:
    """A phone is challenged by a call."""
    challenge_message(example, "voice")


@scenario("otp-challenge")
def otp_challenge(example: ClientExample) -> None:
    """An authenticator app is challenged: no oob_code, then its code."""
    user = example.user("otp")
    token = example.begin(user)
    example.challenge(token, user.entries[0].id)
    example.verify_otp(token, example.otp(user.entries[0].secret or ""))


@scenario("challenge-type-named")
def challenge_type_named(example: ClientExample) -> None:
    """The challenge type that the caller names is the one that is asked for."""
    user = example.user("otp", "email")
    token = example.begin(user)
    example.challenge(token, challenge_type="otp")
    example.challenge(token, challenge_type="oob")
    example.challenge(token, user.entries[0].id, challenge_type="otp")
    example.challenge(token, user.entries[1].id, challenge_type="oob")


@scenario("challenge-unnamed")
def challenge_unnamed(example: ClientExample) -> None:
    """Without a named authenticator the tenant picks one."""
    user = example.user("email")
    token = example.begin(user)
    oob_code = example.challenge(token).body["oob_code"]
    example.verify_oob(token, oob_code, example.code(user, "email"))


@scenario("challenge-each-of-two")
def challenge_each_of_two(example: ClientExample) -> None:
    """Of two authenticators the named one is challenged, whichever it is."""
    user = example.user("email", "sms")
    token = example.begin(user)
    for entry in (user.entries[1], user.entries[0]):
        oob_code = example.challenge(token, entry.id).body["oob_code"]
        example.verify_oob(token, oob_code, example.code(user, entry.factor))


@scenario("challenge-twice")
def challenge_twice(example: ClientExample) -> None:
    """The oob_code of the latest challenge reaches the caller; the code before it is refused."""
    user = example.user("email")
    token = example.begin(user)
    example.challenge(token, user.entries[0].id)
    old = example.code(user, "email")
    second = example.challenge(token, user.entries[0].id).body["oob_code"]
    example.verify_oob(token, second, old, expect="invalid_grant")
    example.verify_oob(token, second, example.code(user, "email"))


@scenario("association-required")
def association_required(example: ClientExample) -> None:
    """A user without a confirmed authenticator is told so: association_required."""
    example.challenge(example.begin(example.user()), expect="association_required")
    user = example.user(pending=("email",))
    example.challenge(example.begin(user), user.entries[0].id, expect="association_required")


@scenario("unsupported-challenge-type")
def unsupported_challenge_type(example: ClientExample) -> None:
    """A type that no authenticator has is unsupported_challenge_type."""
    example.challenge(example.begin(example.user("email")), challenge_type="otp", expect="unsupported_challenge_type")


@scenario("challenge-expired-token", LATER)
def challenge_expired_token(example: ClientExample) -> None:
    """A challenge with a dead mfa_token is expired_token."""
    user = example.user("email")
    token = example.begin(user)
    example.outlive_mfa_token()
    example.challenge(token, user.entries[0].id, expect="expired_token")


@scenario("challenge-provider-fails", PLAIN)
def challenge_provider_fails(example: ClientExample) -> None:
    """A provider that cannot send is bad_gateway."""
    user = example.user("email")
    token = example.begin(user)
    example.tenant.outbox.fail_next("email")
    example.remark("let the provider of emails fail once")
    example.challenge(token, user.entries[0].id, expect="bad_gateway")
    example.challenge(token, user.entries[0].id)
