"""Stories of two users: what one does must not change anything for the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pytest_auth0_mfa.contract.tenant import calls
from pytest_auth0_mfa.contract.tenant.actions import AnswerPush
from pytest_auth0_mfa.contract.tenant.values import Of, Pair, Totp, UserSymbol, WrongOtp
from pytest_auth0_mfa.contract.tenant.walk.telling import (
    associate,
    authorized,
    challenge,
    confirm,
    enroll,
    log_in,
    look,
    manager,
    needed,
    passwordless,
    renew,
    revoke,
    start,
    story,
    user_of,
    userinfo,
    verify,
    wait,
)
from pytest_auth0_mfa.contract.tenant.walk.walk import Walk
from pytest_auth0_mfa.spec.people import Sort

_ALIKE = Sort("twin{n}@example.com", "the same password", "+15550100555")
"""A pattern for users who differ only in their email addresses."""


def _equipped(walk: Walk) -> tuple[UserSymbol, Pair]:
    """Make a user with all factors but voice. Returns the user and the app's secret."""
    user = user_of(walk, _ALIKE)
    secret = enroll(walk, user, "otp")
    bearer = manager(walk, user, secret)
    for factor in ("email", "sms", "push"):
        confirm(walk, user, bearer, associate(walk, user, bearer, factor))
    return user, secret


def _named(walk: Walk, token: Pair, ids: list[Pair], kind: str) -> Pair:
    """Challenge the user's authenticator whose id starts with ``kind``. Returns the oob_code."""
    return needed(challenge(walk, token, next(row_id for row_id in ids if row_id.values[0].startswith(f"{kind}|"))))


def _told_apart(first: bool) -> Callable[[Walk], None]:
    def tell(walk: Walk) -> None:
        pair = [_equipped(walk), _equipped(walk)]
        (actor, secret), (other, others) = pair if first else pair[::-1]
        granted = authorized(walk, other, others, "openid profile email offline_access").found
        token = log_in(walk, other, "openid")
        ids = look(walk, token, other)
        pending = manager(walk, other, others)
        new_app = associate(walk, other, pending, "otp").found["secret"]
        waiting = {kind: _named(walk, token, ids, kind) for kind in ("email", "sms", "push")}
        for act in (_logs_in, _renews, _recovers, _manages, _answers, _is_wrong):
            act(walk, actor, secret)
            wait(walk, 6)
            look(walk, token, other)
            userinfo(walk, other, granted["access_token"])
            renew(walk, granted["refresh_token"])
            verify(walk, token, waiting["push"])
        walk.call(calls.otp(walk.client, pending, Totp(new_app)), other, client=walk.client, audience=walk.audience)
        for kind in ("email", "sms"):
            verify(walk, token, waiting[kind])
        wait(walk, 30)
        verify(walk, log_in(walk, other), others)
        code = next(code for code in walk.recovery_codes if code.about["user"] is other)
        verify(walk, log_in(walk, other), code)
        look(walk, log_in(walk, other), other)

    tell.__name__ = "nothing_changes_for_the_elder" if first else "nothing_changes_for_the_younger"
    return tell


def _logs_in(walk: Walk, user: UserSymbol, secret: Pair) -> None:
    found = _with_messages(walk, user)
    for sent in found.values():
        verify(walk, sent.about["token"], sent)
    verify(walk, log_in(walk, user), secret)


def _with_messages(walk: Walk, user: UserSymbol) -> Mapping[str, Pair]:
    token = log_in(walk, user)
    ids = look(walk, token, user)
    found = {kind: _named(walk, token, ids, kind) for kind in ("email", "sms", "push")}
    walk.sides.play(AnswerPush(user, approve=True))
    return found


def _is_wrong(walk: Walk, user: UserSymbol, secret: Pair) -> None:
    token = log_in(walk, user)
    for _ in range(10):
        walk.call(calls.password(walk.client, user, "wrong"), user)
        walk.call(calls.otp(walk.client, token, WrongOtp(tuple(walk.secrets))), user, client=walk.client)
        walk.call(calls.recovery(walk.client, token, "A" * 24), user, client=walk.client)
    walk.call(calls.password(walk.client, user, Of(user, "password")), user, client=walk.client)


def _renews(walk: Walk, user: UserSymbol, secret: Pair) -> None:
    code = needed(start(walk, user))
    passwordless(walk, user, code)
    for token in [owned for owned in walk.refresh_tokens if owned.about["user"] is user][:2]:
        renew(walk, token)
        revoke(walk, token)
        renew(walk, token)


def _recovers(walk: Walk, user: UserSymbol, secret: Pair) -> None:
    code = next(code for code in walk.recovery_codes if code.about["user"] is user)
    token = passwordless(walk, user, needed(start(walk, user))).found["mfa_token"]
    verify(walk, token, code)


def _manages(walk: Walk, user: UserSymbol, secret: Pair) -> None:
    token = passwordless(walk, user, needed(start(walk, user))).found["mfa_token"]
    for identifier in look(walk, token, user):
        walk.call(calls.delete(token, identifier), user)
    bearer = manager(walk, user, secret)
    for identifier in look(walk, bearer, user):
        if identifier.values[0].startswith(("email|", "sms|")):
            walk.call(calls.delete(bearer, identifier), user)
    token = log_in(walk, user)
    look(walk, token, user)
    sent = challenge(walk, token)
    if sent is not None:
        verify(walk, token, sent)


def _answers(walk: Walk, user: UserSymbol, secret: Pair) -> None:
    for approve in (False, True):
        token = passwordless(walk, user, needed(start(walk, user))).found["mfa_token"]
        sent = _named(walk, token, look(walk, token, user), "push")
        walk.sides.play(AnswerPush(user, approve=approve))
        wait(walk, 15)
        verify(walk, token, sent)


story(_told_apart(first=True))
story(_told_apart(first=False))


@story
def pushes_of_two_users(walk: Walk) -> None:
    """Two users enroll, approve and reject push requests at the same time, and poll after each step."""
    ada, bob = user_of(walk, _ALIKE), user_of(walk, _ALIKE)
    first, second = log_in(walk, ada), log_in(walk, bob)
    mine = associate(walk, ada, first, "push").found["oob_code"]
    theirs = associate(walk, bob, second, "push").found["oob_code"]
    walk.sides.play(AnswerPush(ada, approve=True))
    for asked, token in ((theirs, second), (mine, first), (theirs, second)):
        verify(walk, token, asked)
        look(walk, token, token.about["user"])
        wait(walk, 15)
    walk.sides.play(AnswerPush(bob, approve=True))
    verify(walk, second, theirs)
    for answers in ((True, True), (False, True), (True, False), (False, False)):
        wait(walk, 60)
        tokens = [log_in(walk, user) for user in (ada, bob)]
        sent = [needed(challenge(walk, token)) for token in tokens]
        for user, approve in zip((ada, bob), answers, strict=True):
            walk.sides.play(AnswerPush(user, approve=approve))
            for place in (0, 1, 0, 1):
                verify(walk, tokens[place], sent[place])
                wait(walk, 6)
