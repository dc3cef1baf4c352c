"""The named scenarios of the client contract, by flow."""

from __future__ import annotations

from typing import Final

from . import challenge, enroll, login, passwordless, refresh, trouble, verify
from .registry import SCENARIOS, Scenario

__all__ = ["Scenario", "scenarios"]

_ORDER: Final = (login, passwordless, refresh, enroll, challenge, verify, trouble)


def scenarios() -> dict[str, Scenario]:
    """All scenarios by name, in the order in which a reader wants to know what fails."""
    modules = [module.__name__ for module in _ORDER]
    return dict(sorted(SCENARIOS.items(), key=lambda item: modules.index(item[1].script.__module__)))
