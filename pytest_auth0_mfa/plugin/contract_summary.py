"""What the terminal summary says of contracts: coverage, each finding once, what was measured."""

from __future__ import annotations

import textwrap

import pytest

from pytest_auth0_mfa.contract.coverage import Coverage, details, in_a_line, table
from pytest_auth0_mfa.contract.observations import last_words
from pytest_auth0_mfa.errors import printable
from pytest_auth0_mfa.messages import Json

from .compat import terminal_width
from .findings_once import cause_of
from .keys import CONTRACT, VERIFY, carried


def write_summary(terminalreporter: pytest.TerminalReporter, reports: list[pytest.TestReport]) -> None:
    """Print coverage, findings and observations of the run's contract tests, if there were any."""
    notes = {report: note for report in reports if (note := carried(report, CONTRACT)) is not None}
    coverage = Coverage()
    for note in notes.values():
        if "coverage" in note:
            coverage.add(Coverage.from_data(note["coverage"]))
    write, width = terminalreporter.write_line, terminal_width(terminalreporter)
    # Who runs a suite among other tests wants a line; who runs `auth0-mfa verify` runs it for the table.
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
    if terminalreporter.config.getoption("auth0_mfa_profile", None) is None:  # else what differs is a finding
        observed = (o for note in notes.values() for o in note.get("observations", ()))
        for field, value, operation in last_words(observed):
            write(printable(f"MFA030 observed at {operation}: {field} = {value}"))


def _by_cause(notes: dict[pytest.TestReport, Json]) -> list[tuple[str, list[str]]]:
    found: dict[tuple[str, ...], tuple[str, list[str]]] = {}
    for report, note in notes.items():
        if (finding := note["finding"]) is not None and report.failed:
            found.setdefault(cause_of(finding), (finding["headline"], []))[1].append(note["flow"])
    return list(found.values())


def _finding(headline: str, flows: list[str], width: int) -> list[str]:
    """The finding in a line; in another one the tests that met it too, as many as fit."""
    lines = textwrap.wrap(headline, width, subsequent_indent="    ", break_on_hyphens=False)
    if len(flows) > 1:
        all_of_them = f"  in {len(flows)} tests: {', '.join(flows)}"
        lines.append(textwrap.shorten(all_of_them, width - 2, placeholder=" ...", break_on_hyphens=False))
        lines[-1] = f"  {lines[-1]}"
    return lines
