"""Puts a scenario on a subject's stage: factors as it needs them, restored afterwards."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_auth0_mfa.contract.coverage import Coverage
from pytest_auth0_mfa.contract.findings.violation import ContractViolation
from pytest_auth0_mfa.contract.observations import Observation

from .play import Play
from .scenarios import Scenario
from .subjects import Subject, factors_on
from .verdicts import skip_if_guess


def perform(scenario: Scenario, subject: Subject, coverage: Coverage) -> Play:
    """Play a scenario. Raises ContractViolation when the subject does not keep to it."""
    __tracebackhide__ = True
    measures = getattr(subject, "perform", None)
    if measures is not None:  # a real tenant: what is disputed is measured on the way
        measured: Play = measures(scenario, coverage)
        return measured
    play = Play(subject, coverage)
    with factors_on(subject, scenario.factors(subject)):
        try:
            scenario.act(play)
        except ContractViolation as broken:
            skip_if_guess(broken)
            raise
    coverage.flows[scenario.name] += 1
    return play


def check_drift(subject: Subject, observations: Sequence[Observation]) -> None:
    """Raise ContractViolation when what was measured differs from what the tenant's profile says: drift."""
    __tracebackhide__ = True
    measured = getattr(subject, "measured", None)
    if measured is not None:
        measured.check_drift(observations)
