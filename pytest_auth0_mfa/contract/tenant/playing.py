"""Plays a scenario on a subject: with the factors that it needs, restored afterwards."""

from __future__ import annotations

from pytest_auth0_mfa.contract.coverage import Coverage
from pytest_auth0_mfa.contract.findings.violation import ContractViolation
from pytest_auth0_mfa.contract.observations import Observation

from .context import ScenarioContext
from .subjects import Scenario, Subject, factors_on
from .verdicts import skip_if_guess


def play_scenario(scenario: Scenario, subject: Subject, coverage: Coverage) -> list[Observation]:
    """Play a scenario; what was observed. Raises ContractViolation when the subject does not keep to it."""
    __tracebackhide__ = True
    measured = subject.measure(scenario, coverage)
    if measured is not None:
        return measured
    context = ScenarioContext(subject, coverage)
    with factors_on(subject, scenario.factors(subject)):
        try:
            scenario.act(context)
        except ContractViolation as broken:
            skip_if_guess(broken)
            raise
    coverage.flows[scenario.name] += 1
    return context.observations
