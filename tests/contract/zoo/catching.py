"""Runs the contract against a broken tenant until the first finding."""

from __future__ import annotations

from contextlib import suppress

from pytest_auth0_mfa import ContractViolation, Profile, Tenant, handler
from pytest_auth0_mfa.contract.coverage import Coverage
from pytest_auth0_mfa.contract.driver import Plan
from pytest_auth0_mfa.contract.tenant.context import play_scenario
from pytest_auth0_mfa.contract.tenant.run import Run
from pytest_auth0_mfa.contract.tenant.scenarios import SCENARIOS
from pytest_auth0_mfa.contract.tenant.subject_fake import FakeSubject, fake_subject
from pytest_auth0_mfa.contract.tenant.verdicts import NotJudged

from .breaking import Broken


def subject_of(entry: Broken, profile: Profile | None = None) -> FakeSubject:
    """The subject that a consumer would make of a broken tenant."""
    tenant = Tenant(seed=5, profile=profile or Profile(**entry.profile))
    subject = fake_subject(tenant, handler=entry.wrap(tenant, handler(tenant)))
    subject._guesses_bind = entry.guesses_bind  # our fake is held to its own word
    return subject


def by_machine(
    entry: Broken, seed: int | None = None, *, max_examples: int = 100, stories: bool = True
) -> ContractViolation | None:
    """What the machine finds, with the default number of examples and without reduction."""
    try:
        Run(subject_of(entry), Plan(max_examples, reduce=False, seed=seed, stories=stories)).go()
    except ContractViolation as found:
        return found
    return None


def by_scenarios(entry: Broken) -> ContractViolation | None:
    """What the first scenario finds that does; one that judges nothing is passed over."""
    for scenario in SCENARIOS.values():
        try:
            with suppress(NotJudged):
                play_scenario(scenario, subject_of(entry), Coverage())
        except ContractViolation as found:
            return found
    return None


def first_finding(entry: Broken) -> ContractViolation | None:
    """Scenarios are quicker, so they come first; both together are the contract."""
    return by_scenarios(entry) or by_machine(entry)
