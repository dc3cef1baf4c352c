"""Scenarios by name: what each needs of a subject, and which rows of the contract it rests on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pytest_auth0_mfa.contract.tenant.play import Play
from pytest_auth0_mfa.contract.tenant.subject_fake import FakeSubject
from pytest_auth0_mfa.contract.tenant.subjects import Subject

Act = Callable[[Play], None]


@dataclass(frozen=True, slots=True)
class Scenario:
    """One documented flow or error."""

    name: str
    rows: tuple[str, ...]
    act: Act
    needs: frozenset[str]
    """Factors that are on."""
    without: frozenset[str]
    """Factors that are off."""
    controls: frozenset[str]
    fake: bool
    """Whether it arranges what only a fake can: a second application, a provider's failure."""

    def missing(self, subject: Subject) -> str | None:
        """Why a subject cannot play it, with the setting to change, or None."""
        if self.fake and not isinstance(subject, FakeSubject):
            return "needs a fake tenant"
        if "factors" not in subject.controls:
            off = sorted(self.needs - subject.factors)
            if off:
                return f"needs the factor to be on: {', '.join(off)} (--auth0-mfa-factors says what is on)"
            on = sorted(self.without & subject.factors)
            if on:
                return f"needs the factor to be off: {', '.join(on)}"
        own: Callable[[Scenario], str | None] | None = getattr(subject, "missing", None)
        if own is not None and (reason := own(self)):  # a real tenant says which setting to change
            return reason
        # It lets time pass by waiting, and has said how long it would wait.
        absent = sorted(self.controls - subject.controls - ({"clock"} if own else set()))
        return f"needs control of: {', '.join(absent)}" if absent else None

    def factors(self, subject: Subject) -> frozenset[str]:
        """The factors it is played with."""
        return (frozenset(subject.factors) | self.needs) - self.without


SCENARIOS: dict[str, Scenario] = {}
"""All of them, in the order of the files."""


def scenario(
    name: str, rows: str, *, needs: str = "", without: str = "", controls: str = "", fake: bool = False
) -> Callable[[Act], Act]:
    """Register a scenario. Lists are given as words."""

    def register(act: Act) -> Act:
        assert name not in SCENARIOS, name
        SCENARIOS[name] = Scenario(
            name,
            tuple(rows.split()),
            act,
            frozenset(needs.split()),
            frozenset(without.split()),
            frozenset(controls.split()),
            fake,
        )
        return act

    return register
