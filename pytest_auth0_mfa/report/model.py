"""The result of a contract run: one tree of frozen values, from which every report is written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.spec.outcomes import FlowState

MACHINE: Final = "machine"
"""The name of the flow that is no documented one: calls in an order that chance decides."""


@dataclass(frozen=True, slots=True)
class RunSubject:
    """What was judged, and with which settings."""

    target: str
    """``fake``, ``server`` or a domain."""
    profile: dict[str, Json] = field(default_factory=dict)
    """The fields of the profile that are unlike the default."""
    factors: tuple[str, ...] = ()
    """Those that were said to be on; empty: nobody said."""
    seed: int | None = None
    max_examples: int | None = None
    command: str = "pytest"
    """What was typed, as far as this plugin's options go: it plays the same again."""


@dataclass(frozen=True, slots=True)
class Flow:
    """One contract test: a documented flow, or the machine."""

    name: str
    contract: str
    """The class that was subclassed for it, such as ``TestStaging``."""
    kind: str
    """``tenant`` or ``client``."""
    title: str
    """What is documented, in a sentence."""
    state: str
    """One of `FlowState`."""
    test: str
    """pytest's name of it."""
    reason: str = ""
    """Why it was skipped or left unjudged, or how it failed."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One combination of operation, outcome and factor that was played."""

    operation: str
    outcome: str
    """``success``, or the case of a refusal."""
    factor: str
    calls: int
    answers: tuple[str, ...] = ()
    """Statuses and errors: ``403 mfa_required``."""
    fields: dict[str, str] = field(default_factory=dict)
    """Path to type; ``string?`` for a field that was absent at times."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found, once; ``flows`` are all tests that met it."""

    id: str
    level: str
    title: str
    operation: str
    refusal: str
    """The id of the refusal that was expected, if one was."""
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
    """Of the machine's test, where chance decides: with it the same calls are made."""
    since: str = ""
    """When it was first reported, in this folder's reports."""
    last_without: str = ""
    """When a report was last written that did not have it; empty: none is known."""

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What makes it the same finding in another report: statuses are told apart by what was due."""
        return self.id, self.operation, self.field, self.expected if self.field == "status" else ""


@dataclass(frozen=True, slots=True)
class Measurement:
    """Disputed behaviour, measured."""

    field: str
    value: str
    operation: str
    tests: tuple[str, ...] = ()
    """Those that showed it."""


@dataclass(frozen=True, slots=True)
class ClientCoverage:
    """What the tests of one client contract saw together."""

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
    """All that differs between two runs with the same result."""

    started: str
    seconds: float
    workers: int = 0
    previous: str = ""
    """When the older report of the same subject was made."""
    slowest: tuple[tuple[str, float], ...] = ()
    version: str = ""
    """Of this package."""
    kept: dict[str, str] = field(default_factory=dict)
    """When the tests that are not kept in this run, played or not, were last kept."""


@dataclass(frozen=True, slots=True)
class Result:
    """A run."""

    outcome: str
    """One of `Outcome`."""
    exit_code: int
    subject: RunSubject
    tests: dict[str, int]
    """How many tests passed, failed, were skipped and were not run, contract or not."""
    timing: Timing
    flows: tuple[Flow, ...] = ()
    coverage: tuple[Cell, ...] = ()
    findings: tuple[Finding, ...] = ()
    observations: tuple[Measurement, ...] = ()
    clients: tuple[ClientCoverage, ...] = ()
    earlier: tuple[Finding, ...] = ()
    """What older reports found and this run did not play: not all of its tests are kept."""
    drift: tuple[Change, ...] = ()
    """What changed since the older report."""
    plan: str = ""
    """The budget that a live run planned."""
    spent: dict[str, int] = field(default_factory=dict)

    @property
    def of_clients(self) -> bool:
        """Whether all that was judged is clients."""
        return bool(self.flows) and all(flow.kind == "client" for flow in self.flows)

    def in_state(self, *states: str) -> tuple[Flow, ...]:
        """The flows that ended so."""
        return tuple(flow for flow in self.flows if flow.state in states)

    @property
    def kept(self) -> frozenset[str]:
        """The tests that ended well."""
        return frozenset(flow.test for flow in self.flows if flow.state == FlowState.KEPT)
