"""Decisions read from numbers: Hypothesis draws and shrinks the numbers, whatever a step decides with them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")

QUARTERS = (0, 1, 2, 3)
_MOSTLY = (True, True, True, False)


class Choices:
    """Two numbers, each read as a row of decisions: what a step does, and what is wrong or unusual in it.

    Zero is the simplest decision each time: the first option, the newest value, nothing wrong.
    """

    __slots__ = ("_change", "_left")

    def __init__(self, number: int, change: int = 0) -> None:
        self._left = number
        self._change = change

    def of(self, options: Sequence[T]) -> T:
        """One of them."""
        self._left, index = divmod(self._left, len(options))
        return options[index]

    def newest(self, options: Sequence[T]) -> T:
        """One of them, the last one most often."""
        return options[-1] if self.of(_MOSTLY) else self.of(options)

    def mutation(self, mutations: Sequence[str], right: int = 3) -> str:
        """``""`` (nothing is wrong) ``right`` times in four, else one of the mutations."""
        return "" if self.change(QUARTERS) < right else self.change(mutations)

    def change(self, options: Sequence[T]) -> T:
        """One of them, by the number for what is unusual."""
        self._change, index = divmod(self._change, len(options))
        return options[index]
