"""The lines of the terminal summary about tenants, cassettes and contracts."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from .findings_once import OneBlockPerCause
from .keys import CALLS, CARRIED, CASSETTE, CLIENT, CONTRACT, carried

if TYPE_CHECKING:
    import pytest

SHOWN = 10


def cassette_lines(reports: Iterable[pytest.TestReport], config: pytest.Config) -> list[str]:
    """The lines about cassettes; none when no test used one."""
    used = [noted for report in reports if (noted := carried(report, CASSETTE)) is not None]
    if not used:
        return []
    given = str(config.getini("auth0_mfa_cassette_max_age")).strip()
    if not given.isdecimal():
        return [f"auth0-mfa: auth0_mfa_cassette_max_age: {given!r} is no number of days"]
    days, now = int(given), time.time()
    found = [overview(used, now)]
    found += _listed("stale cassette{s}", stale(used, days, now), config)
    found += _listed("cassette{s} with unplayed interactions", unplayed(used), config)
    if _whole_run(config):
        found += _listed("unused cassette{s}", unused({Path(cassette["path"]) for cassette in used}), config)
    return found


def overview(used: list[dict[str, Any]], now: float) -> str:
    """A line with the number of cassettes and their age."""
    paths = {cassette["path"] for cassette in used}
    ages = [_age(cassette["recorded"], now) for cassette in used if cassette["recorded"]]
    text = f"auth0-mfa: {len(paths)} cassette{'s' if len(paths) != 1 else ''}"
    if not ages:
        return text
    youngest, oldest = min(ages), max(ages)
    return f"{text}, recorded {_ago(youngest) if youngest == oldest else f'{youngest} to {oldest} days ago'}"


def _ago(days: int) -> str:
    return "today" if days == 0 else "yesterday" if days == 1 else f"{days} days ago"


def _age(recorded: str, now: float) -> int:
    return max(0, int((now - datetime.fromisoformat(recorded).timestamp()) // 86400))


def stale(used: Iterable[dict[str, Any]], days: int, now: float) -> dict[str, str]:
    """The cassettes older than ``days``, with their age; none if ``days`` is 0."""
    ages = {cassette["path"]: _age(cassette["recorded"], now) for cassette in used if cassette["recorded"]}
    return {path: f"recorded {_ago(age)}" for path, age in ages.items() if days and age > days}


def unplayed(used: Iterable[dict[str, Any]]) -> dict[str, str]:
    """The cassettes with interactions that no passing test played, with their number."""
    best: dict[str, tuple[int, int]] = {}
    for cassette in used:
        if not cassette["failed"]:
            best[cassette["path"]] = max(best.get(cassette["path"], (0, 0)), (cassette["played"], cassette["total"]))
    return {path: f"{total - played} of {total}" for path, (played, total) in best.items() if played < total}


def unused(used: set[Path]) -> dict[str, str]:
    """The cassettes that no test used, in the folders of the used ones and of modules that are gone."""
    folders = {path.parent for path in used}
    beside = {file for folder in folders for file in folder.glob("*.yaml")}
    for parent in {folder.parent for folder in folders if folder.parent.name == "cassettes" and folder.is_dir()}:
        for folder in parent.iterdir():
            if folder.is_dir() and not (parent.parent / f"{folder.name}.py").exists():  # its module is gone
                beside |= set(folder.glob("*.yaml"))
    return {str(path): "no test asked for it" for path in sorted(beside - used)}


def _whole_run(config: pytest.Config) -> bool:
    """Whether all tests of the modules were selected: only then is a cassette that no test used really unused."""
    option = config.option
    chosen = [option.keyword, option.markexpr, getattr(option, "lf", False), getattr(option, "deselect", None)]
    return not any(chosen) and not any("::" in str(arg) for arg in config.args)


def _listed(what: str, found: dict[str, str], config: pytest.Config) -> list[str]:
    if not found:
        return []
    shown = [f"  {_relative(path, config)}: {text}" for path, text in sorted(found.items())[:SHOWN]]
    more = [f"  and {len(found) - SHOWN} more"] if len(found) > SHOWN else []
    return [f"auth0-mfa: {len(found)} {what.format(s='' if len(found) == 1 else 's')}", *shown, *more]


def _relative(path: str, config: pytest.Config) -> str:
    root = str(config.rootpath)
    return path.removeprefix(root).lstrip("/\\") if path.startswith(root) else path


class Summary:
    """The plugin that writes the lines, registered at the end of a run whose reports carry notes."""

    def __init__(self, once: OneBlockPerCause) -> None:
        self._once = once

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Write the lines."""
        reports = [report for reports in terminalreporter.stats.values() for report in reports]
        write_summary(terminalreporter, [*reports, *self._once.hidden])


def register(config: pytest.Config) -> None:
    """Register the plugins for the summary."""
    once = OneBlockPerCause()
    config.pluginmanager.register(once)
    config.pluginmanager.register(Summary(once))


def write_summary(reporter: pytest.TerminalReporter, reports: list[pytest.TestReport]) -> None:
    """Write the lines about tenants, cassettes and contracts."""
    found = [report for report in reports if hasattr(report, CARRIED)]
    names = {name for report in found for name in getattr(report, CARRIED)}
    if CALLS in names:
        reporter.write_line(calls_line(found))
    if CASSETTE in names:
        for line in cassette_lines(found, reporter.config):
            reporter.write_line(line)
    if CLIENT in names:
        from .contract_summary import client_lines

        for line in client_lines(found, reporter.config):
            reporter.write_line(line)
    if CONTRACT in names:
        from .contract_summary import write_summary as write_contract_summary

        write_contract_summary(reporter, found)


def calls_line(reports: Iterable[pytest.TestReport]) -> str:
    """A line with the number of tests that used a tenant, and their calls by operation."""
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
