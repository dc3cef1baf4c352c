"""From a test to the terminal: what contract tests covered, found and measured, whatever the worker.

A test's note travels on its report, which pytest-xdist carries to the controller. There
`write_summary` adds all notes up; the plugin calls it when a test has one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from pytest_auth0_mfa.contract.coverage import Coverage, details, in_a_line, table
from pytest_auth0_mfa.contract.findings.violation import ContractViolation
from pytest_auth0_mfa.contract.observations import Observation, last_words
from pytest_auth0_mfa.errors import printable
from pytest_auth0_mfa.messages import Json

from .contract_failures import Failures

NAME = "auth0_mfa_contract"
"""The attribute of a report that holds a note, and the name under which the reporter is registered."""
FINDING = "auth0_mfa_finding"
"""The property of a test that JUnit reports show: the id of what was found."""
SEED = "auth0_mfa_seed"
"""The property of a machine's test: the seed with which it plays the same again."""


class Note:
    """What one contract test has to tell."""

    def __init__(self, nodeid: str) -> None:
        self.nodeid = nodeid
        self.coverage = Coverage()
        self.findings: list[dict[str, str]] = []
        self.observations: list[Observation] = []
        self.client: Json = None
        """What a client contract adds; plain data."""

    @contextmanager
    def recording(self) -> Iterator[None]:
        """Remember the finding that ends the test."""
        try:
            yield
        except ContractViolation as found:
            fields = {"finding": found.finding, "operation": found.operation, "source": found.source}
            self.findings.append({name: value or "" for name, value in fields.items()})
            raise

    def observed(self, observations: Iterable[Observation]) -> None:
        """Remember what was measured."""
        self.observations += observations

    def to_data(self) -> Json:
        """As plain data."""
        observations = sorted({(o.field, str(o.value), o.operation) for o in self.observations})
        return {
            "nodeid": self.nodeid,
            "coverage": self.coverage.to_data(),
            "findings": self.findings,
            "observations": [list(observation) for observation in observations],
            "client": self.client,
        }


class Reporter:
    """Puts the notes of contract tests on their reports. Registered by the first contract test."""

    def __init__(self, config: pytest.Config) -> None:
        self._notes: dict[str, Note] = {}
        self._failures = Failures(config)

    def note(self, item: pytest.Item) -> Note:
        """The note of a test; what it found becomes a property of the test, as JUnit reports show it."""
        if item.nodeid not in self._notes:
            self._notes[item.nodeid] = Note(item.nodeid)
        return self._notes[item.nodeid]

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
        """Attach the note to the report of the call."""
        note = self._notes.pop(item.nodeid, None) if call.when == "call" else None
        if note is not None:
            found = ",".join(finding["finding"] for finding in note.findings)
            item.user_properties.append((NAME, found or "kept"))
            item.user_properties += [(FINDING, finding["finding"]) for finding in note.findings]
        report = yield
        if note is not None:
            setattr(report, NAME, note.to_data())
        if call.excinfo is not None and report.failed:
            self._failures.rewrite(report, call.excinfo)
        return report


def reporter(config: pytest.Config) -> Reporter:
    """The run's reporter, registered when first asked for."""
    found = config.pluginmanager.get_plugin(NAME)
    if found is None:
        found = Reporter(config)
        config.pluginmanager.register(found, NAME)
    assert isinstance(found, Reporter)
    return found


def notes(terminalreporter: Any) -> list[Json]:
    """The notes of all tests of the run."""
    reports = [report for reports in terminalreporter.stats.values() for report in reports]
    return [getattr(report, NAME) for report in reports if hasattr(report, NAME)]


def write_summary(terminalreporter: Any) -> None:
    """Print coverage, findings and observations of the run's contract tests, if there were any."""
    found = notes(terminalreporter)
    if not found:
        return
    coverage = Coverage()
    for note in found:
        coverage.add(Coverage.from_data(note["coverage"]))
    write = terminalreporter.write_line
    found_any = any(note["findings"] for note in found)
    # Who runs a suite among other tests wants a line; who runs `auth0-mfa verify` runs it for the table.
    verifies = terminalreporter.config.pluginmanager.has_plugin("auth0_mfa_verify") and terminalreporter.verbosity == 0
    if coverage.calls and (found_any or verifies or terminalreporter.verbosity > 0):
        terminalreporter.write_sep("-", "contract of the MFA API: coverage")
        for line in table(coverage, terminalreporter._tw.fullwidth):
            write(line)
        if terminalreporter.verbosity > 0:
            for line in details(coverage):
                write(line)
    elif coverage.calls:
        write(f"contract of the MFA API: {in_a_line(coverage)} (-v: which)")
    for (finding, operation), tests in _by_finding(found).items():
        more = f" and {len(tests) - 1} more" if len(tests) > 1 else ""
        write(f"{finding} at {operation}: {tests[0]}{more}", red=True)
    if terminalreporter.config.getoption("auth0_mfa_profile", None) is None:  # else what differs is a finding
        for field, value, operation in last_words(o for note in found for o in note["observations"]):
            write(printable(f"MFA030 observed at {operation}: {field} = {value}"))


def _by_finding(found: Iterable[Json]) -> dict[tuple[str, str], list[str]]:
    tests: dict[tuple[str, str], list[str]] = {}
    for note in found:
        for finding in note["findings"]:
            tests.setdefault((finding["finding"], finding["operation"]), []).append(note["nodeid"])
    return tests
