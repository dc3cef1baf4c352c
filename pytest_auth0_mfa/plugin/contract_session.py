"""What contract classes get from pytest: options, the subject that the target names, progress and their record."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from typing import TypeVar

import pytest

from pytest_auth0_mfa.contract.tenant.subject_fake import FakeSubject, fake_subject
from pytest_auth0_mfa.contract.tenant.subjects import Subject
from pytest_auth0_mfa.messages import Handler
from pytest_auth0_mfa.tenant.tenant import Tenant

from .contract import ContractRecord, contract_reporter
from .failing import fail_plainly
from .settings import Settings, settings_of


def target_of(request: pytest.FixtureRequest) -> Subject:
    """A subject for one test, as --auth0-mfa-target says."""
    settings = settings_of(request.config)
    if settings.target == "fake":
        return fake_subject(_tenant(request, settings))
    if settings.target == "server":
        return server_subject(_tenant(request, settings))
    from .live import subject_of

    return subject_of(request)


def _tenant(request: pytest.FixtureRequest, settings: Settings) -> Tenant:
    """The fake tenant that the options and overridden fixtures describe."""
    profile = request.getfixturevalue("auth0_mfa_profile")
    factors = settings.get("factors")
    return Tenant(profile=profile, factors=factors, seed=settings.seed)


def server_subject(tenant: Tenant) -> FakeSubject:
    """The fake behind its HTTPS server: set up in process, tested over HTTPS."""
    from pytest_auth0_mfa.transports.live import live
    from pytest_auth0_mfa.transports.server import serve

    with ExitStack() as stack:
        served = fail_plainly(lambda: stack.enter_context(serve(tenant)))
        over_https = stack.enter_context(live(served.url, ca_file=served.ca_file))
        return FakeSubject(served, over_https, stack.pop_all().close)


PATIENCE = 2.0
"""Seconds before a test shows its progress."""
INTERVAL = 0.5
"""Seconds between two updates."""
_SAVE, _RESTORE, _ERASE = "\x1b7", "\x1b8", "\x1b[K"


class Progress:
    """Shows how many examples were played: call ``tick`` after each example and ``end`` after the test.

    It writes after pytest's dots and moves the cursor back, so the rest of the line stays in place.
    """

    def __init__(self, what: str, total: int, write: Callable[[str], None], monotonic: Callable[[], float]) -> None:
        self._what = what
        self._total = total
        self._write = write
        self._monotonic = monotonic
        self._next = monotonic() + PATIENCE
        self._done = 0
        self._written = False

    def tick(self) -> None:
        """Count an example, and show the number from time to time."""
        self._done += 1
        now = self._monotonic()
        if now >= self._next:
            self._next = now + INTERVAL
            self._written = True
            self._write(f"{_SAVE} {self._what}: {self._done} of at most {self._total} examples{_ERASE}{_RESTORE}")

    def end(self) -> None:
        """Erase what was written."""
        if self._written:
            self._write(f"{_SAVE}{_ERASE}{_RESTORE}")


def progress(config: pytest.Config, what: str, total: int) -> Progress:
    """A `Progress` on pytest's terminal; silent with ``-q``, in a pipe, under xdist, and where the line has no
    room."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    capture = config.pluginmanager.get_plugin("capturemanager")
    talks = reporter is not None and reporter.isatty and reporter.verbosity >= 0

    def write(text: str) -> None:
        writer = config.get_terminal_writer()
        if talks and capture is not None and writer.width_of_current_line + len(text) < writer.fullwidth:
            with capture.global_and_fixture_disabled():
                sys.stdout.write(text)
                sys.stdout.flush()

    return Progress(what, total, write, time.monotonic)


T = TypeVar("T")


class PluginSession:
    """The pytest run as a contract test sees it."""

    def __init__(self, request: pytest.FixtureRequest) -> None:
        self._request = request
        self.options = settings_of(request.config)
        self._reporter = contract_reporter(request.config)  # registers it before the test can fail

    def note(self) -> ContractRecord:
        """The record of this test."""
        return self._reporter.record(self._request.node)

    def progress(self, what: str, total: int) -> Progress:
        """A `Progress` on pytest's terminal for ``total`` examples."""
        return progress(self._request.config, what, total)

    def plainly(self, call: Callable[[], T]) -> T:
        """The call's result. Wrong usage fails the test with its message alone, without a traceback."""
        __tracebackhide__ = True
        return fail_plainly(call)

    def make_subject(self) -> Subject:
        """The subject that ``--auth0-mfa-target`` names."""

        return target_of(self._request)

    def serving(self) -> Callable[[Tenant, Handler], AbstractContextManager[Tenant]]:
        """The function that serves a tenant over HTTPS. Raises MissingExtraError."""
        serving: Callable[[Tenant, Handler], AbstractContextManager[Tenant]]
        serving = self._request.getfixturevalue("_auth0_mfa_listener").serving
        return serving
