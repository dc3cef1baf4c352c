"""Stories of rules that hold for each grant alike: what is counted, how long tokens live, and what rotates."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from typing import Any, Final

from pytest_auth0_mfa.contract.tenant import calls
from pytest_auth0_mfa.contract.tenant.actions import AnswerPush, DemandInTurn
from pytest_auth0_mfa.contract.tenant.subjects import Client
from pytest_auth0_mfa.contract.tenant.values import Changed, Of, Pair, Totp, UserSymbol, Value, WrongOtp
from pytest_auth0_mfa.contract.tenant.walk.telling import (
    DAY,
    MANAGE,
    MESSAGES,
    associate,
    challenge,
    confirm,
    enroll,
    log_in,
    look,
    manager,
    needed,
    passwordless,
    renew,
    start,
    story,
    user_of,
    userinfo,
    verify,
    wait,
)
from pytest_auth0_mfa.contract.tenant.walk.walk import Walk
from pytest_auth0_mfa.tenant.totp import other_code

_OFFLINE: Final = f"openid offline_access {MANAGE}"


# -- wrong passwords


@story
def wrong_passwords_of_both_grants(walk: Walk) -> None:
    """Wrong passwords at either grant block the user at both, unless a right one at either comes before."""
    ways = {"realm": calls.password_realm, "password": calls.password}

    def attempt(user: UserSymbol, way: str, word: Value = "wrong") -> None:
        walk.call(ways[way](walk.client, user, word), user, client=walk.client)

    for wrong, right in product(ways, repeat=2):
        user = user_of(walk)
        for _ in range(10):
            attempt(user, wrong)
        attempt(user, right, Of(user, "password"))
        user = user_of(walk)
        for _ in (1, 2):
            for _ in range(9):
                attempt(user, wrong)
            attempt(user, right, Of(user, "password"))
    user = user_of(walk)
    for _ in range(5):
        for way in ways:
            attempt(user, way)
    for way in ways:
        attempt(user, way, Of(user, "password"))


# -- wrong codes

_Try = Callable[[bool], None]


def _tries(walk: Walk, user: UserSymbol, secret: Pair) -> dict[str, _Try]:
    """The ways to send a code, right or wrong: at each MFA grant, with an mfa_token and with an access token."""
    bearer = manager(walk, user, secret)
    pending = associate(walk, user, bearer, "otp").found["secret"]
    sent_to_confirm = needed(associate(walk, user, bearer, "email").found.get("oob_code"))
    wrong = WrongOtp(tuple(walk.secrets))

    def app(token: Pair, own: Pair, right: bool) -> None:
        walk.call(calls.otp(walk.client, token, Totp(own) if right else wrong), user, client=walk.client)

    def message(token: Pair, sent: Pair, right: bool) -> None:
        code = sent.about["code"]
        template = calls.oob(walk.client, token, sent, code if right else Changed(code, other_code))
        walk.call(template, user, client=walk.client)

    def recover(right: bool) -> None:
        code = next(code for code in reversed(walk.recovery_codes) if code.about["user"] is user)
        template = calls.recovery(walk.client, log_in(walk, user), code if right else "A" * 24)
        walk.call(template, user, client=walk.client)

    return {
        "app": lambda right: app(log_in(walk, user), secret, right),
        "recovery": recover,
        "app to confirm": lambda right: app(bearer, pending, right),
        "message to confirm": lambda right: message(bearer, sent_to_confirm, right),
    }


def _counted(way: str) -> Callable[[Walk], None]:
    def tell(walk: Walk) -> None:
        user = user_of(walk)
        tries = _tries(walk, user, enroll(walk, user, "otp"))
        wait(walk, 30)
        for _ in range(10):
            tries[way](False)
        tries[way](True)  # whether other ways share the limit is open: U-18
        wait(walk, 360)
        tries["app"](True)
        tries["app"](False)

    tell.__name__ = f"counted_{way.replace(' ', '_')}"
    return tell


for _way in ("app", "recovery", "app to confirm", "message to confirm"):
    story(_counted(_way))


@story
def counted_while_nothing_is_active(walk: Walk) -> None:
    """Wrong codes for an app, a message and a phone call count before anything is confirmed."""
    for factor, audience in product(("otp", "email", "sms"), ("", walk.audience)):
        user = user_of(walk)
        bearer = log_in(walk, user, MANAGE, audience)
        found = associate(walk, user, bearer, factor).found
        for number in range(12):
            right = number > 9
            if factor == "otp":
                app: Value = Totp(found["secret"]) if right else WrongOtp((found["secret"],))
                template = calls.otp(walk.client, bearer, app)
            else:
                code = found["oob_code"].about["code"]
                template = calls.oob(
                    walk.client, bearer, found["oob_code"], code if right else Changed(code, other_code)
                )
            walk.call(template, user, client=walk.client)


@story
def messages_of_both_operations(walk: Walk) -> None:
    """Messages of associations and of challenges draw on one limit, in either order."""
    for factor, most in (("email", 20), ("sms", 10), ("voice", 10), ("push", 5)):
        for first in ("associate", "challenge"):
            user = user_of(walk)
            secret = enroll(walk, user, "otp")
            bearer = manager(walk, user, secret)
            confirm(walk, user, bearer, associate(walk, user, bearer, factor))
            token = log_in(walk, user)
            for number in range(most + 2):
                if (number < most - 2) == (first == "associate"):
                    associate(walk, user, bearer, factor)
                else:
                    challenge(walk, token)


# -- the lives of tokens of each origin


def _second(walk: Walk, user: UserSymbol, token: Pair, secret: Pair, factor: str, client: Client) -> dict[str, Pair]:
    if factor == "otp":
        return dict(verify(walk, token, secret, client=client).found)
    if factor == "recovery-code":
        code = next(code for code in reversed(walk.recovery_codes) if code.about["user"] is user)
        return dict(verify(walk, token, code, client=client).found)
    ids = look(walk, token, user)
    named = next(one for one in ids if one.values[0].startswith(f"{factor}|"))
    sent = needed(challenge(walk, token, named))
    if factor == "push":
        walk.sides.play(AnswerPush(user, approve=True))
    return dict(verify(walk, token, sent, client=client).found)


def _first_factors(walk: Walk, user: UserSymbol) -> Iterator[dict[str, Pair]]:
    """What each first factor gives, with the MFA audience."""
    more: dict[str, Any] = {"audience": walk.audience, "scope": _OFFLINE}
    for by in (calls.password, calls.password_realm):
        template = by(walk.client, user, Of(user, "password"), **more)
        yield dict(walk.call(template, user, client=walk.client, audience=walk.audience).found)
    for way in ("email", "sms"):
        yield dict(passwordless(walk, user, needed(start(walk, user, way)), way, **more).found)


def _to_its_end(walk: Walk, user: UserSymbol, token: Pair) -> None:
    """Use a token around each of the ends that it may have."""
    at = 0
    for end in (300, 600):
        for late in (-1, 0):
            wait(walk, end + late - at)
            at = end + late
            look(walk, token, user)
    challenge(walk, token)


@story
def tokens_of_each_grant(walk: Walk) -> None:
    """Tokens of the MFA audience live as long whichever grant gave them, and so does each mfa_token."""
    outsider = user_of(walk)
    for found in _first_factors(walk, outsider):
        _to_its_end(walk, outsider, found["access_token"])
        _to_its_end(walk, outsider, renew(walk, found["refresh_token"]).found["access_token"])
    user = user_of(walk)
    secret = enroll(walk, user, "otp")
    bearer = manager(walk, user, secret)
    for factor in ("email", "push"):
        confirm(walk, user, bearer, associate(walk, user, bearer, factor))
    for found in _first_factors(walk, user):
        _to_its_end(walk, user, found["mfa_token"])
    for factor in ("otp", "email", "push", "recovery-code"):
        wait(walk, 60)
        token = log_in(walk, user, _OFFLINE, walk.audience)
        found = _second(walk, user, token, secret, factor, walk.client)
        _to_its_end(walk, user, found["access_token"])
        _to_its_end(walk, user, renew(walk, found["refresh_token"]).found["access_token"])
    log_in(walk, latecomer := user_of(walk), _OFFLINE, walk.audience)
    kept = walk.refresh_tokens[-1]
    enroll(walk, latecomer, "otp")
    _to_its_end(walk, latecomer, renew(walk, kept).found["mfa_token"])
    walk.sides.play(DemandInTurn(user, ("otp", "email")))
    wait(walk, 60)
    token = verify(walk, log_in(walk, user), secret).found["mfa_token"]
    _to_its_end(walk, user, token)


@story
def demanded_by_a_refresh(walk: Walk) -> None:
    """A refresh demands a factor that was enrolled after the login; each of the MFA grants gives tokens for it."""
    log_in(walk, user_of(walk), _OFFLINE, walk.audience)
    renew(walk, walk.refresh_tokens[-1])
    rotates = bool(walk.replaced)  # then the old one has an end that nobody announced
    for client in (walk.client, walk.sides.rotating.get(0)):
        if client is None:
            continue
        for factor in ("otp", *MESSAGES, "recovery-code"):
            user = user_of(walk)
            log_in(walk, user, _OFFLINE, walk.audience, client)
            old = walk.refresh_tokens[-1]
            bearer = log_in(walk, user, MANAGE, walk.audience)
            secret = confirm(walk, user, bearer, associate(walk, user, bearer, "otp"))
            if factor in MESSAGES:
                confirm(walk, user, bearer, associate(walk, user, bearer, factor))
            wait(walk, 60)
            token = renew(walk, old, client).found["mfa_token"]
            found = _second(walk, user, token, secret, factor, client)
            look(walk, found["access_token"], user)
            userinfo(walk, user, found["access_token"])
            kept = [found.get("refresh_token"), None if rotates and client == walk.client else old]
            for one in kept:
                if one is not None:
                    renew(walk, one, client)
            wait(walk, DAY)
            for one in reversed(kept):
                if one is not None:
                    renew(walk, one, client)
