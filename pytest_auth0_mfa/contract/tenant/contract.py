"""`TenantContract`: the class a consumer subclasses to hold a tenant to the contract."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import pytest

from pytest_auth0_mfa.contract.driver import Plan
from pytest_auth0_mfa.contract.findings.violation import ContractViolation
from pytest_auth0_mfa.contract.session import FIXTURE, WITHOUT_PLUGIN, ContractSession

from .context import play_scenario
from .run import Run
from .scenarios import SCENARIOS
from .subjects import Subject


class TenantContract:
    """What a tenant must do: subclass it, name what is to be judged, and collect it as a test class.

    ::

        class TestStaging(TenantContract):
            def make_subject(self):
                tenant = Tenant()
                return fake_subject(tenant, handler=handler(tenant))
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
        self.request = request
        try:
            self._session: ContractSession = request.getfixturevalue(FIXTURE)
        except pytest.FixtureLookupError:
            pytest.fail(f"{type(self).__name__}: {WITHOUT_PLUGIN}", pytrace=False)
        self._subject = self.make_subject()
        try:
            yield
        finally:
            self._subject.close()

    @pytest.mark.parametrize("name", list(SCENARIOS))
    def test_scenario(self, name: str) -> None:
        """A documented flow or error is answered as documented."""
        __tracebackhide__ = True
        scenario, note = SCENARIOS[name], self._session.note()
        reason = scenario.missing(self._subject)
        if reason is not None:
            note.coverage.skipped[name] = reason
            pytest.skip(reason)
        try:
            observed = play_scenario(scenario, self._subject, note.coverage)
        except ContractViolation as found:
            raise found.with_traceback(None) from None  # the message says all that the frames do
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
            run.go()
        except ContractViolation as found:
            raise found.with_traceback(None) from None
        finally:
            shown.end()
            note.observed(run.observations)
        self._subject.check_drift(run.observations)
