"""Hooks that gather what the tests of a run have to tell, whatever the worker, and write it at the end."""

from __future__ import annotations

import signal
import threading
import time
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from pytest_auth0_mfa.errors import UnwritableError
from pytest_auth0_mfa.report.files import FORMATS, write
from pytest_auth0_mfa.report.model import Result

from .contract import contract_reporter
from .report_build import Collected, result_of
from .settings import settings_of

NAME = "auth0_mfa_report"
"""The name under which the collector is registered."""
DEFAULT_DIR = "auth0-mfa-report"


def register(config: pytest.Config) -> None:
    """Register the collector when reports are asked for."""
    settings = settings_of(config)
    formats, folder = settings.get("report"), settings.get("report_dir")
    if formats is None and folder is None:
        return
    base = config.invocation_params.dir
    names = FORMATS if formats is None else formats
    contract_reporter(config)  # findings of tests outside contract classes are collected too
    config.pluginmanager.register(ReportCollector(config, names, base / str(folder or DEFAULT_DIR)), NAME)


class ReportCollector:
    """Gathers the reports of all tests on the controller."""

    def __init__(self, config: pytest.Config, formats: tuple[str, ...], folder: Path) -> None:
        self._collected = Collected(config, time.time(), time.monotonic())
        self._folder = folder
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

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep it."""
        if not self._is_worker:
            self._collected.reports.append(report)
            node = getattr(report, "node", None)  # pytest-xdist's
            if node is not None:
                self._collected.workers.add(str(node.gateway.id))

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Write the reports; by now the exit code is final."""
        if self._is_worker:
            return
        if self._before is signal.SIG_DFL:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
        result = result_of(self._collected, session, int(session.exitstatus))
        try:
            self._write(result)
        except UnwritableError as error:
            self._written = f"auth0-mfa: {error} Name another folder: --auth0-mfa-report-dir"

    def _write(self, result: Result) -> None:
        written, problem = write(result, self._folder, self._formats)
        where = ", ".join(str(file) for file in written)
        self._written = f"auth0-mfa: wrote {where}" + (f"; {problem}" if problem else "")

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say where the reports are."""
        if self._written:
            terminalreporter.write_line(self._written)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt("SIGTERM")
