"""The terminal summary of contract tests: coverage, findings, observations and the baseline."""

from __future__ import annotations

import textwrap
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from pytest_auth0_mfa.contract.client.calling import in_short
from pytest_auth0_mfa.contract.client.run import Accepted, Baseline
from pytest_auth0_mfa.contract.coverage import Coverage, details, in_a_line, last_words, table
from pytest_auth0_mfa.contract.findings.violation import FINDINGS
from pytest_auth0_mfa.errors import printable
from pytest_auth0_mfa.messages import Json

from .compat import terminal_width
from .findings_once import cause_of
from .keys import CLIENT, CONTRACT, VERIFY, carried
from .settings import settings_of

if TYPE_CHECKING:
    import pytest


def write_summary(terminalreporter: pytest.TerminalReporter, reports: list[pytest.TestReport]) -> None:
    """Print coverage, findings and observations of the run's contract tests, if there were any."""
    notes = {report: note for report in reports if (note := carried(report, CONTRACT)) is not None}
    coverage = Coverage()
    for note in notes.values():
        if "coverage" in note:
            coverage.add(Coverage.from_data(note["coverage"]))
    write, width = terminalreporter.write_line, terminal_width(terminalreporter)
    # One line for a contract among other tests; the whole table for `auth0-mfa verify`.
    verifies = terminalreporter.config.pluginmanager.has_plugin(VERIFY) and terminalreporter.verbosity == 0
    if coverage.calls and (verifies or terminalreporter.verbosity > 0):
        terminalreporter.write_sep("-", "contract of the MFA API: coverage")
        for line in table(coverage, width):
            write(line)
        if terminalreporter.verbosity > 0:
            for line in details(coverage):
                write(line)
    elif coverage.calls:
        for line in textwrap.wrap(f"MFA contract: {in_a_line(coverage)} (-v: which)", width):
            write(line)
    for headline, tests in _by_cause(notes):
        for line in _finding(headline, tests, width):
            write(line, red=True)
    if terminalreporter.config.getoption("auth0_mfa_profile", None) is None:  # with a profile, differences are findings
        observed = (o for note in notes.values() for o in note.get("observations", ()))
        for field, value, operation in last_words(observed):
            write(printable(f"MFA030 observed at {operation}: {field} = {value}"))


def _by_cause(notes: dict[pytest.TestReport, Json]) -> list[tuple[str, list[str]]]:
    found: dict[tuple[str, ...], tuple[Json, list[str], dict[str, None]]] = {}
    for report, note in notes.items():
        if (finding := note["finding"]) is not None and report.failed:
            _, flows, operations = found.setdefault(cause_of(finding), (finding, [], {}))
            flows.append(note["flow"])
            operations[finding["operation"]] = None
    return [(_headline(first, [*operations]), flows) for first, flows, operations in found.values()]


def _headline(first: Json, operations: list[str]) -> str:
    """The finding's headline, with the other operations that have the same fault."""
    others = [operation for operation in operations if operation and operation != first["operation"]]
    return f"{first['headline']} (also {', '.join(others)})" if others else str(first["headline"])


def _finding(headline: str, flows: list[str], width: int) -> list[str]:
    """The finding's headline and, for several tests, a line with as many of their names as fit."""
    lines = textwrap.wrap(headline, width, subsequent_indent="    ", break_on_hyphens=False)
    if len(flows) > 1:
        all_of_them = f"  in {len(flows)} tests: {', '.join(flows)}"
        lines.append(textwrap.shorten(all_of_them, width - 2, placeholder=" ...", break_on_hyphens=False))
        lines[-1] = f"  {lines[-1]}"
    return lines


@dataclass(slots=True)
class ClientTotals:
    """What all tests of one client contract class covered and found together."""

    tests: set[str] = field(default_factory=set)
    expected: int = 0
    examples: int = 0
    covered: set[str] = field(default_factory=set)
    uncovered: set[str] = field(default_factory=set)
    found: Counter[str] = field(default_factory=Counter)
    observed: Counter[str] = field(default_factory=Counter)
    shown: dict[str, str] = field(default_factory=dict)
    """What was observed -> the first test that showed it, what was expected there, and what came."""
    accepted: set[int] = field(default_factory=set)

    @property
    def complete(self) -> bool:
        """Whether every test of the class ran."""
        return len(self.tests) == self.expected

    def gaps(self) -> str:
        """The methods that were not covered, or only in part, as text for the summary."""
        never, partly = in_short(self.uncovered - self.covered), sorted(self.uncovered & self.covered)
        labels = [("not covered", never), ("covered in part", partly)]
        return "".join(f"; {what}: {', '.join(methods)}" for what, methods in labels if methods)


_WIDTH = 80


def client_lines(reports: Iterable[pytest.TestReport], config: pytest.Config) -> Iterator[str]:
    """The summary's lines about client contracts, over all workers."""
    clients = gathered(reports)
    for name, client in clients.items():
        tests, examples = _counted_as(len(client.tests), "test"), _counted_as(client.examples, "example")
        yield f"auth0-mfa: {name}: {tests}, {examples}{client.gaps()}"
        yield from _counted(name, "found", client.found)
        yield from _observed(name, client)
    yield from _baseline(clients, entries(config))


def entries(config: pytest.Config) -> tuple[Accepted, ...]:
    """The entries of the file that the ini ``auth0_mfa_baseline`` names."""
    path = settings_of(config).baseline
    return () if path is None else Baseline.load(path).entries


def _counted_as(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _counted(name: str, how: str, what: Counter[str]) -> Iterator[str]:
    """A line for each finding and operation, with the number of tests."""
    for key, count in sorted(what.items()):
        finding, operation = key.split(maxsplit=1)
        tests = _counted_as(count, "test")
        line = f"auth0-mfa: {name}: {how} {finding} at {operation} ({tests}):"
        whole = f"{line} {FINDINGS[finding].title}"
        yield from (whole,) if len(whole) <= _WIDTH else (line, f"  {FINDINGS[finding].title}")


def _observed(name: str, client: ClientTotals) -> Iterator[str]:
    """Lines for each id that was observed and is not among the findings: how often, and where for the first time."""
    found = {key.split()[0] for key in client.found}
    for finding in sorted({key.split()[0] for key in client.observed} - found):
        counts = {key.split()[1]: count for key, count in sorted(client.observed.items()) if key.startswith(finding)}
        first, *others = counts
        where = f"{first} and {len(others)} other operations" if len(others) > 1 else " and ".join(counts)
        yield from _counted(name, "observed", Counter({f"{finding} {where}": sum(counts.values())}))
        where_first = printable(f"in {client.shown[f'{finding} {first}']}")
        yield from textwrap.wrap(where_first, _WIDTH, initial_indent="  ", subsequent_indent="  ")


def gathered(reports: Iterable[pytest.TestReport]) -> dict[str, ClientTotals]:
    """The totals of all reports, by contract class."""
    clients: dict[str, ClientTotals] = defaultdict(ClientTotals)
    for report in reports:
        if (seen := carried(report, CLIENT)) is not None:
            _add(clients, seen)
    return dict(sorted(clients.items()))


def _add(clients: dict[str, ClientTotals], seen: dict[str, Any]) -> None:
    client = clients[seen["client"]]
    client.tests.add(seen["test"])
    client.expected = seen["tests"]
    client.examples += seen["examples"]
    client.covered |= set(seen["covered"])
    client.uncovered |= set(seen["uncovered"])
    client.found.update(seen["found"])
    client.observed.update(seen["observed"])
    for key, text in seen["shown"].items():
        client.shown.setdefault(key, f"{seen['test']}: {text}")
    client.accepted |= set(seen["accepted"])


def _baseline(clients: dict[str, ClientTotals], entries: tuple[Accepted, ...]) -> Iterator[str]:
    met = set().union(*(client.accepted for client in clients.values())) if clients else set()
    for number, entry in enumerate(entries):
        meant = [client for name, client in clients.items() if entry.client in (None, name)]
        if number in met:
            yield f"auth0-mfa: accepted {entry}: {entry.reason}"
        elif meant and all(client.complete for client in meant):
            yield f"auth0-mfa: stale in the baseline: {entry}: it was not found. Remove the entry."
