"""The machine: Hypothesis draws walks and plays them; the first finding is made shorter and ends the run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from pytest_auth0_mfa.contract.driver import EVENLY, REPLAYS, Plan, drive, spread
from pytest_auth0_mfa.contract.findings.violation import ContractViolation

from .run import SERVER, ClientRun
from .walk import FACTORS_AT_START, WORLDS, Start, Walk, step_of

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

STEPS = 18
_REPLAYS_OVER_SERVER = 50  # each call takes real time there


@dataclass(frozen=True, slots=True)
class ClientProgram:
    """One example."""

    start: Start
    steps: tuple[int, ...]
    """A number for each step; zero is a rest, and what shrinks away becomes one."""


@dataclass(frozen=True, slots=True)
class FoundByWalk:
    """What a walk found, and after how many calls of the client."""

    violation: ContractViolation
    size: int

    @property
    def key(self) -> object:
        """Equal for two findings of the same fault."""
        return self.violation.finding, self.violation.operation


@cache
def programs(steps: int) -> SearchStrategy[ClientProgram]:
    """Programs of so many steps."""
    from hypothesis import strategies as st

    numbers = st.integers(0, EVENLY - 1)
    factor = st.sampled_from(FACTORS_AT_START)
    start = st.builds(Start, st.sampled_from(WORLDS), factor, factor, numbers)
    return st.builds(ClientProgram, start, st.tuples(*[numbers] * steps))


def play(run: ClientRun, program: ClientProgram) -> FoundByWalk | None:
    """One walk with a fresh tenant and a fresh client; what it found."""
    walk = Walk(run, program.start)
    try:
        for place, number in enumerate(program.steps):
            walk.take(step_of(spread(number, program.start.chance + place)))
    except ContractViolation as violation:
        return FoundByWalk(violation.with_traceback(None), len(walk.example.calls))
    finally:
        walk.close()
    return None


def play_walks(
    run: ClientRun,
    max_examples: int,
    *,
    shorten: bool = True,
    steps: int = STEPS,
    chosen_seed: int | None = None,
    on_example: Callable[[], None] = lambda: None,
) -> None:
    """Play walks until one breaks the contract. Raises its ContractViolation."""
    __tracebackhide__ = True
    found: FoundByWalk | None = None

    def example(program: ClientProgram) -> FoundByWalk | None:
        nonlocal found
        if found is None:
            on_example()
        latest = play(run, program)
        found = found or latest
        return latest

    replays = _REPLAYS_OVER_SERVER if run.reach == SERVER else REPLAYS
    shortest = drive(programs(steps), example, Plan(max_examples, steps, chosen_seed, reduce=shorten, replays=replays))
    if shortest is not None:
        raise shortest.violation.with_traceback(None)
