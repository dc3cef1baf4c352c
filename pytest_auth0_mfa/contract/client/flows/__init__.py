"""The named scenarios of the client contract, one module for each group of flows."""

from __future__ import annotations

from typing import Final

from . import account, bound, bound_resources, challenge, enroll, login, passwordless, refresh, trouble, verify
from .registry import SCENARIOS, ClientScenario

__all__ = ["ClientScenario", "scenarios"]

_ORDER: Final = (login, enroll, challenge, verify, passwordless, refresh, account, bound, bound_resources, trouble)
_LAST: Final = ("two-users", "sign-in")  # long ones, which include others


def scenarios() -> dict[str, ClientScenario]:
    """All scenarios by name, the simplest first, because their failures are the easiest to understand."""
    modules = [module.__name__ for module in _ORDER]

    def place(named: tuple[str, ClientScenario]) -> tuple[int, int]:
        late = [n for n, start in enumerate(_LAST, 1) if named[0].startswith(start)]
        return sum(late), modules.index(named[1].script.__module__)

    return dict(sorted(SCENARIOS.items(), key=place))
