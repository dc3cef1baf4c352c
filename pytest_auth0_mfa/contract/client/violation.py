"""A finding as its reader sees it: enough to know what to change in the client."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_auth0_mfa.contract.findings.violation import ContractViolation, Difference, violation
from pytest_auth0_mfa.contract.steps import Steps
from pytest_auth0_mfa.spec.operations import OPERATIONS

from .asked import Asked, Fault
from .run import ClientRun

_SHOWN_CALLS = 12


def violation_of(fault: Fault, asked: Asked, run: ClientRun, calls: Sequence[str], steps: Steps) -> ContractViolation:
    """The exception for a fault."""
    row = OPERATIONS[fault.operation]
    earlier = list(calls[:-1])[-_SHOWN_CALLS:]
    return violation(
        Difference(fault.finding, fault.field, fault.expected, fault.got),
        operation=row.id,
        steps=steps,
        details={
            "client": f"{run.client}, {run.test}",
            "called": str(asked),
            "after": "; ".join(earlier) or "nothing else",
            **({"remedy": fault.remedy} if fault.remedy else {}),
        },
        at=f"{row.id}: {row.method} {row.path}",
    )
