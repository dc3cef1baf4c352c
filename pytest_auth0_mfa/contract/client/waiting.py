"""While a client is called in process, sleeping moves the tenant's clock instead of waiting."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

T = TypeVar("T")

SLEEPS = 1000
"""How often a client may sleep in one call before it is taken for one that never ends."""
REAL_SECONDS = 60.0
"""How long it may sleep in one call where time is real."""


class Endless(BaseException):
    """Ends a call of a client that goes on and on. No Exception: clients catch those."""


class _Active(threading.local):
    on: bool = False
    advance: Callable[[float], None] | None = None
    left: int = 0
    seconds: float = 0.0


_active = _Active()
_lock = threading.Lock()
_users = 0
_real_sleep = time.sleep
_real_async_sleep: Callable[..., Awaitable[Any]] = asyncio.sleep


@contextmanager
def sleeping_moves(advance: Callable[[float], None] | None) -> Iterator[None]:
    """In this thread and until the block ends, ``time.sleep`` and ``asyncio.sleep`` call ``advance(seconds)``.

    With None they sleep for real. Either way a client that never stops is stopped by `Endless`.
    Other threads sleep as ever, and so does code that took the function out of its module before.
    """
    before = _active.on, _active.advance, _active.left, _active.seconds
    _active.on, _active.advance, _active.left, _active.seconds = True, advance, SLEEPS, REAL_SECONDS
    _patch()
    try:
        yield
    finally:
        _unpatch()
        _active.on, _active.advance, _active.left, _active.seconds = before


def _pass(seconds: float) -> bool:
    """Let time pass on the tenant's clock; False when this thread is to sleep for real."""
    if not _active.on:
        return False
    _active.left -= 1
    if _active.left < 0:
        raise Endless(f"slept more than {SLEEPS} times in one call")
    if _active.advance is None:
        _active.seconds -= seconds
        if _active.seconds < 0:
            raise Endless(f"would sleep longer than {REAL_SECONDS:.0f} s in one call")
        return False
    if seconds > 0:
        _active.advance(seconds)
    return True


def _sleep(seconds: float) -> None:
    if not _pass(seconds):
        _real_sleep(seconds)


async def _async_sleep(delay: float, result: T | None = None) -> T | None:
    if _pass(delay):
        await _real_async_sleep(0)
        return result
    done: T | None = await _real_async_sleep(delay, result)
    return done


def _patch() -> None:
    global _users, _real_sleep, _real_async_sleep
    with _lock:
        _users += 1
        if _users == 1:
            _real_sleep, _real_async_sleep = time.sleep, asyncio.sleep
            time.sleep = _sleep  # type: ignore[assignment]
            asyncio.sleep = _async_sleep  # type: ignore[assignment]


def _unpatch() -> None:
    global _users
    with _lock:
        _users -= 1
        if _users == 0:
            time.sleep = _real_sleep
            asyncio.sleep = _real_async_sleep  # type: ignore[assignment]
