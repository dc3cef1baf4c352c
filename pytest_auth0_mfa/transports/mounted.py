"""Which tenants are answered in process, and which local servers every mock must let through.

Both tables are immutable tuples that are swapped under a lock, so that a request in flight in
another thread reads them without one.
"""

from __future__ import annotations

import threading
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


_lock = threading.Lock()
_mounted: tuple[Mounted, ...] = ()
_let_through: tuple[str, ...] = ()


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


def let_through(netloc: str) -> None:
    """Keep every `responses` mock from refusing requests to this local server."""
    global _let_through
    with _lock:
        _let_through = (netloc, *_let_through)


def let_through_no_more(netloc: str) -> None:
    """Undo one `let_through`."""
    global _let_through
    with _lock:
        kept = list(_let_through)
        kept.remove(netloc)
        _let_through = tuple(kept)


def is_let_through(netloc: str) -> bool:
    """Whether a local server of ours listens there."""
    return netloc in _let_through


def in_use() -> bool:
    """Whether any patch is still needed."""
    return bool(_mounted or _let_through)
