"""The tenant's clock: real time plus an offset, or frozen."""

from __future__ import annotations

import math
import time
from collections.abc import Callable


def _real() -> float:
    return time.time()  # looked up at each call, because a test may patch it


class Clock:
    """Epoch seconds: ``time.time()`` plus what `advance` added.

    TOTP libraries and checks of ID tokens in the code under test read the real clock. An unfrozen tenant that was not
    advanced agrees with them.
    """

    __slots__ = ("_frozen", "_offset", "_source")

    def __init__(self, source: Callable[[], float] = _real) -> None:
        self._source = source
        self._offset = 0.0
        self._frozen: float | None = None

    def now(self) -> float:
        """The current time in epoch seconds."""
        return self._source() + self._offset if self._frozen is None else self._frozen

    def advance(self, seconds: float) -> None:
        """Move the clock forward. Raises ValueError if ``seconds`` is negative or not a number."""
        if (
            isinstance(seconds, bool)
            or not isinstance(seconds, int | float)
            or not math.isfinite(seconds)
            or seconds < 0
        ):
            raise ValueError(f"clock.advance({seconds!r}): expected seconds >= 0; reset() takes the clock back")
        if self._frozen is None:
            self._offset += seconds
        else:
            self._frozen += seconds

    def freeze(self, at: float | None = None) -> None:
        """Stop the clock at ``at`` (epoch seconds) or at the current time. `advance` still moves it. Raises
        ValueError."""
        if at is not None and (isinstance(at, bool) or not isinstance(at, int | float) or not math.isfinite(at)):
            raise ValueError(f"clock.freeze({at!r}): expected epoch seconds, or nothing for the current time")
        self._frozen = float(self.now() if at is None else at)

    def unfreeze(self) -> None:
        """Let the clock run again from its current time."""
        if self._frozen is not None:
            self._offset = self._frozen - self._source()
            self._frozen = None

    @property
    def frozen(self) -> bool:
        """Whether the clock is stopped."""
        return self._frozen is not None

    @property
    def ahead(self) -> float:
        """How many seconds the clock is ahead of real time; negative if it is behind."""
        return self.now() - self._source()

    def reset(self) -> None:
        """Return to real time: no offset, not frozen."""
        self._offset, self._frozen = 0.0, None

    def __repr__(self) -> str:
        return f"<Clock {self.now():.3f}{' frozen' if self.frozen else ''}>"
