"""The network is not the tenant: behind a bad one a right tenant is not accused, and a broken one is found."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

import pytest
from helpers.chaos import KINDS, Chaos
from helpers.live_tenant import LiveTenant

from pytest_auth0_mfa import Request, Response, Tenant
from pytest_auth0_mfa.contract.findings.violation import ContractViolation
from pytest_auth0_mfa.contract.tenant.verdicts import CouldNotRun, Disturbed, Unjudged
from pytest_auth0_mfa.live.people.codes import CommandSource, NoCodeError, OtpSource
from pytest_auth0_mfa.live.people.settings import SourceError
from pytest_auth0_mfa.messages import Handler

SCENARIOS = ("email-enroll", "otp-enroll", "recovery-code-rotates", "push-rejected")


def behind(folder: Path, kind: str, **chaos: object) -> tuple[LiveTenant, Chaos]:
    """A live run behind a bad network, found out about before it turned bad."""
    networks: list[Chaos] = []

    def wrap(tenant: Tenant, handler: Handler) -> Handler:
        networks.append(Chaos(handler, kind))
        return networks[0]

    live = LiveTenant(folder, wrap=wrap)
    assert live.run.capabilities.problems == []
    network = networks[0]
    network.calls, network.disturbed = 0, []
    for name, value in chaos.items():
        setattr(network, name, value)
    network.__post_init__()
    return live, network


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("kind", KINDS)
def test_a_right_tenant_is_not_accused(kind: str, seed: int, tmp_path: Path) -> None:
    """With one call in twenty disturbed; nobody who was created is left."""
    live, network = behind(tmp_path, kind, share=0.05, seed=seed)
    for name in SCENARIOS:
        try:
            live.play(name)
        except Unjudged:
            continue
    live.run.close()
    assert network.disturbed
    network.share = 0.0
    left = {user.email for user in live.tenant.users.values()}
    assert left <= {entry.name for entry in live.ledger.open_entries()}


SLOW = ("answer lost", "page with 403", "cut", "503")
"""The kinds whose whole run the slow tests play: an answer that never comes, one of somebody else's, a broken one, and
one that says to come again. A few scenarios are played behind every kind, above, for every change."""


def _when(kind: str, seed: int) -> tuple[pytest.MarkDecorator, ...]:
    return (pytest.mark.nightly if seed or kind not in SLOW else pytest.mark.slow,)


@pytest.mark.parametrize(
    ("kind", "seed"), [pytest.param(kind, seed, marks=_when(kind, seed)) for kind in KINDS for seed in range(20)]
)
def test_a_whole_run_accuses_nobody(kind: str, seed: int, tmp_path: Path) -> None:
    """With one call in fifty disturbed: what can be played of a right tenant is judged right, or left unjudged."""
    live, network = behind(tmp_path, kind, share=0.02, seed=seed)
    unjudged = 0
    for name in live.playable():
        try:
            live.play(name)
        except (Unjudged, CouldNotRun):
            unjudged += 1
    with contextlib.suppress(Unjudged, CouldNotRun):
        live.play_machine(seed)
    live.run.close()
    assert network.disturbed
    assert unjudged < len(live.playable()) / 4


@pytest.mark.parametrize("seed", [pytest.param(n, marks=[] if n < 1 else pytest.mark.nightly) for n in range(20)])
@pytest.mark.parametrize("kind", KINDS)
def test_a_broken_one_is_found_in_the_same_run(kind: str, seed: int, tmp_path: Path) -> None:
    """A tenant without recovery codes, with one call in fifty disturbed: its scenarios say so."""

    def forgetful(tenant: Tenant, handler: Handler) -> Handler:
        def handle(request: Request) -> Response:
            answer = handler(request)
            return Response(answer.status, answer.headers, answer.body.replace(b'"recovery_codes"', b'"recovery"'))

        return Chaos(handle, kind, share=0.02, seed=seed)

    live = LiveTenant(tmp_path, wrap=forgetful)
    found = []
    for name in ("otp-enroll", "email-enroll", "sms-enroll", "push-enroll"):
        try:
            live.play(name)
        except ContractViolation as violation:
            found.append(violation.finding)
        except (Unjudged, CouldNotRun):
            continue
    assert set(found) == {"MFA003"}


@pytest.mark.parametrize("number", range(1, 11))
@pytest.mark.parametrize("kind", ["answer lost", "page with 200", "cut"])
def test_whichever_call_is_disturbed(kind: str, number: int, tmp_path: Path) -> None:
    """One disturbed call costs a second attempt at most, and the flow is judged."""
    live, network = behind(tmp_path, kind, numbers=[number])
    live.play("email-enroll")
    live.run.close()
    assert len(network.disturbed) == 1
    assert not live.tenant.users


@pytest.mark.parametrize("kind", ["answer lost", "page with 403", "cut"])
def test_the_machine_accuses_nobody_either(kind: str, tmp_path: Path) -> None:
    """An example that was disturbed is played anew; what stays disturbed leaves the machine unjudged."""
    live, network = behind(tmp_path, kind, share=0.03, seed=5)
    with contextlib.suppress(Unjudged):
        live.play_machine()
    live.run.close()
    assert network.disturbed


@pytest.mark.parametrize("kind", ["answer lost", "page with 403", "503"])
def test_a_broken_tenant_is_still_found(kind: str, tmp_path: Path) -> None:
    """Behind the same network: what it answers itself is judged."""

    def forgetful(tenant: Tenant, handler: Handler) -> Handler:
        def handle(request: Request) -> Response:
            answer = handler(request)
            if request.path == "/mfa/associate" and b'"recovery_codes"' in answer.body:
                return Response(answer.status, answer.headers, answer.body.replace(b"recovery_codes", b"recovery"))
            return answer

        return Chaos(handle, kind, share=0.02, seed=3)

    live = LiveTenant(tmp_path, wrap=forgetful)
    with pytest.raises(ContractViolation, match="MFA003"):
        live.play("otp-enroll")


def test_a_tenant_out_of_reach_could_not_be_judged(tmp_path: Path) -> None:
    """Nothing of it is a finding, and the run ends early."""
    live, network = behind(tmp_path, "connection reset", share=1.0)
    with pytest.raises((CouldNotRun, Disturbed)):
        live.play("otp-enroll")
    assert len(network.disturbed) < 20


def test_a_source_of_codes_that_fails_is_named(tmp_path: Path) -> None:
    """Not the tenant is: the test is unjudged."""
    live = LiveTenant(tmp_path)
    live.run.source = CommandSource(["false"])
    with pytest.raises(Unjudged, match=r"CommandSource.*false: exit code 1"):
        live.play("email-enroll")


def test_an_approver_that_fails_is_named(tmp_path: Path) -> None:
    """Whatever it raises."""

    class Broken:
        def answer(self, user: str, approve: bool) -> None:
            raise ZeroDivisionError("s3cret")

    live = LiveTenant(tmp_path)
    live.run.approver = Broken()
    with pytest.raises(Unjudged, match=r"Broken.* failed: ZeroDivisionError") as told:
        live.play("push-rejected")
    assert "s3cret" not in str(told.value)


def test_a_source_that_fails_once_is_asked_again(tmp_path: Path) -> None:
    """One refused connection is an accident."""
    live = LiveTenant(tmp_path)
    source = live.run.source
    assert source is not None
    asked, code = [], source.code

    def shaky(to: str, channel: str, since: float) -> str:
        asked.append(to)
        if len(asked) == 1:
            raise SourceError("IMAP at mail.example:993: ConnectionRefusedError")
        return code(to, channel, since)

    source.code = shaky  # type: ignore[method-assign]
    live.play("email-enroll")
    assert len(asked) > 1


class Slow:
    """A source in front of another one, from which some codes arrive too late."""

    def __init__(self, source: OtpSource, late: Callable[[int], bool]) -> None:
        self._source = source
        self._late = late
        self.asked = 0

    def code(self, to: str, channel: str, since: float) -> str:
        self.asked += 1
        if self._late(self.asked):
            raise NoCodeError(f"no email with a code arrived for {to} within 60 s")
        return self._source.code(to, channel, since)

    def drain(self) -> None:
        self._source.drain()


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_code_that_comes_late_accuses_nobody(number: int, tmp_path: Path) -> None:
    """The flow is played anew, with another user, and judged."""
    live = LiveTenant(tmp_path)
    assert live.run.source is not None
    live.run.source = slow = Slow(live.run.source, lambda asked: asked == number)
    live.play("email-challenge")
    live.play_machine()
    assert slow.asked > number
    live.run.close()
    assert not live.tenant.users


def test_a_source_from_which_nothing_comes_is_named(tmp_path: Path) -> None:
    """Three codes in a row that do not arrive end the run: nobody can tell whether they were sent."""
    live = LiveTenant(tmp_path)
    assert live.run.source is not None
    live.run.source = slow = Slow(live.run.source, lambda asked: True)
    with pytest.raises(CouldNotRun, match=r"3 times in a row no code by email arrived after POST /mfa/associate.*Slow"):
        live.play("email-challenge")
    assert slow.asked == 3
