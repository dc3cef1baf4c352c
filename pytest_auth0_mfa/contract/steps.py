"""What happened on a subject, step by step: the raw material of reproducers and reports."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from pytest_auth0_mfa.messages import Request, Response

HARMLESS = frozenset({"wrong", "not-a-token", "not-a-code", "000000", "AAAAAAAAAAAAAAAAAAAAAAAA"})
"""Made-up values that contracts send on purpose; reproducers print them as they are."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One call. ``response`` is None when none came."""

    operation: str
    request: Request
    response: Response | None


@dataclass(frozen=True, slots=True)
class Learned:
    """A value that did not come from an answer: a code read from a message, or computed by an app."""

    name: str
    """What a variable for it is called: ``email_code``, ``otp``."""
    value: str = field(repr=False)
    how: str
    """A sentence for the reader: ``the code that was sent by email``."""
    secret: str | None = field(default=None, repr=False)
    """The TOTP secret it is computed from."""
    steps_off: int = 0
    """How many time steps it lies off the current one."""


@dataclass(frozen=True, slots=True)
class Remark:
    """Something a person or an operator does: approve a push request, let time pass, switch a factor."""

    text: str
    seconds: float = 0.0
    """How long to wait, when that is what is to be done."""


Step: TypeAlias = Exchange | Learned | Remark


@dataclass(slots=True)
class Steps:
    """The steps so far, and the values that are given from outside by the name of their variable."""

    given: dict[str, str] = field(default_factory=dict, repr=False)
    """Secrets and addresses -> environment variable."""
    events: list[Step] = field(default_factory=list)

    def give(self, value: str | None, variable: str) -> None:
        """Name the environment variable that holds ``value``; the first name stays."""
        if value:
            self.given.setdefault(value, variable)
