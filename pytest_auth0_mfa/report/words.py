"""What reports say, whatever their format: sentences about a result."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from pytest_auth0_mfa import exit_codes
from pytest_auth0_mfa.contract.coverage import SUCCESS
from pytest_auth0_mfa.operations import OPERATIONS

from . import model
from .model import Cell, Finding, Result

MEANINGS: Final = exit_codes.MEANINGS
FACTORS: Final = ("otp", "sms", "voice", "email", "push", "recovery-code", "")
"""The columns of the matrix; the last one is for calls that concern no factor."""


def count(number: int, noun: str) -> str:
    """``1 flow``, ``2 flows``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def verdict(result: Result) -> str:
    """The run in a sentence or two."""
    broken, kept = result.in_state(model.BROKEN), result.in_state(model.KEPT)
    said = [
        {
            model.ALL_WELL: f"{count(len(kept), 'contract test')} passed and nothing was found.",
            model.VIOLATION: f"{count(len(result.findings), 'finding')} in {count(len(broken), 'contract test')}.",
            model.DRIFT: "Nothing documented is broken, but the tenant no longer behaves as its profile says.",
            model.INCOMPLETE: "Nothing was found, but not everything was judged.",
            model.COULD_NOT_RUN: "The run could not be made.",
            model.INTERRUPTED: "The run was interrupted: what follows is what was known by then.",
            model.FAILED: "A test failed without a finding of ours.",
        }[result.outcome]
    ]
    if result.outcome in (model.INTERRUPTED, model.COULD_NOT_RUN, model.INCOMPLETE) and result.findings:
        said.append(f"{count(len(result.findings), 'finding')} so far.")
    if result.tests["not_run"]:
        said.append(f"{count(result.tests['not_run'], 'test')} did not run.")
    return " ".join(said)


def moment(iso: str) -> str:
    """A point in time as people read it."""
    try:
        return datetime.fromisoformat(iso).strftime("%Y-%m-%d %H:%M UTC")
    except ValueError:
        return iso


def since(finding: Finding, result: Result) -> str:
    """Since when the finding is there, as far as the reports of this folder tell."""
    this = " (this run)" if finding.since == result.timing.started else ""
    first = f"first reported {moment(finding.since)}{this}"
    if finding.last_without:
        return f"{first}; the report of {moment(finding.last_without)} was still without it"
    return f"{first}; no earlier report of this folder played the flow without it"


def duration(seconds: float) -> str:
    """``4.2 s``, ``3 min 5 s``."""
    return f"{seconds:.1f} s" if seconds < 60 else f"{int(seconds // 60)} min {int(seconds % 60)} s"


def rerun(finding: Finding, result: Result) -> str:
    """The command that plays the flow again."""
    test = finding.tests[0]
    target = "" if result.subject.target == "fake" else f" --auth0-mfa-target={result.subject.target}"
    if "suite/test_tenant.py" in test and finding.flows:
        return f"auth0-mfa verify{target} -k {finding.flows[0]}"
    return f"pytest{target} '{test}'"


def outcomes(result: Result, operation: str) -> tuple[list[str], list[str]]:
    """The documented outcomes of an operation that were reached, and those that were not."""
    reached = {cell.outcome for cell in result.coverage if cell.operation == operation}
    documented = [SUCCESS, *OPERATIONS[operation].refusals]
    return [o for o in documented if o in reached], [o for o in documented if o not in reached]


def cells(result: Result, operation: str, factor: str) -> list[Cell]:
    """What was played of an operation with a factor."""
    return [cell for cell in result.coverage if (cell.operation, cell.factor) == (operation, factor)]


def totals(result: Result) -> tuple[int, int]:
    """Documented outcomes reached, and all of them."""
    both = [outcomes(result, operation) for operation in OPERATIONS]
    return sum(len(reached) for reached, _ in both), sum(len(one) + len(other) for one, other in both)
