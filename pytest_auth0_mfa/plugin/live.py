"""The part of the plugin for runs against a real tenant, registered when the target is a domain.

Ctrl-C ends such a run as usual, with cleanup. A second Ctrl-C ends the process at once.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from pytest_auth0_mfa.contract.coverage import last_words
from pytest_auth0_mfa.contract.tenant.scenarios import SCENARIOS
from pytest_auth0_mfa.contract.tenant.verdicts import CouldNotRun, NotJudged, Undecided
from pytest_auth0_mfa.errors import Auth0MfaError, ConfigurationError, UnwritableError, printable
from pytest_auth0_mfa.files import write_atomically
from pytest_auth0_mfa.live.cleanup import clean_up
from pytest_auth0_mfa.live.ledger import Ledger, LedgerError
from pytest_auth0_mfa.live.run import LiveRun, RealTenantSubject, secrets_of_environment
from pytest_auth0_mfa.live.settings import LiveSettings, from_environment
from pytest_auth0_mfa.spec.outcomes import FlowState, Outcome
from pytest_auth0_mfa.spec.profile import Profile, profile_fields
from pytest_auth0_mfa.tenant.arguments import checked_domain

from .keys import CONTRACT, LIVE, carried
from .redaction import Redaction, redact
from .settings import settings_of

AT_ONCE = 130
"""The exit code of a process that SIGINT ends: 128 plus the signal's number."""


class Interrupts:
    """Handles SIGINT. ``say`` tells what may be left; it is called before the process ends without pytest's end."""

    def __init__(self, say: Callable[[], None]) -> None:
        self._say = say
        self._before: Callable[[int, FrameType | None], object] | None = None
        self.count = 0
        self.at_the_end = False
        """Whether all tests have ended. From then on pytest would show a traceback for an interrupt."""

    def begin(self) -> None:
        """Install the handler before the existing one, unless SIGINT is ignored, as in a shell's background job."""
        before = signal.getsignal(signal.SIGINT)
        if threading.current_thread() is threading.main_thread() and callable(before):
            self._before = before
            signal.signal(signal.SIGINT, self._handle)

    def end(self) -> None:
        """Restore the previous handler."""
        if self._before is not None and signal.getsignal(signal.SIGINT) == self._handle:
            signal.signal(signal.SIGINT, self._before)
        self._before = None

    def _handle(self, number: int, frame: FrameType | None) -> None:
        self.count += 1
        if self.count > 1 or self.at_the_end:
            code = AT_ONCE if self.count > 1 else int(pytest.ExitCode.INTERRUPTED)
            with contextlib.suppress(Exception):  # end the process whatever the signal interrupted
                self._say()
            for stream in (sys.stdout, sys.stderr):
                with contextlib.suppress(Exception):
                    stream.flush()
            os._exit(code)  # without teardown: the ledger names what is left
        assert self._before is not None
        self._before(number, frame)


KIND = "auth0_mfa_live_kind"
"""The user property that says why a test was left unjudged."""
UNDECIDED = "auth0_mfa_live_undecided"
"""The user property of a test that was left unjudged though neither network nor sources failed."""
_FOUND_NOTHING = (Outcome.ALL_WELL.exit_code, pytest.ExitCode.NO_TESTS_COLLECTED)
TOO_MUCH = 5
"""A run counts as not made if network or sources left at least this many tests unjudged, and more than were
judged."""


def register(config: pytest.Config) -> None:
    """Prepare a run against a real tenant. Raises UsageError for a domain that is not allowed or wrong settings."""
    domain = str(config.getoption("auth0_mfa_target"))
    try:
        checked_domain(domain)
    except ConfigurationError as error:
        raise pytest.UsageError(f"--auth0-mfa-target: {error}") from None
    allowed = [str(line).lower() for line in config.getini("auth0_mfa_live_domains")]
    if domain.lower() not in allowed:
        raise pytest.UsageError(
            f"--auth0-mfa-target={domain}: refusing to run. Add it to auth0_mfa_live_domains to allow it:\n"
            f"  auth0_mfa_live_domains = {' '.join([*allowed, domain])}"
        )
    worker = getattr(config, "workerinput", {})
    try:
        settings = from_environment(
            domain,
            os.environ,
            factors=_factors(config),
            rate=settings_of(config).get("rate_limit"),
            worker=int(str(worker.get("workerid", "gw0")).removeprefix("gw")),
            workers=int(worker.get("workercount", 1)),
        )
    except ConfigurationError as error:
        raise pytest.UsageError(str(error)) from None
    plugin = LivePlugin(config, settings)
    config.pluginmanager.register(plugin, LIVE)
    config.pluginmanager.register(Redaction(config, plugin.secrets))


def _factors(config: pytest.Config) -> frozenset[str] | None:
    given = settings_of(config).get("factors")
    return None if given is None else frozenset(given)


def subject_of(request: pytest.FixtureRequest) -> RealTenantSubject:
    """The subject of a test whose target is a domain. Raises CouldNotRun."""
    plugin = request.config.pluginmanager.get_plugin(LIVE)
    assert isinstance(plugin, LivePlugin)
    return plugin.run(request).subject()


class LivePlugin:
    """The plugin for a run against a real tenant: its ledger, secrets, budget, observations and exit code."""

    def __init__(self, config: pytest.Config, settings: LiveSettings) -> None:
        self._config = config
        self._settings = settings
        self._ledger = Ledger()
        self.secrets = secrets_of_environment()
        self.secrets.add(*(user.password for user in settings.users))
        self._given: Profile | None = settings_of(config).profile
        self._run: LiveRun | None = None
        self._names: list[str] = []
        self._machines = 0
        self._spent: Counter[str] = Counter()
        self._plan = ""
        self._refusal = ""
        self._stack = ExitStack()
        self._kinds: Counter[str] = Counter()
        self._reasons: dict[str, str] = {}
        self._failed = 0
        self._judged = 0
        self._disturbed = 0
        self._drifted = 0
        self._observed: list[tuple[str, object, str]] = []
        self._exercised: set[str] = set()
        self._worker = hasattr(config, "workerinput")
        self._interrupts = Interrupts(self._say_what_is_left)

    # -- the run ---------------------------------------------------------------------------------

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Remove what a killed run left, unless another run is using it; then hold the ledger."""
        self._interrupts.begin()
        try:
            if not self._worker and self._ledger.open_entries(self._settings.domain):
                with self._ledger.alone() as alone:
                    if alone:
                        self._say(clean_up(self._settings, self._ledger, self.secrets))
            self._stack.enter_context(self._ledger.in_use())
        except Auth0MfaError as error:
            pytest.exit(f"could not run: {error}", returncode=Outcome.COULD_NOT_RUN.exit_code)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Note which contract tests will run, to plan the budget."""
        for item in session.items:
            name = getattr(item, "callspec", None) and item.callspec.params.get("name")  # type: ignore[attr-defined]
            if name in SCENARIOS:
                self._names.append(name)
            self._machines += item.name == "test_machine"

    def run(self, request: pytest.FixtureRequest) -> LiveRun:
        """The run, made for the first test. Raises CouldNotRun when it cannot be made."""
        if self._refusal:
            raise CouldNotRun(self._refusal)
        if self._run is None:
            try:
                self._run = self._made(request)
                asked = settings_of(self._config)
                self._plan = self._run.plan(self._names, self._machines, asked.asked_examples, asked.seed)
            except (Auth0MfaError, NotJudged) as error:
                message = str(error).removeprefix("left unjudged: ")
                self._refusal = message if isinstance(error, CouldNotRun) else f"could not run: {message}"
                raise CouldNotRun(self._refusal) from None
            self._say(f"auth0-mfa: {self._plan}")
        return self._run

    def _made(self, request: pytest.FixtureRequest) -> LiveRun:
        def given(name: str) -> object:
            """The value of the fixture, else of the environment variable."""
            return request.getfixturevalue(f"auth0_mfa_{name}") or os.environ.get(f"AUTH0_MFA_{name.upper()}") or None

        return LiveRun(
            self._settings,
            self.secrets,
            profile=self._given,
            otp_source=given("otp_source"),
            push_approver=given("push_approver"),
            ledger=self._ledger,
        )

    def _say(self, line: str) -> None:
        reporter = self._config.pluginmanager.get_plugin("terminalreporter")
        capture = self._config.pluginmanager.get_plugin("capturemanager")
        if reporter is not None and line:
            with capture.global_and_fixture_disabled() if capture is not None else nullcontext():
                reporter.ensure_newline()
                reporter.write_line(printable(line))

    # -- reports ---------------------------------------------------------------------------------

    @property
    def used(self) -> tuple[dict[str, int], str]:
        """What was used of the budget, and the sentence about the plan; complete when the session has finished."""
        return dict(self._spent), self._plan

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
        """Note why a test was left unjudged, and remove secrets from the report."""
        report: pytest.TestReport = yield
        if call.excinfo is not None and isinstance(call.excinfo.value, NotJudged):
            report.user_properties.append((KIND, call.excinfo.value.kind.value))
            if isinstance(call.excinfo.value, Undecided):
                report.user_properties.append((UNDECIDED, True))
            if isinstance(report.longrepr, tuple):  # without the exception's module name before the reason
                report.longrepr = (*report.longrepr[:2], f"Skipped: {call.excinfo.value}")
        redact(report, self.secrets)
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count how tests ended, on all workers."""
        kinds = [str(value) for name, value in report.user_properties if name == KIND and report.skipped]
        for kind in kinds[-1:]:
            self._kinds[kind] += 1
            self._disturbed += kind == FlowState.UNJUDGED and (UNDECIDED, True) not in report.user_properties
            reason = report.longrepr[2].removeprefix("Skipped: ") if isinstance(report.longrepr, tuple) else ""
            self._reasons.setdefault(f"{kind}: {reason}", report.nodeid)
        note = carried(report, CONTRACT) or {}
        self._observed += [(field, value, operation) for field, value, operation in note.get("observations", ())]
        self._judged += report.when == "call" and not report.skipped and note.get("kind") == "tenant"
        if report.failed:
            drifted = (note.get("finding") or {}).get("id") in ("MFA031", "MFA032")
            self._failed += not drifted
            self._drifted += drifted

    # -- the end ---------------------------------------------------------------------------------

    def pytest_internalerror(self) -> None:
        """Note that the run failed: pytest-xdist reports success after an internal error in a worker."""
        self._kinds[FlowState.COULD_NOT_RUN] += 1

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """Add what a worker used."""
        data = getattr(node, "workeroutput", {}).get(LIVE)
        if data:
            self._spent.update(data["spent"])
            self._exercised.update(data["exercised"])
            self._plan = self._plan or data["plan"]

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Set the exit code for drift, an incomplete run or one that could not run."""
        if self._run is not None:
            self._spent.update(self._run.spent.counts)
            self._exercised.update(self._run.measured.exercised)
        self._interrupts.at_the_end = True
        if self._interrupts.count and exitstatus != pytest.ExitCode.INTERRUPTED:
            session.exitstatus = exitstatus = pytest.ExitCode.INTERRUPTED  # pytest did not notice the interrupt
        if self._worker:
            data = {"spent": dict(self._spent), "exercised": sorted(self._exercised), "plan": self._plan}
            self._config.workeroutput[LIVE] = data  # type: ignore[attr-defined]  # pytest-xdist's
            return
        if exitstatus == Outcome.VIOLATION.exit_code and self._drifted and not self._failed:
            session.exitstatus = Outcome.DRIFT.exit_code
        elif exitstatus in _FOUND_NOTHING:
            if self._kinds[FlowState.COULD_NOT_RUN] or self._says_too_little:
                session.exitstatus = Outcome.COULD_NOT_RUN.exit_code
            elif self._kinds[FlowState.UNJUDGED]:
                session.exitstatus = Outcome.INCOMPLETE.exit_code

    @property
    def _says_too_little(self) -> bool:
        """Whether network and sources left too many tests unjudged; see `TOO_MUCH`."""
        return self._disturbed >= TOO_MUCH and self._disturbed > self._judged

    def pytest_unconfigure(self) -> None:
        """Close the connections and release the ledger. Even an interrupted test has given its users back by now."""
        if self._run is not None:
            self._run.close()
        self._stack.close()
        self._interrupts.end()

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter, exitstatus: int) -> None:
        """Say what was used, what was left unjudged and why, what may be left, and where the profile was written."""
        write = terminalreporter.write_line
        used = ", ".join(f"{number} {name}" for name, number in sorted(self._spent.items()))
        if self._plan:
            write(f"auth0-mfa: {self._plan}; used: {used or 'nothing'}")
        for reason, nodeid in self._reasons.items():
            if not reason.startswith(FlowState.SKIPPED):
                write(printable(f"auth0-mfa: {nodeid}: {reason.partition(': ')[2]}"), yellow=True)
        if self._says_too_little and exitstatus in _FOUND_NOTHING:  # otherwise another exit code applies
            share = f"{self._disturbed} of {self._disturbed + self._judged} contract tests"
            said = f"auth0-mfa: could not run: {share} were left unjudged by the network or a source of codes"
            write(said, yellow=True)
        interrupted = exitstatus == pytest.ExitCode.INTERRUPTED
        if interrupted:
            write(self._left())
        if self._config.getoption("auth0_mfa_update_profile"):
            write(self._update_profile(whole=not interrupted))

    def _left(self) -> str:
        """A sentence about what an interrupted run may have left."""
        try:
            number = len(self._ledger.open_entries(self._settings.domain))
        except LedgerError as error:
            return f"auth0-mfa: interrupted; nobody knows what is left: {error}"
        if not number:
            return "auth0-mfa: interrupted; nothing is left in the tenant"
        return (
            f"auth0-mfa: {number} user{'s' if number > 1 else ''} or enrolment{'s' if number > 1 else ''} may be left: "
            "the next run removes what is there, and so does auth0-mfa cleanup"
        )

    def _say_what_is_left(self) -> None:
        self._say(self._left())

    def _update_profile(self, *, whole: bool) -> str:
        """Write the measured profile, unless the run failed or was interrupted; return a sentence about it."""
        path = self._profile_path()
        if self._failed or self._kinds[FlowState.COULD_NOT_RUN] or not whole:
            return f"auth0-mfa: {path} was not written: the run did not end well enough to be believed"
        base = self._given or Profile()
        changes = {name: value for name, value, _ in last_words(self._observed, base) if name in profile_fields()}
        profile = base.with_(**{name: _typed(value, getattr(base, name)) for name, value in changes.items()})
        stamp = datetime.now(UTC).isoformat(timespec="seconds")
        text = (
            "# Measured by pytest-auth0-mfa. Fields that no call read have their defaults.\n[measured]\n"
            f'at = "{stamp}"\ndomain = "{self._settings.domain}"\n\n{profile.dumps()}'
        )
        try:
            write_atomically(path, text)
        except UnwritableError as error:
            return f"auth0-mfa: {error} Then run again."
        return f"auth0-mfa: wrote {path} ({len(profile.differences(Profile()))} fields unlike the default)"

    def _profile_path(self) -> Path:
        option = self._config.getoption("auth0_mfa_profile") or self._config.getini("auth0_mfa_profile")
        folder = self._config.invocation_params.dir
        return folder / str(option) if option else folder / ".auth0-mfa" / "profile.toml"


def _typed(value: object, like: object) -> object:
    """A value converted to the type of ``like``: values from workers arrive as text."""
    if isinstance(like, bool):
        return value in (True, "True")
    return int(str(value)) if isinstance(like, int) else str(value)
