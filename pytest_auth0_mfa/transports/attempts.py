"""Attempts to reach a tenant that failed before they became calls, and advice for clients that do not trust the
server."""

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
"""In process: ``resolve``, ``connect`` or ``tls`` if something tried to reach the tenant's host over the network,
``plain-http`` if that was for port 80. Server: ``handshake``, ``certificate``, ``plain-http``, ``host``, ``http`` or
``unserved`` if it turned a client away. ``stray``: a thread of an earlier test made a call."""

_AT_MOST = 100


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt. Its text is a clause: "aiohttp tried to resolve tenant.example"."""

    kind: Kind
    text: str
    library: str | None = None
    """The top-level module that tried, if it could be found."""

    def __str__(self) -> str:
        return self.text


_lock = threading.Lock()
_seen: WeakKeyDictionary[object, list[Attempt]] = WeakKeyDictionary()


def note(owner: object, attempt: Attempt) -> None:
    """Remember an attempt for a tenant or a server. Equal attempts are kept once, and at most a hundred in all."""
    with _lock:
        seen = _seen.setdefault(owner, [])
        if attempt not in seen and len(seen) < _AT_MOST:
            seen.append(attempt)


def attempts(owner: object) -> tuple[Attempt, ...]:
    """The attempts that did not reach this tenant or `Server`, oldest first."""
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
"""Package of the exception -> how to trust the server."""


class Served(Protocol):
    """What the advice needs of a tenant."""

    domain: str
    ca_file: str | None


def trust_advice(error: BaseException, tenant: Served) -> str | None:
    """How to trust this tenant's server, if the error says that a client does not trust it; otherwise None."""
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
    """The error and its causes or contexts, outermost first."""
    seen: list[BaseException] = []
    following: BaseException | None = error
    while following is not None and following not in seen:
        seen.append(following)
        yield following
        following = following.__cause__ or following.__context__


def _named(causes: list[BaseException]) -> Iterator[str]:
    """The texts of the errors, and ``host of URL`` for each error with a request."""
    for cause in causes:
        yield str(cause)
        with contextlib.suppress(AttributeError, RuntimeError):  # httpx raises if there is no request
            yield f"host of {cause.request.url}"  # type: ignore[attr-defined]
