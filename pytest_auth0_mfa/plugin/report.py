"""Hooks that gather what the tests of a run have to tell, whatever the worker, and write it at the end."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import pytest

from pytest_auth0_mfa.contract.findings.evidence import evidence
from pytest_auth0_mfa.contract.findings.violation import ContractViolation
from pytest_auth0_mfa.contract.titles import first_line
from pytest_auth0_mfa.errors import UnwritableError
from pytest_auth0_mfa.messages import Json

from .settings import setting

if TYPE_CHECKING:
    from pytest_auth0_mfa.report.model import Result

NAME = "auth0_mfa_report"
"""The attribute of pytest's reports that holds what we add, and the name under which the collector is registered."""
FORMATS = ("json", "md", "html")
DEFAULT_DIR = "auth0-mfa-report"
_KINDS = {"_auth0_mfa_contract": "tenant", "_auth0_mfa_request": "client"}


def register(config: pytest.Config) -> None:
    """Register the collector when reports are asked for."""
    formats, folder = setting(config, "report"), setting(config, "report_dir")
    if formats is None and folder is None:
        return
    base = config.invocation_params.dir
    names = FORMATS if formats is None else formats
    config.pluginmanager.register(Collector(config, names, base / str(folder or DEFAULT_DIR)), NAME)


class Collector:
    """What was told; on a worker it only adds to pytest's reports."""

    def __init__(self, config: pytest.Config, formats: tuple[str, ...], folder: Path) -> None:
        self.config = config
        self.folder = folder
        self.started = time.time()
        self.begun = time.monotonic()
        self.reports: list[pytest.TestReport] = []
        self.workers: set[str] = set()
        self._formats = formats
        self._written = ""
        self._is_worker = hasattr(config, "workerinput")
        self._before: Any = None

    def pytest_sessionstart(self) -> None:
        """CI systems end a job with SIGTERM: take it like Ctrl-C, so that the reports are written."""
        if not self._is_worker and threading.current_thread() is threading.main_thread():
            self._before = signal.getsignal(signal.SIGTERM)
            if self._before is signal.SIG_DFL:
                signal.signal(signal.SIGTERM, _interrupt)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
        """Put on the report of a contract test what it was and what was found."""
        report: pytest.TestReport = yield
        told = _told(item, call)
        if told is not None:
            live = self.config.pluginmanager.get_plugin("auth0_mfa_live")
            hide: Callable[[str], str] = getattr(live, "hidden", str)
            setattr(report, NAME, _hidden(told, hide))
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep it."""
        if not self._is_worker:
            self.reports.append(report)
            node = getattr(report, "node", None)  # pytest-xdist's
            if node is not None:
                self.workers.add(str(node.gateway.id))

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Write the reports; by now the exit code is final."""
        if self._is_worker:
            return
        if self._before is signal.SIG_DFL:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
        from .report_build import result_of

        result = result_of(self, session, int(session.exitstatus))
        try:
            self._write(result)
        except UnwritableError as error:
            self._written = f"auth0-mfa: {error} Name another folder: --auth0-mfa-report-dir"

    def _write(self, result: Result) -> None:
        from pytest_auth0_mfa.report.files import write

        written, problem = write(result, self.folder, self._formats)
        where = ", ".join(str(file) for file in written)
        self._written = f"auth0-mfa: wrote {where}" + (f"; {problem}" if problem else "")

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say where the reports are."""
        if self._written:
            terminalreporter.write_line(self._written)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt("SIGTERM")


def _told(item: pytest.Item, call: pytest.CallInfo[None]) -> dict[str, Json] | None:
    names = getattr(item, "fixturenames", ())
    kind = next((kind for fixture, kind in _KINDS.items() if fixture in names), None)
    raised = call.excinfo.value if call.excinfo is not None else None
    found = raised if isinstance(raised, ContractViolation) else None
    if kind is None and (found is None or found.finding is None):
        return None
    parameters = getattr(getattr(item, "callspec", None), "params", {})
    name = str(parameters.get("name") or parameters.get("scenario") or item.name.removeprefix("test_"))
    cls = getattr(item, "cls", None)
    told: dict[str, Json] = {
        "flow": name,
        "contract": cls.__name__ if cls is not None else item.path.name,
        "kind": kind or "tenant",
        "title": _title(kind, name, item),
    }
    if found is not None and found.finding is not None:
        told["finding"] = evidence(found)
    return told


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


def _hidden(value: Json, hide: Callable[[str], str]) -> Json:
    if isinstance(value, str):
        return hide(value)
    if isinstance(value, dict):
        return {key: _hidden(member, hide) for key, member in value.items()}
    return [_hidden(item, hide) for item in value] if isinstance(value, list) else value
