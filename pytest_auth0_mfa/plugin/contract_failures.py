"""How a broken contract looks in pytest's terminal: the finding, then its reproducer, then details at -v."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any

import pytest
from _pytest._code.code import (
    ExceptionChainRepr,
    ReprEntry,
    ReprEntryNative,
    ReprFileLocation,
    ReprTraceback,
)

from pytest_auth0_mfa.contract.findings.catalogue import FINDINGS
from pytest_auth0_mfa.contract.findings.evidence import evidence
from pytest_auth0_mfa.contract.findings.violation import ContractViolation
from pytest_auth0_mfa.contract.reproducer import reproducer
from pytest_auth0_mfa.errors import printable
from pytest_auth0_mfa.messages import Json


class Failures:
    """The failures of a run (or of a worker): what was shown once is not shown at length again."""

    def __init__(self, config: pytest.Config) -> None:
        self._verbosity = int(config.get_verbosity())
        self._ours = config.getoption("tbstyle", "auto") == "auto" and self._verbosity < 2
        self._first: dict[tuple[object, ...], str] = {}

    def rewrite(self, report: pytest.TestReport, info: pytest.ExceptionInfo[Any]) -> None:
        """Put the finding in the place of pytest's traceback, unless the user asked for that (--tb, -vv)."""
        violation = info.value
        if not isinstance(violation, ContractViolation) or violation.difference is None or not self._ours:
            return
        below = [f"\n{_reproducer(violation)}\n"] if violation.steps is not None and violation.steps.events else []
        first = self._first.setdefault(_cause(violation), report.nodeid)
        if self._verbosity > 0:
            below.append("\nWhat happened, and what it means:\n\n" + "".join(f"{one}\n" for one in _details(violation)))
        elif first != report.nodeid and below:
            below = [f"\nThe same as in {first}; its reproducer is there (-v: here too).\n"]
        red = ReprEntry([f"E   {line}" for line in violation.block.split("\n")], None, None, None, "short")
        traceback = ReprTraceback([red, ReprEntryNative(below)], None, style="short")
        report.longrepr = ExceptionChainRepr([(traceback, _crash(info, violation), None)])


def _cause(violation: ContractViolation) -> tuple[object, ...]:
    return violation.operation, violation.difference


def _reproducer(violation: ContractViolation) -> str:
    assert violation.steps is not None
    return printable(reproducer(violation.steps).rstrip())


def _crash(info: pytest.ExceptionInfo[Any], violation: ContractViolation) -> ReprFileLocation:
    path, line = str(info.traceback[-1].path), info.traceback[-1].lineno + 1
    return ReprFileLocation(path, line, violation.headline)


def _details(violation: ContractViolation) -> Iterator[str]:
    """Every step in a line, and what the finding means."""
    for number, step in enumerate(evidence(violation)["steps"], start=1):
        yield f"{number:3}. {_step(step)}"
    yield ""
    yield from textwrap.wrap(FINDINGS[str(violation.finding)].text, 79)


def _step(step: Json) -> str:
    if step["kind"] != "call":
        return printable(step["text"])
    answer = step["answer"]
    told = "no answer" if answer is None else f"{answer['status']} {answer['error']} {', '.join(answer['fields'])}"
    return printable(f"{step['request']} -> {' '.join(told.split())}")
