"""Measures ratios that are meaningful on a busy computer.

It uses CPU time of this process, not elapsed time; many short turns of ours and the baseline, so that other load
affects both alike; and the median of the ratios of adjacent turns.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

Work = Callable[[], object]
Around = Callable[[], AbstractContextManager[object]]


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table. ``bar`` is the greatest allowed ``ratio``, or with ``at_least`` the smallest."""

    what: str
    baseline: str
    ratio: float
    bar: float
    at_least: bool = False
    detail: str = ""
    spread: tuple[float, float] | None = None
    """The range of ratios without the lowest and highest tenth of the turns."""

    @classmethod
    def of(cls, what: str, baseline: str, pair: Pair, bar: float, detail: str = "") -> Row:
        """The row for what was measured in turns."""
        return cls(what, baseline, pair.ratio, bar, detail=detail or pair.detail, spread=pair.spread)

    @classmethod
    def of_rates(cls, what: str, baseline: str, pair: Pair, bar: float, detail: str = "") -> Row:
        """The row for an "at least": how many times as fast as the baseline."""
        low, high = pair.spread
        return cls(what, baseline, 1 / pair.ratio, bar, True, detail or pair.detail, (1 / high, 1 / low))

    @property
    def met(self) -> bool:
        """Whether the promise is kept. It is missed only if the whole spread is beyond the bar."""
        low, high = self.spread or (self.ratio, self.ratio)
        return high >= self.bar if self.at_least else low <= self.bar


@dataclass(frozen=True, slots=True)
class Pair:
    """The cost of ours and of the baseline in seconds, and their ratio with its spread."""

    ratio: float
    ours: float
    baseline: float
    spread: tuple[float, float]

    @property
    def detail(self) -> str:
        """Both costs in microseconds, as text."""
        return f"{self.ours * 1e6:.1f} µs / {self.baseline * 1e6:.1f} µs"


def seconds(work: Work, times: int) -> float:
    """The average CPU seconds of a call, over ``times`` calls."""
    start = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - start) / times


def compare(
    ours: Work,
    baseline: Work,
    *,
    times: int = 50,
    baseline_times: int | None = None,
    rounds: int = 80,
    around_ours: Around = nullcontext,
    around_baseline: Around = nullcontext,
    between: Work = lambda: None,
) -> Pair:
    """Measure both in turns. Entering ``around_*`` is not measured; ``between`` is called after each round."""
    (pair,) = compare_each(
        [(ours, around_ours)],
        (baseline, around_baseline),
        times=times,
        baseline_times=baseline_times,
        rounds=rounds,
        between=between,
    )
    return pair


def compare_each(
    ours: Sequence[tuple[Work, Around]],
    baseline: tuple[Work, Around],
    *,
    times: int = 50,
    baseline_times: int | None = None,
    rounds: int = 80,
    between: Work = lambda: None,
) -> list[Pair]:
    """Measure several of ours in turns with the same baseline, so that they can also be compared with each other."""
    pairs: list[list[tuple[float, float]]] = [[] for _ in ours]
    for turn in range(rounds + 2):  # two to warm up
        for (work, around), found in zip(ours, pairs, strict=True):
            with around():
                mine = seconds(work, times)
            with baseline[1]():
                other = seconds(baseline[0], baseline_times or times)
            between()
            if turn > 1:
                found.append((mine, other))
    return [summary(found) for found in pairs]


def summary(pairs: list[tuple[float, float]]) -> Pair:
    """The medians of both costs and of their ratios, with the spread of the ratios."""
    ratios = sorted(mine / other for mine, other in pairs)
    edge = len(ratios) // 10
    return Pair(
        statistics.median(ratios),
        statistics.median(mine for mine, _ in pairs),
        statistics.median(other for _, other in pairs),
        (ratios[edge], ratios[-1 - edge]),
    )
