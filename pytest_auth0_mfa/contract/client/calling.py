"""Calls an adapter's methods, sync or async. While they run, sleeping advances the tenant's clock instead of
waiting."""

from __future__ import annotations

import asyncio
import difflib
import inspect
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import coroutine
from typing import Any, TypeVar

from pytest_auth0_mfa.errors import ConfigurationError
from pytest_auth0_mfa.messages import Json

from .adapter import AuthError
from .listening import PATIENCE

T = TypeVar("T")

SLEEPS = 1000
"""How often a client may sleep in one call; after that the call counts as endless."""
REAL_SECONDS = 60.0
"""How many seconds a client may sleep in one call if it really sleeps."""


class Endless(BaseException):
    """Raised to end a call that would go on for ever. It is not an Exception, because clients catch those."""


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
    """Until the block ends, let ``time.sleep`` and ``asyncio.sleep`` in this thread call ``advance(seconds)``.

    With None they really sleep. In both cases `Endless` stops a client that never stops. Other threads sleep as usual,
    and so does code that imported the functions by name before.
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
    """Advance the tenant's clock. Returns False if this thread has to sleep for real."""
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


METHODS = (
    "log_in",
    "refresh",
    "list_authenticators",
    "associate",
    "challenge",
    "verify_otp",
    "verify_oob",
    "verify_recovery_code",
    "delete_authenticator",
    "start_passwordless",
    "log_in_passwordless",
    "revoke",
    "sign_in",
    "me_factors",
    "me_list_methods",
    "me_create_method",
    "me_verify_method",
    "me_get_method",
    "me_update_method",
    "me_delete_method",
)


_OWN_PAGE = tuple(method for method in METHODS if method.startswith("me_"))


def in_short(methods: Iterable[str]) -> list[str]:
    """Methods as a report names them, sorted. All of the My Account API are one: most clients have none of them."""
    named = set(methods)
    if named.issuperset(_OWN_PAGE):
        named = named.difference(_OWN_PAGE) | {"me_..."}
    return sorted(named)


class NotCovered(Exception):  # noqa: N818 - a report, not a failure
    """Raised if the adapter lacks a method, or the method raises NotImplementedError."""

    def __init__(self, method: str) -> None:
        super().__init__(f"not covered: the adapter does not implement {method}")
        self.method = method


@dataclass(frozen=True, slots=True)
class CallOutcome:
    """How a call ended: with a value, an AuthError, or an exception that an adapter must not raise (``stray``)."""

    value: Json = field(default=None, repr=False)
    error: AuthError | None = None
    stray: BaseException | None = None


class Caller:
    """Makes a client and calls it. Awaitables run in one event loop of its own."""

    def __init__(self, make: Callable[[], object]) -> None:
        self.meanwhile: Callable[[], None] | None = None
        """Runs in another thread when the next call of an async client awaits something for the first time."""
        self._runner: asyncio.Runner | None = None
        self._busy = False
        try:
            self.client = self._finished(make())
            self._refuse_other_objects()
        except BaseException:
            self._stop()
            raise

    def _refuse_other_objects(self) -> None:
        if isinstance(self.client, type):
            name = self.client.__name__
            raise ConfigurationError(
                f"make_client returned the class {name} itself: return an object, such as {name}(...)"
            )
        if not any(self.has(method) for method in METHODS):
            told = "None" if self.client is None else f"an object of type {type(self.client).__name__}"
            near = difflib.get_close_matches(
                "log_in", [name for name in dir(self.client) if name not in METHODS], 1, 0.75
            )
            hint = f" Did you mean log_in by {near[0]}?" if near else ""
            raise ConfigurationError(
                f"make_client returned {told}, which has none of the adapter's methods.{hint} "
                f"Return an adapter with those of them that your client can do: {', '.join(METHODS)}"
            )

    def has(self, method: str) -> bool:
        """Whether the adapter has this method."""
        return callable(getattr(self.client, method, None))

    def call(self, method: str, *args: Json, **kwargs: Json) -> CallOutcome:
        """Call a method and return how it ended. Raises NotCovered."""
        if not self.has(method):
            raise NotCovered(method)
        try:
            return CallOutcome(value=self._finished(getattr(self.client, method)(*args, **kwargs)))
        except NotImplementedError:
            raise NotCovered(method) from None
        except AuthError as error:
            return CallOutcome(error=error)
        except Endless as endless:
            return CallOutcome(stray=endless)
        except Exception as stray:
            return CallOutcome(stray=stray)

    @property
    def is_async(self) -> bool:
        """Whether the adapter's methods return awaitables."""
        methods = (getattr(self.client, method, None) for method in METHODS)
        return self._runner is not None or any(inspect.iscoroutinefunction(method) for method in methods)

    def wait(self, done: threading.Event, seconds: float) -> None:
        """Wait up to ``seconds`` for another thread. The event loop keeps running, since that thread may need it."""
        if self._runner is None:
            done.wait(seconds)
        else:
            self._finished(asyncio.to_thread(done.wait, seconds))

    def close(self) -> None:
        """Close the client, if it has ``close``, and the event loop."""
        try:
            if self.has("close"):
                self._finished(getattr(self.client, "close")())  # noqa: B009 - optional in the protocol
        finally:
            self._stop()

    def _stop(self) -> None:
        if self._runner is not None:
            self._runner.close()
            self._runner = None

    def _finished(self, value: Any) -> Json:
        if not inspect.isawaitable(value):
            return value
        if self._runner is None:
            self._runner = asyncio.Runner()
        if self._busy:  # called from another thread: two users at the same time
            return asyncio.run_coroutine_threadsafe(_awaited(value), self._runner.get_loop()).result()
        meanwhile, self.meanwhile = self.meanwhile, None
        self._busy = True
        try:
            return self._runner.run(_awaited(value if meanwhile is None else _held(value, meanwhile)))
        finally:
            self._busy = False


async def _awaited(value: Awaitable[Json]) -> Json:
    return await value


@contextmanager
def _tasks_of_threads(loop: asyncio.AbstractEventLoop) -> Iterator[list[object]]:
    """The functions that are given to threads until the block ends. Looking up an address, as every client does, does
    not count."""
    tasks: list[object] = []
    plainly = loop.run_in_executor

    def noting(executor: Any, task: Any, *args: Any) -> Any:
        if task not in (socket.getaddrinfo, socket.getnameinfo):
            tasks.append(task)
        return plainly(executor, task, *args)

    loop.run_in_executor = noting  # type: ignore[method-assign, assignment]
    try:
        yield tasks
    finally:
        del loop.run_in_executor  # the method is the class's again


@coroutine
def _held(value: Awaitable[Json], meanwhile: Callable[[], None]) -> Generator[Any, None, Json]:
    """Await a value, but run ``meanwhile`` when its coroutine first waits, and go on only after that or after
    `PATIENCE`. It is not run if the coroutine waits for a thread, which would go on by itself.

    If what the coroutine waits for fails, or its own timeout expires, it gets that exception where it waits.
    """
    steps = _awaited(value)
    try:
        loop = asyncio.get_running_loop()
        with _tasks_of_threads(loop) as tasks:
            waited_for = steps.send(None)
        if not tasks:
            happens = loop.run_in_executor(None, meanwhile)
            try:
                yield from asyncio.wait([happens], timeout=PATIENCE).__await__()
            except asyncio.CancelledError as cancelled:
                waited_for = steps.throw(cancelled)
        while True:
            try:
                yield waited_for
            except BaseException as error:
                waited_for = steps.throw(error)
            else:
                waited_for = steps.send(None)
    except StopIteration as end:
        return end.value
    finally:
        steps.close()
