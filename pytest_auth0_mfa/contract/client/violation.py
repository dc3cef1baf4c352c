"""A finding as its reader sees it: enough to know what to change in the client."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_auth0_mfa.contract.findings.client import ADVICE
from pytest_auth0_mfa.contract.findings.evidence import Evidence
from pytest_auth0_mfa.contract.findings.tenant import FINDINGS, Difference
from pytest_auth0_mfa.contract.reproducer.trace import both
from pytest_auth0_mfa.contract.steps import Steps
from pytest_auth0_mfa.errors import ContractViolation
from pytest_auth0_mfa.report.text import printable
from pytest_auth0_mfa.spec.operations import OPERATIONS

from .asked import Asked, Fault
from .run import ClientRun

_SHOWN_CALLS = 12


def violation_of(fault: Fault, asked: Asked, run: ClientRun, calls: Sequence[str], steps: Steps) -> ContractViolation:
    """The exception for a fault."""
    kind, row = FINDINGS[fault.finding], OPERATIONS[fault.operation]
    earlier = list(calls[:-1])[-_SHOWN_CALLS:]
    lines = [
        f"{kind.id} {kind.title}",
        f"  client:    {run.client}, {run.test}",
        f"  called:    {asked}",
        f"  after:     {'; '.join(earlier) or 'nothing else'}",
        f"  operation: {row.id}: {row.method} {row.path}",
        f"  field:     {fault.field}",
        f"  expected:  {fault.expected}",
        f"  got:       {fault.got}",
        f"  source:    {kind.source}",
        f"  to do:     {ADVICE[kind.id]}",
        f"  more:      auth0-mfa explain {kind.id}",
        "",
        "What the client sent, from the login on:",
        "",
        both(steps),
    ]
    evidence = Evidence(Difference(kind.id, fault.field, fault.expected, fault.got), steps)
    message = printable("\n".join(lines))  # it quotes the client
    return ContractViolation(message, finding=kind.id, operation=row.id, source=kind.source, evidence=evidence)
