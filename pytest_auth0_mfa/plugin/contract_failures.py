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

from pytest_auth0_mfa.contract.findings.tenant import FINDINGS
from pytest_auth0_mfa.errors import ContractViolation
from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.report.text import printable


class Failures:
    """The failures of a run (or of a worker): what was shown once is not shown at length again."""

    def __init__(self, config: pytest.Config) -> None:
        self._verbosity = int(config.get_verbosity())
        self._ours = config.getoption("tbstyle", "auto") == "auto" and self._verbosity < 2
        self._first: dict[tuple[str, ...], str] = {}

    def rewrite(self, report: pytest.TestReport, info: pytest.ExceptionInfo[Any]) -> None:
        """Put the finding in the place of pytest's traceback, unless the user asked for that (--tb, -vv)."""
        violation = info.value
        if not isinstance(violation, ContractViolation) or violation.finding is None or not self._ours:
            return
        finding, _, reproducer = printable(str(violation)).partition("\n\n")
        below = [f"\n{reproducer.rstrip()}\n"] if reproducer else []
        first = self._first.setdefault(_key(violation, finding), report.nodeid)
        if self._verbosity > 0:
            below.append("\nWhat happened, and what it means:\n\n" + "".join(f"{one}\n" for one in _details(violation)))
        elif first != report.nodeid and "\n" in reproducer:
            below = [f"\nThe same as in {first}; its reproducer is there (-v: here too).\n"]
        red = ReprEntry([f"E   {line}" for line in finding.split("\n")], None, None, None, "short")
        traceback = ReprTraceback([red, ReprEntryNative(below)], None, style="short")
        report.longrepr = ExceptionChainRepr([(traceback, _crash(info, finding), None)])


def _key(violation: ContractViolation, finding: str) -> tuple[str, ...]:
    found = [line for line in finding.split("\n") if line.startswith(("  field:", "  expected:", "  got:"))]
    return (str(violation.finding), str(violation.operation), *found)


def _crash(info: pytest.ExceptionInfo[Any], finding: str) -> ReprFileLocation:
    path, line = str(info.traceback[-1].path), info.traceback[-1].lineno + 1
    message = finding.partition("\n")[0]
    operation = getattr(info.value, "operation", None)
    return ReprFileLocation(path, line, f"{message} at {operation}" if operation else message)


def _details(violation: ContractViolation) -> Iterator[str]:
    """Every step in a line, and what the finding means."""
    data: dict[str, Json] = getattr(violation.evidence, "to_data", dict)()
    for number, step in enumerate(data.get("steps", ()), start=1):
        yield f"{number:3}. {_step(step)}"
    kind = FINDINGS.get(str(violation.finding))
    if kind is not None:
        yield ""
        yield from textwrap.wrap(kind.text, 79)


def _step(step: Json) -> str:
    if step["kind"] != "call":
        return printable(step["text"])
    answer = step["answer"]
    told = "no answer" if answer is None else f"{answer['status']} {answer['error']} {', '.join(answer['fields'])}"
    return printable(f"{step['request']} -> {' '.join(told.split())}")
