"""Stories of awkward users, of factors that are switched, and of repeated reading."""

from __future__ import annotations

from pytest_auth0_mfa.contract.tenant import calls
from pytest_auth0_mfa.contract.tenant.actions import SwitchFactors
from pytest_auth0_mfa.contract.tenant.values import Changed, Of, Value
from pytest_auth0_mfa.contract.tenant.walk.telling import (
    ALL,
    Story,
    associate,
    challenge,
    confirm,
    enroll,
    log_in,
    look,
    manager,
    story,
    user_of,
    verify,
    wait,
)
from pytest_auth0_mfa.contract.tenant.walk.walk import Walk
from pytest_auth0_mfa.spec.people import PLAIN, SORTS, Sort


@story
def looking_back(walk: Walk) -> None:
    """Keys, discovery, userinfo and lists are read repeatedly, before and after a change."""
    user, other = user_of(walk), user_of(walk)
    secret = enroll(walk, user, "otp")
    wait(walk, 60)
    access = verify(walk, log_in(walk, user, "openid profile email"), secret).found["access_token"]
    for seconds in (0, 1, 60, 3600):
        wait(walk, seconds)
        for what in ("jwks", "openid-configuration", "jwks", "openid-configuration"):
            walk.call(calls.get(what), None)
        walk.call(calls.get("userinfo", access), user)
        walk.call(calls.get("userinfo", access), user)
        token = log_in(walk, user)
        look(walk, token, user)
        look(walk, token, user)
        enroll(walk, other, "email") if seconds == 0 else look(walk, log_in(walk, other), other)
        verify(walk, token, secret)


@story
def switched_factors(walk: Walk) -> None:
    """Factors are switched off while a user has them, and on again."""
    user = user_of(walk, verified=True)
    secret = enroll(walk, user, "otp")
    bearer = manager(walk, user, secret)
    for factor in ("email", "sms"):
        confirm(walk, user, bearer, associate(walk, user, bearer, factor))
    wait(walk, 60)
    for factor in ("otp", "email", "sms"):
        token = log_in(walk, user)
        ids = look(walk, token, user)
        sent = challenge(walk, token, ids[-1] if ids else None)
        for off in (True, False):
            walk.sides.play(SwitchFactors(ALL - {factor} if off else ALL))
            token = log_in(walk, user)
            ids = look(walk, token, user)
            for identifier in ids:
                challenge(walk, token, identifier)
            wait(walk, 60)
            verify(walk, log_in(walk, user), secret)
            verify(walk, log_in(walk, user), walk.recovery_codes[-1])
            if sent is not None:
                verify(walk, sent.about["token"], sent)
            associate(walk, user, log_in(walk, user_of(walk)), factor)


def _awkward(sort: Sort) -> Story:
    def tell(walk: Walk) -> None:
        user = user_of(walk, sort, verified=True)
        username: Value = user
        word = Of(user, "password")
        names = (username, Changed(user, str.upper), Changed(user, str.lower), Changed(user, lambda text: f" {text}"))
        for name in names:
            walk.call(calls.password(walk.client, name, word), user, client=walk.client)
        for change in (str.strip, str.lower, lambda text: text[:-1], lambda text: text + " ", lambda text: text[:72]):
            walk.call(calls.password(walk.client, user, Changed(word, change)), user, client=walk.client)
        form = calls.password(walk.client, user, word, scope="openid")
        form.encoding = "form"
        walk.call(form, user, client=walk.client)
        walk.call(calls.password_realm(walk.client, user, word), user, client=walk.client)
        secret = enroll(walk, user, "otp")
        bearer = manager(walk, user, secret)
        for factor in ("email", "sms"):
            confirm(walk, user, bearer, associate(walk, user, bearer, factor))
        look(walk, bearer, user)
        wait(walk, 60)
        granted = verify(walk, log_in(walk, user, "openid profile email"), secret).found
        walk.call(calls.get("userinfo", granted.get("access_token")), user)

    tell.__name__ = "awkward_people"
    return tell


for _sort in SORTS:
    if _sort is not PLAIN:
        story(_awkward(_sort))
