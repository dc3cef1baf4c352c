"""Sweeps: a successful call of each operation, written in every other way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from pytest_auth0_mfa.contract.tenant import calls
from pytest_auth0_mfa.contract.tenant.calls import CallTemplate
from pytest_auth0_mfa.contract.tenant.values import Of, Totp, UserSymbol
from pytest_auth0_mfa.messages import Request

from .rewrites import CHANGING, KEEPING, OF_A_VALUE, Rewrite
from .telling import (
    MANAGE,
    authorized,
    challenge,
    enroll,
    log_in,
    look,
    manager,
    needed,
    renew,
    start,
    user_of,
    verify,
    wait,
    with_all_factors,
)
from .walk import Walk

_TRIES = 6
"""How many calls the same user makes: after ten wrong codes all others would be refused."""
_PARAMETERS = 4
"""How many parameters of a body are changed, the most interesting first."""
_ALL = 8
Prepare = Callable[[Walk], Callable[[], tuple[CallTemplate, UserSymbol]]]


def _password(walk: Walk) -> Callable[[], tuple[CallTemplate, UserSymbol]]:
    user = user_of(walk)
    return lambda: (calls.password(walk.client, user, Of(user, "password"), scope="openid"), user)


def _realm(walk: Walk) -> Callable[[], tuple[CallTemplate, UserSymbol]]:
    user = user_of(walk)
    return lambda: (calls.password_realm(walk.client, user, Of(user, "password"), scope="openid"), user)


def _otp(walk: Walk) -> Callable[[], tuple[CallTemplate, UserSymbol]]:
    user = user_of(walk)
    secret = enroll(walk, user, "otp")

    def fresh() -> tuple[CallTemplate, UserSymbol]:
        wait(walk, 60)
        return calls.otp(walk.client, log_in(walk, user), Totp(secret)), user

    return fresh


def _oob(walk: Walk) -> Callable[[], tuple[CallTemplate, UserSymbol]]:
    user = user_of(walk)
    enroll(walk, user, "email")

    def fresh() -> tuple[CallTemplate, UserSymbol]:
        token = log_in(walk, user)
        sent = needed(challenge(walk, token))
        return calls.oob(walk.client, token, sent, sent.about.get("code")), user

    return fresh


def _recovery(walk: Walk) -> Callable[[], tuple[CallTemplate, UserSymbol]]:
    user = user_of(walk)
    enroll(walk, user, "otp")
    return lambda: (calls.recovery(walk.client, log_in(walk, user), walk.recovery_codes[-1]), user)


def _refresh(walk: Walk) -> Callable[[], tuple[CallTemplate, UserSymbol]]:
    user = user_of(walk)
    secret = enroll(walk, user, "otp")
    wait(walk, 60)
    token = verify(walk, log_in(walk, user), secret).found["refresh_token"]
    return lambda: (calls.refresh(walk.client, token), user)


def _associate_email(walk: Walk) -> Callable[[], tuple[CallTemplate, UserSymbol]]:
    user = user_of(walk)
    return lambda: (calls.associate(log_in(walk, user), "email", user), user)


def _associate_sms(walk: Walk) -> Callable[[], tuple[CallTemplate, UserSymbol]]:
    user = user_of(walk)
    return lambda: (calls.associate(log_in(walk, user), "sms", Of(user, "phone_number")), user)


def _associate_otp(walk: Walk) -> Callable[[], tuple[CallTemplate, UserSymbol]]:
    user = user_of(walk)
    return lambda: (calls.associate(log_in(walk, user), "otp"), user)


def _challenge(walk: Walk) -> Callable[[], tuple[CallTemplate, UserSymbol]]:
    user = user_of(walk)
    enroll(walk, user, "email")
    identifier = look(walk, log_in(walk, user), user)[0]
    return lambda: (calls.challenge(walk.client, log_in(walk, user), identifier, challenge_type="oob"), user)


def _list(walk: Walk) -> Callable[[], tuple[CallTemplate, UserSymbol]]:
    user = user_of(walk)
    enroll(walk, user, "otp")
    return lambda: (calls.authenticators(log_in(walk, user)), user)


def _delete(walk: Walk) -> Callable[[], tuple[CallTemplate, UserSymbol]]:
    user = user_of(walk)
    secret = enroll(walk, user, "otp")

    def fresh() -> tuple[CallTemplate, UserSymbol]:
        bearer = manager(walk, user, secret)
        walk.call(calls.associate(bearer, "otp"), user, token=bearer)
        return calls.delete(bearer, look(walk, bearer, user)[-1]), user

    return fresh


def _userinfo(walk: Walk) -> Callable[[], tuple[CallTemplate, UserSymbol]]:
    user = user_of(walk)
    secret = enroll(walk, user, "otp")
    wait(walk, 60)
    token = verify(walk, log_in(walk, user), secret).found["access_token"]
    return lambda: (calls.get("userinfo", token), user)


def _start(walk: Walk) -> Callable[[], tuple[CallTemplate, UserSymbol]]:
    user = user_of(walk)
    return lambda: (calls.passwordless_start(walk.client, connection="email", send="code", email=user), user)


def _passwordless(walk: Walk) -> Callable[[], tuple[CallTemplate, UserSymbol]]:
    user = user_of(walk)
    return lambda: (calls.passwordless(walk.client, "email", user, needed(start(walk, user)), scope="openid"), user)


def _revoke(walk: Walk) -> Callable[[], tuple[CallTemplate, UserSymbol]]:
    user = user_of(walk)
    secret = enroll(walk, user, "otp")
    return lambda: (calls.revoke(walk.client, authorized(walk, user, secret).found["refresh_token"]), user)


def _access(walk: Walk) -> Callable[[], tuple[CallTemplate, UserSymbol]]:
    user = user_of(walk)
    audience = walk.audience
    return lambda: (
        calls.password(walk.client, user, Of(user, "password"), audience=audience, scope=MANAGE),
        user,
    )


PREPARE: Final[tuple[Prepare, ...]] = (
    _password, _realm, _access, _otp, _oob, _recovery, _refresh, _associate_email, _associate_sms, _associate_otp,
    _challenge, _list, _delete, _userinfo, _start, _passwordless, _revoke,
)  # fmt: skip
_OF_LETTERS: Final = {"other case", "small letters", "capitals"}
"""Rewrites of case, tried with every parameter: they show comparisons that ignore case."""


def _sweep(prepare: Prepare) -> Callable[[Walk], None]:
    def tell(walk: Walk) -> None:
        fresh = prepare(walk)
        tries = 0
        for rewrite in (*KEEPING, *CHANGING):
            every = _ALL if rewrite.name in _OF_LETTERS else _PARAMETERS
            for which in range(every if rewrite in OF_A_VALUE else 1):
                tries += 1
                if tries % _TRIES == 0:
                    fresh = prepare(walk)
                template, user = fresh()
                if not _changes(walk, template, rewrite, which):
                    continue
                template.rewrite = _fixed(rewrite, which)
                walk.call(template, user, client=walk.client, token=walk.mfa_tokens[-1] if walk.mfa_tokens else None)
                if template.operation == "revoke":  # revoke always answers the same
                    renew(walk, walk.refresh_tokens[-1])

    tell.__name__ = f"sweep{prepare.__name__}"
    return tell


def _changes(walk: Walk, template: CallTemplate, rewrite: Rewrite, which: int) -> bool:
    request = template.request(walk.sides.oracle)
    return rewrite.apply(request, which) != request


def _fixed(rewrite: Rewrite, which: int) -> Callable[[Request], Request]:
    return lambda request: rewrite.apply(request, which)


SWEEPS: Final = tuple(with_all_factors(_sweep(prepare)) for prepare in PREPARE)
