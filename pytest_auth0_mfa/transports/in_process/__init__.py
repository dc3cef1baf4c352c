"""Answers requests to a tenant's host within this process, for all of Python's HTTP libraries."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from pytest_auth0_mfa.messages import Handler

from . import mounted, patches
from .mounted import Mounted, Owns, Reachable

if TYPE_CHECKING:
    from responses import RequestsMock

T = TypeVar("T", bound=Reachable)
F = TypeVar("F", bound=Callable[..., Any])


def in_process(tenant: T, *, mock: RequestsMock | None = None, handler: Handler | None = None) -> InProcess[T]:
    """Answer requests to ``https://{tenant.domain}`` without a network, until the block ends.

    requests, httpx, httpx2, urllib3, `http.client`, `urllib.request` and aiohttp reach the tenant, and so do libraries
    that are built on them. Anything else that tries to reach the tenant's host gets an OSError that says so. Requests
    to other hosts go to the network or to your own mocks, as before.

    It is also a decorator, for a function, generator function or coroutine function (for the time of each call), and
    for a class (for each method whose name starts with ``test``).

    If a `responses` mock of yours is active, its own stubs come first, then the tenant, whether the mock is started
    before or inside the block. With ``mock``, requests reaches the tenant only through that mock: you start it, and it
    decides about other hosts. ``handler`` replaces the tenant's own.

    A delayed answer takes no real time: the tenant's clock is advanced, and a client with a shorter timeout gets its
    timeout.
    """
    return InProcess(tenant, mock is not None, handler)


class InProcess(AbstractContextManager[T], Generic[T]):
    """What `in_process` returns: a reentrant context manager that is also a decorator."""

    def __init__(self, tenant: T, through_mock: bool, handler: Handler | None) -> None:
        self._tenant = tenant
        self._through_mock = through_mock
        self._handler = handler
        self._entries: list[Mounted] = []

    def __enter__(self) -> T:
        handler = self._handler or _handler(self._tenant)
        entry = Mounted(self._tenant, handler, self._through_mock)
        self._entries.append(entry)
        mounted.mount(entry)
        try:
            patches.want(_without_requests() if self._through_mock else patches.PATCHES)
        except BaseException:
            self.__exit__()
            raise
        return self._tenant

    def __exit__(self, *exception: object) -> None:
        mounted.unmount(self._entries.pop())
        release()

    def __call__(self, decorated: F) -> F:
        """Decorate a function or a class of tests. Raises TypeError for anything else."""
        import inspect  # not at the top: importing it is slow, and only decorators need it

        if inspect.isclass(decorated):
            self._decorate_tests(decorated)
            return decorated
        if inspect.isasyncgenfunction(decorated):
            raise TypeError(
                f"in_process(...) cannot decorate the asynchronous generator {decorated.__name__}: "
                "write `with in_process(tenant):` in its body."
            )
        if not inspect.isfunction(decorated):
            raise TypeError(
                "in_process(...) decorates a function, a coroutine function or a class of tests, "
                f"not {decorated!r}. Otherwise write `with in_process(tenant):`."
            )
        return cast(F, self._wrapped(decorated))

    def _wrapped(self, function: Callable[..., Any]) -> Callable[..., Any]:
        import inspect

        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def wrapper(*args: Any, **kwargs: Any) -> Any:
                with self:
                    return await function(*args, **kwargs)

        elif inspect.isgeneratorfunction(function):

            @functools.wraps(function)
            def wrapper(*args: Any, **kwargs: Any) -> Any:
                with self:
                    return (yield from function(*args, **kwargs))

        else:

            @functools.wraps(function)
            def wrapper(*args: Any, **kwargs: Any) -> Any:
                with self:
                    return function(*args, **kwargs)

        return wrapper

    def _decorate_tests(self, tests: type) -> None:
        import inspect

        names = [name for name in dir(tests) if name.startswith("test")]
        found = {name: inspect.getattr_static(tests, name) for name in names}
        wrapped: dict[str, object] = {}
        for name, value in found.items():
            if isinstance(value, staticmethod | classmethod):
                wrapped[name] = type(value)(self(value.__func__))
            elif inspect.isfunction(value):
                wrapped[name] = self(value)
        if not wrapped:
            raise TypeError(
                f"in_process(...) found no test in the class {tests.__name__}: it decorates methods whose names start "
                "with 'test'. Otherwise write `with in_process(tenant):`."
            )
        for name, value in wrapped.items():
            setattr(tests, name, value)


def _handler(tenant: Reachable) -> Handler:
    from pytest_auth0_mfa.app import handler

    return handler(tenant)  # type: ignore[arg-type]


def _without_requests() -> set[str]:
    return patches.PATCHES.keys() - {"requests"}


@contextmanager
def mocks_let_through(owns: Owns) -> Iterator[None]:
    """Make `responses` mocks pass on requests that a local server or a cassette owns, until the block ends."""
    mounted.let_through(owns)
    try:
        patches.want({"responses"})
        yield
    finally:
        mounted.let_through_no_more(owns)
        release()


def release() -> None:
    """Remove the patches that are no longer needed."""
    if mounted.has_tenants():
        return
    wanted = set(patches.GUARDS) if mounted.has_strays() else set()
    if mounted.in_use():
        wanted.add("responses")
    patches.want_only(wanted)
