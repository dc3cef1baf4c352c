"""`ClientContract`, the base class of contract tests for a client."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, ClassVar

import pytest

from pytest_auth0_mfa.contract.client.flows import scenarios
from pytest_auth0_mfa.contract.findings.violation import ContractViolation
from pytest_auth0_mfa.contract.session import FIXTURE, WITHOUT_PLUGIN, ContractSession, frames_behind_ours
from pytest_auth0_mfa.errors import ConfigurationError, MissingExtraError, closest
from pytest_auth0_mfa.messages import Handler
from pytest_auth0_mfa.tenant.tenant import Tenant

from .calling import NotCovered
from .run import IN_PROCESS, SERVER, Baseline, ClientRun

MAX_EXAMPLES = {IN_PROCESS: 100, SERVER: 50}
"""How many examples ``test_machine`` plays by default; ``--auth0-mfa-max-examples`` changes it."""


class ClientContract:
    """What must an MFA client do? Subclass it in a test module, with `make_client`.

    Each named scenario is a test, and ``test_machine`` combines calls at random. ``self.request`` is pytest's
    request.
    """

    reach: ClassVar[str] = SERVER
    """How the client reaches the tenant: ``"server"`` (HTTPS on loopback; any library, any language), or
    ``"in_process"`` (any HTTP library of Python; faster, and waiting costs no time)."""
    polls: ClassVar[bool] = False
    """Whether the client's ``verify_oob`` itself waits until a push request is answered."""
    dpop: ClassVar[bool] = False
    """Whether the client binds its tokens to a key: it sends a proof with each grant of the MFA API, and bound tokens
    with one. What it returns for tokens then includes ``token_type``."""
    request: pytest.FixtureRequest

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        if cls.reach not in (IN_PROCESS, SERVER):
            raise ConfigurationError(
                f"{cls.__name__}.reach = {cls.reach!r}: {closest(str(cls.reach), (IN_PROCESS, SERVER))}"
            )

    def make_client(self, tenant: Tenant) -> Any:
        """Return an adapter around a client of ``tenant``. May be ``async``. Called for every example.

        The variables of ``tenant.env`` are set in the environment. See `MfaClient`.
        """
        raise ConfigurationError(
            f"{type(self).__name__} has no make_client(self, tenant): return your adapter, made with "
            "tenant.domain, tenant.client_id and tenant.client_secret"
        )

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """One test for each scenario that fits the client."""
        if "scenario" in metafunc.fixturenames:
            metafunc.parametrize("scenario", _names(type(self)))

    @pytest.fixture(autouse=True)
    def _auth0_mfa_request(self, request: pytest.FixtureRequest) -> None:
        self.request = request
        try:
            self._session: ContractSession = request.getfixturevalue(FIXTURE)
        except pytest.FixtureLookupError:
            pytest.fail(f"{type(self).__name__}: {WITHOUT_PLUGIN}", pytrace=False)

    def test_scenario(self, scenario: str) -> None:
        """The client does what is right in this documented flow."""
        __tracebackhide__ = True
        self._hold(scenario, scenarios()[scenario].run)

    def test_machine(self) -> None:
        """The client does what is right in random sequences of calls by two users."""
        __tracebackhide__ = True
        self._hold("machine", self._play_walks)

    def _play_walks(self, run: ClientRun) -> None:
        try:
            from .walk import play_walks
        except ImportError:
            raise MissingExtraError("the machine of the client contract (hypothesis)", "contract") from None
        options = self._session.options
        examples = options.asked_examples or MAX_EXAMPLES[self.reach]
        shown = self._session.progress("machine", examples)
        try:
            play_walks(run, examples, chosen_seed=options.seed, on_example=shown.tick)
        finally:
            shown.end()

    def _hold(self, test: str, script: Callable[[ClientRun], None]) -> None:
        """Run a test and note what it played. A finding is shown without a traceback."""
        __tracebackhide__ = True
        if type(self) in _unreached:
            pytest.skip(f"not played: the client did not reach the tenant (MFA240 at {_unreached[type(self)]})")
        run = self._session.plainly(lambda: self._run(test))
        found: ContractViolation | None = None
        try:
            self._session.plainly(lambda: script(run))
            if not run.covered:
                pytest.skip("not covered: the adapter implements no method with which a flow could start")
        except NotCovered as missing:
            pytest.skip(str(missing))
        except ContractViolation as violation:
            found = violation
            if violation.finding == "MFA240" and not run.reached:
                _unreached[type(self)] = self.request.node.nodeid
        except Exception as error:  # from make_client: what the adapter raises later is a finding
            behind = frames_behind_ours(error)
            if behind is None:
                raise
            raise error.with_traceback(behind)  # noqa: B904 - it is the same exception
        finally:
            self._session.note().client = _seen(run, len(_names(type(self))) + 1, found)
        if found is not None:
            raise found.with_traceback(None)

    def _run(self, test: str) -> ClientRun:
        options, parameters = self._session.options, inspect.signature(self.make_client)
        try:
            parameters.bind(None)
        except TypeError:
            raise ConfigurationError(
                f"{type(self).__name__}.make_client{parameters} is called with the tenant alone. "
                'Write make_client(self, tenant); a fixture is self.request.getfixturevalue("its_name")'
            ) from None
        return ClientRun(
            client=type(self).__name__,
            test=test,
            make_client=self.make_client,
            serving=self._serving(),
            reach=self.reach,
            polls=self.polls,
            dpop=self.dpop,
            seed=options.seed or 0,
            profile=options.profile,
            baseline=_baseline(options.baseline),
            dated=_dated.setdefault(type(self), {}),
        )

    def _serving(self) -> Callable[[Tenant, Handler], AbstractContextManager[Tenant]]:
        if self.reach != SERVER:
            return in_process
        try:
            return self._session.serving()
        except MissingExtraError as missing:
            raise ConfigurationError(
                f'{type(self).__name__}.reach = "server": {missing}. '
                'A client written in Python does without it: reach = "in_process"'
            ) from None


_unreached: dict[type[ClientContract], str] = {}
"""Contract classes whose client did not reach the tenant -> the test that says so. Their other tests are skipped."""
_dated: dict[type[ClientContract], dict[float, float]] = {}
"""Contract class -> the times in its client's proofs, which have to go on from test to test."""


def in_process(tenant: Tenant, handler: Handler) -> AbstractContextManager[Tenant]:
    """Answer the tenant's host in this process."""
    from pytest_auth0_mfa.transports.in_process import in_process

    return in_process(tenant, handler=handler)


def _names(contract: type[ClientContract]) -> list[str]:
    return [
        name for name, scenario in scenarios().items() if scenario.fits(contract.reach, contract.polls, contract.dpop)
    ]


def _seen(run: ClientRun, tests: int, found: ContractViolation | None) -> dict[str, Any]:
    """What a test played and found, for the summary."""
    return {
        "client": run.client,
        "test": run.test,
        "tests": tests,
        "covered": sorted(run.covered),
        "uncovered": sorted(run.uncovered),
        "found": [] if found is None else [f"{found.finding} {found.operation}"],
        "observed": sorted({f"{fault.finding} {fault.operation}" for fault in run.observed}),
        "shown": {
            f"{fault.finding} {fault.operation}": f"expected {fault.expected}, got {fault.actual}"
            for fault in reversed(run.observed)
        },
        "accepted": sorted(run.baseline.met),
        "examples": run.examples,
        "coverage": run.coverage.to_data(),
    }


def _baseline(path: Path | None) -> Baseline:
    try:
        return Baseline() if path is None else Baseline.load(path)
    except ConfigurationError as error:
        raise ConfigurationError(f"the ini auth0_mfa_baseline: {error}") from None
