"""The named scenarios of the client contract: each documented flow and error, once or in a few worlds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Final

from pytest_auth0_mfa.contract.titles import first_line

from .bench import FACTORS, IN_PROCESS, Bench, World
from .calling import NotCovered
from .play import Play, Stopped

PLAIN = World()
HOSTILE = World(
    profile={"mfa_required": "401 mfa_required", "mfa_requirements": True, "rows_have_type": False},
    factors=FACTORS,
    unknown=True,
    codes=1,
)
"""All of it documented somewhere: mfa_required at 401, mfa_requirements, rows without type, new fields."""
LATER = World(behind=1200)
HOSTILE_LATER = World(HOSTILE.profile, HOSTILE.factors, unknown=True, behind=1200, codes=1)
BOTH = (PLAIN, HOSTILE)

Script = Callable[[Play], None]


@dataclass(frozen=True, slots=True)
class Scenario:
    """One named flow."""

    name: str
    text: str
    """What a right client does, in a sentence."""
    script: Script
    worlds: tuple[World, ...]
    polls: bool | None = None
    """For clients that poll, for those that do not, or for both."""
    in_process_only: bool = False
    """It waits for polls, which takes real time over a server."""

    def fits(self, reach: str, polls: bool) -> bool:
        """Whether it is for a client that is reached like this."""
        return self.polls in (None, polls) and (reach == IN_PROCESS or not self.in_process_only)

    def run(self, bench: Bench) -> None:
        """Play it in each world, over a server in the last one. Raises ContractViolation or NotCovered."""
        for world in self.worlds if bench.reach == IN_PROCESS else self.worlds[-1:]:
            try:
                with Play(bench, world) as play:
                    self.script(play)
            except Stopped:
                continue
        bench.coverage.flows[f"client: {self.name}"] += 1


_SCENARIOS: Final[dict[str, Scenario]] = {}
_MODULES = (
    "flows_login",
    "flows_enroll",
    "flows_challenge",
    "flows_verify",
    "flows_push",
    "flows_trouble",
    "flows_sign_in",
)


def scenario(
    name: str, *worlds: World, polls: bool | None = None, in_process_only: bool = False
) -> Callable[[Script], Script]:
    """Register a function as a scenario; its docstring says what a right client does."""

    def register(script: Script) -> Script:
        assert name not in _SCENARIOS, name
        _SCENARIOS[name] = Scenario(name, first_line(script), script, worlds or BOTH, polls, in_process_only)
        return script

    return register


@cache
def scenarios() -> dict[str, Scenario]:
    """All scenarios by name, in the order of their modules, whichever of these was imported first."""
    order = [import_module(f"{__package__}.{module}").__name__ for module in _MODULES]
    return dict(sorted(_SCENARIOS.items(), key=lambda item: order.index(item[1].script.__module__)))


def covered(script: Callable[[], object]) -> None:
    """Do what only some clients can; the scenario goes on without it."""
    try:
        script()
    except NotCovered:
        return
