"""Which tenants are answered in process, which requests every mock must let through, and what is patched for that.

The tables are immutable tuples that are swapped under a lock, so that a request in flight in
another thread reads them without one.
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
    """Say what a function of ours stands in front of."""
    setattr(function, _ORIGINAL, original)


def unpatched(function: F) -> F:
    """The function, or what it stands in front of when it is one of ours that was left behind."""
    return cast(F, getattr(function, _ORIGINAL, function))


def replace(owner: Any, name: str, make: Callable[[Any], Callable[..., Any]]) -> Undo:
    """Replace a function of a module or class by what ``make`` makes of it; returns what undoes it."""
    inherited = name not in vars(owner)
    original = unpatched(getattr(owner, name))
    ours = make(original)
    mark(ours, original)
    setattr(owner, name, ours)

    def undo() -> None:
        # Where somebody wrapped ours and has not let go, it stays and passes everything on.
        if vars(owner).get(name) is not ours:
            return
        if inherited:
            delattr(owner, name)
        else:
            setattr(owner, name, original)

    return undo


def together(*undos: Undo) -> Undo:
    """One that undoes all of these, the last one first."""

    def undo() -> None:
        for each in reversed(undos):
            each()

    return undo


class MovableClock(Protocol):
    """What a transport needs of a tenant's clock."""

    def advance(self, seconds: float) -> None:
        """Let time pass without waiting."""


class Reachable(Protocol):
    """What the in-process transports need of a tenant."""

    @property
    def domain(self) -> str:
        """The host, with a port when it is not 443."""

    @property
    def clock(self) -> MovableClock:
        """Whose time passes when an answer is late."""


@dataclass(frozen=True, eq=False)
class Mounted:
    """A tenant that is answered in process.

    ``through_mock`` says that for requests only a `responses` mock of the consumer's answers for it.
    """

    tenant: Reachable
    handler: Handler
    through_mock: bool = False
    threads: frozenset[threading.Thread] = field(default_factory=lambda: frozenset(threading.enumerate()))
    """Those that ran before."""

    @property
    def host(self) -> str:
        """The tenant's host, without a port."""
        return self.tenant.domain.partition(":")[0]

    def answer(self, request: Request) -> Response:
        """Ask the handler; an answer that HTTP sends without a body comes without one."""
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
        """Let `delay` seconds pass on the tenant's clock; true if the client gives up before."""
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
"""Whether a request (method, absolute URL) is for what somebody holds: a server, a cassette."""

_lock = threading.Lock()
_mounted: tuple[Mounted, ...] = ()
_let_through: tuple[Owns, ...] = ()
_strays: WeakKeyDictionary[threading.Thread, str] = WeakKeyDictionary()
"""Threads that outlived the tenant in whose time they were started, and its host."""


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
        if not _is_local(entry.host):
            for thread in threading.enumerate():
                # Workers of a pool are shared by many: who waits there is no stray.
                if thread not in entry.threads and not compat.is_pool_worker(thread):
                    _strays[thread] = entry.host


def find(netloc: str) -> Mounted | None:
    """The tenant that owns this authority. Domains are read now: a server may change them."""
    for entry in _mounted:
        if entry.tenant.domain == netloc:
            return entry
    if not netloc.islower() or "@" in netloc or netloc.endswith(":443"):
        plain = netloc.rpartition("@")[2].lower().removesuffix(":443")
        return find(plain) if plain != netloc else None
    return None


def find_host(host: str, port: int | None) -> Mounted | None:
    """The tenant that answers at this host and port, of an ``https://`` URL."""
    return find(host if port in (None, 443) else f"{host}:{port}")


def guarded(host: object) -> Mounted | None:
    """The tenant whose host this is, whatever the port, if it has to be kept from the network."""
    if not _mounted:
        return None
    name = _plain(host)
    for entry in _mounted:
        if entry.host == name and not _is_local(name):
            return entry
    return None


def gone(host: object) -> bool:
    """Whether this thread is a stray that asks for the host of the tenant it has outlived."""
    return bool(_strays) and _strays.get(threading.current_thread()) == _plain(host)


def has_strays() -> bool:
    """Whether a thread that was started while a tenant was mounted still runs without it."""
    return any(thread.is_alive() for thread in list(_strays))


def _plain(host: object) -> str:
    if isinstance(host, bytes | bytearray):
        host = host.decode("latin-1")
    return host.lower().rstrip(".") if isinstance(host, str) else ""


def _is_local(host: str) -> bool:
    """Whether it can only be on this machine: what is served there may be asked by anybody."""
    if host == "localhost" or host.endswith(".localhost") or host.startswith("["):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


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
    """Whether any tenant is mounted, or any request let through."""
    return bool(_mounted or _let_through)


def has_tenants() -> bool:
    """Whether any tenant is mounted."""
    return bool(_mounted)
