"""Stories of codes: each is valid once, and only for its own challenge."""

from __future__ import annotations

from collections.abc import Callable

from pytest_auth0_mfa.contract.tenant import calls
from pytest_auth0_mfa.contract.tenant.actions import AnswerPush
from pytest_auth0_mfa.contract.tenant.values import Changed, Totp
from pytest_auth0_mfa.contract.tenant.walk.telling import (
    DAY,
    MESSAGES,
    associate,
    challenge,
    enroll,
    log_in,
    look,
    manager,
    needed,
    story,
    user_of,
    verify,
    wait,
)
from pytest_auth0_mfa.contract.tenant.walk.walk import Walk
from pytest_auth0_mfa.tenant.totp import other_code


@story
def recovery_codes(walk: Walk) -> None:
    """Recovery codes are used and replaced. Old codes and those of another user are tried."""
    user, other = user_of(walk), user_of(walk)
    enroll(walk, user, "otp")
    enroll(walk, other, "otp")
    mine = [code for code in walk.recovery_codes if code.about["user"] is user]
    for _ in range(4):
        mine.append(verify(walk, log_in(walk, user), mine[-1]).found["recovery_code"])
        for old in mine[:-1]:
            verify(walk, log_in(walk, user), old)
        verify(walk, log_in(walk, other), mine[-1])
        look(walk, log_in(walk, user), user)
    wait(walk, DAY)
    verify(walk, log_in(walk, user), mine[-1])
    for old in mine:
        verify(walk, log_in(walk, user), old)


@story
def recovery_code_and_apps(walk: Walk) -> None:
    """The app that a recovery code came with is deleted, and another one is enrolled. The codes are tried."""
    user = user_of(walk)
    first = enroll(walk, user, "otp")
    bearer = manager(walk, user, first)
    for identifier in look(walk, bearer, user):
        walk.call(calls.delete(bearer, identifier), user)
        look(walk, bearer, user)
    for code in list(walk.recovery_codes):
        verify(walk, log_in(walk, user), code)
    enroll(walk, user, "otp")
    token = log_in(walk, user)
    look(walk, token, user)
    for code in list(walk.recovery_codes):
        verify(walk, token, code)


@story
def messages_and_their_codes(walk: Walk) -> None:
    """Two challenges at the same time, wrong codes, used codes, and the token of another login."""
    for factor in ("email", "sms", "voice"):
        user = user_of(walk)
        done = enroll(walk, user, factor)
        token = log_in(walk, user)
        verify(walk, token, done)
        first, second = challenge(walk, token), challenge(walk, token)
        first, second = needed(first), needed(second)
        code = second.about.get("code")
        wrong = Changed(code, other_code) if code is not None else "000000"
        for _ in range(3):
            walk.call(calls.oob(walk.client, token, second, wrong), user, client=walk.client)
        walk.call(calls.oob(walk.client, token, second), user, client=walk.client)
        verify(walk, log_in(walk, user), second)
        verify(walk, token, second)
        verify(walk, token, second)
        verify(walk, token, first)
        verify(walk, token, first)
        verify(walk, log_in(walk, user), first)


@story
def pushes(walk: Walk) -> None:
    """Push requests are polled fast and slowly, rejected, approved, polled again, and left to expire."""
    user, other = user_of(walk), user_of(walk)
    enroll(walk, user, "push")
    enroll(walk, other, "push")
    for approve in (False, True):
        token = log_in(walk, user)
        request = challenge(walk, token)
        request = needed(request)
        for seconds in (0, 1, 4, 5, 6, 10, 11):
            wait(walk, seconds)
            verify(walk, token, request)
        walk.call(calls.oob(walk.client, token, request, "000000"), user, client=walk.client)
        wait(walk, 15)
        walk.sides.play(AnswerPush(user, approve=approve))
        verify(walk, log_in(walk, other), request)
        for _ in range(3):
            wait(walk, 15)
            verify(walk, token, request)
    token = log_in(walk, user)
    older, newer = challenge(walk, token), challenge(walk, token)
    walk.sides.play(AnswerPush(user, approve=True))
    for request in (older, newer, older):
        if request is not None:
            verify(walk, token, request)
            wait(walk, 20)
    token = log_in(walk, user)
    request = challenge(walk, token)
    request = needed(request)
    for seconds in (290, 9, 1, 1):
        wait(walk, seconds)
        verify(walk, token, request)


@story
def codes_without_an_app(walk: Walk) -> None:
    """The TOTP of somebody else's app is tried by users who have other factors, or have only begun to enroll them."""
    secret = enroll(walk, user_of(walk), "otp")
    wait(walk, 60)
    for factor in MESSAGES:
        user = user_of(walk)
        token = log_in(walk, user)
        verify(walk, token, secret)
        associate(walk, user, token, factor)
        verify(walk, token, secret)
        enroll(walk, user, factor)
        verify(walk, log_in(walk, user), secret)


@story
def one_time_passwords(walk: Walk) -> None:
    """TOTPs of the time steps around now, used twice, changed, and at the edges of their steps."""
    user, other = user_of(walk), user_of(walk)
    secret = enroll(walk, user, "otp")
    enroll(walk, other, "otp")
    for off in (-3, -2, -1, 0, 1, 2, 3):
        wait(walk, 300)
        token = log_in(walk, user)
        for client in (walk.client, walk.client):
            walk.call(calls.otp(client, token, Totp(secret, off)), user, client=client)
        walk.call(calls.otp(walk.client, token, Totp(secret)), user, client=walk.client)
    wait(walk, 300)
    token = log_in(walk, user)
    changes: tuple[Callable[[str], str], ...] = (
        lambda code: code[:5], lambda code: code + "0", lambda code: "0" + code, lambda code: code[::-1],
    )  # fmt: skip
    for change in changes:
        walk.call(calls.otp(walk.client, token, Changed(Totp(secret), change)), user, client=walk.client)
    for place in (29, 1, 29, 1, 30):
        wait(walk, place)
        verify(walk, log_in(walk, user), secret)
        verify(walk, log_in(walk, user), secret)
