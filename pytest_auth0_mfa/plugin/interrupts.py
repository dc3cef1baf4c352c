"""Ctrl-C in a run against a real tenant: once ends the run as pytest does, a second one ends the process at once."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType

import pytest

AT_ONCE = 130
"""The exit code of a process that SIGINT ends: 128 and the signal's number."""


class Interrupts:
    """Counts interrupts. ``say`` tells what may be left; it is called before the process ends without pytest."""

    def __init__(self, say: Callable[[], None]) -> None:
        self._say = say
        self._before: Callable[[int, FrameType | None], object] | None = None
        self.count = 0
        self.at_the_end = False
        """Whether all tests have ended: pytest would answer an interrupt with a traceback from here on."""

    def begin(self) -> None:
        """Stand before the handler that is there; one that ignores the signal stays, as in a shell's background job."""
        before = signal.getsignal(signal.SIGINT)
        if threading.current_thread() is threading.main_thread() and callable(before):
            self._before = before
            signal.signal(signal.SIGINT, self._handle)

    def end(self) -> None:
        """Give the signal back."""
        if self._before is not None and signal.getsignal(signal.SIGINT) == self._handle:
            signal.signal(signal.SIGINT, self._before)
        self._before = None

    def _handle(self, number: int, frame: FrameType | None) -> None:
        self.count += 1
        if self.count > 1 or self.at_the_end:
            code = AT_ONCE if self.count > 1 else int(pytest.ExitCode.INTERRUPTED)
            with contextlib.suppress(Exception):  # whatever the signal came in between, the process ends
                self._say()
            for stream in (sys.stdout, sys.stderr):
                with contextlib.suppress(Exception):
                    stream.flush()
            os._exit(code)  # nothing more is torn down: the ledger names what is left
        assert self._before is not None
        self._before(number, frame)
