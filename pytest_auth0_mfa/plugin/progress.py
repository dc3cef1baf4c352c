"""Says on a terminal how far a long test is; what it wrote is wiped out again."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import pytest

PATIENCE = 2.0
"""Seconds a test may take without a word."""
INTERVAL = 0.5
"""Seconds between two words."""
_SAVE, _RESTORE, _ERASE = "\x1b7", "\x1b8", "\x1b[K"


class Progress:
    """``tick`` after each example; ``end`` when the test is over.

    It writes behind pytest's dots and takes the cursor back, so nothing else on the line moves.
    """

    def __init__(self, what: str, total: int, write: Callable[[str], None], monotonic: Callable[[], float]) -> None:
        self._what = what
        self._total = total
        self._write = write
        self._monotonic = monotonic
        self._next = monotonic() + PATIENCE
        self._done = 0
        self._written = False

    def tick(self) -> None:
        """One more example was played."""
        self._done += 1
        now = self._monotonic()
        if now >= self._next:
            self._next = now + INTERVAL
            self._written = True
            self._write(f"{_SAVE} {self._what}: {self._done} of at most {self._total} examples{_ERASE}{_RESTORE}")

    def end(self) -> None:
        """Wipe out what was written."""
        if self._written:
            self._write(f"{_SAVE}{_ERASE}{_RESTORE}")


def progress(config: pytest.Config, what: str, total: int) -> Progress:
    """A progress on pytest's terminal; silent with ``-q``, when piped, under xdist, and where the line is full."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    capture = config.pluginmanager.get_plugin("capturemanager")
    talks = reporter is not None and reporter.isatty and reporter.verbosity >= 0

    def write(text: str) -> None:
        writer = config.get_terminal_writer()
        if talks and capture is not None and writer.width_of_current_line + len(text) < writer.fullwidth:
            with capture.global_and_fixture_disabled():
                sys.stdout.write(text)
                sys.stdout.flush()

    return Progress(what, total, write, time.monotonic)
