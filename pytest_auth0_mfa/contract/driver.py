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
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
REPLAYS = 150


@dataclass(frozen=True, slots=True)
class Plan:
    """How a run is made."""

    max_examples: int = 100
    steps: int = 40
    seed: int | None = None
    derandomize: bool = True
    reduce: bool = True
    replays: int = REPLAYS
    """How often examples are played again to make a finding shorter."""
    stories: bool = True
    """Whether long stories are played before Hypothesis draws examples."""


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


_MASK = 2**64 - 1
DIGIT = 100
"""Numbers are drawn as two digits of so many values each.

Into wider ranges Hypothesis mixes the constants that it finds in the consumer's own modules: what is played would hang
on their text, and on whether this package is installed or a checkout.
"""


def spread(number: int, place: int) -> int:
    """A number with 64 bits for a drawn one, another in each place; zero stays zero.

    Hypothesis draws small numbers and repeats parts of examples: as they are, few of them would decide all.
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
        """Equal for two findings of the same fault."""

    @property
    def size(self) -> int:
        """How many steps lead to it."""


F = TypeVar("F", bound=Failing)
P = TypeVar("P")


class _FoundError(AssertionError):
    """Tells Hypothesis that an example found something."""


def drive(programs: SearchStrategy[P], play: Callable[[P], F | None], plan: Plan) -> F | None:
    """Let Hypothesis draw programs and play them; the first finding, made shorter if the plan says so.

    What is played depends on the seed and the number of examples alone, never on the time that it takes. Whatever
    Hypothesis raises once something was found (that an example is flaky, for instance), the finding is returned.
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
    test = settings(  # every one explicit: neither the environment nor a profile of the consumer changes a run
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
