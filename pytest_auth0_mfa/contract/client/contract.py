"""`ClientContract`: subclass it, adapt your client, and learn which documented flows it gets wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, ClassVar

import pytest

from pytest_auth0_mfa.errors import ConfigurationError, ContractViolation, MissingExtraError, closest
from pytest_auth0_mfa.messages import Handler
from pytest_auth0_mfa.plugin.contract import reporter
from pytest_auth0_mfa.plugin.failing import plainly
from pytest_auth0_mfa.plugin.progress import progress
from pytest_auth0_mfa.plugin.settings import setting
from pytest_auth0_mfa.tenant.tenant import Tenant

from .baseline import Baseline
from .bench import IN_PROCESS, SERVER, Bench
from .calling import NotCovered
from .scenarios import scenarios

MAX_EXAMPLES = {IN_PROCESS: 100, SERVER: 50}
"""How many walks the machine plays, unless ``--auth0-mfa-max-examples`` says."""
SECONDS = 12.0
"""How long it may take for them, unless told how many: slow clients play fewer."""
PROPERTY = "auth0_mfa_client"
"""The user property that carries what a test of a client saw; pytest-xdist brings it to the controller."""


class ClientContract:
    """What must an MFA client do? Subclass it in a test module, with `make_client`.

    Each named scenario is a test, and so is the machine. ``self.request`` is pytest's request.
    """

    reach: ClassVar[str] = SERVER
    """How the client reaches the tenant: ``"server"`` (HTTPS on loopback; any library, any language), or
    ``"in_process"`` (requests and httpx; faster, and waiting costs no time)."""
    polls: ClassVar[bool] = False
    """Whether ``verify_oob`` itself waits until a push request is answered."""
    request: pytest.FixtureRequest

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        if cls.reach not in (IN_PROCESS, SERVER):
            raise ConfigurationError(
                f"{cls.__name__}.reach = {cls.reach!r}: {closest(str(cls.reach), (IN_PROCESS, SERVER))}"
            )

    def make_client(self, tenant: Tenant) -> Any:
        """The adapter around a client of ``tenant``; may be ``async``. Called for every example.

        ``tenant.env`` is in the environment by then. See `pytest_auth0_mfa.contract.client.adapter.MfaClient`.
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

    def test_scenario(self, scenario: str) -> None:
        """The client does what is right in this documented flow."""
        self._hold(scenario, scenarios()[scenario].run)

    def test_machine(self) -> None:
        """The client does what is right in interleavings that no scenario thought of."""
        self._hold("machine", self._run_machine)

    def _run_machine(self, bench: Bench) -> None:
        try:
            from .machine import run
        except ImportError:
            raise MissingExtraError("the machine of the client contract (hypothesis)", "contract") from None
        config = self.request.config
        asked = setting(config, "max_examples")
        examples, seconds = asked or MAX_EXAMPLES[self.reach], None if asked else SECONDS
        shown = progress(config, "machine", examples)
        try:
            run(bench, examples, chosen_seed=setting(config, "seed"), seconds=seconds, on_example=shown.tick)
        finally:
            shown.end()

    def _hold(self, test: str, script: Callable[[Bench], None]) -> None:
        """Run it on a fresh bench; what it saw is noted, and of a finding nothing but the finding is shown."""
        __tracebackhide__ = True
        reporter(self.request.config)  # shows a finding before everything else
        bench = plainly(lambda: self._bench(test))
        found: ContractViolation | None = None
        try:
            plainly(lambda: script(bench))
            if not bench.covered:
                pytest.skip("not covered: the adapter implements no method with which a flow could start")
        except NotCovered as missing:
            pytest.skip(str(missing))
        except ContractViolation as violation:
            self.request.node.user_properties.append(("auth0_mfa_finding", violation.finding))
            found = violation
        finally:
            seen = _seen(bench, len(_names(type(self))) + 1, found)
            self.request.node.user_properties.append((PROPERTY, json.dumps(seen)))
        if found is not None:
            raise _told_once(found, type(self), self.request.node.nodeid)

    def _bench(self, test: str) -> Bench:
        config = self.request.config
        return Bench(
            client=type(self).__name__,
            test=test,
            make_client=self.make_client,
            serving=self._serving(),
            reach=self.reach,
            polls=self.polls,
            seed=setting(config, "seed") or 0,
            baseline=baseline_of(config),
        )

    def _serving(self) -> Callable[[Tenant, Handler], AbstractContextManager[Tenant]]:
        if self.reach == SERVER:
            serving: Callable[[Tenant, Handler], AbstractContextManager[Tenant]]
            try:
                serving = self.request.getfixturevalue("_auth0_mfa_listener").serving
            except MissingExtraError as missing:
                raise ConfigurationError(
                    f'{type(self).__name__}.reach = "server": {missing}. '
                    'A client of requests or httpx does without it: reach = "in_process"'
                ) from None
            return serving
        return in_process


_told: dict[tuple[object, ...], str] = {}


def _told_once(found: ContractViolation, contract: type, nodeid: str) -> ContractViolation:
    """The finding; met again in the same class, it names the test that shows the reproducer instead of another one."""
    difference = getattr(found.evidence, "difference", None)
    first = _told.setdefault((contract, found.finding, found.operation, difference), nodeid)
    if first == nodeid:
        return found.with_traceback(None)
    head = str(found).partition("\n\n")[0]
    return ContractViolation(
        f"{head}\n\nFound before: the reproducer stands at {first}",
        finding=found.finding,
        operation=found.operation,
        source=found.source,
        evidence=found.evidence,
    )


def in_process(tenant: Tenant, handler: Handler) -> AbstractContextManager[Tenant]:
    """Answer the tenant's host for requests and httpx."""
    from pytest_auth0_mfa.transports.in_process import in_process

    return in_process(tenant, handler=handler)


def _names(contract: type[ClientContract]) -> list[str]:
    return [name for name, one in scenarios().items() if one.fits(contract.reach, contract.polls)]


def _seen(bench: Bench, tests: int, found: ContractViolation | None) -> dict[str, Any]:
    """What a test saw, for the summary."""
    return {
        "client": bench.client,
        "test": bench.test,
        "tests": tests,
        "covered": sorted(bench.covered),
        "uncovered": sorted(bench.uncovered),
        "found": [] if found is None else [f"{found.finding} {found.operation}"],
        "observed": sorted({f"{fault.finding} {fault.operation}" for fault in bench.observed}),
        "accepted": sorted(bench.baseline.met),
        "examples": bench.examples,
        "coverage": bench.coverage.to_data(),
    }


def baseline_of(config: pytest.Config) -> Baseline:
    """The accepted findings that the ini ``auth0_mfa_baseline`` names. Raises UsageError when it cannot be read."""
    name = config.getini("auth0_mfa_baseline")
    if not name:
        return Baseline()
    try:
        return Baseline.load(Path(config.rootpath, name))
    except ConfigurationError as error:
        raise pytest.UsageError(f"the ini auth0_mfa_baseline: {error}") from None
