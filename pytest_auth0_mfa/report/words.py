"""Sentences about a result, for reports of every format."""

from __future__ import annotations

import shlex
from collections import Counter
from datetime import datetime
from typing import Final

from pytest_auth0_mfa.contract.coverage import SUCCESS, beyond_clients
from pytest_auth0_mfa.contract.findings.violation import FINDINGS
from pytest_auth0_mfa.spec.factors import ALL_FACTORS
from pytest_auth0_mfa.spec.operations import OPERATIONS
from pytest_auth0_mfa.spec.outcomes import FlowState, Outcome

from .model import Cell, Finding, Result

FACTORS: Final = (*ALL_FACTORS, "")
"""The factor columns of the matrix. The last one, without a name, is for calls that concern no factor."""


def count(number: int, noun: str) -> str:
    """``1 flow``, ``2 flows``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def headline(finding: Finding) -> str:
    """A finding in a line, without its id: ``challenge: binding_method is missing``."""
    kind = FINDINGS.get(finding.id)
    if kind is None:  # from a report of another version of this package
        return f"{finding.operation}: {finding.title}"
    return kind.headline(finding.operation, finding.field).removeprefix(f"{finding.id} ")


def listed(counts: dict[str, int]) -> str:
    """Counts as ``150 passed, 2 not run``, without zeros."""
    return ", ".join(f"{number} {name.replace('_', ' ')}" for name, number in counts.items() if number)


def judged(result: Result) -> str:
    """What was tested: the target, with the user's own contract classes, or the classes of the client contracts."""
    own = sorted({flow.contract for flow in result.flows} - {"TestTenant"})
    if result.of_clients:
        return f"the MFA client of {', '.join(own)}"
    return f"{result.subject.target} ({', '.join(own)})" if own else result.subject.target


def request(finding: Finding) -> str:
    """The call that shows the finding: ``POST /mfa/challenge``."""
    operation = OPERATIONS.get(finding.operation)
    return finding.operation if operation is None else f"{operation.method} {operation.path}"


def difference(finding: Finding) -> str:
    """What differs from the contract, in a line."""
    return f"{finding.field}: expected {finding.expected}, got {finding.actual}" if finding.field else finding.title


def verdict(result: Result) -> str:
    """The result of the run in a few sentences."""
    broken, kept = result.in_state(FlowState.BROKEN), result.in_state(FlowState.KEPT)
    levels = Counter(finding.level for finding in result.findings)
    found = count(len(result.findings), "finding")
    if len(levels) > 1:
        found += f" ({', '.join(f'{number} {level}' for level, number in levels.items())})"
    sentences: dict[str, str] = {
        Outcome.ALL_WELL: f"{count(len(kept), 'contract test')} passed and nothing was found.",
        Outcome.VIOLATION: f"{found} in {len(broken)} of {count(len(result.flows), 'contract test')}.",
        Outcome.DRIFT: "Nothing documented is broken, but the tenant no longer behaves as its profile says.",
        Outcome.INCOMPLETE: "Nothing was found, but not everything was judged.",
        Outcome.COULD_NOT_RUN: "The run could not be made.",
        Outcome.INTERRUPTED: "The run was interrupted: what follows is what was known by then.",
        Outcome.FAILED: "A test failed without a finding of ours.",
    }
    parts = [sentences[result.outcome]]
    if result.outcome in (Outcome.INTERRUPTED, Outcome.COULD_NOT_RUN, Outcome.INCOMPLETE) and result.findings:
        parts.append(f"{count(len(result.findings), 'finding')} so far.")
    if result.tests["not_run"]:
        parts.append(f"{count(result.tests['not_run'], 'test')} did not run.")
    if result.earlier:
        parts.append(f"Not played again: {count(len(result.earlier), 'finding')} of earlier reports.")
    return " ".join(parts)


def moment(iso: str) -> str:
    """A point in time for readers: ``2026-01-31 12:00 UTC``."""
    try:
        return datetime.fromisoformat(iso).strftime("%Y-%m-%d %H:%M UTC")
    except ValueError:
        return iso


def since(finding: Finding, result: Result) -> str:
    """When the finding first appeared, according to the reports in this folder."""
    this = " (this run)" if finding.since == result.timing.started else ""
    first = f"first reported {moment(finding.since)}{this}"
    if finding.last_without:
        return f"{first}; the report of {moment(finding.last_without)} was still without it"
    if not result.timing.previous:
        return f"{first}; there is no earlier report in this folder"
    return f"{first}; no earlier report of this folder played the flow without it"


def duration(seconds: float) -> str:
    """``4.2 s``, ``3 min 5 s``."""
    return f"{seconds:.1f} s" if seconds < 60 else f"{int(seconds // 60)} min {int(seconds % 60)} s"


def rerun(finding: Finding, result: Result) -> str:
    """The command that plays the finding's first test again."""
    command, test = result.subject.command, finding.tests[0]
    if finding.seed is not None and "--auth0-mfa-seed" not in command:
        command += f" --auth0-mfa-seed={finding.seed}"
    if command.startswith("auth0-mfa verify"):
        return f"{command} -k {shlex.quote(finding.flows[0])}"
    return f"{command} '{test}'"


def outcomes(result: Result, operation: str) -> tuple[list[str], list[str]]:
    """The documented outcomes of an operation that were reached, and those that were not."""
    reached = {cell.outcome for cell in result.coverage if cell.operation == operation}
    beyond = beyond_clients(operation) if result.of_clients else frozenset()
    documented = [SUCCESS, *(refusal for refusal in OPERATIONS[operation].refusals if refusal not in beyond)]
    return [o for o in documented if o in reached], [o for o in documented if o not in reached]


def cells(result: Result, operation: str, factor: str) -> list[Cell]:
    """The coverage of an operation with a factor."""
    return [cell for cell in result.coverage if (cell.operation, cell.factor) == (operation, factor)]


def operations(result: Result) -> list[str]:
    """The operations in the coverage: all of them, or for clients those that a client called."""
    called = {cell.operation for cell in result.coverage}
    return [operation for operation in OPERATIONS if operation in called or not result.of_clients]


def title(result: Result) -> str:
    """The headline of a report."""
    return "MFA client" if result.of_clients else "Contract of Auth0's MFA API"


def covered(result: Result) -> str:
    """How much of the contract was reached, in a clause."""
    reached, documented = totals(result)
    whose = "outcomes that a client can reach" if result.of_clients else "documented outcomes"
    return f"{reached} of {documented} {whose} were reached"


def totals(result: Result) -> tuple[int, int]:
    """The number of outcomes reached, and of all that can be reached."""
    both = [outcomes(result, operation) for operation in operations(result)]
    return sum(len(reached) for reached, _ in both), sum(len(lacking) + len(other) for lacking, other in both)
