"""Keeps requests to a mounted tenant's host from the network.

Requests that the other patches do not answer would reach whoever owns that host, with the credentials of the test.
They are stopped when they resolve the host's name, connect, or begin TLS, and the attempt is noted.
"""

from __future__ import annotations

import errno
import sys
import threading
from collections.abc import Callable
from typing import Any, Literal

from pytest_auth0_mfa.errors import Auth0MfaError
from pytest_auth0_mfa.transports.attempts import Attempt, note

from . import mounted
from .mounted import Undo, replace, together

ANSWERED = "requests, httpx, httpx2, urllib3, http.client, urllib.request and aiohttp"

_PLAIN_HTTP = (80, "80", b"80", "http", b"http")
_DOES = {"resolve": "resolve", "connect": "connect to", "tls": "begin TLS with"}

_LIBRARIES = frozenset(
    ("aiohttp", "curl_cffi", "grpc", "httpcore", "httpcore2", "httplib2", "httpx", "httpx2", "niquests", "requests")
) | {"urllib3", "websocket", "websockets"}
"""HTTP libraries. If several are on the stack, the outermost is the one that the consumer uses."""
_STANDARD = frozenset(("http.client", "urllib.request", "smtplib", "imaplib", "ftplib", "xmlrpc.client"))
_RUNNERS = frozenset(
    (
        *("__main__", "_pytest", "pluggy", "pytest", "pytest_auth0_mfa", "coverage", "hypothesis"),
        *("xdist", "execnet", "__channelexec__"),  # the last is execnet's name for xdist's module in a worker
    )
)


class NotReachedError(Auth0MfaError, OSError):
    """Something tried to reach the host of a tenant in process over the network. Also an OSError."""

    def __str__(self) -> str:
        return str(self.strerror)


def guard_sockets() -> Undo:
    """Guard name resolution and connecting. Returns a function that undoes it."""
    import socket

    def resolving(original: Callable[..., Any]) -> Callable[..., Any]:
        def resolve(host: Any, *args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = True
            check(host, "resolve", kwargs.get("port", args[0] if args else None))
            return original(host, *args, **kwargs)

        return resolve

    def connecting(original: Callable[..., Any]) -> Callable[..., Any]:
        def connect(self: socket.socket, address: Any) -> Any:
            if isinstance(address, tuple) and address:
                __tracebackhide__ = True
                check(address[0], "connect", address[1] if len(address) > 1 else None)
            return original(self, address)

        return connect

    resolvers = ("getaddrinfo", "gethostbyname", "gethostbyname_ex", "gethostbyaddr")
    return together(
        *(replace(socket, name, resolving) for name in resolvers),
        *(replace(socket.socket, name, connecting) for name in ("connect", "connect_ex")),
    )


def guard_tls() -> Undo:
    """Guard the beginning of TLS, for clients that resolve names by other means. Returns a function that undoes
    it."""
    import ssl

    def wrapping(place: int) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        def make(original: Callable[..., Any]) -> Callable[..., Any]:
            def wrap(self: ssl.SSLContext, *args: Any, **kwargs: Any) -> Any:
                __tracebackhide__ = True
                check(kwargs.get("server_hostname", args[place] if len(args) > place else None), "tls")
                return original(self, *args, **kwargs)

            return wrap

        return make

    return together(
        replace(ssl.SSLContext, "wrap_socket", wrapping(4)), replace(ssl.SSLContext, "wrap_bio", wrapping(3))
    )


def guard_event_loops() -> Undo:
    """Guard asyncio's resolver. It resolves names in another thread, whose stack does not show the calling
    library."""
    import asyncio

    return replace(asyncio.BaseEventLoop, "getaddrinfo", _resolving_later)


def guard_uvloop() -> Undo:
    """Guard uvloop, which resolves names without Python's sockets. Returns a function that undoes it."""
    import uvloop  # type: ignore[import-not-found, unused-ignore]

    def connecting(original: Callable[..., Any]) -> Callable[..., Any]:
        async def create_connection(self: Any, factory: Any, host: Any = None, *args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = True
            check(host, "connect", kwargs.get("port", args[0] if args else None))
            return await original(self, factory, host, *args, **kwargs)

        return create_connection

    return together(
        replace(uvloop.Loop, "getaddrinfo", _resolving_later), replace(uvloop.Loop, "create_connection", connecting)
    )


def _resolving_later(original: Callable[..., Any]) -> Callable[..., Any]:
    async def getaddrinfo(self: Any, host: Any, *args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        check(host, "resolve", args[0] if args else None)
        return await original(self, host, *args, **kwargs)

    return getaddrinfo


def check(host: object, kind: Literal["resolve", "connect", "tls"], port: object = None) -> None:
    """Raise NotReachedError for the host of a mounted tenant, and note the attempt. Other hosts pass."""
    __tracebackhide__ = True  # so that pytest shows the line of the test
    entry = mounted.guarded(host)
    if entry is None:
        if mounted.gone(host):
            raise NotReachedError(errno.ECONNREFUSED, _over(host))
        return
    library = _library()
    plain = port in _PLAIN_HTTP
    tried = f"{library} tried to {_DOES[kind]} {entry.host}{' for plain HTTP' if plain else ''}"
    note(entry.tenant, Attempt("plain-http" if plain else kind, tried, library))
    raise NotReachedError(
        errno.ECONNREFUSED,
        f"{tried}, but auth0_mfa answers it in this process only, to https:// URLs of {ANSWERED}; nothing left this "
        "machine, and for every other client there is auth0_mfa_server.",
    )


def _over(host: object) -> str:
    return (
        f"thread {threading.current_thread().name!r} called {host}, but the test that started it is over, and so is "
        "the tenant that auth0_mfa answered there; nothing left this machine: end the thread before its test ends."
    )


def _library() -> str:
    """The HTTP library on the stack, or else the module that called."""
    known = outside = None
    standard = ""
    frame = sys._getframe(2)
    while frame is not None:
        module = str(frame.f_globals.get("__name__", ""))
        top = module.partition(".")[0]
        if top in _LIBRARIES or module in _STANDARD:
            known = top if top in _LIBRARIES else module
        elif top in sys.stdlib_module_names:
            standard = standard or top
        elif outside is None and _is_installed(frame.f_code.co_filename) and top not in _RUNNERS:
            outside = top
        frame = frame.f_back  # type: ignore[assignment]
    return known or outside or standard or "socket"


def _is_installed(filename: str) -> bool:
    return "site-packages" in filename or "dist-packages" in filename
