"""What the tests of a run do with their tenants: held to the schemas, counted, shown where a test fails.

Registered when a test first uses a fixture of ours, so that it costs nobody else anything.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterable
from typing import TYPE_CHECKING

import pytest

from .conflicts import ConflictAdvice
from .keys import CALLS, CARRIED, FAILED, NOTE, TENANTS, note_of

if TYPE_CHECKING:
    from pytest_auth0_mfa.tenant.tenant import Tenant

_NAME = "auth0_mfa_usage"


def begin(config: pytest.Config) -> None:
    """A test uses a fixture of ours."""
    plugins = config.pluginmanager
    if not plugins.has_plugin(_NAME):
        plugins.register(ConflictAdvice(), "auth0_mfa_conflicts")
        plugins.register(TenantUsage(), _NAME)


class TenantUsage:
    """The hooks around a test that may have tenants."""

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None]:
        """Hold a test that passed to the schemas; one that failed on its own account keeps its own failure."""
        yield
        if TENANTS in item.stash and item.config.getini("auth0_mfa_strict"):
            hold_to_schemas(item.stash[TENANTS])

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Put on the report what it carries to the controller, and what a failed test's tenants were asked."""
        report = yield
        if call.when == "call":
            item.stash[FAILED] = not report.passed
        if NOTE in item.stash:
            setattr(report, CARRIED, item.stash[NOTE])
            del item.stash[NOTE]
        return report


def note_calls(item: pytest.Item, tenants: Iterable[Tenant]) -> None:
    """Put the test's counts where its report carries them."""
    counts = Counter(call.operation or "unknown" for tenant in tenants for call in tenant.calls)
    note_of(item)[CALLS] = dict(sorted(counts.items()))


def hold_to_schemas(tenants: list[Tenant]) -> None:
    """Raise ContractViolation that lists each call which does not keep to its schemas."""
    broken = [(call, found) for tenant in tenants for call in tenant.calls if (found := call.violations)]
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
