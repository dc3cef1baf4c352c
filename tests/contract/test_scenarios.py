"""A scenario says what it needs of a subject, and uses nothing else."""

from __future__ import annotations

from collections.abc import Callable, Set
from contextlib import nullcontext
from typing import Any

import pytest

from pytest_auth0_mfa import ContractViolation, Profile, Tenant, handler
from pytest_auth0_mfa.contract.coverage import Coverage
from pytest_auth0_mfa.contract.tenant.context import ScenarioContext
from pytest_auth0_mfa.contract.tenant.scenarios import SCENARIOS
from pytest_auth0_mfa.contract.tenant.scenarios.registry import masked_email
from pytest_auth0_mfa.contract.tenant.subject_fake import FakeSubject, fake_subject
from pytest_auth0_mfa.contract.tenant.subjects import Person
from pytest_auth0_mfa.spec.factors import ALL_FACTORS
from pytest_auth0_mfa.tenant.policies import known_factors

ALL = frozenset(ALL_FACTORS)


class Watching(FakeSubject):
    """Notes which controls are used."""

    def __init__(self, tenant: Tenant) -> None:
        super().__init__(tenant, handler(tenant))
        self.used: set[str] = set()

    def code(self, user: Person, channel: str, since: float) -> str:
        self.used.add("outbox")
        return super().code(user, channel, since)

    def answer_push(self, user: Person, approve: bool) -> None:
        self.used.add("push")
        super().answer_push(user, approve)

    def advance(self, seconds: float) -> None:
        self.used.add("clock")
        super().advance(seconds)

    @property
    def factors(self) -> Set[str]:
        return super().factors

    @factors.setter
    def factors(self, factors: Set[str]) -> None:
        self.used.add("factors")
        FakeSubject.factors.__set__(self, factors)  # type: ignore[attr-defined]


def noting(asked: list[object], inner: Callable[..., Any]) -> Callable[..., Any]:
    """The same ability, which notes that it was asked for."""

    def act(*given: object) -> Any:
        asked.append(given)
        return inner(*given)

    return act


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_scenario_uses_what_it_says(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Controls, and what only a fake can arrange: else it would fail on a real tenant."""
    asked: list[object] = []
    scenario = SCENARIOS[name]
    subject = Watching(Tenant(factors=known_factors((ALL | scenario.needs) - scenario.without)))
    for ability in ("other_client", "client_with_grants", "public_client", "fail_message"):
        monkeypatch.setattr(subject, ability, noting(asked, getattr(subject, ability)))
    scenario.act(ScenarioContext(subject, Coverage()))
    assert scenario.fake or not asked
    assert scenario.fake or subject.used <= scenario.controls


@pytest.mark.parametrize("profile", [Profile(), Profile(slow_down_retry_after=False)])
@pytest.mark.parametrize("present", [True, False])
def test_a_slow_down_has_the_header_that_the_profile_says(profile: Profile, present: bool) -> None:
    """Whether it is there or missing, the other way round is a finding."""
    tenant = Tenant(profile=Profile(slow_down_retry_after=present), factors=ALL)
    right = present is profile.slow_down_retry_after

    subject = fake_subject(tenant)
    subject.profile = profile
    with nullcontext() if right else pytest.raises(ContractViolation, match="MFA017"):
        SCENARIOS["push-slow-down"].act(ScenarioContext(subject, Coverage()))


@pytest.mark.parametrize(
    ("address", "shown"),
    [("ada@x.io", "****@****"), ("adasa@x.ioxx", "adas*@x.io**"), ("user@example.com", "****@exam*******")],
)
def test_a_masked_address_shows_the_beginnings(address: str, shown: str) -> None:
    """Of parts that are longer; four stars stand for a short one."""
    play = ScenarioContext(fake_subject(Tenant()), Coverage())
    assert masked_email(play, address) == shown
