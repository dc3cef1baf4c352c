"""Every kind of finding by id, and the explanation of one."""

from __future__ import annotations

from typing import Final

from pytest_auth0_mfa.errors import UnknownOperationError, closest

from .client import CLIENT_FINDINGS
from .kinds import FindingKind
from .tenant import TENANT_FINDINGS

FINDINGS: Final[dict[str, FindingKind]] = {kind.id: kind for kind in (*TENANT_FINDINGS, *CLIENT_FINDINGS)}
"""All kinds by id, in order. Ids are never reused."""


def explain(finding_id: str) -> str:
    """The explanation of a finding. Raises UnknownOperationError (a LookupError) naming the closest id."""
    found = FINDINGS.get(finding_id.strip().upper())
    if found is None:
        raise UnknownOperationError(f"no such finding: {finding_id!r}. {closest(finding_id.upper(), FINDINGS)}")
    return f"{found.id} ({found.level}): {found.title}\n\n{found.text}\n\nSource: {found.source}\n"
