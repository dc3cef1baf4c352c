"""Faults that a test asks for: the next call of an operation fails, is late, or loses its connection."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

from pytest_auth0_mfa.errors import ConfigurationError, UnknownOperationError, closest
from pytest_auth0_mfa.messages import Fault
from pytest_auth0_mfa.spec.operations import ALL


@dataclass(frozen=True, slots=True, repr=False)
class Failure:
    """An answer that a call gets instead of being performed."""

    status: int
    error: str | None
    description: str | None
    headers: Mapping[str, str] | None
    body: bytes | str | Mapping[str, object] | None


class Faults:
    """A queue of faults for each operation, first in, first out."""

    def __init__(self) -> None:
        self._queues: dict[str, deque[Failure | Fault]] = {}

    def __bool__(self) -> bool:
        return bool(self._queues)

    def add(self, operation: str, fault: Failure | Fault, times: int) -> None:
        """Give ``fault`` to the next ``times`` calls of ``operation``."""
        if operation not in ALL:
            raise UnknownOperationError(f"no such operation: {operation!r}. {closest(str(operation), ALL)}")
        if isinstance(times, bool) or not isinstance(times, int) or times < 1:
            raise ConfigurationError(f"times={times!r}: expected a whole number of at least 1")
        self._queues.setdefault(operation, deque()).extend([fault] * times)

    def take(self, operation: str | None) -> Failure | Fault | None:
        """Remove and return the next fault of ``operation``, or None."""
        queue = self._queues.get(operation) if operation else None
        if not queue:
            return None
        fault = queue.popleft()
        if not queue:
            del self._queues[operation or ""]
        return fault

    def pending(self) -> dict[str, int]:
        """How many faults are queued, by operation."""
        return {operation: len(queue) for operation, queue in self._queues.items()}

    def clear(self) -> None:
        """Remove all faults."""
        self._queues.clear()


def failure(
    status: int,
    error: str | None,
    description: str | None,
    headers: Mapping[str, str] | None,
    body: bytes | str | Mapping[str, object] | None,
) -> Failure:
    """Make a `Failure`. Raises ConfigurationError for arguments that are not allowed."""
    if not isinstance(status, int) or not 100 <= status <= 599:  # True is an int too, but below 100
        raise ConfigurationError(f"fail_next(status={status!r}): expected an HTTP status from 100 to 599")
    if body is not None and (error is not None or description is not None):
        raise ConfigurationError("fail_next(): give either body, or error and description")
    return Failure(status, error, description, headers, body)


def delay(seconds: float) -> Fault:
    """Make a delay. Raises ConfigurationError unless ``seconds`` is a finite number, 0 or more."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not math.isfinite(seconds) or seconds < 0:
        raise ConfigurationError(f"delay_next(seconds={seconds!r}): expected seconds >= 0")
    return Fault(delay=float(seconds))
