"""Challenges, with and without a named authenticator, and their refusals; and polling for push requests."""

from __future__ import annotations

from collections.abc import Callable

from pytest_auth0_mfa.contract.client.asked import PENDING
from pytest_auth0_mfa.contract.client.example import ClientExample
from pytest_auth0_mfa.contract.client.judged import Token
from pytest_auth0_mfa.contract.client.recording import Seen
from pytest_auth0_mfa.contract.client.run import IN_PROCESS
from pytest_auth0_mfa.contract.client.worlds import HOSTILE, LATER, PLAIN, World
from pytest_auth0_mfa.tenant.entities import User

from .registry import scenario


def challenge_message(example: ClientExample, factor: str) -> None:
    """Log in with the code of a message."""
    user = example.user(factor, pending=("otp",))
    token = example.begin(user)
    named = next(entry for entry in user.entries if entry.factor == factor)
    oob_code = example.challenge(token, named.id).body["oob_code"]
    example.verify_oob(token, oob_code, example.code(user, factor))


@scenario("email-challenge", "An email is challenged and answered with the code of the message.")
def email_challenge(example: ClientExample) -> None:
    challenge_message(example, "email")


@scenario("sms-challenge", "A phone is challenged by SMS.")
def sms_challenge(example: ClientExample) -> None:
    challenge_message(example, "sms")


@scenario("voice-challenge", "A phone is challenged by a call.", HOSTILE)
def voice_challenge(example: ClientExample) -> None:
    challenge_message(example, "voice")


@scenario("otp-challenge", "An authenticator app is challenged: no oob_code, then its code.")
def otp_challenge(example: ClientExample) -> None:
    user = example.user("otp")
    token = example.begin(user)
    example.challenge(token, user.entries[0].id)
    example.verify_otp(token, example.otp(user.entries[0].secret or ""))


@scenario("challenge-type-named", "The client asks for the challenge type that the caller names.")
def challenge_type_named(example: ClientExample) -> None:
    user = example.user("otp", "email")
    token = example.begin(user)
    example.challenge(token, challenge_type="otp")
    example.challenge(token, challenge_type="oob")
    example.challenge(token, user.entries[0].id, challenge_type="otp")
    example.challenge(token, user.entries[1].id, challenge_type="oob")


@scenario("challenge-unnamed", "Without a named authenticator the tenant picks one.")
def challenge_unnamed(example: ClientExample) -> None:
    user = example.user("email")
    token = example.begin(user)
    oob_code = example.challenge(token).body["oob_code"]
    example.verify_oob(token, oob_code, example.code(user, "email"))


@scenario(
    "challenge-arguments-are-not-kept",
    "What a caller names is asked for, and what the next one leaves out is left out.",
    PLAIN,
)
def challenge_arguments_are_not_kept(example: ClientExample) -> None:
    user = example.user("email", "sms")
    token = example.begin(user)
    example.challenge(token, user.entries[1].id, challenge_type="oob")
    example.challenge(token)
    example.challenge(token, user.entries[0].id)
    example.challenge(token, challenge_type="oob")


@scenario("challenge-each-of-two", "Of two authenticators the named one is challenged, whichever it is.")
def challenge_each_of_two(example: ClientExample) -> None:
    user = example.user("email", "sms")
    token = example.begin(user)
    for entry in (user.entries[1], user.entries[0]):
        oob_code = example.challenge(token, entry.id).body["oob_code"]
        example.verify_oob(token, oob_code, example.code(user, entry.factor))


@scenario("challenge-twice", "The oob_code of the latest challenge reaches the caller; the code before it is refused.")
def challenge_twice(example: ClientExample) -> None:
    user = example.user("email")
    token = example.begin(user)
    example.challenge(token, user.entries[0].id)
    old = example.code(user, "email")
    second = example.challenge(token, user.entries[0].id).body["oob_code"]
    example.verify_oob(token, second, old, expect="invalid_grant")
    example.verify_oob(token, second, example.code(user, "email"))


@scenario(
    "association-required", "A challenge for a user without a confirmed authenticator is refused: association_required."
)
def association_required(example: ClientExample) -> None:
    example.challenge(example.begin(example.user()), expect="association_required")
    user = example.user(pending=("email",))
    example.challenge(example.begin(user), user.entries[0].id, expect="association_required")


@scenario("unsupported-challenge-type", "A type that no authenticator has is unsupported_challenge_type.")
def unsupported_challenge_type(example: ClientExample) -> None:
    example.challenge(example.begin(example.user("email")), challenge_type="otp", expect="unsupported_challenge_type")


@scenario("challenge-expired-token", "A challenge with a dead mfa_token is expired_token.", LATER)
def challenge_expired_token(example: ClientExample) -> None:
    user = example.user("email")
    token = example.begin(user)
    example.outlive_mfa_token()
    example.challenge(token, user.entries[0].id, expect="expired_token")


@scenario("challenge-provider-fails", "A challenge whose message cannot be sent is refused: bad_gateway.", PLAIN)
def challenge_provider_fails(example: ClientExample) -> None:
    user = example.user("email")
    token = example.begin(user)
    example.tenant.outbox.fail_next("email")
    example.remark("let the provider of emails fail once")
    example.challenge(token, user.entries[0].id, expect="bad_gateway")
    example.challenge(token, user.entries[0].id)


def push_challenge(example: ClientExample, user: User) -> tuple[Token, str]:
    """Log in and challenge the push authenticator. Returns token and oob_code."""
    token = example.begin(user)
    push = next(entry for entry in user.entries if entry.factor == "push")
    return token, example.challenge(token, push.id).body["oob_code"]


def answers_after(example: ClientExample, polls: int, answer: Callable[[User], None], user: User) -> None:
    """Let the person answer the push request after that many polls."""
    seen = 0

    def look(request: Seen) -> None:
        nonlocal seen
        if request.operation == "mfa-oob" and request.refusal_id in PENDING:
            seen += 1
            if seen == polls:
                answer(user)

    example.recording.after = look


@scenario("push-approved", "A pending push is authorization_pending; once approved it yields tokens.", polls=False)
def push_approved(example: ClientExample) -> None:
    user = example.user("push")
    token, oob_code = push_challenge(example, user)
    example.verify_oob(token, oob_code, expect="authorization_pending")
    example.advance(10)
    example.verify_oob(token, oob_code, expect="authorization_pending")
    example.advance(10)
    example.approve(user)
    example.verify_oob(token, oob_code)


@scenario("push-rejected", "A rejected push is access_denied, and not pending.", polls=False)
def push_rejected(example: ClientExample) -> None:
    user = example.user("push")
    token, oob_code = push_challenge(example, user)
    example.verify_oob(token, oob_code, expect="authorization_pending")
    example.reject(user)
    example.advance(10)
    example.verify_oob(token, oob_code, expect="access_denied")


@scenario("push-slow-down", "Calling again too soon is slow_down, which reaches the caller.", polls=False)
def push_slow_down(example: ClientExample) -> None:
    token, oob_code = push_challenge(example, example.user("push"))
    example.verify_oob(token, oob_code, expect="authorization_pending")
    example.verify_oob(token, oob_code, expect="slow_down")


@scenario("push-expired", "A push that nobody answered is expired_token.", World(behind=1200), polls=False)
def push_expired(example: ClientExample) -> None:
    token, oob_code = push_challenge(example, example.user("push"))
    example.outlive_oob_code()
    example.verify_oob(token, oob_code, expect="expired_token")


@scenario(
    "push-polled-until-approved",
    "A polling client waits, with pauses, until the push is approved.",
    PLAIN,
    HOSTILE,
    polls=True,
)
def push_polled_until_approved(example: ClientExample) -> None:
    user = example.user("push")
    token, oob_code = push_challenge(example, user)
    answers_after(example, 3 if example.run.reach == IN_PROCESS else 1, example.approve, user)
    example.verify_oob(token, oob_code)


@scenario(
    "push-polled-until-expired",
    "The end of the request, and the end of the session, end the polling: each is expired_token.",
    World(behind=2400),
    polls=True,
    in_process_only=True,
)
def push_polled_until_expired(example: ClientExample) -> None:
    for end in (example.outlive_oob_code, example.outlive_mfa_token):
        user = example.user("push")
        token, oob_code = push_challenge(example, user)
        answers_after(example, 1, lambda _, end=end: end(), user)  # type: ignore[misc]
        example.verify_oob(token, oob_code, expect="expired_token")


@scenario("push-polled-until-rejected", "A rejection ends the polling.", PLAIN, polls=True)
def push_polled_until_rejected(example: ClientExample) -> None:
    user = example.user("push")
    token, oob_code = push_challenge(example, user)
    answers_after(example, 1, example.reject, user)
    example.verify_oob(token, oob_code, expect="access_denied")


_SLOW = {"polling_interval": 10}
_QUIET = {**_SLOW, "slow_down_retry_after": False}


@scenario(
    "push-polled-slower",
    "slow_down slows the polling, with Retry-After and without.",
    World(profile=_SLOW),
    World(profile=_QUIET),
    polls=True,
    in_process_only=True,
)
def push_polled_slower(example: ClientExample) -> None:
    user = example.user("push")
    token, oob_code = push_challenge(example, user)
    answers_after(example, 5, example.approve, user)
    example.verify_oob(token, oob_code)


@scenario(
    "push-enroll-polled", "A polling client waits until the new device is confirmed.", polls=True, in_process_only=True
)
def push_enroll_polled(example: ClientExample) -> None:
    user = example.user()
    token = example.begin(user)
    oob_code = example.associate(token, "push").body["oob_code"]
    answers_after(example, 2, example.approve, user)
    example.verify_oob(token, oob_code)


@scenario(
    "push-polled-two-users",
    "Polls of one user's push never use another user's codes.",
    polls=True,
    in_process_only=True,
)
def push_polled_two_users(example: ClientExample) -> None:
    users = [example.user("push"), example.user("push")]
    waiting = [push_challenge(example, user) for user in users]
    for user, (token, oob_code) in zip(users, waiting, strict=True):
        answers_after(example, 1, example.approve, user)
        example.verify_oob(token, oob_code)
