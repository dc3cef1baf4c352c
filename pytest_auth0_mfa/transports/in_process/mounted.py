"""Which tenants are answered in process, and which requests every mock must let through.

Both tables are immutable tuples that are swapped under a lock, so that a request in flight in
another thread reads them without one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from pytest_auth0_mfa.messages import Handler, Headers, Request, Response


class Clock(Protocol):
    """What a transport needs of a tenant's clock."""

    def advance(self, seconds: float) -> None:
        """Let time pass without waiting."""


class Reachable(Protocol):
    """What the in-process transports need of a tenant."""

    @property
    def domain(self) -> str:
        """The host, with a port when it is not 443."""

    @property
    def clock(self) -> Clock:
        """Whose time passes when an answer is late."""


@dataclass(frozen=True, eq=False)
class Mounted:
    """A tenant that is answered in process.

    ``through_mock`` says that only a `responses` mock of the consumer's may answer for it.
    """

    tenant: Reachable
    handler: Handler
    through_mock: bool = False

    def answer(self, request: Request) -> Response:
        """Ask the handler; an answer that HTTP sends without a body comes without one."""
        response = self.handler(request)
        if request.method == "HEAD" or response.status in (204, 304):
            headers = response.headers
            if request.method == "HEAD" and "content-length" not in headers:
                headers = Headers([*headers.items(), ("Content-Length", str(len(response.body)))])
            return Response(response.status, headers, b"", response.fault)
        return response

    def outlasts(self, delay: float, timeout: float | None) -> bool:
        """Let `delay` seconds pass on the tenant's clock; true if the client gives up before."""
        if timeout is not None and timeout < delay:
            self.tenant.clock.advance(timeout)
            return True
        if delay:
            self.tenant.clock.advance(delay)
        return False


Owns = Callable[[str, str], bool]
"""Whether a request (method, absolute URL) is for what somebody holds: a server, a cassette."""

_lock = threading.Lock()
_mounted: tuple[Mounted, ...] = ()
_let_through: tuple[Owns, ...] = ()


def mount(entry: Mounted) -> None:
    """Answer this tenant from now on; of two with one domain the newer is asked."""
    global _mounted
    with _lock:
        _mounted = (entry, *_mounted)


def unmount(entry: Mounted) -> None:
    """Answer this tenant no longer."""
    global _mounted
    with _lock:
        _mounted = tuple(other for other in _mounted if other is not entry)


def find(netloc: str) -> Mounted | None:
    """The tenant that owns this authority. Domains are read now: a server may change them."""
    for entry in _mounted:
        if entry.tenant.domain == netloc:
            return entry
    if not netloc.islower() or "@" in netloc or netloc.endswith(":443"):
        plain = netloc.rpartition("@")[2].lower().removesuffix(":443")
        return find(plain) if plain != netloc else None
    return None


def let_through(owns: Owns) -> None:
    """Keep every `responses` mock from refusing these requests."""
    global _let_through
    with _lock:
        _let_through = (owns, *_let_through)


def let_through_no_more(owns: Owns) -> None:
    """Undo `let_through`."""
    global _let_through
    with _lock:
        _let_through = tuple(other for other in _let_through if other is not owns)


def is_let_through(method: str, url: str) -> bool:
    """Whether a local server or a cassette of ours waits for this request."""
    return any(owns(method, url) for owns in _let_through)


def in_use() -> bool:
    """Whether any patch is still needed."""
    return bool(_mounted or _let_through)
