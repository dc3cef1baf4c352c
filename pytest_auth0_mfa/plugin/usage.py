"""What the tests of a run did with their tenants: held to the schemas, and counted for the summary."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

    from pytest_auth0_mfa.tenant.tenant import Tenant

PROPERTY = "auth0_mfa"
"""The user property that carries a test's counts; pytest-xdist brings it to the controller by itself."""

_ENCODE = json.JSONEncoder(sort_keys=True).encode  # made once: `json.dumps` makes one for each test


def hold_to_schemas(tenants: list[Tenant]) -> None:
    """Raise ContractViolation that lists each call which does not keep to its schemas."""
    broken = [(call, call.violations) for tenant in tenants for call in tenant.calls]
    lines = [f"{call!r}\n{_indented(found)}" for call, found in broken if found]
    if lines:
        from pytest_auth0_mfa.contract.findings.violation import ContractViolation
        from pytest_auth0_mfa.errors import printable

        first = next(call for call, found in broken if found)
        raise ContractViolation(
            "auth0_mfa_strict: the test passed, but these calls do not keep to the schemas:\n"
            + printable("\n".join(lines)),
            operation=first.operation,
        )


def _indented(lines: Iterable[str]) -> str:
    return "\n".join(f"    {line}" for line in lines)


def note_calls(item: pytest.Item, tenants: Iterable[Tenant]) -> None:
    """Put the test's counts where its report carries them."""
    counts = Counter(call.operation or "unknown" for tenant in tenants for call in tenant.calls)
    item.user_properties.append((PROPERTY, _ENCODE(counts)))


def write_summary(reporter: pytest.TerminalReporter, reports: list[pytest.TestReport]) -> None:
    """What the summary says about tenants and cassettes, as far as the run used any."""
    if used := [r for r in reports if any(name == PROPERTY for name, _ in r.user_properties)]:
        reporter.write_line(summary(used))
    from .cassette_summary import lines

    for line in lines(reports, reporter.config):
        reporter.write_line(line)
    if any(name == "auth0_mfa_client" for r in reports for name, _ in r.user_properties):
        from .client_summary import lines as client_lines

        for line in client_lines(reports, reporter.config):
            reporter.write_line(line)
    if any(name == "auth0_mfa_contract" for r in reports for name, _ in r.user_properties):
        from .contract import write_summary as write_contract_summary

        write_contract_summary(reporter)


def summary(reports: Iterable[pytest.TestReport]) -> str:
    """The summary's line: how many tests used a tenant, and what they called."""
    tests, counts = 0, Counter[str]()
    for report in reports:
        for name, value in report.user_properties:
            if name == PROPERTY and isinstance(value, str):
                tests += 1
                counts.update(json.loads(value))
    what = ", ".join(f"{operation} {n}" for operation, n in counts.most_common())
    return (
        f"auth0-mfa: {tests} test{'s' if tests != 1 else ''}, {counts.total()} call{'s' if counts.total() != 1 else ''}"
        f"{f' ({what})' if what else ''}"
    )
