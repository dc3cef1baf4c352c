"""How Hypothesis is driven: how much it plays, what it leaves behind, and that Ctrl-C ends it at once.

Hypothesis times the garbage collector in a callback of it. A collection takes long enough to be where Ctrl-C arrives
often, and what is raised in such a callback is printed and forgotten: the run would go on to its end.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@dataclass(frozen=True, slots=True)
class Plan:
    """How a run is made."""

    max_examples: int = 100
    steps: int = 40
    seed: int | None = None
    derandomize: bool = True
    reduce: bool = True


@contextmanager
def remember_interrupts() -> Iterator[Callable[[], None]]:
    """The call given raises KeyboardInterrupt once a signal was handled with one, and so does the end of the block.

    Handlers stay whose they are. Elsewhere than in the main thread, where none is ever called, it does nothing.
    """
    raised: list[KeyboardInterrupt] = []

    def watched(handler: Callable[[int, FrameType | None], object]) -> Callable[[int, FrameType | None], None]:
        def handle(number: int, frame: FrameType | None) -> None:
            try:
                handler(number, frame)
            except KeyboardInterrupt as interrupt:
                raised.append(interrupt)
                raise

        return handle

    def again() -> None:
        if raised:
            raise raised.pop()

    if threading.current_thread() is not threading.main_thread():
        yield again
        return
    before = {number: handler for number in _SIGNALS if callable(handler := signal.getsignal(number))}
    try:
        for number, handler in before.items():
            signal.signal(number, watched(handler))
        yield again
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if not isinstance(sys.exception(), KeyboardInterrupt):
            again()


@contextmanager
def no_files_written() -> Iterator[None]:
    """Keep Hypothesis from leaving a folder ``.hypothesis`` where a contract run was started.

    ``database=None`` stops the examples only: the first draw also caches the constants of every module of the
    consumer's project. Hypothesis tolerates a missing cache directory.
    """
    from hypothesis import configuration

    home = "__hypothesis_home_directory"  # where `set_hypothesis_home_dir` keeps it; there is no public way to ask
    before = getattr(configuration, home, None)
    configuration.set_hypothesis_home_dir(os.devnull)
    try:
        yield
    finally:
        configuration.set_hypothesis_home_dir(before)
