"""A kind of finding: stable id, level, title, explanation and source."""

from __future__ import annotations

from dataclasses import dataclass

VIOLATION = "violation"
"""A documented fact is broken: fails the run."""
DRIFT = "drift"
"""The tenant differs from the profile that was measured, or answers what nobody documented."""
OBSERVATION = "observation"
"""Disputed behaviour that was measured: never fails the run."""
LEVELS = (VIOLATION, DRIFT, OBSERVATION)


@dataclass(frozen=True, slots=True)
class FindingKind:
    """One kind of finding. ``source`` is a page of Auth0's documentation, or names entries of the contract."""

    id: str
    level: str
    title: str
    text: str
    """What it means, why it matters and what to do."""
    source: str
    names_field: str = "{title} ({field})"
    """A template for the title with the field's name in it."""

    def __post_init__(self) -> None:
        assert self.level in LEVELS, self.level

    def headline(self, operation: str, field: str) -> str:
        """One line for a finding of this kind: ``MFA003 challenge: binding_method is missing``."""
        bare = field.removeprefix("$.")
        said = self.names_field.format(title=self.title, field=bare) if bare else self.title
        return f"{self.id} {operation}: {said}"
