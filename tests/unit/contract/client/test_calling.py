"""Adapters may be sync or async, and in process their naps move the tenant's clock."""

from __future__ import annotations

import asyncio
import threading
import time
from contextlib import suppress
from typing import Any

import pytest

from pytest_auth0_mfa.contract import AuthError
from pytest_auth0_mfa.contract.client.calling import SLEEPS, Caller, Endless, NotCovered, sleeping_moves


class Sync:
    """An adapter of one method each."""

    def log_in(self, username: str, password: str) -> str:
        return username + password

    def refresh(self) -> str:
        raise AuthError("invalid_grant", "no", 403)

    def challenge(self) -> str:
        raise KeyError("oob_code")

    def associate(self) -> str:
        raise NotImplementedError


class Async:
    """An adapter that keeps things between calls which belong to one loop."""

    closed = False

    async def start(self) -> Async:
        self.loop = asyncio.get_running_loop()
        self.lock = asyncio.Lock()
        return self

    async def log_in(self, username: str, password: str) -> bool:
        async with self.lock:
            await asyncio.sleep(0)
            return asyncio.get_running_loop() is self.loop

    async def close(self) -> None:
        self.closed = True


def test_an_async_adapter_is_known_before_its_first_call() -> None:
    """Two users at once are played one after the other then: its loop runs one call at a time."""
    assert Caller(Async).is_async
    assert not Caller(Sync).is_async


def test_how_a_call_ended_is_told() -> None:
    """Values, AuthErrors and stray exceptions are outcomes; what is missing is not covered."""
    caller = Caller(Sync)
    assert caller.call("log_in", "a", "b").value == "ab"
    refused = caller.call("refresh")
    assert refused.error is not None
    assert (refused.error.error, refused.error.status) == ("invalid_grant", 403)
    assert isinstance(caller.call("challenge").stray, KeyError)
    for method in ("associate", "verify_otp"):
        with pytest.raises(NotCovered, match=f"does not implement {method}"):
            caller.call(method)
    caller.close()


def test_an_async_client_has_one_event_loop() -> None:
    """Made, called and closed on the same loop."""
    client = Async()
    caller = Caller(client.start)
    assert caller.call("log_in", "a", "b").value is True
    assert caller.call("log_in", "a", "b").value is True
    caller.close()
    assert client.closed


class Resilient:
    """An adapter that is ready for what it waits for first to fail, and to take too long."""

    def __init__(self) -> None:
        self.over = threading.Event()

    async def log_in(self) -> str:
        failing = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_soon(failing.set_exception, ConnectionError())
        asyncio.get_running_loop().call_soon(self.over.set)
        with suppress(ConnectionError):
            await failing
        await asyncio.sleep(0)
        return "tried again"

    async def refresh(self) -> str:
        with suppress(TimeoutError):
            async with asyncio.timeout(0.01):
                await asyncio.Event().wait()
        self.over.set()
        await asyncio.sleep(0)
        return "went on"

    async def challenge(self) -> str:
        asyncio.get_running_loop().call_soon(self.over.set)
        await asyncio.sleep(0)
        raise KeyError("oob_code")


@pytest.mark.parametrize(("method", "value"), [("log_in", "tried again"), ("refresh", "went on"), ("challenge", None)])
def test_a_call_that_is_held_handles_what_it_would_anyway(method: str, value: str | None) -> None:
    """What fails, and a timeout that is over, while another user acts reach the client's own code."""
    client, waited = Resilient(), list[bool]()
    caller = Caller(lambda: client)
    caller.meanwhile = lambda: waited.append(client.over.wait(5))
    outcome = caller.call(method)
    assert (outcome.value, type(outcome.stray)) == (value, type(None) if value else KeyError)
    caller.close()
    assert waited == [True]


def test_an_error_shows_no_token() -> None:
    """AuthError's text holds error and description, never the mfa_token."""
    error = AuthError("mfa_required", "Multifactor authentication required", 403, "Fe26.2*secret")
    assert str(error) == "mfa_required: Multifactor authentication required"
    assert "Fe26" not in repr(error)


def test_sleeping_moves_the_clock() -> None:
    """time.sleep and asyncio.sleep return at once and add up."""
    passed: list[float] = []

    async def nap() -> str:
        return str(await asyncio.sleep(7, "rested"))

    began = time.monotonic()
    with sleeping_moves(passed.append):
        time.sleep(5)
        assert asyncio.run(nap()) == "rested"
    assert passed == [5, 7]
    assert time.monotonic() - began < 2


def test_other_threads_sleep_for_real() -> None:
    """Only the thread that calls the client is spared."""
    passed: list[float] = []
    took: list[float] = []

    def nap() -> None:
        began = time.monotonic()
        time.sleep(0.05)
        took.append(time.monotonic() - began)

    with sleeping_moves(passed.append):
        thread = threading.Thread(target=nap)
        thread.start()
        thread.join()
    assert passed == []
    assert took[0] >= 0.04


def test_sleep_is_given_back() -> None:
    """Afterwards both functions are what they were, also when blocks were nested."""
    before = time.sleep, asyncio.sleep
    with sleeping_moves(lambda seconds: None), sleeping_moves(lambda seconds: None):
        assert time.sleep is not before[0]
    assert (time.sleep, asyncio.sleep) == before


def test_a_client_that_never_stops_sleeping_is_stopped() -> None:
    """A loop that only sleeps is ended, past every `except Exception`."""

    class Sleeper:
        def log_in(self) -> Any:
            while True:
                try:
                    time.sleep(1)
                except Exception:
                    continue

    caller = Caller(Sleeper)
    passed: list[float] = []
    with sleeping_moves(passed.append):
        assert isinstance(caller.call("log_in").stray, Endless)
    assert len(passed) == SLEEPS


def test_where_time_is_real_it_has_an_end() -> None:
    """Over a server a client sleeps for real, but not for ever."""

    class Sleeper:
        def log_in(self) -> None:
            time.sleep(0.01)
            time.sleep(3600)

    began = time.monotonic()
    with sleeping_moves(None):
        assert isinstance(Caller(Sleeper).call("log_in").stray, Endless)
    assert 0.005 < time.monotonic() - began < 5
