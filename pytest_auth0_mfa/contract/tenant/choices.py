"""Decisions read from a few bytes: what Hypothesis draws stays small, whatever the steps decide."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")

QUARTERS = (0, 1, 2, 3)
_MASK = 2**64 - 1
_MOSTLY = (True, True, True, False)


class Cup:
    """Makes as many dice as a program needs out of its few bytes."""

    __slots__ = ("_state",)

    def __init__(self, program: bytes) -> None:
        self._state = int.from_bytes(program, "big")

    def dice(self) -> Dice:
        """The decisions of the next step."""
        self._state = (self._state + 0x9E3779B97F4A7C15) & _MASK
        mixed = (self._state ^ (self._state >> 30)) * 0xBF58476D1CE4E5B9 & _MASK
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB & _MASK
        return Dice(mixed ^ (mixed >> 31))


class Dice:
    """One number, read as a row of decisions."""

    __slots__ = ("_left",)

    def __init__(self, number: int) -> None:
        self._left = number

    def of(self, options: Sequence[T]) -> T:
        """One of them."""
        self._left, index = divmod(self._left, len(options))
        return options[index]

    def newest(self, options: Sequence[T]) -> T:
        """One of them, the last one most often."""
        return options[-1] if self.of(_MOSTLY) else self.of(options)

    def mutation(self, mutations: Sequence[str], right: int = 3) -> str:
        """``""`` (nothing is wrong) ``right`` times in four, else one of the mutations."""
        return "" if self.of(QUARTERS) < right else self.of(mutations)
