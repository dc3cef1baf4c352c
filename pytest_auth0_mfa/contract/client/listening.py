"""Listens to Python's HTTP libraries in this process: how they are about to send a request, and what happens meanwhile.

A client of another process or language is not heard.
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
"""Seconds that a call waits for the other user's: not for ever, since a client may let one call wait for the other."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A request that a library of this process was about to send."""

    library: str
    scheme: str
    host: str
    """With its port, unless that is the scheme's own."""
    path: str


def sent_by(library: str, url: str) -> Sent:
    """A request to this URL."""
    named = urlsplit(url)
    usual = {"https": ":443", "http": ":80"}.get(named.scheme, ":")
    return Sent(library, named.scheme, named.netloc.rpartition("@")[2].removesuffix(usual), named.path)


class Listening:
    """What was heard since the last time, and what is to happen before the next request is sent."""

    def __init__(self) -> None:
        self.heard = False
        """Whether any request was ever heard: the client sends with a library of this process."""
        self.unverified = False
        self.without_timeout = False
        self.sent: list[Sent] = []
        self.meanwhile: Callable[[], None] | None = None

    def take(self) -> tuple[bool, bool]:
        """Whether a request was sent without verifying the certificate, and whether one was without a timeout."""
        taken = self.unverified, self.without_timeout
        self.unverified = self.without_timeout = False
        return taken

    def take_sent(self) -> list[Sent]:
        """The requests that were heard since the last time."""
        taken, self.sent = self.sent, []
        return taken

    def hear(self, sent: Sent, *, verifies: bool = True, timeout: object) -> None:
        """A request is about to be sent."""
        self.heard = True
        self.sent.append(sent)
        self.unverified |= not verifies
        self.without_timeout |= not isinstance(timeout, int | float) and socket.getdefaulttimeout() is None

    def let_happen(self) -> None:
        """What was to happen meanwhile, in a thread of its own; nothing where that would wait for this very thread."""
        if _in_a_loop():
            return
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            happening(meanwhile)()

    async def let_happen_later(self) -> None:
        """The same, while the event loop goes on."""
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
    """Something that happens in a thread of its own and is waited for, for a while."""

    def happen() -> None:
        thread = threading.Thread(target=meanwhile, daemon=True)
        thread.start()
        thread.join(PATIENCE)

    return happen


@contextmanager
def listening() -> Iterator[Listening]:
    """Hear requests, http.client, urllib3, httpx and aiohttp, those of them that are imported, until the block ends."""
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
    """Every request of requests goes through an adapter's ``send``."""

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
    """Every request of urllib3 goes through a pool's ``urlopen``, those of requests over a network too."""

    def opening(original: Callable[..., Any]) -> Callable[..., Any]:
        def urlopen(self: Any, method: str, url: str, *args: Any, **more: Any) -> Any:
            given = more.get("timeout", self.timeout)
            says = given is None or isinstance(given, int | float) or hasattr(given, "total")
            limit = read_limit(given if says else self.timeout)  # else it stands for the pool's own
            ears.hear(sent_by("urllib3", urljoin(f"{self.scheme}://{self.host}:{self.port}", url)), timeout=limit)
            ears.let_happen()
            return original(self, method, url, *args, **more)

        return urlopen

    _around(stack, _imported("urllib3.connectionpool", "HTTPConnectionPool"), "urlopen", opening)


def hear_http_client(ears: Listening, stack: ExitStack) -> None:
    """Every request of http.client begins with ``putrequest``, and so does one of urllib."""

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
    """Every request of httpx goes through a client's ``send``."""

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
    """Every request of aiohttp asks a connector to ``connect``."""

    def connecting(original: Callable[..., Any]) -> Callable[..., Any]:
        async def connect(self: Any, request: Any, traces: Any, timeout: Any) -> Any:
            ears.hear(sent_by("aiohttp", str(request.url)), timeout=timeout.total or timeout.sock_read)
            await ears.let_happen_later()
            return await original(self, request, traces, timeout)

        return connect

    _around(stack, _imported("aiohttp", "BaseConnector"), "connect", connecting)


def read_limit(timeout: Any) -> object:
    """The seconds that a timeout lets pass before an answer; no number: there is no limit."""
    if isinstance(timeout, tuple):
        return timeout[-1]
    total = getattr(timeout, "total", None)
    if isinstance(total, int | float):  # urllib3 cannot tell what of it is left for the answer before it is connected
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
        if getattr(owner, name) is put:  # else somebody else has put theirs around it, and keeps ours
            setattr(owner, name, original)

    stack.callback(undo)
