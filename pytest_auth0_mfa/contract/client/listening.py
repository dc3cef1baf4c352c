"""Intercepts Python's HTTP libraries in this process just before they send a request.

Clients in other processes or languages are not intercepted.
"""

from __future__ import annotations

import asyncio
import http.client
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import Any
from urllib.parse import urljoin, urlsplit

PATIENCE = 1.0
"""How many seconds a call waits for another user's call. It has a limit, since a client may let one call wait for the
other."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A request that a library in this process was about to send."""

    library: str
    scheme: str
    host: str
    """The host, with the port unless it is the default of the scheme."""
    path: str


def sent_by(library: str, url: str) -> Sent:
    """A `Sent` for this library and URL."""
    named = urlsplit(url)
    usual = {"https": ":443", "http": ":80"}.get(named.scheme, ":")
    return Sent(library, named.scheme, named.netloc.rpartition("@")[2].removesuffix(usual), named.path)


class Listening:
    """Collects intercepted requests, and runs something before the next request is sent."""

    def __init__(self) -> None:
        self.heard = False
        """Whether any request was intercepted, so that the client uses a library in this process."""
        self.unverified = False
        self.without_timeout = False
        self.sent: list[Sent] = []
        self.meanwhile: Callable[[], None] | None = None

    def take(self) -> tuple[bool, bool]:
        """Whether a request was sent without verifying certificates, and whether one had no timeout, since the last
        time."""
        taken = self.unverified, self.without_timeout
        self.unverified = self.without_timeout = False
        return taken

    def take_sent(self) -> list[Sent]:
        """The requests that were intercepted since the last time."""
        taken, self.sent = self.sent, []
        return taken

    def hear(self, sent: Sent, *, verifies: bool = True, timeout: object) -> None:
        """Collect a request that is about to be sent."""
        self.heard = True
        self.sent.append(sent)
        self.unverified |= not verifies
        self.without_timeout |= not isinstance(timeout, int | float) and socket.getdefaulttimeout() is None

    def let_happen(self) -> None:
        """Run `meanwhile` in another thread and wait for it; not in an event loop, which it may need itself."""
        if _in_a_loop():
            return
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            happening(meanwhile)()

    async def let_happen_later(self) -> None:
        """As `let_happen`, without blocking the event loop."""
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            await asyncio.wait([asyncio.get_running_loop().run_in_executor(None, meanwhile)], timeout=PATIENCE)


def _in_a_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def happening(meanwhile: Callable[[], None]) -> Callable[[], None]:
    """A function that runs ``meanwhile`` in another thread and waits up to `PATIENCE` for it."""

    def happen() -> None:
        thread = threading.Thread(target=meanwhile, daemon=True)
        thread.start()
        thread.join(PATIENCE)

    return happen


@contextmanager
def listening() -> Iterator[Listening]:
    """Intercept requests, http.client, urllib3, httpx and aiohttp, as far as they are imported, until the block
    ends."""
    ears = Listening()
    with ExitStack() as stack:
        hear_requests(ears, stack)
        hear_http_client(ears, stack)
        hear_urllib3(ears, stack)
        for name in ("httpx", "httpx2"):
            hear_httpx(ears, stack, name)
        hear_aiohttp(ears, stack)
        yield ears


def hear_requests(ears: Listening, stack: ExitStack) -> None:
    """Intercept requests: every request goes through an adapter's ``send``."""

    def sending(original: Callable[..., Any]) -> Callable[..., Any]:
        def send(
            self: Any,
            request: Any,
            stream: bool = False,
            timeout: Any = None,
            verify: Any = True,
            *args: Any,
            **more: Any,
        ) -> Any:
            ears.hear(sent_by("requests", str(request.url)), verifies=verify is not False, timeout=read_limit(timeout))
            ears.let_happen()
            return original(self, request, stream, timeout, verify, *args, **more)

        return send

    _around(stack, _imported("requests.adapters", "HTTPAdapter"), "send", sending)


def hear_urllib3(ears: Listening, stack: ExitStack) -> None:
    """Intercept urllib3: every request goes through a pool's ``urlopen``, even those of requests, over a network."""

    def opening(original: Callable[..., Any]) -> Callable[..., Any]:
        def urlopen(self: Any, method: str, url: str, *args: Any, **more: Any) -> Any:
            given = more.get("timeout", self.timeout)
            says = given is None or isinstance(given, int | float) or hasattr(given, "total")
            limit = read_limit(given if says else self.timeout)  # otherwise a marker for the pool's own timeout
            ears.hear(sent_by("urllib3", urljoin(f"{self.scheme}://{self.host}:{self.port}", url)), timeout=limit)
            ears.let_happen()
            return original(self, method, url, *args, **more)

        return urlopen

    _around(stack, _imported("urllib3.connectionpool", "HTTPConnectionPool"), "urlopen", opening)


def hear_http_client(ears: Listening, stack: ExitStack) -> None:
    """Intercept http.client and urllib: every request begins with ``putrequest``."""

    def putting(original: Callable[..., Any]) -> Callable[..., Any]:
        def putrequest(self: Any, method: str, url: str, *args: Any, **more: Any) -> Any:
            if not type(self).__module__.startswith("urllib3"):
                scheme = "https" if isinstance(self, http.client.HTTPSConnection) else "http"
                address = urljoin(f"{scheme}://{self.host}:{self.port}", url)
                ears.hear(sent_by("http.client", address), timeout=self.timeout)
                ears.let_happen()
            return original(self, method, url, *args, **more)

        return putrequest

    _around(stack, http.client.HTTPConnection, "putrequest", putting)


def hear_httpx(ears: Listening, stack: ExitStack, name: str) -> None:
    """Intercept httpx or httpx2: every request goes through a client's ``send``."""

    def limit(request: Any) -> object:
        return request.extensions.get("timeout", {}).get("read")

    def sending(original: Callable[..., Any]) -> Callable[..., Any]:
        def send(self: Any, request: Any, *args: Any, **more: Any) -> Any:
            ears.hear(sent_by("httpx", str(request.url)), timeout=limit(request))
            ears.let_happen()
            return original(self, request, *args, **more)

        return send

    def sending_later(original: Callable[..., Any]) -> Callable[..., Any]:
        async def send(self: Any, request: Any, *args: Any, **more: Any) -> Any:
            ears.hear(sent_by("httpx", str(request.url)), timeout=limit(request))
            await ears.let_happen_later()
            return await original(self, request, *args, **more)

        return send

    _around(stack, _imported(name, "Client"), "send", sending)
    _around(stack, _imported(name, "AsyncClient"), "send", sending_later)


def hear_aiohttp(ears: Listening, stack: ExitStack) -> None:
    """Intercept aiohttp: every request calls a connector's ``connect``."""

    def connecting(original: Callable[..., Any]) -> Callable[..., Any]:
        async def connect(self: Any, request: Any, traces: Any, timeout: Any) -> Any:
            ears.hear(sent_by("aiohttp", str(request.url)), timeout=timeout.total or timeout.sock_read)
            await ears.let_happen_later()
            return await original(self, request, traces, timeout)

        return connect

    _around(stack, _imported("aiohttp", "BaseConnector"), "connect", connecting)


def read_limit(timeout: Any) -> object:
    """The read timeout in seconds; anything but a number means that there is none."""
    if isinstance(timeout, tuple):
        return timeout[-1]
    total = getattr(timeout, "total", None)
    if isinstance(total, int | float):  # the whole limit: how much of it is left is unknown
        return total
    return timeout if isinstance(timeout, int | float) else getattr(timeout, "read_timeout", None)


def _imported(module: str, name: str) -> Any:
    return getattr(sys.modules.get(module), name, None)


def _around(
    stack: ExitStack, owner: Any, name: str, wrapped: Callable[[Callable[..., Any]], Callable[..., Any]]
) -> None:
    if owner is None:
        return
    original = getattr(owner, name)
    put = wraps(original)(wrapped(original))
    setattr(owner, name, put)

    def undo() -> None:
        if getattr(owner, name) is put:  # otherwise somebody has wrapped our function, which then stays
            setattr(owner, name, original)

    stack.callback(undo)
