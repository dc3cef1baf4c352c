"""Push: pending, approved, rejected, slowed down; for clients that poll and for those that do not."""

from __future__ import annotations

from collections.abc import Callable

from pytest_auth0_mfa.contract.client.example import ClientExample, Token
from pytest_auth0_mfa.contract.client.recording import Seen
from pytest_auth0_mfa.contract.client.run import IN_PROCESS
from pytest_auth0_mfa.contract.client.worlds import HOSTILE, PLAIN, World
from pytest_auth0_mfa.tenant.entities import User

from .registry import scenario

PENDING = ("authorization_pending", "slow_down")


def push_challenge(example: ClientExample, user: User) -> tuple[Token, str]:
    """A push request that waits on the phone."""
    token = example.begin(user)
    push = next(entry for entry in user.entries if entry.factor == "push")
    return token, example.challenge(token, push.id).body["oob_code"]


def answers_after(example: ClientExample, polls: int, answer: Callable[[User], None], user: User) -> None:
    """The person answers the phone once the client has polled that often."""
    seen = 0

    def look(one: Seen) -> None:
        nonlocal seen
        if one.operation == "mfa-oob" and one.refusal_id in PENDING:
            seen += 1
            if seen == polls:
                answer(user)

    example.recording.after = look


@scenario("push-approved", polls=False)
def push_approved(example: ClientExample) -> None:
    """A pending push is authorization_pending; once approved it yields tokens."""
    user = example.user("push")
    token, oob_code = push_challenge(example, user)
    example.verify_oob(token, oob_code, expect="authorization_pending")
    example.advance(10)
    example.verify_oob(token, oob_code, expect="authorization_pending")
    example.advance(10)
    example.approve(user)
    example.verify_oob(token, oob_code)


@scenario("push-rejected", polls=False)
def push_rejected(example: ClientExample) -> None:
    """A rejected push is access_denied, and not pending."""
    user = example.user("push")
    token, oob_code = push_challenge(example, user)
    example.verify_oob(token, oob_code, expect="authorization_pending")
    example.reject(user)
    example.advance(10)
    example.verify_oob(token, oob_code, expect="access_denied")


@scenario("push-slow-down", polls=False)
def push_slow_down(example: ClientExample) -> None:
    """Calling again too soon is slow_down, which reaches the caller."""
    token, oob_code = push_challenge(example, example.user("push"))
    example.verify_oob(token, oob_code, expect="authorization_pending")
    example.verify_oob(token, oob_code, expect="slow_down")


@scenario("push-expired", World(behind=1200), polls=False)
def push_expired(example: ClientExample) -> None:
    """A push that nobody answered is expired_token."""
    token, oob_code = push_challenge(example, example.user("push"))
    example.outlive_oob_code()
    example.verify_oob(token, oob_code, expect="expired_token")


@scenario("push-polled-until-approved", PLAIN, HOSTILE, polls=True)
def push_polled_until_approved(example: ClientExample) -> None:
    """A polling client waits, with pauses, until the push is approved."""
    user = example.user("push")
    token, oob_code = push_challenge(example, user)
    answers_after(example, 3 if example.run.reach == IN_PROCESS else 1, example.approve, user)
    example.verify_oob(token, oob_code)


@scenario("push-polled-until-rejected", PLAIN, polls=True)
def push_polled_until_rejected(example: ClientExample) -> None:
    """A rejection ends the polling."""
    user = example.user("push")
    token, oob_code = push_challenge(example, user)
    answers_after(example, 1, example.reject, user)
    example.verify_oob(token, oob_code, expect="access_denied")


_SLOW = {"polling_interval": 10}
_QUIET = {**_SLOW, "slow_down_retry_after": False}


@scenario("push-polled-slower", World(profile=_SLOW), World(profile=_QUIET), polls=True, in_process_only=True)
def push_polled_slower(example: ClientExample) -> None:
    """slow_down slows the polling, with Retry-After and without."""
    user = example.user("push")
    token, oob_code = push_challenge(example, user)
    answers_after(example, 5, example.approve, user)
    example.verify_oob(token, oob_code)


@scenario("push-enroll-polled", polls=True, in_process_only=True)
def push_enroll_polled(example: ClientExample) -> None:
    """A polling client waits until the new device is confirmed."""
    user = example.user()
    token = example.begin(user)
    oob_code = example.associate(token, "push").body["oob_code"]
    answers_after(example, 2, example.approve, user)
    example.verify_oob(token, oob_code)


@scenario("push-polled-two-users", polls=True, in_process_only=True)
def push_polled_two_users(example: ClientExample) -> None:
    """Polls of one user's push never use another user's codes."""
    users = [example.user("push"), example.user("push")]
    waiting = [push_challenge(example, user) for user in users]
    for user, (token, oob_code) in zip(users, waiting, strict=True):
        answers_after(example, 1, example.approve, user)
        example.verify_oob(token, oob_code)
