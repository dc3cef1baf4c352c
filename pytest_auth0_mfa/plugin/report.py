"""Collects the results of all tests, from every worker, and writes the reports when the run ends."""

from __future__ import annotations

import dataclasses
import shlex
import signal
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from pytest_auth0_mfa.contract.coverage import Coverage, last_words
from pytest_auth0_mfa.contract.findings.kinds import DRIFT, LEVELS
from pytest_auth0_mfa.contract.findings.violation import FINDINGS
from pytest_auth0_mfa.errors import UnwritableError, printable
from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.report import model
from pytest_auth0_mfa.report.model import Cell, ClientCoverage, Finding, Flow, Measurement, Result, RunSubject, Timing
from pytest_auth0_mfa.report.store import FORMATS, write
from pytest_auth0_mfa.spec.operations import OPERATIONS
from pytest_auth0_mfa.spec.outcomes import FlowState, Outcome
from pytest_auth0_mfa.spec.profile import Profile

from .contract import contract_reporter
from .findings_once import cause_of
from .keys import CLIENT, CONTRACT, LIVE, VERIFY, carried
from .settings import settings_of

_SLOWEST = 10
_LIVE_KIND = "auth0_mfa_live_kind"
_OPTIONS = ("target", "profile", "factors", "max_examples", "seed")
"""The options that decide what is played and expected; the command to play it again has them."""


@dataclasses.dataclass(slots=True)
class Collected:
    """The test reports of a run, from all workers."""

    config: pytest.Config
    started: float
    """The start in epoch seconds."""
    begun: float
    """The start in seconds of the monotonic clock."""
    reports: list[pytest.TestReport] = dataclasses.field(default_factory=list)
    workers: set[str] = dataclasses.field(default_factory=set)


def result_of(collected: Collected, session: pytest.Session, exit_code: int) -> Result:
    """The result of a run that is about to end."""
    tests = _by_test(collected.reports)
    flows = tuple(sorted(_flows(tests), key=lambda flow: (flow.contract, flow.name, flow.test)))
    findings = tuple(sorted(_findings(tests), key=_rank))
    live = collected.config.pluginmanager.get_plugin(LIVE)
    spent, plan = getattr(live, "used", ({}, ""))
    return Result(
        outcome=_outcome(exit_code, findings),
        exit_code=exit_code,
        subject=_subject(collected.config),
        tests=_counts(tests, session.testscollected),
        timing=_timing(collected),
        flows=flows,
        coverage=tuple(_cells(_coverage(collected.reports))),
        findings=findings,
        observations=tuple(_observations(collected)),
        clients=tuple(_clients(collected.reports)),
        plan=plan,
        spent=dict(sorted(spent.items())),
    )


def _by_test(reports: list[pytest.TestReport]) -> dict[str, list[pytest.TestReport]]:
    """The reports by test. A test that was interrupted after its set-up counts as not run."""
    tests: dict[str, list[pytest.TestReport]] = defaultdict(list)
    for report in reports:
        tests[report.nodeid].append(report)
    return {nodeid: found for nodeid, found in tests.items() if any(r.when == "call" or not r.passed for r in found)}


def _outcome(exit_code: int, findings: tuple[Finding, ...]) -> str:
    if exit_code == Outcome.VIOLATION.exit_code:
        return Outcome.VIOLATION if findings else Outcome.FAILED
    known = {
        Outcome.ALL_WELL.exit_code: Outcome.ALL_WELL,
        Outcome.DRIFT.exit_code: Outcome.DRIFT,
        Outcome.INCOMPLETE.exit_code: Outcome.INCOMPLETE,
        int(pytest.ExitCode.INTERRUPTED): Outcome.INTERRUPTED,
    }
    return known.get(exit_code, Outcome.COULD_NOT_RUN)


def _subject(config: pytest.Config) -> RunSubject:
    settings = settings_of(config)
    profile, factors = settings.profile, settings.get("factors")
    changed = Profile().differences(profile) if profile is not None else {}
    command = "auth0-mfa verify" if config.pluginmanager.has_plugin(VERIFY) else "pytest"
    options = {name: config.getoption(f"auth0_mfa_{name}") for name in _OPTIONS}
    given = [
        f"--auth0-mfa-{name.replace('_', '-')}={value}"
        for name, value in options.items()
        if value is not None and (name, value) != ("target", "fake")
    ]
    return RunSubject(
        settings.target,
        {name: mine for name, (_, mine) in sorted(changed.items())},
        tuple(sorted(factors or ())),
        settings.seed,
        settings.asked_examples,
        " ".join([command, *(shlex.quote(argument) for argument in given)]),
    )


def _counts(tests: dict[str, list[pytest.TestReport]], collected: int) -> dict[str, int]:
    counts = Counter(_ended(reports) for reports in tests.values())
    not_run = max(0, collected - len(tests))
    return {"passed": counts["passed"], "failed": counts["failed"], "skipped": counts["skipped"], "not_run": not_run}


def _ended(reports: list[pytest.TestReport]) -> str:
    for outcome in ("failed", "skipped"):
        if any(report.outcome == outcome for report in reports):
            return outcome
    return "passed"


def _timing(collected: Collected) -> Timing:
    durations = Counter[str]()
    for report in collected.reports:
        durations[report.nodeid] += report.duration  # type: ignore[assignment]  # Counter adds any number
    slowest = tuple((test, round(float(seconds), 2)) for test, seconds in durations.most_common(_SLOWEST))
    started = datetime.fromtimestamp(collected.started, UTC).isoformat(timespec="seconds")
    seconds = round(time.monotonic() - collected.begun, 1)
    return Timing(started, seconds, len(collected.workers), "", slowest, version("pytest-auth0-mfa"))


# -- tests -------------------------------------------------------------------------------------


def _flows(tests: dict[str, list[pytest.TestReport]]) -> Iterator[Flow]:
    for nodeid, reports in tests.items():
        data = next((data for report in reports if (data := carried(report, CONTRACT)) is not None), None)
        if data is None:
            continue
        state, reason = _state(reports)
        yield Flow(
            printable(data["flow"]),
            data["contract"],
            data["kind"],
            printable(data["title"]),
            state,
            printable(nodeid),
            printable(reason),
        )


def _state(reports: list[pytest.TestReport]) -> tuple[str, str]:
    failed = next((report for report in reports if report.failed), None)
    if failed is not None:
        broken = any((carried(report, CONTRACT) or {}).get("finding") for report in reports)
        return (FlowState.BROKEN, "") if broken else (FlowState.FAILED, _crash(failed))
    skipped = next((report for report in reports if report.skipped), None)
    if skipped is None:
        return FlowState.KEPT, ""
    reason = skipped.longrepr[2] if isinstance(skipped.longrepr, tuple) else getattr(skipped, "wasxfail", "")
    kinds = {str(value) for name, value in skipped.user_properties if name == _LIVE_KIND}
    state = next(
        (state for state in (FlowState.COULD_NOT_RUN, FlowState.UNJUDGED) if state in kinds), FlowState.SKIPPED
    )
    return state, str(reason).removeprefix("Skipped: ")


def _crash(report: pytest.TestReport) -> str:
    crash = getattr(report.longrepr, "reprcrash", None)
    text = crash.message if crash is not None else str(report.longrepr)
    return f"{report.when}: {text.strip().partition(chr(10))[0][:500]}"


def _printable(value: Json) -> Json:
    """Decoded JSON with `printable` applied to every string."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, dict):
        return {printable(str(name)): _printable(member) for name, member in value.items()}
    return [_printable(item) for item in value] if isinstance(value, list | tuple) else value


# -- findings ----------------------------------------------------------------------------------


def _findings(tests: dict[str, list[pytest.TestReport]]) -> Iterator[Finding]:
    met: dict[tuple[str, ...], list[tuple[Json, Json, str]]] = defaultdict(list)
    for nodeid, reports in tests.items():
        for report in reports:
            data = _printable(carried(report, CONTRACT) or {})
            if report.failed and (found := data.get("finding")) is not None:
                met[cause_of(found)].append((found, data, printable(nodeid)))
    for group in met.values():
        yield _finding(group)


def _finding(group: list[tuple[Json, Json, str]]) -> Finding:
    group = sorted(group, key=lambda met: (len(met[0]["steps"]), met[2]))  # fewest steps first
    found = group[0][0]
    group = sorted(group, key=lambda met: met[1]["flow"] == model.MACHINE)  # documented flows first
    kind = FINDINGS.get(found["id"])
    return Finding(
        id=found["id"],
        level=kind.level if kind is not None else LEVELS[0],
        title=kind.title if kind is not None else "",
        operation=found["operation"],
        refusal=found["refusal"],
        field=found["field"],
        expected=found["expected"],
        actual=found["actual"],
        source=found["source"],
        explanation=kind.text if kind is not None else "",
        flows=tuple(dict.fromkeys(data["flow"] for _, data, _ in group)),
        tests=tuple(dict.fromkeys(nodeid for _, _, nodeid in group)),
        steps=tuple(found["steps"]),
        curl=found["curl"],
        python=found["python"],
        seed=group[0][1].get("seed"),
    )


def _rank(finding: Finding) -> tuple[int, int, str, str, str, str]:
    """A sort key: violations before drift, then by the number of flows."""
    level = 0 if finding.level != DRIFT else 1
    return level, -len(finding.flows), finding.id, finding.operation, finding.field, finding.actual


# -- what was covered and measured -------------------------------------------------------------


def _coverage(reports: list[pytest.TestReport]) -> Coverage:
    coverage = Coverage()
    for report in reports:
        for name in (CONTRACT, CLIENT):
            if data := (carried(report, name) or {}).get("coverage"):
                coverage.add(Coverage.from_data(data))
    return coverage


def _cells(coverage: Coverage) -> Iterator[Cell]:
    order = {operation: index for index, operation in enumerate(OPERATIONS)}
    rows = sorted(coverage.calls.items(), key=lambda row: (order.get(row[0][0], 99), row[0]))
    for (operation, outcome, factor), calls in rows:
        shape = coverage.shapes.get((operation, outcome, factor))
        answers = tuple(sorted(printable(answer) for answer in shape.answers)) if shape is not None else ()
        fields = (
            {
                printable(path): "|".join(sorted(field.types)) + ("?" if shape.optional(path) else "")
                for path, field in sorted(shape.fields.items())
                if field.parent
            }
            if shape is not None
            else {}
        )
        yield Cell(operation, outcome, factor, calls, answers, fields)


def _observations(collected: Collected) -> Iterator[Measurement]:
    observed, tests = [], defaultdict(list)
    for report in collected.reports:
        for field, value, operation in (carried(report, CONTRACT) or {}).get("observations", ()):
            observed.append((str(field), value, str(operation)))
            tests[str(field), str(value)].append(printable(report.nodeid))
    base = settings_of(collected.config).profile or Profile()
    for field, value, operation in last_words(observed, base):
        shown = tuple(sorted(tests[field, str(value)]))
        yield Measurement(printable(field), printable(str(value)), operation, shown)


def _clients(reports: list[pytest.TestReport]) -> Iterator[ClientCoverage]:
    if not any(carried(report, CLIENT) for report in reports):
        return
    from pytest_auth0_mfa.contract.client.calling import in_short

    from .contract_summary import gathered

    for name, client in gathered(reports).items():
        yield ClientCoverage(name, client.examples, tuple(in_short(client.uncovered)), tuple(sorted(client.observed)))


NAME = "auth0_mfa_report"
"""The name under which the collector is registered."""
DEFAULT_DIR = "auth0-mfa-report"


def register(config: pytest.Config) -> None:
    """Register the collector if the settings ask for reports."""
    settings = settings_of(config)
    formats, folder = settings.get("report"), settings.get("report_dir")
    if formats is None and folder is None:
        return
    base = config.invocation_params.dir
    names = FORMATS if formats is None else formats
    contract_reporter(config)  # also for findings of tests outside contract classes
    config.pluginmanager.register(ReportCollector(config, names, base, str(folder or DEFAULT_DIR)), NAME)


class ReportCollector:
    """The plugin that collects the reports of all tests on the controller, and writes the result."""

    def __init__(self, config: pytest.Config, formats: tuple[str, ...], base: Path, folder: str) -> None:
        self._collected = Collected(config, time.time(), time.monotonic())
        self._folder = base / folder
        self._shown = folder
        self._formats = formats
        self._written = ""
        self._is_worker = hasattr(config, "workerinput")
        self._before: Any = None

    def pytest_sessionstart(self) -> None:
        """Treat SIGTERM, with which CI systems end a job, like Ctrl-C, so that the reports are written."""
        if not self._is_worker and threading.current_thread() is threading.main_thread():
            self._before = signal.getsignal(signal.SIGTERM)
            if self._before is signal.SIG_DFL:
                signal.signal(signal.SIGTERM, _interrupt)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the report."""
        if not self._is_worker:
            self._collected.reports.append(report)
            node = getattr(report, "node", None)  # pytest-xdist's
            if node is not None:
                self._collected.workers.add(str(node.gateway.id))

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Write the reports, after other plugins have set the exit code."""
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
        files = ", ".join(file.name for file in written)
        self._written = f"auth0-mfa: wrote {self._shown}: {files}" + (f"; {problem}" if problem else "")

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say which files were written."""
        if self._written:
            terminalreporter.write_line(self._written)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt("SIGTERM")
