"""Broken tenants, played as real ones: found out without moving the clock or looking into the outbox."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import zoo.answers
import zoo.state
from helpers.live_tenant import LiveTenant
from zoo.breaking import ZOO

from pytest_auth0_mfa import ContractViolation, Handler, Tenant
from pytest_auth0_mfa.contract.tenant.verdicts import NotJudged
from pytest_auth0_mfa.spec.profile import Profile
from pytest_auth0_mfa.transports.live import live
from pytest_auth0_mfa.transports.server import serve

EXEMPT = {
    "access-token-never-expires": "clock",
    "access-token-never-expires-for-userinfo": "clock",
    "associate-sends-twice": "outbox",
    "challenge-expired-token": "clock",
    "delete-answers-a-body": "another wire: over HTTP a 204 has no body",
    "mfa-oob-expired-token-error": "clock",
    "mfa-otp-expired-token-error": "clock",
    "mfa-recovery-code-expired-token-error": "clock",
    "mfa-token-never-expires-for-challenge": "clock",
    "mfa-token-never-expires-for-list-authenticators": "clock",
    "mfa-token-never-expires-for-mfa-oob": "clock",
    "mfa-token-never-expires-for-mfa-otp": "clock",
    "mfa-token-never-expires-for-mfa-recovery-code": "clock",
    "mfa-token-of-another-client-challenge": "a second application",
    "oob-code-expires-early": "clock",
    "oob-code-never-expires": "clock",
}
"""What cannot be found out on a tenant whose clock nobody moves, and what it would take."""
QUICK, SLOW = ("login-demand-is-401", "oob-code-of-anybody"), ("associate-without-oob_code", "challenge-sends-nothing")
VOICE = frozenset({"voice-has-no-twin"})
"""Seen only where calls are on."""
PLENTY = {"email": 9999, "sms": 9999, "voice": 9999, "push": 9999, "requests": 99999}


def over_https(
    wrap: Callable[[Tenant, Handler], Handler], request: pytest.FixtureRequest
) -> Callable[[Tenant, Handler], Handler]:
    """The broken tenant behind a real HTTPS server, as a handler that asks it there."""

    def served(tenant: Tenant, answers: Handler) -> Handler:
        context = serve(tenant, handler=wrap(tenant, answers))
        context.__enter__()
        request.addfinalizer(lambda: context.__exit__(None, None, None))
        connection = live(tenant.url, ca_file=tenant.ca_file)
        request.addfinalizer(connection.close)
        return connection

    return served


def caught(tenant: LiveTenant) -> str | None:
    """The operation of the first finding; what could not be run names none."""
    try:
        names = tenant.playable()
    except NotJudged as error:
        return str(error)
    for name in names:
        try:
            tenant.play(name)
        except ContractViolation as found:
            return found.operation
        except NotJudged as error:
            if error.kind == "could not run":
                return str(error)
    for seed in range(5):
        try:
            tenant.play_machine(seed)
        except ContractViolation as found:
            return found.operation
    return None


def _when(name: str) -> tuple[pytest.MarkDecorator, ...]:
    return () if name in QUICK else (pytest.mark.slow if name in SLOW else pytest.mark.nightly,)


def _marked() -> list[object]:
    names = [name for name in ZOO if name not in EXEMPT]
    return [pytest.param(name, marks=_when(name)) for name in names]


def played_as_real(name: str, folder: Path, request: pytest.FixtureRequest) -> LiveTenant:
    """A run over HTTPS against a broken tenant, with the unbroken one's profile given."""
    factors = frozenset({"otp", "sms", "email", "push", "recovery-code", *(("voice",) if name in VOICE else ())})
    wrap = over_https(ZOO[name].wrap, request)
    profile = ZOO[name].profile
    return LiveTenant(
        folder, profile=profile, given=Profile(**profile), wrap=wrap, wait=60.0, budget=PLENTY, factors=factors
    )


@pytest.mark.parametrize("name", _marked())
def test_a_broken_tenant_is_caught(name: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """Over HTTPS, with the unbroken tenant's profile given; nothing is left behind."""
    broken = played_as_real(name, tmp_path, request)
    assert caught(broken)
    assert not broken.tenant.users


@pytest.mark.nightly
@pytest.mark.parametrize("name", EXEMPT)
def test_what_is_exempt_is_not_caught(name: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """The list of exemptions is no longer than it has to be."""
    assert zoo.answers is not None
    assert zoo.state is not None
    assert caught(played_as_real(name, tmp_path, request)) is None
