"""Ratios that mean something on a busy machine.

CPU time of this process, not the clock on the wall; ours and the baseline in turns, so that the
machine's moods hit both alike; short turns and many of them; the median of the ratios of neighbours.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

Work = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. ``bar`` is the most that ``ratio`` may be, or the least with ``at_least``."""

    what: str
    baseline: str
    ratio: float
    bar: float
    at_least: bool = False
    detail: str = ""

    @property
    def met(self) -> bool:
        """Whether the promise is kept."""
        return self.ratio >= self.bar if self.at_least else self.ratio <= self.bar


@dataclass(frozen=True, slots=True)
class Pair:
    """What ours and the baseline cost, in seconds, and how they compare."""

    ratio: float
    ours: float
    baseline: float

    @property
    def detail(self) -> str:
        """Both in microseconds."""
        return f"{self.ours * 1e6:.1f} µs / {self.baseline * 1e6:.1f} µs"


def seconds(work: Work, times: int) -> float:
    """CPU seconds of one call, the average over ``times`` calls."""
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
    around_ours: Callable[[], AbstractContextManager[object]] = nullcontext,
    around_baseline: Callable[[], AbstractContextManager[object]] = nullcontext,
    between: Work = lambda: None,
) -> Pair:
    """Measure both in turns. ``around_*`` is entered outside the clock; ``between`` tidies up after each round."""
    pairs: list[tuple[float, float]] = []
    for turn in range(rounds + 2):  # two to warm up
        with around_ours():
            mine = seconds(ours, times)
        with around_baseline():
            other = seconds(baseline, baseline_times or times)
        between()
        if turn > 1:
            pairs.append((mine, other))
    return summary(pairs)


def summary(pairs: list[tuple[float, float]]) -> Pair:
    """The medians of both, and of their ratios."""
    return Pair(
        statistics.median(mine / other for mine, other in pairs),
        statistics.median(mine for mine, _ in pairs),
        statistics.median(other for _, other in pairs),
    )
