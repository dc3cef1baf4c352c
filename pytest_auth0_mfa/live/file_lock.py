"""A lock that several share or one has alone, and that the system gives back when a process dies, however it dies."""

from __future__ import annotations

import contextlib
import os
import secrets
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

SHARES = 1024
"""How many may share the lock on Windows."""
_PAUSE = 0.02


@contextlib.contextmanager
def shared(path: Path) -> Iterator[None]:
    """Share the lock, whose file is ``path``; waits for who has it alone. Raises OSError."""
    with _opened(path) as descriptor, _locked(descriptor, alone=False):
        yield


@contextlib.contextmanager
def alone(path: Path) -> Iterator[bool]:
    """Whether nobody else has the lock; then nobody takes it before the block ends. Raises OSError."""
    with _opened(path) as descriptor, _locked(descriptor, alone=True) as held:
        yield held


@contextlib.contextmanager
def appending(descriptor: int) -> Iterator[None]:
    """Keep others from appending to the file at the same moment, where the system does not see to that."""
    windows = _windows()
    with contextlib.nullcontext() if windows is None else _bytes(windows, descriptor, lambda: 2**30, 1):
        yield


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[int]:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _locked(descriptor: int, *, alone: bool) -> Iterator[bool]:
    windows = _windows()
    if windows is None:
        yield _flock(descriptor, alone=alone)
    elif alone:
        with _bytes(windows, descriptor, lambda: 0, SHARES, wait=False) as held:
            yield held
    else:
        with _bytes(windows, descriptor, lambda: secrets.randbelow(SHARES), 1):
            yield True


def _flock(descriptor: int, *, alone: bool) -> bool:
    fcntl = import_module("fcntl")
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB if alone else fcntl.LOCK_SH)
    except BlockingIOError:
        return False
    return True


def _windows() -> Any:
    """Windows' module for locks; None elsewhere."""
    try:
        import_module("fcntl")
    except ImportError:
        return import_module("msvcrt")
    return None


@contextlib.contextmanager
def _bytes(msvcrt: Any, descriptor: int, place: Callable[[], int], number: int, *, wait: bool = True) -> Iterator[bool]:
    """Windows locks bytes, each for one holder: who shares has any one of them, who is alone has them all."""
    while True:
        start = place()
        os.lseek(descriptor, start, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, number)
        except OSError:
            if not wait:
                yield False
                return
            time.sleep(_PAUSE)
        else:
            break
    try:
        yield True
    finally:
        os.lseek(descriptor, start, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, number)
