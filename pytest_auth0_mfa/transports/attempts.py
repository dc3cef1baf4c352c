"""What was meant for a tenant and never became a call: tried another way, or turned away by the server."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Literal
from weakref import WeakKeyDictionary

Kind = Literal[
    "resolve", "connect", "tls", "handshake", "certificate", "plain-http", "host", "http", "unserved", "stray"
]
"""``resolve``, ``connect``, ``tls``: something tried to reach the host of a tenant that is answered in process.
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
