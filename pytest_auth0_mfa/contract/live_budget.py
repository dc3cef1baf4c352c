"""What a live run will cost, found out before its first call by playing everything on a fake."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field

from pytest_auth0_mfa.profile import Profile
from pytest_auth0_mfa.tenant import Tenant

from .coverage import Coverage
from .play import Play
from .scenarios import SCENARIOS, Scenario
from .subjects import CONTROLS, FakeSubject

EXAMPLES, STEPS = 5, 12
"""How much the machine plays on a live tenant unless more is asked for: each step is a call."""
CALLS_PER_USER = 2
"""Of the Management API: create and delete."""


@dataclass(slots=True)
class Cost:
    """Messages by channel, requests, and seconds that are waited for."""

    counts: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    def add(self, other: Cost) -> None:
        """Both."""
        self.counts.update(other.counts)
        self.seconds += other.seconds

    def over(self, budget: Mapping[str, int]) -> dict[str, tuple[int, int]]:
        """What is more than the budget: name -> (due, allowed)."""
        return {name: (due, budget.get(name, 0)) for name, due in self.counts.items() if due > budget.get(name, 0)}

    def __str__(self) -> str:
        parts = [f"{self.counts[name]} {name}" for name in ("email", "sms", "voice", "push") if self.counts[name]]
        return ", ".join([f"{self.counts['requests']} requests", *parts])


class _Metered(FakeSubject):
    """A fake that counts what time is asked for."""

    seconds = 0.0

    def advance(self, seconds: float) -> None:
        self.seconds += seconds
        super().advance(seconds)


def cost_of(scenario: Scenario, factors: Set[str], profile: Profile) -> Cost:
    """What a scenario costs."""
    from pytest_auth0_mfa.app import handler

    tenant = Tenant(factors=set(factors), profile=profile, seed=1)
    subject = _Metered(tenant, handler(tenant))
    with contextlib.suppress(AssertionError):
        scenario.act(Play(subject, Coverage()))
    counts = Counter(message.channel for message in tenant.outbox)
    counts["requests"] = len(tenant.calls) + CALLS_PER_USER * len(tenant.users)
    return Cost(counts, subject.seconds)


def cost_of_machine(examples: int, factors: Set[str], profile: Profile, steps: int = STEPS) -> Cost:
    """What so many examples of the machine cost: measured on a fake with the same controls as a live tenant."""
    from .run import Plan, Run

    tenant = Tenant(factors=set(factors), profile=profile, seed=1)
    from pytest_auth0_mfa.app import handler

    subject = FakeSubject(tenant, handler(tenant))
    subject.controls = CONTROLS - {"clock", "factors"}
    Run(subject, Plan(max_examples=examples, steps=steps, seed=1)).go()
    counts = Counter(message.channel for message in tenant.outbox)
    counts["requests"] = len(tenant.calls) + CALLS_PER_USER * len(tenant.users)
    return Cost(counts)


def playable(names: Iterable[str], factors: Set[str], barred: Set[str], wait: float, profile: Profile) -> Cost:
    """The sum of these scenarios, those left out that cannot be played."""
    total = Cost()
    for name in names:
        scenario = SCENARIOS[name]
        if scenario.fake or not scenario.needs <= set(factors) - set(barred) or scenario.without & factors:
            continue
        cost = cost_of(scenario, factors, profile)
        if cost.seconds <= wait:
            total.add(cost)
    return total
