"""From a test to the controller: what contract tests covered, found and measured travels on their reports."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import suppress

import pytest

from pytest_auth0_mfa.contract.coverage import Coverage, Observation, first_line
from pytest_auth0_mfa.contract.findings.violation import ContractViolation, evidence
from pytest_auth0_mfa.messages import Json

from .contract_failures import Failures
from .keys import CLIENT, CONTRACT, note_of
from .usage import begin

_NAME = "auth0_mfa_contract"
_KINDS = {"_auth0_mfa_contract": "tenant", "_auth0_mfa_request": "client"}
"""Which contract a test is of, by the fixture that its class has."""


class ContractRecord:
    """What one contract test has to tell."""

    def __init__(self) -> None:
        self.coverage = Coverage()
        self.observations: list[Observation] = []
        self.seed: int | None = None
        """Of a machine: the seed with which it plays the same again."""
        self.client: Json = None
        """What a client contract adds; plain data."""

    def observed(self, observations: Iterable[Observation]) -> None:
        """Remember what was measured."""
        self.observations += observations

    def to_data(self) -> Json:
        """As plain data."""
        observations = sorted({(o.field, str(o.value), o.operation) for o in self.observations})
        return {
            "coverage": self.coverage.to_data(),
            "observations": [list(observation) for observation in observations],
            "seed": self.seed,
        }


class ContractReporter:
    """Puts on the reports of contract tests what they were, and what was found. Registered by the first of them."""

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
        """Attach the note; show a finding in the place of a traceback."""
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
        if found is not None and report.failed and call.excinfo is not None:
            self._failures.rewrite(report, call.excinfo)
        return report


def _described(item: pytest.Item, kind: str | None) -> dict[str, Json]:
    """Which contract and which flow a test is of."""
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
    function = getattr(item, "function", None)
    if kind == "tenant":
        from pytest_auth0_mfa.contract.tenant.scenarios import SCENARIOS

        function = SCENARIOS[name].act if name in SCENARIOS else function
    elif kind == "client":
        from pytest_auth0_mfa.contract.client.flows import scenarios

        with suppress(KeyError):
            return scenarios()[name].text
    return first_line(function) if function is not None else ""


def _properties(note: dict[str, Json], *, passed: bool) -> list[tuple[str, object]]:
    """What JUnit reports show: ids, and what they mean in words."""
    properties: list[tuple[str, object]] = [("auth0_mfa_title", note["title"])]
    if (found := note["finding"]) is not None:
        properties += [("auth0_mfa_finding", found["id"]), ("auth0_mfa_finding_title", found["headline"])]
    if note["seed"] is not None:
        properties.append(("auth0_mfa_seed", note["seed"]))
    return [*properties, ("auth0_mfa_contract", found["id"] if found else "kept")] if passed or found else properties


def contract_reporter(config: pytest.Config) -> ContractReporter:
    """The run's reporter, registered when first asked for."""
    found = config.pluginmanager.get_plugin(_NAME)
    if found is None:
        begin(config)
        found = ContractReporter(config)
        config.pluginmanager.register(found, _NAME)
    assert isinstance(found, ContractReporter)
    return found
