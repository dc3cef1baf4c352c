"""How a broken contract looks in pytest's terminal: the finding, then its reproducer, then details at -v."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any

import pytest

from pytest_auth0_mfa.contract.findings.violation import FINDINGS, ContractViolation, evidence
from pytest_auth0_mfa.contract.reproducer import CURL, functions, reproducer
from pytest_auth0_mfa.errors import printable
from pytest_auth0_mfa.messages import Json

from .compat import failure_of_lines
from .settings import settings_of


class Failures:
    """The failures of a run (or of a worker); what reproducers have in common is shown with the first of them."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._verbosity = int(config.get_verbosity())
        self._ours = config.getoption("tbstyle", "auto") == "auto" and self._verbosity < 2
        self._alone = hasattr(config, "workerinput")  # its reports are shown among those of other workers
        self._functions_at: str | None = None

    def rewrite(self, report: pytest.TestReport, info: pytest.ExceptionInfo[Any]) -> None:
        """Put the finding in the place of pytest's traceback, unless the user asked for that (--tb, -vv)."""
        violation = info.value
        if not isinstance(violation, ContractViolation) or violation.difference is None or not self._ours:
            return
        below = []
        if violation.steps is not None and violation.steps.events:
            below.append(printable(f"\n{self._reproducer(violation, report.nodeid)}\n"))
        if self._verbosity > 0:
            below.append("\nWhat happened, and what it means:\n\n" + "".join(f"{one}\n" for one in _details(violation)))
        report.longrepr = failure_of_lines(info, violation.block.split("\n"), below, violation.headline)

    def _reproducer(self, violation: ContractViolation, nodeid: str) -> str:
        language = settings_of(self._config).get("reproducer") or CURL
        assert violation.steps is not None
        if self._verbosity > 0 or self._alone:
            return reproducer(violation.steps, language).rstrip()
        common, played = functions(violation.steps, language)
        if self._functions_at in (None, nodeid):
            self._functions_at = nodeid
            return f"Reproduce with {language}:\n{common}{played.rstrip()}"
        where = f"its functions stand at {self._functions_at.rpartition('::')[2]}"
        return f"Reproduce with {language} ({where}):\n{played.rstrip()}"


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
    said = "no answer" if answer is None else f"{answer['status']} {answer['error']} {', '.join(answer['fields'])}"
    return printable(f"{step['request']} -> {' '.join(said.split())}")
