"""One block for each cause: of the tests that failed by one finding, the first is shown whole."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from pytest_auth0_mfa.messages import Json

from .keys import CONTRACT, carried


def cause_of(finding: Json) -> tuple[str, ...]:
    """What makes two findings one: the same fault, met by different tests.

    A refusal that is answered wrongly in the same way by several operations is one fault, for a tenant has one code
    for it.
    """
    place = "actual" if finding["refusal"] else "operation"
    return tuple(str(finding[name]) for name in ("id", "refusal", "field", place))


class OneBlockPerCause:
    """Shows of the tests that failed by one cause the first; the summary names the others. All of them at -v."""

    def __init__(self) -> None:
        self.hidden: list[pytest.TestReport] = []
        """What is not shown; the summary tells of it all the same."""

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> Generator[None]:
        """Around pytest's own summary; the count of failed tests is left as it is."""
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
