"""What contract classes get from pytest: options, subject, note; see `pytest_auth0_mfa.contract.session`."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TypeVar

import pytest

from pytest_auth0_mfa.contract.tenant.subjects import Subject
from pytest_auth0_mfa.messages import Handler
from pytest_auth0_mfa.tenant.tenant import Tenant

from .contract import ContractRecord, contract_reporter
from .failing import fail_plainly
from .progress import Progress, progress
from .settings import settings_of

T = TypeVar("T")


class PluginSession:
    """One contract test's view of the run."""

    def __init__(self, request: pytest.FixtureRequest) -> None:
        self._request = request
        self.options = settings_of(request.config)
        self._reporter = contract_reporter(request.config)  # shows a finding before everything else

    def note(self) -> ContractRecord:
        """The record of this test."""
        return self._reporter.record(self._request.node)

    def progress(self, what: str, total: int) -> Progress:
        """A progress on pytest's terminal."""
        return progress(self._request.config, what, total)

    def plainly(self, call: Callable[[], T]) -> T:
        """The call's result; what was used wrongly fails the test with its sentence alone."""
        __tracebackhide__ = True
        return fail_plainly(call)

    def make_subject(self) -> Subject:
        """The subject that ``--auth0-mfa-target`` names."""
        from .targets import target_of

        return target_of(self._request)

    def serving(self) -> Callable[[Tenant, Handler], AbstractContextManager[Tenant]]:
        """What serves a tenant over HTTPS. Raises MissingExtraError."""
        serving: Callable[[Tenant, Handler], AbstractContextManager[Tenant]]
        serving = self._request.getfixturevalue("_auth0_mfa_listener").serving
        return serving
