"""Stories of passwordless logins, revoked and rotated refresh tokens, and several factors in turn."""

from __future__ import annotations

from typing import Final

from pytest_auth0_mfa.contract.tenant import calls
from pytest_auth0_mfa.contract.tenant.actions import AnswerPush, DemandInTurn
from pytest_auth0_mfa.contract.tenant.calls import OMIT
from pytest_auth0_mfa.contract.tenant.side_by_side import Played
from pytest_auth0_mfa.contract.tenant.subjects import Client
from pytest_auth0_mfa.contract.tenant.values import Changed, CodeOf, Of, Pair, Totp, UserSymbol, Value
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
from pytest_auth0_mfa.tenant.totp import other_code


@story
def without_a_password(walk: Walk) -> None:
    """Passwordless logins by email and SMS, with old, wrong, used and expired codes, up to the limit."""
    for connection in ("email", "sms"):
        user = user_of(walk, Sort("passwordless{n}@example.com", "word", f"+1555020{len(walk.users):04d}"))
        secret = enroll(walk, user, "otp")
        first = needed(start(walk, user, connection))
        second = needed(start(walk, user, connection))
        passwordless(walk, user, CodeOf(first, second), connection)
        passwordless(walk, user, Changed(second, other_code), connection)
        token = passwordless(walk, user, second, connection, scope="openid email offline_access").found["mfa_token"]
        passwordless(walk, user, second, connection)
        wait(walk, 60)
        granted = verify(walk, token, secret).found
        userinfo(walk, user, granted["access_token"])
        renew(walk, granted["refresh_token"])
        look(walk, log_in(walk, user), user)
        for late in (-1, 0, 1):
            code = needed(start(walk, user, connection))
            wait(walk, 180 + late)
            passwordless(walk, user, code, connection)
        code = needed(start(walk, user, connection))
        for _ in range(11):
            passwordless(walk, user, Changed(code, other_code), connection)
        passwordless(walk, user, code, connection)


@story
def passwordless_codes_of_others(walk: Walk) -> None:
    """Passwordless codes are tried for another user and another connection, and for the MFA audience."""
    first = user_of(walk, Sort("one{n}@example.com", "word", "+15550300001"))
    second = user_of(walk, Sort("two{n}@example.com", "word", "+15550300002"))
    sent = {(user, way): needed(start(walk, user, way)) for user in (first, second) for way in ("email", "sms")}
    for (user, way), code in sent.items():
        for others in sent.values():
            if others is not code:
                passwordless(walk, user, CodeOf(others, code), way)
    for (user, way), code in sent.items():
        passwordless(walk, user, code, way, scope="openid profile email phone")
    for user in (first, second):
        for way in ("sms", "email"):
            code = needed(start(walk, user, way))
            granted = passwordless(walk, user, code, way, audience=walk.audience, scope="openid enroll").found
            look(walk, granted.get("access_token"), user)
            userinfo(walk, user, granted.get("access_token"))


@story
def passwordless_requests(walk: Walk) -> None:
    """Passwordless requests and grants with missing, wrong and unusual parameters."""
    user = user_of(walk)
    number = Of(user, "phone_number")
    right: dict[str, Value] = {"connection": "email", "email": user, "send": "code"}
    changes: tuple[dict[str, Value], ...] = (
        {"client_id": OMIT}, {"client_id": "nobody"}, {"connection": OMIT}, {"connection": "fax"},
        {"connection": "Email"}, {"connection": "sms"}, {"email": OMIT}, {"email": "nobody"}, {"email": ""},
        {"connection": "sms", "phone_number": "nobody"}, {"connection": "sms", "phone_number": "0155"},
        {"connection": "sms", "phone_number": number}, {"send": OMIT}, {"send": "link"}, {"authParams": "scope"},
        {"authParams": {"scope": "openid"}}, {"client_secret": "wrong"}, {},
    )  # fmt: skip
    code: Pair | None = None
    for change in changes:
        code = walk.call(calls.passwordless_start(walk.client, **{**right, **change}), user).code or code
    code = needed(code)
    for more in (
        {"realm": OMIT}, {"realm": "sms"}, {"realm": "fax"}, {"realm": "Email"}, {"username": OMIT}, {"otp": OMIT},
        {"username": "nobody@example.com"}, {"client_secret": "wrong"}, {"client_id": OMIT}, {"scope": "openid"},
    ):  # fmt: skip
        passwordless(walk, user, code, **more)


@story
def revoked_tokens(walk: Walk) -> None:
    """Refresh tokens are revoked in right and wrong ways; all tokens are tried afterwards."""
    user, other = user_of(walk), user_of(walk)
    secrets = {person: enroll(walk, person, "otp") for person in (user, other)}
    first = authorized(walk, user, secrets[user]).found
    second = authorized(walk, user, secrets[user]).found
    others = authorized(walk, other, secrets[other]).found
    revoke(walk, "not-a-token")
    revoke(walk, Changed(first["refresh_token"], str.swapcase))
    revoke(walk, first["access_token"])
    if walk.other is not None:
        revoke(walk, first["refresh_token"], walk.other)
    template = calls.revoke(walk.client, first["refresh_token"])
    assert template.params is not None
    for name, value in (("client_secret", "wrong"), ("client_secret", OMIT), ("client_id", "nobody"), ("token", OMIT)):
        walk.call(calls.CallTemplate("revoke", "POST", "/oauth/revoke", {**template.params, name: value}), user)
    for _ in range(2):  # the second time with the token that a subject may have brought
        renew(walk, first["refresh_token"])
    userinfo(walk, user, first["access_token"])
    revoke(walk, first["refresh_token"])
    for granted in (first, second, others):
        renew(walk, granted["refresh_token"])
        userinfo(walk, user, granted["access_token"])
    revoke(walk, first["refresh_token"])
    renew(walk, first["refresh_token"])
    look(walk, log_in(walk, user), user)
    again = authorized(walk, user, secrets[user]).found
    renew(walk, again["refresh_token"])
    renew(walk, first["refresh_token"])


@story
def rotated_tokens(walk: Walk) -> None:
    """Refresh tokens rotate, are reused within and after the leeway, and are revoked; another family is not
    affected."""
    for leeway, client in walk.sides.rotating.items():
        _rotated(walk, client, leeway)


def _rotated(walk: Walk, client: Client, leeway: int) -> None:
    user = user_of(walk)
    secret = enroll(walk, user, "otp")

    def family() -> Pair:
        wait(walk, 60)
        return verify(walk, log_in(walk, user, client=client), secret).found["refresh_token"]

    def used(token: Pair) -> Pair:
        found = renew(walk, token, client).found
        if "mfa_token" in found:  # if each use demands the second factor
            wait(walk, 60)
            found = verify(walk, found["mfa_token"], secret, client=client).found
        return found["refresh_token"]

    kept = family()
    for pause in (0, leeway - 1, leeway, leeway + 1, 3600):
        first = family()
        second = used(first)
        wait(walk, max(pause, 0))
        renew(walk, first, client)
        third = renew(walk, second, client).found.get("refresh_token")
        for token in (first, second, third, first):
            if token is not None:
                wait(walk, leeway + 1)
                renew(walk, token, client)
        kept = used(kept)
    for which in (0, 1, 2):
        chain = [family()]
        chain += [used(chain[0])]
        chain += [used(chain[1])]
        revoke(walk, chain[which], client)
        for token in reversed(chain):
            renew(walk, token, client)
    renew(walk, kept, client)
    renew(walk, kept, walk.client)


@story
def factors_in_turn(walk: Walk) -> None:
    """A policy demands two factors in turn, each with its own mfa_token. Wrong orders are tried too."""
    user = user_of(walk)
    secret = enroll(walk, user, "otp")
    bearer = manager(walk, user, secret)
    confirm(walk, user, bearer, associate(walk, user, bearer, "email"))
    turns: tuple[tuple[str, ...], ...] = (("otp", "email"), ("email", "otp"))
    for factors in turns:
        walk.sides.play(DemandInTurn(user, factors))
        wait(walk, 60)
        first = log_in(walk, user, "openid profile offline_access")
        for kind in ("otp", "oob"):
            challenge(walk, first, kind=kind)
        sent = challenge(walk, first)
        thing = secret if factors[0] == "otp" else needed(sent)
        if factors[0] == "email":
            walk.call(calls.otp(walk.client, first, Totp(secret)), user, client=walk.client)
        second = verify(walk, first, thing).found["mfa_token"]
        sent = challenge(walk, second)
        challenge(walk, second, kind="otp")
        look(walk, second, user)
        if sent is not None:
            verify(walk, first, sent)
        wait(walk, 30)
        verify(walk, second, thing)
        wait(walk, 30)
        granted = verify(walk, second, secret if factors[1] == "otp" else needed(sent)).found
        userinfo(walk, user, granted.get("access_token"))
        look(walk, granted.get("access_token"), user)
        verify(walk, log_in(walk, user), walk.recovery_codes[-1])
    outsider = user_of(walk)
    of_outsider = enroll(walk, outsider, "otp")
    authorized(walk, outsider, of_outsider)


def _first_factor(walk: Walk, user: UserSymbol, way: str, more: dict[str, Value]) -> Played:
    """Log in with one of the first factors, up to the second factor."""
    word = Of(user, "password")
    audience = more.get("audience", "")
    if way in ("email", "sms"):
        username: Value = user if way == "email" else Of(user, "phone_number")
        template = calls.passwordless(walk.client, way, username, needed(start(walk, user, way)), **more)
        return walk.call(template, user, client=walk.client, audience=audience)
    log_in_by = calls.password_realm if way == "realm" else calls.password
    return walk.call(log_in_by(walk.client, user, word, **more), user, client=walk.client, audience=audience)


_ASKED: Final[tuple[dict[str, str], ...]] = (
    {"scope": "openid profile email offline_access"},
    {"scope": "offline_access enroll", "audience": "own"},
    {"scope": "openid offline_access read:things", "audience": "https://api.example/"},
    {},
)


@story
def every_way_in(walk: Walk) -> None:
    """Each first factor with each second factor, for various scopes and audiences."""
    user = user_of(walk, Sort("way-in{n}@example.com", "word", "+15550400001"))
    secret = enroll(walk, user, "otp")
    bearer = manager(walk, user, secret)
    for factor in ("email", "push"):
        confirm(walk, user, bearer, associate(walk, user, bearer, factor))
    for way in ("password", "realm", "email", "sms"):
        wait(walk, 3600)
        for asked in _ASKED:
            for second in ("otp", "email", "push", "recovery"):
                more: dict[str, Value] = {**asked}
                if asked.get("audience") == "own":
                    more["audience"] = walk.audience
                wait(walk, 61)
                token = _first_factor(walk, user, way, more).found["mfa_token"]
                granted = _second_factor(walk, user, token, secret, second).found
                userinfo(walk, user, granted.get("access_token"))
                if "refresh_token" in granted:
                    renew(walk, granted["refresh_token"])


def _second_factor(walk: Walk, user: UserSymbol, token: Pair, secret: Pair, second: str) -> Played:
    if second == "otp":
        return verify(walk, token, secret)
    if second == "recovery":
        return verify(walk, token, walk.recovery_codes[-1])
    ids = look(walk, token, user)
    sent = needed(challenge(walk, token, next(row_id for row_id in ids if row_id.values[0].startswith(f"{second}|"))))
    if second == "push":
        walk.sides.play(AnswerPush(user, approve=True))
    return verify(walk, token, sent)


@story
def tokens_of_applications(walk: Walk) -> None:
    """Applications get tokens for themselves, and use them where a user's token is needed."""
    user = user_of(walk)
    for client in (walk.client, walk.other):
        if client is None:
            continue
        for seconds in (0, 1, 1800):
            wait(walk, seconds)
            for more in (
                {"audience": "https://api.example/"}, {"audience": "https://api.example/", "scope": "read:things"},
                {"audience": walk.audience, "scope": "enroll"}, {"audience": walk.audience.rstrip("/")}, {},
                {"audience": "https://api.example/", "client_secret": "wrong"},
            ):  # fmt: skip
                found = walk.call(calls.client_credentials(client, **more), None).found
                userinfo(walk, user, found.get("access_token"))
                look(walk, found.get("access_token"), user)
