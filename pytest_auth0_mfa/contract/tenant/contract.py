"""`TenantContract`: the class a consumer subclasses to hold a tenant to the contract."""

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
    """Keep the fake's log silent: what it has to say about calls that are wrong on purpose would bury a finding."""
    log = logging.getLogger("pytest_auth0_mfa")
    before, log.disabled = log.disabled, True
    try:
        yield
    finally:
        log.disabled = before


class TenantContract:
    """What a tenant must do: subclass it in a test module, and say in `make_subject` what is to be judged.

    Each named scenario is a test, and so is the machine.
    """

    __test__: ClassVar[bool] = False  # this class names no subject of its own; see __init_subclass__
    request: pytest.FixtureRequest
    """pytest's request, so that `make_subject` can use fixtures."""

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        cls.__test__ = True

    def make_subject(self) -> Subject:
        """What is judged, made once for each test; by default what ``--auth0-mfa-target`` names."""
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
        """What it returns. A finding shows its message alone, another exception where the consumer's code was."""
        __tracebackhide__ = True
        try:
            with _without_hints():
                return self._session.plainly(play)
        except ContractViolation as found:
            raise found.with_traceback(None) from None  # the message says all that the frames do
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
        """Whatever is done in whatever order, the tenant answers as a fresh fake does."""
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
