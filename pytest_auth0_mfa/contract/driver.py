"""Runs Hypothesis: how many examples it plays, which files it leaves behind, and how Ctrl-C ends it at once.

Hypothesis registers a callback that times the garbage collector. Ctrl-C often arrives during a collection, and Python
prints and discards an exception that is raised in such a callback: the run would continue to its end.
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
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
REPLAYS = 150


@dataclass(frozen=True, slots=True)
class Plan:
    """The settings of a run. ``steps`` is the number of steps in an example."""

    max_examples: int = 100
    steps: int = 40
    seed: int | None = None
    derandomize: bool = True
    reduce: bool = True
    replays: int = REPLAYS
    """How many examples are played again, at most, to shorten a finding."""
    stories: bool = True
    """Whether long stories are played before Hypothesis draws examples."""


@contextmanager
def remember_interrupts() -> Iterator[Callable[[], None]]:
    """Remember a KeyboardInterrupt that a signal handler raised, in case Python discards it.

    The function that the block receives raises it again; so does the end of the block. The existing handlers still do
    the handling. Outside the main thread, where Python calls no signal handlers, nothing happens.
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
    """Keep Hypothesis from creating a folder ``.hypothesis`` in the directory where a contract run was started.

    ``database=None`` only turns off saved examples: the first draw also caches the constants of every module of the
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


_MASK = 2**64 - 1
DIGIT = 100
"""Large numbers are drawn as two digits with this many values each.

In wider ranges Hypothesis also tries the constants that it finds in the consumer's own modules. What is played would
then depend on their source, and on whether this package is installed or a checkout.
"""


def spread(number: int, place: int) -> int:
    """Hash a drawn number and its place in the example to 64 bits; zero stays zero.

    Hypothesis prefers small numbers and repeats parts of examples. Without the hash a few values would decide
    everything.
    """
    if not number:
        return 0
    state = (number * 0x9E3779B97F4A7C15 + place * 0xD1B54A32D192ED03) & _MASK
    state = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9 & _MASK
    state = (state ^ (state >> 27)) * 0x94D049BB133111EB & _MASK
    return state ^ (state >> 31)


class Failing(Protocol):
    """What an example found."""

    @property
    def key(self) -> object:
        """Equal for two findings that show the same fault."""

    @property
    def size(self) -> int:
        """The number of steps that lead to the finding."""


F = TypeVar("F", bound=Failing)
P = TypeVar("P")


class _FoundError(AssertionError):
    """Tells Hypothesis that an example has a finding."""


def drive(programs: SearchStrategy[P], play: Callable[[P], F | None], plan: Plan) -> F | None:
    """Let Hypothesis draw programs and play them. Returns the first finding, shortened if the plan says so, or None.

    What is played depends only on the seed and the number of examples, never on how long it takes. Once there is a
    finding it is returned, even if Hypothesis then raises an error (such as ``Flaky``).
    """
    from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings

    best: list[F] = []
    replays = 0

    def example(program: P) -> None:
        nonlocal replays
        interrupted()
        if best:
            replays += 1
            if not plan.reduce or replays > plan.replays:
                return
        found = play(program)
        if found is None or (best and found.key != best[0].key):
            return
        if not best or found.size <= best[-1].size:
            best.append(found)
        raise _FoundError

    test = given(programs)(example)
    if plan.seed is not None:
        test = seed(plan.seed)(test)
    test = settings(  # all explicit, so that neither the environment nor a Hypothesis profile changes a run
        max_examples=plan.max_examples,
        database=None,
        deadline=None,
        derandomize=plan.derandomize and plan.seed is None,
        print_blob=False,
        report_multiple_bugs=False,
        verbosity=Verbosity.quiet,
        phases=(Phase.generate, Phase.shrink) if plan.reduce else (Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )(test)
    with no_files_written(), remember_interrupts() as interrupted:
        try:
            test()
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException:
            if not best:
                raise
    return best[-1] if best else None
