"""Stories of limits and lifetimes, up to their end and beyond."""

from __future__ import annotations

from pytest_auth0_mfa.contract.tenant import calls
from pytest_auth0_mfa.contract.tenant.values import Changed, Of, WrongOtp
from pytest_auth0_mfa.contract.tenant.walk.telling import (
    DAY,
    MANAGE,
    associate,
    challenge,
    confirm_newest,
    enroll,
    log_in,
    look,
    manager,
    needed,
    passwordless,
    start,
    story,
    user_of,
    userinfo,
    verify,
    wait,
)
from pytest_auth0_mfa.contract.tenant.walk.walk import Walk
from pytest_auth0_mfa.spec.people import Sort
from pytest_auth0_mfa.tenant.totp import other_code


@story
def wrong_codes(walk: Walk) -> None:
    """Wrong TOTPs up to the limit, right ones after it, and again when another attempt is allowed."""
    user, other = user_of(walk), user_of(walk)
    secret, of_other = enroll(walk, user, "otp"), enroll(walk, other, "otp")
    wait(walk, 60)
    token = log_in(walk, user)
    wrong = WrongOtp(tuple(walk.secrets))
    for _ in range(11):
        walk.call(calls.otp(walk.client, token, wrong), user, client=walk.client)
    verify(walk, token, secret)
    verify(walk, log_in(walk, other), of_other)
    code = next(code for code in walk.recovery_codes if code.about["user"] is user)
    verify(walk, log_in(walk, user), code)
    for seconds in (358, 1, 1):
        wait(walk, seconds)
        verify(walk, log_in(walk, user), secret)
    walk.call(calls.otp(walk.client, log_in(walk, user), wrong), user, client=walk.client)
    verify(walk, log_in(walk, user), secret)
    wait(walk, 4000)
    token = log_in(walk, user)
    for _ in range(11):
        walk.call(calls.otp(walk.client, token, wrong), user, client=walk.client)


@story
def wrong_binding_and_recovery_codes(walk: Walk) -> None:
    """The same with codes from messages and with recovery codes."""
    user = user_of(walk)
    enroll(walk, user, "email")
    token = log_in(walk, user)
    sent = challenge(walk, token)
    sent = needed(sent)
    code = sent.about.get("code")
    wrong = Changed(code, other_code) if code is not None else "000000"
    for _ in range(11):
        walk.call(calls.oob(walk.client, token, sent, wrong), user, client=walk.client)
    verify(walk, token, sent)
    token = log_in(walk, user)
    fresh = challenge(walk, token)
    if fresh is not None:
        verify(walk, token, fresh)
    for _ in range(11):
        walk.call(calls.recovery(walk.client, token, "A" * 24), user, client=walk.client)
    verify(walk, token, walk.recovery_codes[-1])
    for seconds in (359, 1):
        wait(walk, seconds)
        verify(walk, log_in(walk, user), walk.recovery_codes[-1])


@story
def many_messages(walk: Walk) -> None:
    """Messages up to the limit of each channel, and again when another is allowed. Another user has a limit of their
    own."""
    other = user_of(walk)
    enroll(walk, other, "email")
    for factor, most, refill in (("sms", 10, 3600), ("voice", 10, 3600), ("email", 20, 60), ("push", 5, 12)):
        user = user_of(walk)
        enroll(walk, user, factor)
        token = log_in(walk, user)
        for _ in range(most + 1):
            challenge(walk, token)
        for seconds in (refill - 1, 1, 1):
            wait(walk, seconds)
            challenge(walk, log_in(walk, user))
        challenge(walk, log_in(walk, other))
    user = user_of(walk)
    token = log_in(walk, user)
    for _ in range(12):
        associate(walk, user, token, "sms")


@story
def wrong_passwords(walk: Walk) -> None:
    """Wrong passwords block a user, unless a right one comes before the limit. Another user is not affected."""
    user, other = user_of(walk), user_of(walk)
    for tries in (9, 12):
        for _ in range(tries):
            walk.call(calls.password(walk.client, user, "wrong"), user)
        walk.call(calls.password(walk.client, user, Of(user, "password")), user, client=walk.client)
    walk.call(calls.password(walk.client, other, Of(other, "password")), other, client=walk.client)
    wait(walk, DAY)
    walk.call(calls.password(walk.client, user, Of(user, "password")), user, client=walk.client)
    for name in ("nobody@example.com", "", "x" * 300):
        walk.call(calls.password(walk.client, name, "wrong"), None)


@story
def fifty_authenticators(walk: Walk) -> None:
    """A user associates more apps than are allowed."""
    user = user_of(walk)
    bearer = log_in(walk, user, MANAGE, walk.audience)
    for number in range(52):
        if number % 9 == 8:
            bearer = log_in(walk, user, MANAGE, walk.audience)
        associate(walk, user, bearer, "otp")
    look(walk, log_in(walk, user), user)


@story
def lives_of_tokens(walk: Walk) -> None:
    """Each kind of token is used a second before its expiry, at it, and a second after it."""
    user = user_of(walk)
    secret = enroll(walk, user, "otp")
    for life in (300, 600, DAY):
        for late in (-1, 0, 1):
            wait(walk, 60)
            token = log_in(walk, user)
            bearer = manager(walk, user, secret)
            wait(walk, 60)
            granted = verify(walk, log_in(walk, user), secret).found
            since = walk.sides.side.now() - token.about["at"]
            for held, age in ((token, since), (bearer, 60.0)):
                wait(walk, max(0, life + late - age) if held is token else 0)
                look(walk, held, user)
            challenge(walk, token, kind="otp")
            verify(walk, token, secret)
            associate(walk, user, bearer, "otp")
            walk.call(calls.get("userinfo", granted.get("access_token")), user)
            if "refresh_token" in granted:
                walk.call(calls.refresh(walk.client, granted["refresh_token"]), user, client=walk.client)


@story
def bearer_to_the_second(walk: Walk) -> None:
    """Access tokens are used around their expiry: after ten minutes for the MFA audience, after a day for
    userinfo."""
    for late in (-1, 0, 1):
        user = user_of(walk)
        bearer = log_in(walk, user, MANAGE, walk.audience)
        look(walk, bearer, user)
        wait(walk, 600 + late)
        look(walk, bearer, user)
        associate(walk, user, bearer, "otp")
        walk.call(calls.delete(bearer, "email|dev_0000000000000000"), user)
        secret = enroll(walk, user, "otp")
        wait(walk, 60)
        access = verify(walk, log_in(walk, user), secret).found["access_token"]
        walk.call(calls.get("userinfo", access), user)
        wait(walk, DAY + late)
        walk.call(calls.get("userinfo", access), user)


@story
def codes_to_the_second(walk: Walk) -> None:
    """Codes in messages are used around their expiry, five minutes after their own challenge."""
    for late in (-30, -1, 0, 1):
        for factor in ("email", "sms"):
            user = user_of(walk)
            enroll(walk, user, factor)
            token = log_in(walk, user)
            first = challenge(walk, token)
            wait(walk, 100)
            second = challenge(walk, token)
            wait(walk, 200 + late)
            for sent in (first, second):
                if sent is not None:
                    verify(walk, token, sent)
        fresh = user_of(walk)
        token = log_in(walk, fresh)
        associate(walk, fresh, token, "email")
        wait(walk, 300 + late)
        confirm_newest(walk, fresh, token)


@story
def lives_of_their_own(walk: Walk) -> None:
    """Whatever is issued a second time is used just before its end, when the first of its kind is long over."""
    for connection in ("email", "sms"):
        user = user_of(walk, Sort("again{n}@example.com", "word", f"+1555050{len(walk.users):04d}"))
        start(walk, user, connection)
        wait(walk, 100)
        code = needed(start(walk, user, connection))
        wait(walk, 179)
        passwordless(walk, user, code, connection)
    user = user_of(walk)
    secret = enroll(walk, user, "otp")
    wait(walk, 60)
    first, of_first = log_in(walk, user), manager(walk, user, secret)
    wait(walk, 300)
    second = log_in(walk, user)
    of_second = manager(walk, user, secret)
    wait(walk, 538)
    for token in (first, of_first, second, of_second):
        look(walk, token, user)
    access = [verify(walk, second, secret).found.get("access_token")]
    wait(walk, DAY // 2)
    access.append(verify(walk, log_in(walk, user), secret).found.get("access_token"))
    wait(walk, DAY - 2)
    for bearer in access:
        userinfo(walk, user, bearer)


@story
def long_after_its_end(walk: Walk) -> None:
    """An expired mfa_token is used for every call, from at once to a week after its expiry."""
    user = user_of(walk, verified=True)
    secret = enroll(walk, user, "otp")
    for late in (0, 1, 30, 300, 3600, DAY, 7 * DAY):
        token = log_in(walk, user)
        sent = needed(challenge(walk, token))
        challenge(walk, token, kind="otp")
        other = log_in(walk, user, MANAGE)
        wait(walk, 600 + late)
        for thing in (secret, sent, walk.recovery_codes[-1]):
            verify(walk, token, thing)
            verify(walk, other, thing)
        for kind in ("otp", "oob"):
            challenge(walk, token, kind=kind)
        look(walk, token, user)
        for factor in ("otp", "email"):
            associate(walk, user, token, factor)
        walk.call(calls.delete(token, calls.NOWHERE), user)
        verify(walk, log_in(walk, user), secret)
