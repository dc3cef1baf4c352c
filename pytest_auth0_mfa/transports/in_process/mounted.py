"""The tenants that are answered in process, the requests that mocks must pass on, and helpers for patches.

The tables are immutable tuples that are replaced under a lock, so that other threads can read them without one.
"""

from __future__ import annotations

import ipaddress
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar, cast
from weakref import WeakKeyDictionary

from pytest_auth0_mfa.messages import Handler, Headers, Request, Response
from pytest_auth0_mfa.transports import compat
from pytest_auth0_mfa.transports.attempts import Attempt, note

F = TypeVar("F", bound=Callable[..., Any])

Undo = Callable[[], None]

_ORIGINAL = "_auth0_mfa_original"


def mark(function: Callable[..., Any], original: Callable[..., Any]) -> None:
    """Remember the original function behind a patch."""
    setattr(function, _ORIGINAL, original)


def unpatched(function: F) -> F:
    """The function itself or, for one of our patches, the original behind it."""
    return cast(F, getattr(function, _ORIGINAL, function))


def replace(owner: Any, name: str, make: Callable[[Any], Callable[..., Any]]) -> Undo:
    """Replace a function of a module or class with what ``make`` makes of the original. Returns a function that
    undoes it."""
    inherited = name not in vars(owner)
    original = unpatched(getattr(owner, name))
    ours = make(original)
    mark(ours, original)
    setattr(owner, name, ours)

    def undo() -> None:
        # If somebody else has wrapped our function since, it stays in place and passes everything on.
        if vars(owner).get(name) is not ours:
            return
        if inherited:
            delattr(owner, name)
        else:
            setattr(owner, name, original)

    return undo


def together(*undos: Undo) -> Undo:
    """A function that undoes all of these, the last one first."""

    def undo() -> None:
        for each in reversed(undos):
            each()

    return undo


class MovableClock(Protocol):
    """What a transport needs of a tenant's clock."""

    def advance(self, seconds: float) -> None:
        """Move the clock forward by ``seconds``."""


class Reachable(Protocol):
    """What the in-process transports need of a tenant."""

    @property
    def domain(self) -> str:
        """The host, with the port unless it is 443."""

    @property
    def clock(self) -> MovableClock:
        """The clock that is advanced when an answer is delayed."""


@dataclass(frozen=True, eq=False)
class Mounted:
    """A tenant that is answered in process.

    ``through_mock``: requests reaches it only through the consumer's `responses` mock.
    """

    tenant: Reachable
    handler: Handler
    through_mock: bool = False
    threads: frozenset[threading.Thread] = field(default_factory=lambda: frozenset(threading.enumerate()))
    """The threads that were running before."""

    @property
    def host(self) -> str:
        """The tenant's host, without a port."""
        return self.tenant.domain.partition(":")[0]

    def answer(self, request: Request) -> Response:
        """The handler's answer, without a body where HTTP allows none (HEAD, 204 and 304)."""
        if _strays:
            self._look_for_strays(request)
        response = self.handler(request)
        if request.method == "HEAD" or response.status in (204, 304):
            headers = response.headers
            if request.method == "HEAD" and "content-length" not in headers:
                headers = Headers([*headers.items(), ("Content-Length", str(len(response.body)))])
            return Response(response.status, headers, b"", response.fault)
        return response

    def outlasts(self, delay: float, timeout: float | None) -> bool:
        """Advance the tenant's clock by ``delay``, or by the client's ``timeout`` if that is shorter (seconds).

        Returns whether the client times out.
        """
        if timeout is not None and timeout < delay:
            self.tenant.clock.advance(timeout)
            return True
        if delay:
            self.tenant.clock.advance(delay)
        return False

    def _look_for_strays(self, request: Request) -> None:
        thread = threading.current_thread()
        if thread in _strays:
            called = f"{request.method} {request.path.partition('?')[0]}"
            text = f"thread {thread.name!r}, which an earlier test started and did not end, called {called}"
            note(self.tenant, Attempt("stray", text))


Owns = Callable[[str, str], bool]
"""A function of method and absolute URL: whether a server or a cassette owns the request."""

_lock = threading.Lock()
_mounted: tuple[Mounted, ...] = ()
_let_through: tuple[Owns, ...] = ()
_strays: WeakKeyDictionary[threading.Thread, str] = WeakKeyDictionary()
"""Threads that were started while a tenant was mounted and outlived it -> the tenant's host."""


def mount(entry: Mounted) -> None:
    """Answer this tenant from now on. If two tenants have the same domain, the newer answers."""
    global _mounted
    with _lock:
        _mounted = (entry, *_mounted)


def unmount(entry: Mounted) -> None:
    """Stop answering this tenant, and remember the threads that outlive it."""
    global _mounted
    with _lock:
        _mounted = tuple(other for other in _mounted if other is not entry)
        if not _is_local(entry.host):
            for thread in threading.enumerate():
                # Workers of a pool are shared by many tests.
                if thread not in entry.threads and not compat.is_pool_worker(thread):
                    _strays[thread] = entry.host


def find(netloc: str) -> Mounted | None:
    """The tenant of this authority, or None. Domains are read at each call, because a server may change them."""
    for entry in _mounted:
        if entry.tenant.domain == netloc:
            return entry
    if not netloc.islower() or "@" in netloc or netloc.endswith(":443"):
        plain = netloc.rpartition("@")[2].lower().removesuffix(":443")
        return find(plain) if plain != netloc else None
    return None


def find_host(host: str, port: int | None) -> Mounted | None:
    """The tenant of the ``https://`` URL with this host and port, or None."""
    return find(host if port in (None, 443) else f"{host}:{port}")


def guarded(host: object) -> Mounted | None:
    """The tenant with this host, on any port, if the host has to be kept from the network; otherwise None."""
    if not _mounted:
        return None
    name = _plain(host)
    for entry in _mounted:
        if entry.host == name and not _is_local(name):
            return entry
    return None


def gone(host: object) -> bool:
    """Whether this thread has outlived the tenant with this host."""
    return bool(_strays) and _strays.get(threading.current_thread()) == _plain(host)


def has_strays() -> bool:
    """Whether a thread that outlived its tenant is still running."""
    return any(thread.is_alive() for thread in list(_strays))


def _plain(host: object) -> str:
    if isinstance(host, bytes | bytearray):
        host = host.decode("latin-1")
    return host.lower().rstrip(".") if isinstance(host, str) else ""


def _is_local(host: str) -> bool:
    """Whether the host is always this computer, where requests to other servers must pass."""
    if host == "localhost" or host.endswith(".localhost") or host.startswith("["):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def let_through(owns: Owns) -> None:
    """Make every `responses` mock pass these requests on."""
    global _let_through
    with _lock:
        _let_through = (owns, *_let_through)


def let_through_no_more(owns: Owns) -> None:
    """Undo `let_through`."""
    global _let_through
    with _lock:
        _let_through = tuple(other for other in _let_through if other is not owns)


def is_let_through(method: str, url: str) -> bool:
    """Whether a local server or cassette of ours owns this request."""
    return any(owns(method, url) for owns in _let_through)


def in_use() -> bool:
    """Whether a tenant is mounted, or mocks have to pass requests on."""
    return bool(_mounted or _let_through)


def has_tenants() -> bool:
    """Whether any tenant is mounted."""
    return bool(_mounted)
