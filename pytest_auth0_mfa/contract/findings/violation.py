"""A broken contract, as an object that travels whole from the comparison to terminal, JUnit and report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pytest_auth0_mfa.contract.reproducer import reproducer
from pytest_auth0_mfa.contract.steps import Steps
from pytest_auth0_mfa.errors import printable

from .catalogue import FINDINGS
from .client import ADVICE


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference between what was expected and what came. Values are shown, so never secrets."""

    finding: str
    """The id of its kind: ``MFA003``."""
    field: str
    """Where: ``status``, ``Content-Type``, ``$.error``, ``$[0].active`` ..."""
    expected: str
    actual: str


class ContractViolation(AssertionError):  # noqa: N818 - reads as the fact it states
    """A subject broke the contract. Fields say which, where and on what source it rests; nobody reads the message."""

    def __init__(
        self,
        message: str,
        *,
        finding: str | None = None,
        operation: str | None = None,
        source: str | None = None,
        difference: Difference | None = None,
        steps: Steps | None = None,
        refusal: str = "",
        guess: str = "",
        headline: str = "",
        block: str = "",
    ) -> None:
        super().__init__(message)
        self.finding = finding
        """The id of its kind: ``MFA003``."""
        self.operation = operation
        self.source = source
        self.difference = difference
        self.steps = steps
        """What happened on the subject, from the login on."""
        self.refusal = refusal
        """The id of the refusal that was expected, if one was."""
        self.guess = guess
        """Why it breaks no documented fact of a real tenant, but only what is guessed."""
        self.headline = headline
        """The finding in a line of a summary."""
        self.block = block
        """The finding as a reader sees it, without its reproducer."""


def violation(
    difference: Difference,
    *,
    operation: str,
    source: str = "",
    steps: Steps | None = None,
    refusal: str = "",
    guess: str = "",
    details: Mapping[str, str] | None = None,
    at: str = "",
) -> ContractViolation:
    """The exception for a difference; its message is all that a reader needs.

    ``details`` are the first lines of the block, by name; ``at`` says more of the operation than its id.
    """
    kind = FINDINGS[difference.finding]
    source = source or kind.source
    lines = {
        **(details or {}),
        **({"operation": at} if at else {}),
        **({"refusal": refusal} if refusal else {}),
        "field": difference.field,
        "expected": difference.expected,
        "got": difference.actual,
        "source": source,
        **({"to do": ADVICE[kind.id]} if kind.id in ADVICE else {}),
        "more": f"auth0-mfa explain {kind.id}",
    }
    headline = printable(kind.headline(operation, difference.field))
    block = printable("\n".join([headline, *(f"  {name + ':':<10} {text}" for name, text in lines.items())]))
    played = steps is not None and bool(steps.events)
    return ContractViolation(
        f"{block}\n\n{printable(reproducer(steps))}" if steps is not None and played else block,
        finding=kind.id,
        operation=operation,
        source=source,
        difference=difference,
        steps=steps,
        refusal=refusal,
        guess=guess,
        headline=headline,
        block=block,
    )
