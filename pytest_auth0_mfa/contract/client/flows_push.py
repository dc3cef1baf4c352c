"""Push: pending, approved, rejected, slowed down; for clients that poll and for those that do not."""

from __future__ import annotations

from collections.abc import Callable

from pytest_auth0_mfa.tenant.directory import User

from .bench import IN_PROCESS, World
from .play import Play, Token
from .scenarios import HOSTILE, PLAIN, scenario
from .watch import Seen

PENDING = ("authorization_pending", "slow_down")


def push_challenge(play: Play, user: User) -> tuple[Token, str]:
    """A push request that waits on the phone."""
    token = play.begin(user)
    push = next(entry for entry in user.entries if entry.factor == "push")
    return token, play.challenge(token, push.id).body["oob_code"]


def answers_after(play: Play, polls: int, answer: Callable[[User], None], user: User) -> None:
    """The person answers the phone once the client has polled that often."""
    seen = 0

    def look(one: Seen) -> None:
        nonlocal seen
        if one.operation == "mfa-oob" and one.case in PENDING:
            seen += 1
            if seen == polls:
                answer(user)

    play.watch.after = look


@scenario("push-approved", polls=False)
def push_approved(play: Play) -> None:
    """A pending push is authorization_pending; once approved it yields tokens."""
    user = play.user("push")
    token, oob_code = push_challenge(play, user)
    play.verify_oob(token, oob_code, expect="authorization_pending")
    play.advance(10)
    play.verify_oob(token, oob_code, expect="authorization_pending")
    play.advance(10)
    play.approve(user)
    play.verify_oob(token, oob_code)


@scenario("push-rejected", polls=False)
def push_rejected(play: Play) -> None:
    """A rejected push is access_denied, and not pending."""
    user = play.user("push")
    token, oob_code = push_challenge(play, user)
    play.verify_oob(token, oob_code, expect="authorization_pending")
    play.reject(user)
    play.advance(10)
    play.verify_oob(token, oob_code, expect="access_denied")


@scenario("push-slow-down", polls=False)
def push_slow_down(play: Play) -> None:
    """Calling again too soon is slow_down, which reaches the caller."""
    token, oob_code = push_challenge(play, play.user("push"))
    play.verify_oob(token, oob_code, expect="authorization_pending")
    play.verify_oob(token, oob_code, expect="slow_down")


@scenario("push-expired", World(behind=1200), polls=False)
def push_expired(play: Play) -> None:
    """A push that nobody answered is expired_token."""
    token, oob_code = push_challenge(play, play.user("push"))
    play.advance(301)
    play.verify_oob(token, oob_code, expect="expired_token")


@scenario("push-polled-until-approved", PLAIN, HOSTILE, polls=True)
def push_polled_until_approved(play: Play) -> None:
    """A polling client waits, with pauses, until the push is approved."""
    user = play.user("push")
    token, oob_code = push_challenge(play, user)
    answers_after(play, 3 if play.bench.reach == IN_PROCESS else 1, play.approve, user)
    play.verify_oob(token, oob_code)


@scenario("push-polled-until-rejected", PLAIN, polls=True)
def push_polled_until_rejected(play: Play) -> None:
    """A rejection ends the polling."""
    user = play.user("push")
    token, oob_code = push_challenge(play, user)
    answers_after(play, 1, play.reject, user)
    play.verify_oob(token, oob_code, expect="access_denied")


_SLOW = {"polling_interval": 10}
_QUIET = {**_SLOW, "slow_down_retry_after": False}


@scenario("push-polled-slower", World(profile=_SLOW), World(profile=_QUIET), polls=True, in_process_only=True)
def push_polled_slower(play: Play) -> None:
    """slow_down slows the polling, with Retry-After and without."""
    user = play.user("push")
    token, oob_code = push_challenge(play, user)
    answers_after(play, 5, play.approve, user)
    play.verify_oob(token, oob_code)


@scenario("push-enroll-polled", polls=True, in_process_only=True)
def push_enroll_polled(play: Play) -> None:
    """A polling client waits until the new device is confirmed."""
    user = play.user()
    token = play.begin(user)
    oob_code = play.associate(token, "push").body["oob_code"]
    answers_after(play, 2, play.approve, user)
    play.verify_oob(token, oob_code)


@scenario("push-polled-two-users", polls=True, in_process_only=True)
def push_polled_two_users(play: Play) -> None:
    """Polls of one user's push never use another user's codes."""
    users = [play.user("push"), play.user("push")]
    waiting = [push_challenge(play, user) for user in users]
    for user, (token, oob_code) in zip(users, waiting, strict=True):
        answers_after(play, 1, play.approve, user)
        play.verify_oob(token, oob_code)
