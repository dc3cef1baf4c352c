"""The run of one test of a client contract, and the baseline of accepted findings."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, fields
from pathlib import Path

from pytest_auth0_mfa.contract.coverage import Coverage
from pytest_auth0_mfa.contract.findings.violation import FINDINGS, ContractViolation, Difference, violation
from pytest_auth0_mfa.contract.reproducer.trace import Steps
from pytest_auth0_mfa.errors import ConfigurationError, closest
from pytest_auth0_mfa.messages import Handler, Json
from pytest_auth0_mfa.spec.operations import DOCS, OPERATIONS
from pytest_auth0_mfa.spec.profile import Profile
from pytest_auth0_mfa.tenant.tenant import Tenant

from .asked import Asked, Flaw

_INDEX = re.compile(r"\[\d+\]")


@dataclass(frozen=True, slots=True)
class Accepted:
    """One entry of a baseline: a known finding, where it may occur, and why it is accepted."""

    finding: str
    reason: str
    client: str | None = None
    """The name of a contract class; None: any."""
    test: str | None = None
    """The name of a scenario, or ``machine``; None: any."""
    operation: str | None = None
    field: str | None = None
    """The field of the finding, with ``[*]`` for any item of a list: ``$[*].oob_channel``."""

    def covers(self, fault: Flaw, client: str, test: str) -> bool:
        """Whether the entry covers this fault."""
        return (
            self.finding == fault.finding
            and self.client in (None, client)
            and self.test in (None, test)
            and self.operation in (None, fault.operation)
            and self.field in (None, fault.field, _INDEX.sub("[*]", fault.field))
        )

    def __str__(self) -> str:
        limits = {name: getattr(self, name) for name in ("client", "test", "operation", "field")}
        where = ", ".join(f"{name} {value}" for name, value in limits.items() if value)
        return f"{self.finding} ({where})" if where else self.finding


class Baseline:
    """The accepted findings of a file, and which of them occurred."""

    def __init__(self, entries: Iterable[Accepted] = ()) -> None:
        self.entries = tuple(entries)
        self.met: set[int] = set()

    def accepts(self, fault: Flaw, client: str, test: str) -> bool:
        """Whether the fault is accepted. Every entry that covers it counts as met."""
        covering = {number for number, entry in enumerate(self.entries) if entry.covers(fault, client, test)}
        self.met |= covering
        return bool(covering)

    @classmethod
    def load(cls, path: Path) -> Baseline:
        """Read a TOML file of ``[[accepted]]`` tables. Raises ConfigurationError, which says what to write
        instead."""
        try:
            data = tomllib.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise ConfigurationError(f"{path}: cannot be read ({error.strerror})") from None
        except (ValueError, RecursionError) as error:  # TOMLDecodeError, not UTF-8, or nested too deeply
            raise ConfigurationError(f"{path}: not TOML: {error}") from None
        for key in data.keys() - {"accepted"}:
            raise ConfigurationError(f"{path}: unknown key {key!r}. {closest(key, ['accepted'])}")
        tables = data.get("accepted", [])
        if not isinstance(tables, list):
            raise ConfigurationError(f"{path}: accepted: expected tables, each headed [[accepted]]")
        return cls(_entry(table, f"{path}: accepted[{number}]") for number, table in enumerate(tables))


def _entry(table: Json, where: str) -> Accepted:
    known = [declared.name for declared in fields(Accepted)]
    if not isinstance(table, dict):
        raise ConfigurationError(f"{where}: expected a table with finding and reason")
    for key, value in table.items():
        if key not in known:
            raise ConfigurationError(f"{where}: unknown key {key!r}. {closest(key, known)}")
        if not isinstance(value, str) or not value.strip():
            raise ConfigurationError(f"{where}.{key}: expected a text, got {value!r}")
    for key in ("finding", "reason"):
        if key not in table:
            raise ConfigurationError(f"{where}: {key} is missing: each accepted finding has its id and a reason")
    if table["finding"] not in FINDINGS:
        raise ConfigurationError(
            f"{where}.finding: no such finding: {table['finding']!r}. {closest(table['finding'], FINDINGS)}"
        )
    return Accepted(**table)


IN_PROCESS, SERVER = "in_process", "server"


@dataclass(slots=True)
class ClientRun:
    """The client of one test, how it reaches the tenant, and what was played and observed."""

    client: str
    """The name of the contract class."""
    test: str
    """The name of the scenario, or ``machine``."""
    make_client: Callable[[Tenant], object]
    serving: Callable[[Tenant, Handler], AbstractContextManager[Tenant]]
    reach: str = IN_PROCESS
    polls: bool = False
    dpop: bool = False
    seed: int = 0
    profile: Profile | None = None
    """The consumer's profile, which applies in all worlds; None: each world has its own."""
    baseline: Baseline = field(default_factory=Baseline)
    covered: set[str] = field(default_factory=set)
    """The methods of the adapter that were called."""
    uncovered: set[str] = field(default_factory=set)
    """The methods that are missing or raised NotImplementedError, perhaps only in some cases."""
    observed: list[Flaw] = field(default_factory=list)
    coverage: Coverage = field(default_factory=Coverage)
    dated: dict[float, float] = field(default_factory=dict)
    """``iat`` of the proofs of the contract class so far -> when the first with it came, both in epoch seconds."""
    examples: int = 0
    reached: bool = False
    """Whether any request of the client arrived at the tenant."""


_SHOWN_CALLS = 12


def violation_of(fault: Flaw, asked: Asked, run: ClientRun, calls: Sequence[str], steps: Steps) -> ContractViolation:
    """The exception for a fault."""
    row = OPERATIONS[fault.operation]
    earlier = list(calls[:-1])[-_SHOWN_CALLS:]
    return violation(
        Difference(fault.finding, fault.field, fault.expected, fault.actual),
        operation=row.id,
        source=row.source if row.id.startswith("me-") and FINDINGS[fault.finding].source.startswith(DOCS) else "",
        steps=steps,
        details={
            "client": f"{run.client}, {run.test}",
            "called": str(asked),
            "after": "; ".join(earlier) or "nothing else",
        },
        to_do=fault.remedy,
    )
