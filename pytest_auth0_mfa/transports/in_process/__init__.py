"""Answer a tenant's host in this process: `requests`, and httpx where it is installed."""

from __future__ import annotations

import functools
import importlib.util
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from pytest_auth0_mfa.messages import Handler

from . import httpx_patch, mounted, requests_patch
from .mounted import Mounted, Owns, Reachable

if TYPE_CHECKING:
    from responses import RequestsMock

T = TypeVar("T", bound=Reachable)

_lock = threading.Lock()
_undo: dict[str, Callable[[], None]] = {}


@contextmanager
def in_process(tenant: T, *, mock: RequestsMock | None = None, handler: Handler | None = None) -> Iterator[T]:
    """Answer requests to ``https://{tenant.domain}`` without a network, until the block ends.

    Every other host goes where it went before, to the network or to mocks of your own. A running
    `responses` mock of yours answers the tenant too, after its own stubs, whether it is started
    before or inside the block. With ``mock`` only that mock answers the tenant for requests: you
    start it, and it decides about other hosts. ``handler`` replaces the tenant's own.

    A late answer does not wait: the tenant's clock is advanced, and a client with a shorter
    timeout gets its timeout.
    """
    entry = Mounted(tenant, handler or _handler(tenant), through_mock=mock is not None)
    mounted.mount(entry)
    try:
        with _lock:
            _patch_all(mock is None)
        yield tenant
    finally:
        mounted.unmount(entry)
        release()


def _handler(tenant: Reachable) -> Handler:
    from pytest_auth0_mfa.app import handler

    return handler(tenant)  # type: ignore[arg-type]


def _patch_all(adapters: bool) -> None:
    if adapters and "requests" not in _undo:
        _undo["requests"] = requests_patch.patch()
    if "responses" not in _undo:
        _undo["responses"] = requests_patch.patch_mocks()
    # Importing httpx costs 60 ms, once per run and only where it is installed. A hook that waits
    # for somebody else to import it would be free, but sits in every import of the process.
    if "httpx" not in _undo and _has_httpx():
        _undo["httpx"] = httpx_patch.patch()


@functools.cache
def _has_httpx() -> bool:
    return importlib.util.find_spec("httpx") is not None


@contextmanager
def mocks_let_through(owns: Owns) -> Iterator[None]:
    """Keep `responses` mocks from refusing what a local server or a cassette waits for, until the block ends."""
    if "responses" not in sys.modules:  # then nobody mocks with it, and importing it takes a while
        yield
        return
    mounted.let_through(owns)
    try:
        with _lock:
            if "responses" not in _undo:
                _undo["responses"] = requests_patch.patch_mocks()
        yield
    finally:
        mounted.let_through_no_more(owns)
        release()


def release() -> None:
    """Take the patches back once nobody needs them."""
    with _lock:
        if not mounted.in_use():
            while _undo:
                _undo.popitem()[1]()
