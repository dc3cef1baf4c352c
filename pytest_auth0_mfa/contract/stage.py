"""Puts a scenario on a subject's stage: factors as it needs them, restored afterwards."""

from __future__ import annotations

from .coverage import Coverage
from .play import Play
from .scenarios import Scenario
from .subjects import Subject, factors_on


def perform(scenario: Scenario, subject: Subject, coverage: Coverage) -> Play:
    """Play a scenario. Raises ContractViolation when the subject does not keep to it."""
    __tracebackhide__ = True
    play = Play(subject, coverage)
    with factors_on(subject, scenario.factors(subject)):
        scenario.act(play)
    coverage.flows[scenario.name] += 1
    return play
