"""What a live run will cost, worked out before its first call by playing everything on a fake."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Container, Iterable, Mapping, Set
from dataclasses import dataclass, field

from pytest_auth0_mfa.contract.coverage import Coverage
from pytest_auth0_mfa.contract.driver import Plan
from pytest_auth0_mfa.contract.tenant.context import ScenarioContext
from pytest_auth0_mfa.contract.tenant.scenarios import SCENARIOS
from pytest_auth0_mfa.contract.tenant.subject_fake import FakeSubject
from pytest_auth0_mfa.contract.tenant.subjects import LiveSubject, Person, Scenario
from pytest_auth0_mfa.spec.factors import CodeChannel
from pytest_auth0_mfa.spec.profile import Profile
from pytest_auth0_mfa.tenant.policies import known_factors
from pytest_auth0_mfa.tenant.tenant import Tenant

from .capabilities import Capabilities

EXAMPLES, STEPS = 5, 12
"""The random walk's examples and its steps per example on a live tenant, by default. Each step is a call."""
VERIFICATIONS = ("mfa-otp", "mfa-oob", "mfa-recovery-code")
CALLS_PER_USER = 2
"""Calls of the Management API: create and delete."""


@dataclass(slots=True)
class Cost:
    """``counts``: messages by channel, ``requests``, and wrong codes (``codes``). ``seconds``: time spent waiting."""

    counts: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    def add(self, other: Cost) -> None:
        """Add another cost to this one."""
        self.counts.update(other.counts)
        self.seconds += other.seconds

    def over(self, budget: Mapping[str, int]) -> dict[str, tuple[int, int]]:
        """What exceeds the budget: name -> (needed, allowed)."""
        return {name: (self.counts[name], most) for name, most in budget.items() if self.counts[name] > most}

    def __str__(self) -> str:
        parts = [f"{self.counts[name]} {name}" for name in ("email", "sms", "voice", "push") if self.counts[name]]
        return ", ".join([f"{self.counts['requests']} requests", *parts])


class _Metered(FakeSubject):
    """A fake that adds up the seconds by which its clock is moved."""

    seconds = 0.0

    def advance(self, seconds: float) -> None:
        self.seconds += seconds
        super().advance(seconds)


def _counted(tenant: Tenant) -> Counter[str]:
    counts = Counter(message.channel for message in tenant.outbox)
    counts["requests"] = len(tenant.calls) + CALLS_PER_USER * len(tenant.users)
    return counts


def cost_of(
    scenario: Scenario, factors: Set[str], profile: Profile, code_lifetimes: Mapping[CodeChannel, int] | None = None
) -> Cost:
    """What a scenario costs, played on a fake with this profile."""
    from pytest_auth0_mfa.app import handler

    tenant = Tenant(factors=known_factors(factors), profile=profile, code_lifetimes=code_lifetimes, seed=1)
    subject = _Metered(tenant, handler(tenant))
    with contextlib.suppress(AssertionError):
        scenario.act(ScenarioContext(subject, Coverage()))
    counts = _counted(tenant)
    counts["codes"] = sum(call.response.status >= 400 for call in tenant.calls if call.operation in VERIFICATIONS)
    return Cost(counts, subject.seconds)


class _Rehearsal(LiveSubject):
    """A fake that looks to the random walk like a real tenant."""

    def __init__(self, tenant: Tenant, factors: Set[str], unplayable: Container[str]) -> None:
        from pytest_auth0_mfa.app import handler

        self._tenant = tenant
        self.unplayable = unplayable
        super().__init__(
            handler(tenant),
            tenant.domain,
            tenant.client_id,
            tenant.client_secret,
            iter(()),
            factors=factors,
            profile=tenant.profile,
            code=self._read,
            answer_push=self._answer,
        )

    def new_user(self, *, email_verified: bool = False) -> Person:
        user = self._tenant.add_user(email_verified=email_verified)
        return Person(user.email, user.password, user.phone_number or "", email_verified)

    def now(self) -> float:
        return self._tenant.clock.now()

    def _read(self, person: Person, channel: str, since: float) -> str:
        return str(self._tenant.outbox.latest(self._tenant.user_by_email(person.username), channel).code)  # type: ignore[arg-type]  # checked when it runs

    def _answer(self, person: Person, approve: bool) -> None:
        user = self._tenant.user_by_email(person.username)
        if user is None:
            raise LookupError(person.username)
        (self._tenant.push.approve if approve else self._tenant.push.reject)(user)


def cost_of_machine(
    examples: int, factors: Set[str], unplayable: Container[str], profile: Profile, seed: int, steps: int = STEPS
) -> Cost:
    """What this many examples of the random walk cost with this seed, rehearsed on a fake."""
    from pytest_auth0_mfa.contract.tenant.run import Run

    tenant = Tenant(factors=known_factors(factors), profile=profile, seed=1)
    with contextlib.suppress(AssertionError):
        Run(
            _Rehearsal(tenant, factors, unplayable), Plan(max_examples=examples, steps=steps, seed=seed, reduce=False)
        ).go()
    return Cost(_counted(tenant))


def playable(names: Iterable[str], able: Capabilities, wait: float, profile: Profile) -> Cost:
    """The total cost of these scenarios, without those that cannot be played. ``wait`` is in seconds."""
    total = Cost()
    for name in names:
        scenario = SCENARIOS[name]
        if scenario.fake or not scenario.needs <= able.factors or scenario.without & able.factors:
            continue
        cost = cost_of(scenario, able.factors, profile, able.code_lifetimes)
        if cost.seconds <= wait and able.barrier(scenario.needs, cost.counts) is None:
            total.add(cost)
    return total
