"""A real HTTPS server on the loopback interface, for clients in other languages and processes.

The `Server` is separate from the tenant: its sockets and certificates last for a test session, and each test sets its
own handler.
"""

from __future__ import annotations

import contextlib
import dataclasses
import re
import secrets
import selectors
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from typing import Protocol, TypeVar

from pytest_auth0_mfa.errors import ConfigurationError
from pytest_auth0_mfa.messages import Handler, Headers, Request, Response

from . import certificates
from .addresses import authorities, listen
from .attempts import Attempt, attempts, note
from .connection import Connection, Work, ask, log, whereabouts
from .http1 import RefusedUnread

_ALLOWED = ("auth0-client", "authorization", "content-type", "dpop")
_EXPOSED = (
    "dpop-nonce, location, retry-after, www-authenticate, x-ratelimit-limit, x-ratelimit-remaining, x-ratelimit-reset"
)
_NOT_FOR_PAGES = "/_auth0_mfa/"  # the control plane refuses other origins
_NAMES = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z, ]*")


def with_cors(handler: Handler) -> Handler:
    """The handler with CORS headers for pages of any origin. Requests without an Origin are not changed."""

    def answer(request: Request) -> Response:
        origin = request.headers.get("origin")
        if origin is None or request.path.startswith(_NOT_FOR_PAGES):
            return handler(request)
        if request.method == "OPTIONS" and "access-control-request-method" in request.headers:
            return _preflight(origin, request)
        response = handler(request)
        marks = {"Access-Control-Allow-Origin": origin, "Access-Control-Expose-Headers": _EXPOSED, "Vary": "Origin"}
        return dataclasses.replace(response, headers=Headers([*response.headers.items(), *marks.items()]))

    return answer


def _preflight(origin: str, request: Request) -> Response:
    asked = request.headers.get("access-control-request-headers", "")
    more = asked.lower().split(",") if _NAMES.fullmatch(asked) else []
    allowed = dict.fromkeys([*_ALLOWED, *(name.strip() for name in more if name.strip())])
    headers = {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Headers": ", ".join(allowed),
        "Access-Control-Allow-Methods": "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS",
        "Access-Control-Max-Age": "600",
        "Vary": "Origin, Access-Control-Request-Headers",
    }
    return Response(204, headers)


_STOP_SECONDS = 0.5


class Serveable(Protocol):
    """What the server needs of a tenant."""

    domain: str
    ca_file: str | None
    control_token: str | None


T = TypeVar("T", bound=Serveable)


class Server:
    """Answers HTTPS on loopback addresses with its `handler`, or 503 if none is set.

    The server starts at once. `stop` ends it, and so does leaving it as a context manager. ``localhost`` means all
    loopback addresses that the computer has, on one port; port 0 means any free port. One thread serves all clients,
    so a handler that waits blocks all of them; a `Fault` with a delay does not. With an ``ssl_context`` of your own,
    ``ca_file`` names the file of its authority. ``names`` are host names by which others reach the server: the
    certificate covers them, requests may name them, and the server may then listen on any address. Raises
    ConfigurationError.
    """

    def __init__(
        self,
        ssl_context: ssl.SSLContext | None = None,
        listen_address: tuple[str, int] = ("localhost", 0),
        *,
        ca_file: str | None = None,
        names: tuple[str, ...] = (),
    ) -> None:
        with certificates.making:
            self.ssl_context = ssl_context or (
                certificates.context_of(certificates.authority(), names) if names else certificates.server_context()
            )
            self.ca_file = ca_file if ssl_context else certificates.authority_file()
        self.handler: Handler | None = None
        self._tenant: Serveable | None = None
        self.stopping = threading.Event()
        self._connections: set[Connection] = set()
        self._parked: list[Connection] = []
        self._lock = threading.Lock()
        self._listeners = listen(listen_address, reachable=bool(names))
        self.port: int = self._listeners[0].getsockname()[1]
        self.domain = f"{names[0] if names else 'localhost'}:{self.port}"
        self._authorities = authorities(self.port, names)
        self._waker, self._woken = socket.socketpair()
        self._waker.setblocking(False)
        self._loop = threading.Thread(target=self._serve, name="auth0-mfa-server", daemon=True)
        try:
            self._loop.start()
        except RuntimeError as error:
            self._close_listeners()
            self._waker.close()
            self._woken.close()
            raise ConfigurationError(f"the server needs a thread and got none: {error}. End threads first.") from None

    @property
    def url(self) -> str:
        """The base URL, without a trailing slash."""
        return f"https://{self.domain}"

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Stop within a second, whatever the clients do. Can be called more than once."""
        if self.stopping.is_set():
            return
        self.stopping.set()
        self._wake()
        deadline = time.monotonic() + _STOP_SECONDS
        self._loop.join(_STOP_SECONDS)  # with a limit: a handler may not return
        self._close_listeners()
        with self._lock:
            connections = list(self._connections)
        for connection in connections:
            connection.interrupt()
        for connection in connections:
            connection.join(max(0.0, deadline - time.monotonic()))
            connection.end()

    @contextlib.contextmanager
    def serving(self, tenant: T, handler: Handler | None = None) -> Iterator[T]:
        """Serve this tenant until the block ends.

        The tenant gets the server's domain and CA file, and a control token unless it has one. Active `responses`
        mocks in this process pass requests to the server on. ``handler`` replaces the tenant's own.
        """
        before = tenant.domain, tenant.ca_file, tenant.control_token
        tenant.domain, tenant.ca_file = self.domain, self.ca_file
        tenant.control_token = tenant.control_token or secrets.token_urlsafe(24)
        self.handler, self._tenant = with_cors(handler or _handler(tenant)), tenant
        try:
            with _mocks_let_through(self._authorities):
                yield tenant
        finally:
            self.handler = self._tenant = None
            tenant.domain, tenant.ca_file, tenant.control_token = before

    def refusal(self, authority: str) -> RefusedUnread | None:
        """The refusal of a request with a foreign Host header, or None. It protects against DNS rebinding by web
        pages."""
        if authority in self._authorities:
            return None
        self.note(Attempt("host", f"a request named the host {authority[:200]!r}, not {self.domain}"))
        return RefusedUnread(421, f"this server answers for https://{self.domain} only; the Host header named another.")

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        """The clients that were turned away since the server started. `attempts(tenant)` returns those of one
        tenant."""
        return attempts(self)

    def ask(self, request: Request) -> Response:
        """The answer of the tenant that is being served."""
        handler = self.handler
        if handler is None:
            self.note(
                Attempt("unserved", f"{request.method} {request.path.partition('?')[0]} came when no tenant was served")
            )
        return ask(handler, request)

    def note(self, attempt: Attempt) -> None:
        """Remember that a client was turned away."""
        note(self, attempt)
        if (tenant := self._tenant) is not None:
            note(tenant, attempt)

    def forget(self, connection: Connection) -> None:
        """Forget a connection that has ended."""
        with self._lock:
            self._connections.discard(connection)

    def park(self, connection: Connection) -> None:
        """Hand a connection to the loop."""
        with self._lock:
            self._parked.append(connection)
        self._wake()

    def _wake(self) -> None:
        with contextlib.suppress(OSError):  # the loop has ended, or is about to wake anyway
            self._waker.send(b"x")

    def _serve(self) -> None:
        with selectors.DefaultSelector() as selector, self._waker, self._woken:
            for listener in self._listeners:
                selector.register(listener, selectors.EVENT_READ)
            selector.register(self._woken, selectors.EVENT_READ)
            ready: list[Connection] = []
            while not self.stopping.is_set():
                try:
                    self._collect(selector, ready)
                    ready = self._serve_ready(selector, ready)
                except Exception as error:  # an error of one client, or no memory: go on serving the others
                    log.error("A turn of the server ended with %s.", whereabouts(error))
                    ready = []
                    self.stopping.wait(0.01)

    def _collect(self, selector: selectors.BaseSelector, ready: list[Connection]) -> None:
        """Add the connections that have data to ``ready``, and accept new ones."""
        for key, _ in selector.select(0 if ready else None):
            if isinstance(key.fileobj, Connection):
                if key.fileobj not in ready:
                    ready.append(key.fileobj)
            elif key.fileobj is self._woken:
                self._woken.recv(4096)
                ready += self._take_parked(selector)
            else:
                self._accept(key.fileobj)  # type: ignore[arg-type]

    def _serve_ready(self, selector: selectors.BaseSelector, ready: list[Connection]) -> list[Connection]:
        """Answer one request of each connection, in three rounds. Returns the connections that have sent more
        already."""
        asked = []
        for connection in ready:
            received = connection.receive()
            if isinstance(received, tuple):
                asked.append((connection, *received))
            elif received is not True:
                self._dismiss(selector, connection, received)
        answered = [(connection, head, self.ask(request)) for connection, head, request in asked]
        more = []
        for connection, head, response in answered:
            outcome = connection.answer(head, response)
            if outcome is not True:
                self._dismiss(selector, connection, outcome)
            elif connection.has_more():
                more.append(connection)
        return more

    def _dismiss(self, selector: selectors.BaseSelector, connection: Connection, outcome: Work | bool) -> None:
        selector.unregister(connection)
        if callable(outcome):
            connection.go_on(outcome)
        else:
            connection.end()

    def _take_parked(self, selector: selectors.BaseSelector) -> list[Connection]:
        with self._lock:
            parked, self._parked = self._parked, []
        if self.stopping.is_set():
            return []  # they may be closed
        for connection in parked:
            selector.register(connection, selectors.EVENT_READ)
        return parked  # most have sent a request by now

    def _accept(self, listener: socket.socket) -> None:
        try:
            accepted, _ = listener.accept()
        except BlockingIOError:
            return  # the client is gone
        except (OSError, RuntimeError):  # RuntimeError: pytest-socket blocks sockets in the current test
            self.stopping.wait(0.01)  # if out of file descriptors, let connections end first
            return
        accepted.setblocking(True)
        connection = Connection(self, accepted)
        with self._lock:
            self._connections.add(connection)
        connection.begin()

    def _close_listeners(self) -> None:
        for listener in self._listeners:
            listener.close()


@contextlib.contextmanager
def serve(
    tenant: T,
    *,
    ssl_context: ssl.SSLContext | None = None,
    listen_address: tuple[str, int] = ("localhost", 0),
    ca_file: str | None = None,
    handler: Handler | None = None,
) -> Iterator[T]:
    """Serve a tenant over HTTPS on a port of its own until the block ends.

    In the block ``tenant.domain`` is ``localhost:PORT``, and ``tenant.env`` has environment variables with which
    common clients find the tenant and trust its certificate. Raises ConfigurationError if the server cannot listen.
    """
    with Server(ssl_context, listen_address, ca_file=ca_file) as server, server.serving(tenant, handler):
        yield tenant


def _handler(tenant: Serveable) -> Handler:
    from pytest_auth0_mfa.app import handler

    return handler(tenant)  # type: ignore[arg-type]


def _mocks_let_through(names: frozenset[str]) -> contextlib.AbstractContextManager[None]:
    from pytest_auth0_mfa.transports.in_process.requests_patch import split

    from .in_process import mocks_let_through

    return mocks_let_through(lambda _method, url: split(url)[1] in names)
