"""What the tests of a run do with their tenants: held to the schemas, counted, shown where a test fails.

Registered when a test first uses a fixture of ours, so that it costs nobody else anything.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterable
from typing import TYPE_CHECKING

import pytest

from pytest_auth0_mfa.transports.attempts import attempts

from .conflicts import ConflictAdvice
from .keys import CALLS, CARRIED, FAILED, NOTE, SESSION_SERVER, SESSION_TENANT, TENANTS, note_of

if TYPE_CHECKING:
    from pytest_auth0_mfa.tenant.journal import Call
    from pytest_auth0_mfa.tenant.tenant import Tenant

_LAST = pytest.StashKey["Call | None"]()
_NAME = "auth0_mfa_usage"


def begin(config: pytest.Config) -> None:
    """A test uses a fixture of ours."""
    plugins = config.pluginmanager
    if not plugins.has_plugin(_NAME):
        plugins.register(ConflictAdvice(), "auth0_mfa_conflicts")
        plugins.register(TenantUsage(), _NAME)


class TenantUsage:
    """The hooks around a test that may have tenants."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """What the session's tenant was asked before is no business of this test."""
        if (tenant := item.config.stash.get(SESSION_TENANT, None)) is not None:
            item.stash[_LAST] = tenant.calls[-1] if tenant.calls else None

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None]:
        """Hold a test that passed to the schemas; one that failed on its own account keeps its own failure."""
        yield
        if item.config.getini("auth0_mfa_strict"):
            hold_to_schemas(calls_of(item))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Put on the report what it carries to the controller, and what a failed test's tenants were asked."""
        if call.when == "teardown" and SESSION_SERVER in getattr(item, "fixturenames", ()):
            note_calls(item, calls_of(item))
        report = yield
        if call.when == "call":
            item.stash[FAILED] = not report.passed
        if report.failed and call.when != "teardown" and (tenants := tenants_of(item)):
            from .calls_section import TITLE, section

            tried = [attempt for tenant in tenants for attempt in attempts(tenant)]
            report.sections.append((TITLE, section(calls_of(item), tenants, tried)))
        if NOTE in item.stash:
            setattr(report, CARRIED, item.stash[NOTE])
            del item.stash[NOTE]
        return report


def note_calls(item: pytest.Item, calls: Iterable[Call]) -> None:
    """Put the test's counts where its report carries them."""
    counts = Counter(call.operation or "unknown" for call in calls)
    note_of(item)[CALLS] = dict(sorted(counts.items()))


def tenants_of(item: pytest.Item) -> list[Tenant]:
    """The tenants that a test was given, the session's among them."""
    tenants = [*item.stash.setdefault(TENANTS, [])]
    shared = item.config.stash.get(SESSION_TENANT, None)
    return [*tenants, shared] if shared is not None and SESSION_SERVER in getattr(item, "fixturenames", ()) else tenants


def calls_of(item: pytest.Item) -> list[Call]:
    """What its tenants were asked in this test, oldest first."""
    calls: list[Call] = []
    shared = item.config.stash.get(SESSION_TENANT, None)
    for tenant in tenants_of(item):
        made, last = list(tenant.calls), item.stash.get(_LAST, None) if tenant is shared else None
        before = next((number for number, call in enumerate(made, 1) if call is last), 0)  # 0 too after a reset
        calls += made[before:]
    return calls


def hold_to_schemas(calls: list[Call]) -> None:
    """Raise ContractViolation that lists each call which does not keep to its schemas."""
    broken = [(call, found) for call in calls if (found := call.violations)]
    if broken:
        from pytest_auth0_mfa.contract.findings.violation import ContractViolation
        from pytest_auth0_mfa.errors import printable

        lines = [f"{call!r}\n{_indented(found)}" for call, found in broken]
        raise ContractViolation(
            "auth0_mfa_strict: the test passed, but these calls do not keep to the schemas:\n"
            + printable("\n".join(lines)),
            operation=broken[0][0].operation,
        )


def _indented(lines: Iterable[str]) -> str:
    return "\n".join(f"    {line}" for line in lines)
