"""What Hypothesis draws for an example: the factors, the people, how it begins, and the steps."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from pytest_auth0_mfa.contract.driver import EVENLY

from .people import SORTS, Sort
from .walk.walk import MOVES, REST

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

_FACTORS = ("all", "voice off", "all", "recovery off", "voice off", "all", "email only", "voice off")


@dataclass(frozen=True, slots=True)
class Step:
    """What to do, what with, and what is wrong or unusual in it; the numbers are read by `Choices`."""

    move: str
    number: int
    change: int


@dataclass(frozen=True, slots=True)
class Program:
    """One example."""

    factors: str
    people: tuple[Sort, Sort]
    beginning: int
    steps: tuple[Step, ...]


@cache
def programs(steps: int) -> SearchStrategy[Program]:
    """Programs of so many steps; a step that shrinks away becomes a rest."""
    from hypothesis import strategies as st

    numbers = st.integers(0, EVENLY - 1)
    step = st.builds(Step, st.sampled_from((REST, *MOVES)), numbers, numbers)
    sorts = st.sampled_from(SORTS)
    return st.builds(Program, st.sampled_from(_FACTORS), st.tuples(sorts, sorts), numbers, st.tuples(*[step] * steps))
