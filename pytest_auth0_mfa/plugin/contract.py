"""Puts what a contract test covered, found and measured on its report, which carries it to the controller.

The terminal shows a broken contract as the finding, its reproducer and, at -v, details.
"""

from __future__ import annotations

import textwrap
from collections.abc import Generator, Iterable, Iterator
from contextlib import suppress
from typing import Any

import pytest

from pytest_auth0_mfa.contract.coverage import Coverage, Observation
from pytest_auth0_mfa.contract.findings.violation import FINDINGS, ContractViolation, evidence
from pytest_auth0_mfa.contract.reproducer import CURL, functions, reproducer
from pytest_auth0_mfa.errors import printable
from pytest_auth0_mfa.messages import Json

from .compat import failure_of_lines
from .keys import CLIENT, CONTRACT, note_of
from .settings import settings_of
from .usage import begin


class Failures:
    """Shows the failures of a run or worker. The functions that reproducers share are shown with the first of
    them."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._verbosity = int(config.get_verbosity())
        self._ours = config.getoption("tbstyle", "auto") == "auto" and self._verbosity < 2
        self._alone = hasattr(config, "workerinput")  # a worker: its reports are shown among those of others
        self._functions_at: str | None = None
        self._functions = ""

    def rewrite(self, report: pytest.TestReport, info: pytest.ExceptionInfo[Any]) -> None:
        """Show the finding instead of pytest's traceback, unless the user asked for tracebacks (--tb, -vv)."""
        violation = info.value
        if not isinstance(violation, ContractViolation) or violation.difference is None or not self._ours:
            return
        below = []
        if violation.steps is not None and violation.steps.events:
            below.append(printable(f"\n{self._reproducer(violation, report.nodeid)}\n"))
        if self._verbosity > 0:
            below.append(
                "\nWhat happened, and what it means:\n\n" + "".join(f"{line}\n" for line in _details(violation))
            )
        report.longrepr = failure_of_lines(info, violation.block.split("\n"), below, violation.headline)

    def _reproducer(self, violation: ContractViolation, nodeid: str) -> str:
        language = settings_of(self._config).get("reproducer") or CURL
        assert violation.steps is not None
        if self._verbosity > 0 or self._alone:
            return reproducer(violation.steps, language).rstrip()
        common, played = functions(violation.steps, language)
        computes = "totp(" in common and "totp(" not in self._functions  # `totp` is not in every reproducer
        if self._functions_at in (None, nodeid) or computes:
            self._functions_at, self._functions = nodeid, common
            return f"Reproduce with {language}:\n{common}{played.rstrip()}"
        where = f"its functions stand at {self._functions_at.rpartition('::')[2]}"
        return f"Reproduce with {language} ({where}):\n{played.rstrip()}"


def _details(violation: ContractViolation) -> Iterator[str]:
    """A line for each step, then the meaning of the finding."""
    for number, step in enumerate(evidence(violation)["steps"], start=1):
        yield f"{number:3}. {_step(step)}"
    yield ""
    yield from textwrap.wrap(FINDINGS[str(violation.finding)].text, 79)


def _step(step: Json) -> str:
    if step["kind"] != "call":
        return printable(step["text"])
    answer = step["answer"]
    outcome = "no answer" if answer is None else f"{answer['status']} {answer['error']} {', '.join(answer['fields'])}"
    return printable(f"{step['request']} -> {' '.join(outcome.split())}")


_NAME = "auth0_mfa_contract"
_KINDS = {"_auth0_mfa_contract": "tenant", "_auth0_mfa_request": "client"}
"""By the fixture that a contract class uses: the kind of the contract."""
_MACHINES = {
    "tenant": "In any order of calls, the tenant answers as a fresh fake does.",
    "client": "The client also behaves correctly in orders of events that no scenario covers.",
}
"""The titles of the tests with a random walk, by kind of contract."""


class ContractRecord:
    """What a contract test covered and measured."""

    def __init__(self) -> None:
        self.coverage = Coverage()
        self.observations: list[Observation] = []
        self.seed: int | None = None
        """The seed with which a random walk plays the same again."""
        self.client: Json = None
        """What a client contract adds, as plain data."""

    def observed(self, observations: Iterable[Observation]) -> None:
        """Add what was measured."""
        self.observations += observations

    def to_data(self) -> Json:
        """The record as plain data, without ``client``."""
        observations = sorted({(o.field, str(o.value), o.operation) for o in self.observations})
        return {
            "coverage": self.coverage.to_data(),
            "observations": [list(observation) for observation in observations],
            "seed": self.seed,
        }


class ContractReporter:
    """The plugin that attaches notes to the reports of contract tests. The first such test registers it."""

    def __init__(self, config: pytest.Config) -> None:
        self._records: dict[str, ContractRecord] = {}
        self._failures = Failures(config)

    def record(self, item: pytest.Item) -> ContractRecord:
        """The record of a test."""
        return self._records.setdefault(item.nodeid, ContractRecord())

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Attach the note, and show a finding instead of a traceback."""
        raised = call.excinfo.value if call.excinfo is not None else None
        found = raised if isinstance(raised, ContractViolation) and raised.difference is not None else None
        kind = next((kind for name, kind in _KINDS.items() if name in getattr(item, "fixturenames", ())), None)
        if kind is not None or found is not None:
            record = self._records.pop(item.nodeid, None) if call.when == "call" else None
            note = {**_described(item, kind), "finding": None if found is None else evidence(found)}
            if record is not None:
                note.update(record.to_data())
                if record.client is not None:
                    note_of(item)[CLIENT] = record.client
                item.user_properties += _properties(note, passed=raised is None)
            note_of(item)[CONTRACT] = note
        report = yield
        if kind is not None and isinstance(raised, pytest.skip.Exception) and isinstance(report.longrepr, tuple):
            report.longrepr = (*report.longrepr[:2], f"Skipped: {raised}")  # without the exception's module name
        if found is not None and report.failed and call.excinfo is not None:
            self._failures.rewrite(report, call.excinfo)
        return report


def _described(item: pytest.Item, kind: str | None) -> dict[str, Json]:
    """The contract, flow, kind and title of a test."""
    parameters = getattr(getattr(item, "callspec", None), "params", {})
    name = str(parameters.get("name") or parameters.get("scenario") or item.name.removeprefix("test_"))
    cls = getattr(item, "cls", None)
    return {
        "flow": name,
        "contract": cls.__name__ if cls is not None else item.path.name,
        "kind": kind or "tenant",
        "title": _title(kind, name, item),
    }


def _title(kind: str | None, name: str, item: pytest.Item) -> str:
    if kind is not None and name == "machine":
        return _MACHINES[kind]
    if kind == "tenant":
        from pytest_auth0_mfa.contract.tenant.scenarios import SCENARIOS

        if name in SCENARIOS:
            return SCENARIOS[name].title
    elif kind == "client":
        from pytest_auth0_mfa.contract.client.flows import scenarios

        with suppress(KeyError):
            return scenarios()[name].title
    text: str = getattr(getattr(item, "function", None), "__doc__", None) or ""
    return text.strip().partition("\n")[0]


def _properties(note: dict[str, Json], *, passed: bool) -> list[tuple[str, object]]:
    """The user properties for JUnit reports: ids and titles."""
    properties: list[tuple[str, object]] = [("auth0_mfa_title", note["title"])]
    if (found := note["finding"]) is not None:
        properties += [("auth0_mfa_finding", found["id"]), ("auth0_mfa_finding_title", found["headline"])]
    if note["seed"] is not None:
        properties.append(("auth0_mfa_seed", note["seed"]))
    return [*properties, ("auth0_mfa_contract", found["id"] if found else "kept")] if passed or found else properties


def contract_reporter(config: pytest.Config) -> ContractReporter:
    """The reporter of the run, registered on first use."""
    found = config.pluginmanager.get_plugin(_NAME)
    if found is None:
        begin(config)
        found = ContractReporter(config)
        config.pluginmanager.register(found, _NAME)
    assert isinstance(found, ContractReporter)
    return found
