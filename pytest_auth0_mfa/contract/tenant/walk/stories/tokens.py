"""Stories of applications, scopes, audiences and tokens in the wrong place."""

from __future__ import annotations

from pytest_auth0_mfa.contract.tenant import calls
from pytest_auth0_mfa.contract.tenant.calls import CallTemplate
from pytest_auth0_mfa.contract.tenant.values import Of, Totp, Value, WrongOtp
from pytest_auth0_mfa.contract.tenant.walk.telling import (
    MANAGE,
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


@story
def two_applications(walk: Walk) -> None:
    """Each of two applications uses the tokens of the other."""
    if walk.other is None:
        return
    user = user_of(walk)
    secret = enroll(walk, user, "otp")
    for mine, others in ((walk.client, walk.other), (walk.other, walk.client)):
        wait(walk, 60)
        token = log_in(walk, user, client=mine)
        verify(walk, token, secret, client=others)
        challenge(walk, token, kind="otp")
        for client in (others, mine):
            walk.call(calls.challenge(client, token, None, challenge_type="otp"), user, token=token, client=client)
            walk.call(calls.otp(client, token, WrongOtp(tuple(walk.secrets))), user, client=client)
            walk.call(calls.recovery(client, token, "B" * 24), user, client=client)
        verify(walk, token, secret, client=others)
        granted = verify(walk, token, secret, client=mine).found
        if "refresh_token" in granted:
            for client in (others, mine):
                walk.call(calls.refresh(client, granted["refresh_token"]), user, client=client)
    person = user_of(walk)
    enroll(walk, person, "email")
    token = log_in(walk, person)
    sent = challenge(walk, token)
    if sent is not None:
        verify(walk, token, sent, client=walk.other)
        verify(walk, token, sent)


@story
def two_users(walk: Walk) -> None:
    """Two users at the same time; each tries the other's ids, codes and tokens."""
    users = [user_of(walk), user_of(walk)]
    secrets = [enroll(walk, user, "otp") for user in users]
    bearers = [manager(walk, user, secret) for user, secret in zip(users, secrets, strict=True)]
    for user, bearer in zip(users, bearers, strict=True):
        confirm(walk, user, bearer, associate(walk, user, bearer, "email"))
    ids = [look(walk, bearer, user) for bearer, user in zip(bearers, users, strict=True)]
    wait(walk, 60)
    tokens = [log_in(walk, user) for user in users]
    sent = [challenge(walk, token, own[-1]) for token, own in zip(tokens, ids, strict=True)]
    for me in (0, 1):
        they = 1 - me
        for identifier in ids[they]:
            challenge(walk, tokens[me], identifier)
            walk.call(calls.delete(bearers[me], identifier), users[me])
        foreign = sent[they]
        if foreign is not None:
            verify(walk, tokens[me], foreign)
        verify(walk, tokens[me], secrets[they])
        for code in list(walk.recovery_codes):
            if code.about["user"] is users[they]:
                verify(walk, tokens[me], code)
        look(walk, tokens[me], users[me])
    for me in (0, 1):
        own = sent[me]
        if own is not None:
            verify(walk, tokens[me], own)
        verify(walk, log_in(walk, users[me]), secrets[me])


@story
def scopes(walk: Walk) -> None:
    """Tokens with each scope are used for every call that needs one."""
    user = user_of(walk)
    for scope in ("enroll", "read:authenticators", "remove:authenticators", MANAGE, "openid", "profile", ""):
        bearer = log_in(walk, user, scope, walk.audience)
        ids = look(walk, bearer, user)
        associate(walk, user, bearer, "otp")
        walk.call(calls.delete(bearer, ids[-1] if ids else "email|dev_0000000000000000"), user)
        walk.call(calls.get("userinfo", bearer), user)
        if walk.secrets:
            verify(walk, bearer, walk.secrets[-1])
        challenge(walk, bearer)
    second = user_of(walk)
    secret = enroll(walk, second, "otp")
    for scope in ("openid", "openid profile", "openid email", "openid offline_access", "email", "offline_access", ""):
        wait(walk, 60)
        token = log_in(walk, second, scope)
        granted = verify(walk, token, secret).found
        for bearer in granted.values():
            look(walk, bearer, second)
            walk.call(calls.get("userinfo", bearer), second)
        if "refresh_token" in granted:
            for narrower in ("openid", "profile", "openid offline_access", "enroll"):
                walk.call(calls.refresh(walk.client, granted["refresh_token"], scope=narrower), second)
            walk.call(calls.refresh(walk.client, granted["refresh_token"], audience=walk.audience), second)
        verify(walk, token, secret)


@story
def other_audiences(walk: Walk) -> None:
    """Access tokens for an API of the consumer are used below /mfa/."""
    user = user_of(walk)
    secret = enroll(walk, user, "otp")
    misspelt = walk.audience.rstrip("/")
    walk.call(calls.password(walk.client, user, Of(user, "password"), audience=misspelt), user, client=walk.client)
    for audience in ("https://api.example/", walk.audience):
        for scope in ("openid profile email", "read:authenticators", "enroll offline_access"):
            wait(walk, 60)
            token = log_in(walk, user, scope, audience)
            bearer = verify(walk, token, secret).found.get("access_token")
            if bearer is not None:
                look(walk, bearer, user)
                associate(walk, user, bearer, "otp")
                walk.call(calls.delete(bearer, calls.NOWHERE), user)
                walk.call(calls.get("userinfo", bearer), user)


@story
def wrong_tokens(walk: Walk) -> None:
    """Every kind of value is sent where a token of another kind is expected."""
    user = user_of(walk)
    secret = enroll(walk, user, "otp")
    bearer = manager(walk, user, secret)
    wait(walk, 60)
    token = log_in(walk, user)
    sent = verify(walk, log_in(walk, user), secret).found
    ids = look(walk, token, user)
    held: list[Value] = [bearer, token, *sent.values(), secret, *ids, "", "wrong", None]
    for value in held:
        look(walk, value, user)
        walk.call(calls.associate(value, "otp"), user)
        walk.call(calls.delete(value, ids[0] if ids else "x"), user)
        walk.call(calls.get("userinfo", value), user)
        walk.call(calls.challenge(walk.client, value, None, challenge_type="otp"), user)
        walk.call(calls.otp(walk.client, value, Totp(secret)), user)
        walk.call(calls.oob(walk.client, value, value, "000000"), user)
        walk.call(calls.recovery(walk.client, value, "A" * 24), user)
        walk.call(calls.refresh(walk.client, value), user)
    look(walk, token, user)


@story
def grants_that_are_none(walk: Walk) -> None:
    """Unknown grant types, and organizations."""
    user = user_of(walk)
    right = calls.password(walk.client, user, Of(user, "password")).params or {}
    for grant in (
        "", "wrong", "PASSWORD", "Password", "password ", "implicit", "authorization-code", "mfa-otp", "mfa_otp",
        "http://auth0.com/oauth/grant-type/mfa", "https://auth0.com/oauth/grant-type/mfa-otp", "refresh-token", "*",
    ):  # fmt: skip
        walk.call(CallTemplate("password", "POST", "/oauth/token", {**right, "grant_type": grant}), user)
    for organization in ("org_1", "org_abcdefghij", "", 1):
        for by in (calls.password, calls.password_realm):
            walk.call(by(walk.client, user, Of(user, "password"), organization=organization), user, client=walk.client)
