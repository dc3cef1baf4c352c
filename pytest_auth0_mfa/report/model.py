"""The result of a contract run: a tree of frozen values from which all reports are written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.spec.outcomes import FlowState

MACHINE: Final = "machine"
"""The name of the flow of random calls, which is not a documented one."""


@dataclass(frozen=True, slots=True)
class RunSubject:
    """What was tested, and with which settings."""

    target: str
    """``fake``, ``server`` or a domain."""
    profile: dict[str, Json] = field(default_factory=dict)
    """The profile fields that differ from the default."""
    factors: tuple[str, ...] = ()
    """The factors that the settings say are on; empty when they do not say."""
    seed: int | None = None
    max_examples: int | None = None
    command: str = "pytest"
    """The command with the options of this plugin; it plays the same again."""


@dataclass(frozen=True, slots=True)
class Flow:
    """One contract test: a documented flow, or random calls (`MACHINE`)."""

    name: str
    contract: str
    """The contract class of the test, such as ``TestStaging``."""
    kind: str
    """``tenant`` or ``client``."""
    title: str
    """What the documentation says, in a sentence."""
    state: str
    """One of `FlowState`."""
    test: str
    """pytest's id of the test."""
    reason: str = ""
    """Why it was skipped or left unjudged, or how it failed."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One combination of operation, outcome and factor that was played."""

    operation: str
    outcome: str
    """``success``, or the id of a refusal."""
    factor: str
    calls: int
    answers: tuple[str, ...] = ()
    """The answers that were seen, as status and error: ``403 mfa_required``."""
    fields: dict[str, str] = field(default_factory=dict)
    """Path -> type of the fields in the answers; ``string?`` for a field that some answers lacked."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A finding. Tests that met the same one share it: ``flows`` and ``tests`` name them."""

    id: str
    level: str
    title: str
    operation: str
    refusal: str
    """The id of the expected refusal, if one was expected."""
    field: str
    expected: str
    actual: str
    source: str
    explanation: str
    flows: tuple[str, ...]
    tests: tuple[str, ...]
    steps: tuple[Json, ...] = ()
    curl: str = ""
    python: str = ""
    seed: int | None = None
    """The seed with which a test of random calls makes the same calls again."""
    since: str = ""
    """When it was first reported in this folder."""
    last_without: str = ""
    """When one of its tests last passed, by earlier reports; empty when that is not known."""

    @property
    def key(self) -> tuple[str, str, str, str]:
        """Equal for the same finding in two reports. Status findings also differ by the expected status."""
        return self.id, self.operation, self.field, self.expected if self.field == "status" else ""


@dataclass(frozen=True, slots=True)
class Measurement:
    """Disputed behaviour that was measured."""

    field: str
    value: str
    operation: str
    tests: tuple[str, ...] = ()
    """The tests that showed it."""


@dataclass(frozen=True, slots=True)
class ClientCoverage:
    """What all tests of one client contract covered together."""

    name: str
    examples: int
    uncovered: tuple[str, ...]
    observed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """One difference from an older report, profile or cassette."""

    level: str
    """``info``, ``warning`` or ``error``."""
    where: str
    text: str


@dataclass(frozen=True, slots=True)
class Timing:
    """Everything that differs between two runs with the same result."""

    started: str
    seconds: float
    workers: int = 0
    previous: str = ""
    """When the run of the older report of the same subject started; empty without one."""
    slowest: tuple[tuple[str, float], ...] = ()
    version: str = ""
    """The version of this package."""
    kept: dict[str, str] = field(default_factory=dict)
    """By test, for the tests that did not pass in this run: when they last passed."""


@dataclass(frozen=True, slots=True)
class Result:
    """The result of a run."""

    outcome: str
    """One of `Outcome`."""
    exit_code: int
    subject: RunSubject
    tests: dict[str, int]
    """How many tests passed, failed, were skipped or did not run, contract tests and others."""
    timing: Timing
    flows: tuple[Flow, ...] = ()
    coverage: tuple[Cell, ...] = ()
    findings: tuple[Finding, ...] = ()
    observations: tuple[Measurement, ...] = ()
    clients: tuple[ClientCoverage, ...] = ()
    earlier: tuple[Finding, ...] = ()
    """Findings of older reports that this run neither found nor cleared: not all of their tests passed."""
    drift: tuple[Change, ...] = ()
    """What changed since the older report."""
    plan: str = ""
    """What a live run planned to use of its budget, in a sentence."""
    spent: dict[str, int] = field(default_factory=dict)

    @property
    def of_clients(self) -> bool:
        """Whether all contract tests were of clients."""
        return bool(self.flows) and all(flow.kind == "client" for flow in self.flows)

    def in_state(self, *states: str) -> tuple[Flow, ...]:
        """The flows that ended in one of these states."""
        return tuple(flow for flow in self.flows if flow.state in states)

    @property
    def kept(self) -> frozenset[str]:
        """The tests that passed."""
        return frozenset(flow.test for flow in self.flows if flow.state == FlowState.KEPT)
