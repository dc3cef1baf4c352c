"""What the terminal summary says about client contracts: coverage, observations, accepted and stale findings."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pytest_auth0_mfa.contract.client.baseline import Accepted, Baseline
from pytest_auth0_mfa.contract.findings.catalogue import FINDINGS

from .keys import CLIENT, carried
from .settings import settings_of

if TYPE_CHECKING:
    import pytest


@dataclass(slots=True)
class ClientTotals:
    """What the tests of one contract class saw together."""

    tests: set[str] = field(default_factory=set)
    due: int = 0
    examples: int = 0
    covered: set[str] = field(default_factory=set)
    uncovered: set[str] = field(default_factory=set)
    found: Counter[str] = field(default_factory=Counter)
    observed: Counter[str] = field(default_factory=Counter)
    accepted: set[int] = field(default_factory=set)

    @property
    def complete(self) -> bool:
        """Whether every test of the class was run."""
        return len(self.tests) == self.due

    def gaps(self) -> str:
        """The methods that were not covered, or in some cases only."""
        never, partly = sorted(self.uncovered - self.covered), sorted(self.uncovered & self.covered)
        said = [("not covered", never), ("covered in part", partly)]
        return "".join(f"; {what}: {', '.join(methods)}" for what, methods in said if methods)


def lines(reports: Iterable[pytest.TestReport], config: pytest.Config) -> Iterator[str]:
    """The summary's lines; whatever worker ran the tests."""
    clients = gathered(reports)
    for name, client in clients.items():
        yield f"auth0-mfa: {name}: {len(client.tests)} tests, {client.examples} examples{client.gaps()}"
        yield from _counted(name, "found", client.found)
        yield from _counted(name, "observed", client.observed)
    yield from _baseline(clients, entries(config))


def entries(config: pytest.Config) -> tuple[Accepted, ...]:
    """The accepted findings that the ini ``auth0_mfa_baseline`` names."""
    path = settings_of(config).baseline
    return () if path is None else Baseline.load(path).entries


def _counted(name: str, how: str, what: Counter[str]) -> Iterator[str]:
    """A line for each finding at each operation: what there is to mend, at a glance."""
    for one, count in sorted(what.items()):
        finding, operation = one.split()
        tests = f"{count} test{'' if count == 1 else 's'}"
        yield f"auth0-mfa: {name}: {how} {finding} at {operation} ({tests}): {FINDINGS[finding].title}"


def gathered(reports: Iterable[pytest.TestReport]) -> dict[str, ClientTotals]:
    """What all reports carry, by contract class."""
    clients: dict[str, ClientTotals] = defaultdict(ClientTotals)
    for report in reports:
        if (seen := carried(report, CLIENT)) is not None:
            _add(clients, seen)
    return dict(sorted(clients.items()))


def _add(clients: dict[str, ClientTotals], seen: dict[str, Any]) -> None:
    client = clients[seen["client"]]
    client.tests.add(seen["test"])
    client.due = seen["tests"]
    client.examples += seen["examples"]
    client.covered |= set(seen["covered"])
    client.uncovered |= set(seen["uncovered"])
    client.found.update(seen["found"])
    client.observed.update(seen["observed"])
    client.accepted |= set(seen["accepted"])


def _baseline(clients: dict[str, ClientTotals], entries: tuple[Accepted, ...]) -> Iterator[str]:
    met = set().union(*(client.accepted for client in clients.values())) if clients else set()
    for number, entry in enumerate(entries):
        meant = [client for name, client in clients.items() if entry.client in (None, name)]
        if number in met:
            yield f"auth0-mfa: accepted {entry}: {entry.reason}"
        elif meant and all(client.complete for client in meant):
            yield f"auth0-mfa: stale in the baseline: {entry}: it was not found. Remove the entry."
