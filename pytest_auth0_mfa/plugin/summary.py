"""The lines of the terminal summary, as far as the run used tenants, cassettes or contracts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import pytest

from .findings_once import OneBlockPerCause
from .keys import CALLS, CARRIED, CASSETTE, CLIENT, CONTRACT, carried


class Summary:
    """Registered at the end of a run in which a test of ours has something to tell."""

    def __init__(self, once: OneBlockPerCause) -> None:
        self._once = once

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Among the lines of other plugins."""
        reports = [report for reports in terminalreporter.stats.values() for report in reports]
        write_summary(terminalreporter, [*reports, *self._once.hidden])


def register(config: pytest.Config) -> None:
    """See to it that the summary is written."""
    once = OneBlockPerCause()
    config.pluginmanager.register(once)
    config.pluginmanager.register(Summary(once))


def write_summary(reporter: pytest.TerminalReporter, reports: list[pytest.TestReport]) -> None:
    """What the summary says about tenants, cassettes and contracts."""
    found = [report for report in reports if hasattr(report, CARRIED)]
    names = {name for report in found for name in getattr(report, CARRIED)}
    if CALLS in names:
        reporter.write_line(calls_line(found))
    if CASSETTE in names:
        from .cassette_summary import lines

        for line in lines(found, reporter.config):
            reporter.write_line(line)
    if CLIENT in names:
        from .client_summary import lines as client_lines

        for line in client_lines(found, reporter.config):
            reporter.write_line(line)
    if CONTRACT in names:
        from .contract_summary import write_summary as write_contract_summary

        write_contract_summary(reporter, found)


def calls_line(reports: Iterable[pytest.TestReport]) -> str:
    """How many tests used a tenant, and what they called."""
    tests, counts = 0, Counter[str]()
    for report in reports:
        if (called := carried(report, CALLS)) is not None:
            tests += 1
            counts.update(called)
    what = ", ".join(f"{operation} {n}" for operation, n in counts.most_common())
    return (
        f"auth0-mfa: {tests} test{'s' if tests != 1 else ''}, {counts.total()} call{'s' if counts.total() != 1 else ''}"
        f"{f' ({what})' if what else ''}"
    )
