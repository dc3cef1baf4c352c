"""Shows only the first of several tests that failed for the same cause."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from pytest_auth0_mfa.messages import Json

from .keys import CONTRACT, carried


def cause_of(finding: Json) -> tuple[str, ...]:
    """Equal for findings with the same cause.

    A refusal that several operations answer wrongly in the same way is one fault: a tenant has one place for it.
    """
    place = "actual" if finding["refusal"] else "operation"
    return tuple(str(finding[name]) for name in ("id", "refusal", "field", place))


class OneBlockPerCause:
    """A plugin that hides further failures with the same cause, except at -v. The summary still names the tests."""

    def __init__(self) -> None:
        self.hidden: list[pytest.TestReport] = []
        """The reports that are not shown; the summary of contracts counts them too."""

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> Generator[None]:
        """Hide the reports while pytest writes its summary, and restore them for its count of failed tests."""
        failed, stats = terminalreporter.stats.get("failed", []), terminalreporter.stats
        if terminalreporter.verbosity <= 0 and failed:
            stats["failed"] = _first_of_each(failed)
            self.hidden = [report for report in failed if report not in stats["failed"]]
        try:
            return (yield)
        finally:
            if failed:
                stats["failed"] = failed


def _first_of_each(failed: list[pytest.TestReport]) -> list[pytest.TestReport]:
    seen: set[tuple[str, ...]] = set()
    shown = []
    for report in failed:
        finding = (carried(report, CONTRACT) or {}).get("finding")
        cause = None if finding is None else cause_of(finding)
        if cause is None or cause not in seen:
            shown.append(report)
        if cause is not None:
            seen.add(cause)
    return shown
