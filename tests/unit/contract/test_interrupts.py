"""Ctrl-C ends a run of the machine at once, wherever it arrives."""

from __future__ import annotations

import gc
import signal
import threading
from collections.abc import Callable, Iterator

import pytest
from client_zoo.entries import bench_for
from client_zoo.requests_client import RequestsClient

from pytest_auth0_mfa import Tenant
from pytest_auth0_mfa.contract.client import walk
from pytest_auth0_mfa.contract.driver import Plan, remember_interrupts
from pytest_auth0_mfa.contract.tenant.run import Run
from pytest_auth0_mfa.contract.tenant.subject_fake import fake_subject

lost = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
SIGNALS = (signal.SIGINT, signal.SIGTERM)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """Handlers that interrupt, whatever the process was started with."""
    before = [signal.signal(number, _interrupt) for number in SIGNALS]
    yield
    for number, handler in zip(SIGNALS, before, strict=True):
        signal.signal(number, handler)


def lose(number: int) -> None:
    """Send the signal while the collector calls back, where Python forgets what is raised."""

    def pressed(phase: str, _: object) -> None:
        if phase == "start":
            signal.raise_signal(number)

    gc.callbacks.append(pressed)
    try:
        gc.collect()
    finally:
        gc.callbacks.remove(pressed)


def counted(act: Callable[[], None]) -> tuple[list[int], Callable[[], None]]:
    """What acts at the third example, and how many there were."""
    examples: list[int] = []

    def on_example() -> None:
        examples.append(1)
        if len(examples) == 3:
            act()

    return examples, on_example


@lost
@pytest.mark.parametrize("number", SIGNALS)
def test_a_lost_interrupt_ends_the_run(number: int) -> None:
    """The example in which it came is the last one."""
    examples, on_example = counted(lambda: lose(number))
    with pytest.raises(KeyboardInterrupt):
        Run(fake_subject(Tenant(seed=1)), Plan(max_examples=20), on_example=on_example).go()
    assert len(examples) == 3
    assert [signal.getsignal(one) for one in SIGNALS] == [_interrupt, _interrupt]


@lost
def test_a_lost_interrupt_ends_a_clients_walks() -> None:
    """Of the machine for clients too."""
    examples, on_example = counted(lambda: lose(signal.SIGINT))
    with pytest.raises(KeyboardInterrupt):
        walk.play_walks(bench_for(RequestsClient, "machine"), 20, on_example=on_example)
    assert len(examples) == 3


def test_one_that_is_not_lost_ends_it_too() -> None:
    """As without all this."""
    examples, on_example = counted(lambda: signal.raise_signal(signal.SIGINT))
    with pytest.raises(KeyboardInterrupt):
        Run(fake_subject(Tenant(seed=1)), Plan(max_examples=20), on_example=on_example).go()
    assert len(examples) == 3


@lost
def test_one_that_is_lost_at_the_end_is_not_lost() -> None:
    """When no step comes after it."""
    with pytest.raises(KeyboardInterrupt), remember_interrupts():
        lose(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is _interrupt


def test_another_thread_has_no_handlers() -> None:
    """There Python lets nobody set one."""
    told: list[bool] = []

    def elsewhere() -> None:
        with remember_interrupts() as again:
            again()
            told.append(True)

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert told == [True]
