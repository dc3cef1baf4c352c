"""`TenantContract`, the base class of contract tests for a tenant."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, ClassVar, TypeVar

import pytest

from pytest_auth0_mfa.contract.driver import Plan
from pytest_auth0_mfa.contract.findings.violation import ContractViolation
from pytest_auth0_mfa.contract.session import FIXTURE, WITHOUT_PLUGIN, ContractSession, frames_behind_ours
from pytest_auth0_mfa.errors import ConfigurationError

from .context import play_scenario
from .run import Run
from .scenarios import SCENARIOS
from .subjects import Subject, checked_subject

T = TypeVar("T")


@contextmanager
def _without_hints() -> Iterator[None]:
    """Silence the fake's log: its hints about calls that are wrong on purpose would bury a finding."""
    log = logging.getLogger("pytest_auth0_mfa")
    before, log.disabled = log.disabled, True
    try:
        yield
    finally:
        log.disabled = before


class TenantContract:
    """What must a tenant do? Subclass it in a test module, and return the tenant to judge from `make_subject`.

    Each named scenario is a test, and ``test_machine`` combines calls at random.
    """

    __test__: ClassVar[bool] = False  # only subclasses are tests: see __init_subclass__
    request: pytest.FixtureRequest
    """pytest's request, so that `make_subject` can use fixtures."""

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        cls.__test__ = True

    def make_subject(self) -> Subject:
        """Return the tenant to judge. Called once for each test; the default is what ``--auth0-mfa-target`` names."""
        subject: Subject = self._session.make_subject()
        return subject

    @pytest.fixture(autouse=True)
    def _auth0_mfa_contract(self, request: pytest.FixtureRequest) -> Iterator[None]:
        __tracebackhide__ = True
        self.request = request
        try:
            self._session: ContractSession = request.getfixturevalue(FIXTURE)
        except pytest.FixtureLookupError:
            pytest.fail(f"{type(self).__name__}: {WITHOUT_PLUGIN}", pytrace=False)
        self._subject = self._played(self._made)
        try:
            yield
        finally:
            self._subject.close()

    def _made(self) -> Subject:
        name = f"{type(self).__name__}.make_subject"
        parameters = inspect.signature(self.make_subject)
        try:
            parameters.bind()
        except TypeError:
            raise ConfigurationError(
                f"{name}{parameters}: pytest gives it no arguments. Write make_subject(self); a fixture is "
                'self.request.getfixturevalue("its_name")'
            ) from None
        return checked_subject(self.make_subject(), f"{name}()")

    def _played(self, play: Callable[[], T]) -> T:
        """Call ``play``. A finding is shown without a traceback, another exception with the consumer's frames
        only."""
        __tracebackhide__ = True
        try:
            with _without_hints():
                return self._session.plainly(play)
        except ContractViolation as found:
            raise found.with_traceback(None) from None  # the message says everything
        except Exception as error:
            behind = frames_behind_ours(error)
            if behind is None:
                raise
            raise error.with_traceback(behind)  # noqa: B904 - it is the same exception

    @pytest.mark.parametrize("name", list(SCENARIOS))
    def test_scenario(self, name: str) -> None:
        """A documented flow or error is answered as documented."""
        __tracebackhide__ = True
        scenario, note = SCENARIOS[name], self._session.note()
        reason = scenario.missing(self._subject)
        if reason is not None:
            note.coverage.skipped[name] = reason
            pytest.skip(reason)
        observed = self._played(lambda: play_scenario(scenario, self._subject, note.coverage))
        note.observed(observed)
        self._subject.check_drift(observed)

    def test_machine(self) -> None:
        """In random sequences of calls the tenant answers as a fresh fake does."""
        __tracebackhide__ = True
        note, options = self._session.note(), self._session.options
        asked = Plan(max_examples=options.max_examples, seed=options.seed, derandomize=options.derandomize)
        plan = self._subject.plan(asked)
        note.seed = plan.seed
        shown = self._session.progress("machine", plan.max_examples)
        run = Run(self._subject, plan, note.coverage, on_example=shown.tick)
        try:
            self._played(run.go)
        finally:
            shown.end()
            note.observed(run.observations)
        self._subject.check_drift(run.observations)
