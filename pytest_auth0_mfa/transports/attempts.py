"""What was meant for a tenant and never became a call, and what to tell a client that does not trust its server."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, Protocol
from weakref import WeakKeyDictionary

Kind = Literal[
    "resolve", "connect", "tls", "handshake", "certificate", "plain-http", "host", "http", "unserved", "stray"
]
"""``resolve``, ``connect``, ``tls``: something tried to reach the host of a tenant that is answered in process;
``plain-http``, where it was for port 80.
``handshake``, ``certificate``, ``plain-http``, ``host``, ``http``, ``unserved``: the server turned a client away.
``stray``: a thread of an earlier test called."""

_AT_MOST = 100


@dataclass(frozen=True, slots=True)
class Attempt:
    """One of them. As text it is a clause: "aiohttp tried to resolve tenant.example"."""

    kind: Kind
    text: str
    library: str | None = None
    """The top-level module that tried, where the guard could tell."""

    def __str__(self) -> str:
        return self.text


_lock = threading.Lock()
_seen: WeakKeyDictionary[object, list[Attempt]] = WeakKeyDictionary()


def note(owner: object, attempt: Attempt) -> None:
    """Remember an attempt for a tenant or a server; the same one twice is one, and a hundred are enough."""
    with _lock:
        seen = _seen.setdefault(owner, [])
        if attempt not in seen and len(seen) < _AT_MOST:
            seen.append(attempt)


def attempts(owner: object) -> tuple[Attempt, ...]:
    """What was meant for this tenant, in process or served, and did not reach it; oldest first. Also for a `Server`."""
    with _lock:
        return tuple(_seen.get(owner, ()))


_CONTEXT = "ssl.create_default_context(cafile=auth0_mfa_server.ca_file)"
_HOW = {
    "requests": "verify=auth0_mfa_server.ca_file",
    "httpx": f"verify={_CONTEXT}",
    "httpx2": f"verify={_CONTEXT}",
    "aiohttp": f"ssl={_CONTEXT}",
    "urllib3": "PoolManager(ca_certs=auth0_mfa_server.ca_file)",
    "urllib": f"context={_CONTEXT}",
    "ssl": f"context={_CONTEXT}",
}
"""By the package of the exception."""


class Served(Protocol):
    """What is looked at of a tenant."""

    domain: str
    ca_file: str | None


def trust_advice(error: BaseException, tenant: Served) -> str | None:
    """How to trust this tenant's server, if this is the error of a client that does not; else None."""
    if tenant.ca_file is None:
        return None
    causes = list(chain(error))
    if not any("CERTIFICATE_VERIFY_FAILED" in str(cause) for cause in causes):
        return None
    named = " ".join(_named(causes))
    host, _, port = tenant.domain.partition(":")
    ours = tenant.domain in named or (f"host='{host}'" in named and f"port={port}" in named)
    if not ours and "host" in named:
        return None  # another host's certificate
    packages = (type(cause).__module__.partition(".")[0] for cause in causes)
    how = next((_HOW[package] for package in packages if package in _HOW), _HOW["ssl"])
    if ours or any(attempt.kind == "certificate" for attempt in attempts(tenant)):
        return f"the client does not trust the certificate of the server: give it {how}."
    return f"if this was a call to the server, the client does not trust its certificate: give it {how}."


def chain(error: BaseException) -> Iterator[BaseException]:
    """The error, and what led to it, outermost first."""
    seen: list[BaseException] = []
    following: BaseException | None = error
    while following is not None and following not in seen:
        seen.append(following)
        yield following
        following = following.__cause__ or following.__context__


def _named(causes: list[BaseException]) -> Iterator[str]:
    """What the errors say, and the URLs that they carry: ``host ...`` where one says which host it was."""
    for cause in causes:
        yield str(cause)
        with contextlib.suppress(AttributeError, RuntimeError):  # httpx raises where there is none
            yield f"host of {cause.request.url}"  # type: ignore[attr-defined]
