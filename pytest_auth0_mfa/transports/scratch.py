"""One private folder of this process among the temporary files; those of processes that were killed are removed.

A process holds a lock on a file in its folder for as long as it runs, so that nobody removes it meanwhile, not even
from another container that shares the folder of temporary files.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import IO

_PREFIX = "auth0-mfa-"
_LOCK = "lock"
_YOUNG = 60.0
"""Seconds within which a folder may be without a lock because it has only just been made."""


@functools.cache
def folder() -> Path:
    """The folder of this process; removed when it ends."""
    _sweep(Path(tempfile.gettempdir()))
    made = Path(tempfile.mkdtemp(prefix=_PREFIX))
    held = _lock(made / _LOCK)
    atexit.register(_remove, made, held, os.getpid())
    return made


def _remove(made: Path, held: IO[bytes] | None, owner: int) -> None:
    if os.getpid() == owner:  # not at the exit of a forked child
        if held is not None:
            held.close()
        shutil.rmtree(made, ignore_errors=True)


def _sweep(place: Path) -> None:
    """Remove the folders that processes of this user left behind when they were killed."""
    with contextlib.suppress(OSError):
        for left in place.glob(f"{_PREFIX}*"):
            with contextlib.suppress(OSError):
                about = left.lstat()
                if not left.is_symlink() and (left / _LOCK).is_file() and time.time() - about.st_mtime > _YOUNG:
                    _remove_unless_held(left)


def _remove_unless_held(left: Path) -> None:
    if (held := _lock(left / _LOCK)) is not None:
        held.close()
        shutil.rmtree(left, ignore_errors=True)


def _lock(file: Path) -> IO[bytes] | None:
    """Hold this file until it is closed or the process ends; None if another process holds it."""
    opened = open(file, "ab")  # noqa: SIM115 - kept open on purpose
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(opened.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        opened.close()
        return None
    return opened
