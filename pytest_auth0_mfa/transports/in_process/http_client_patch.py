"""How `http.client` reaches a mounted tenant, and with it `urllib.request`, XML-RPC and what is built on either.

Connecting is replaced; the library writes its request and reads its answer as it does from a socket.
"""

from __future__ import annotations

from collections.abc import Callable
from http.client import HTTPSConnection

from pytest_auth0_mfa.transports import compat

from . import mounted
from .originals import Undo, replace
from .wire import Plug


def patch() -> Undo:
    """Make HTTPS connections of `http.client` ask our tenants first; returns what undoes it."""

    def connecting(original: Callable[..., None]) -> Callable[..., None]:
        def connect(self: HTTPSConnection) -> None:
            entry = mounted.find_host(*compat.destination(self))
            if entry is None:
                original(self)
            else:
                self.sock = Plug(entry, self, self.timeout)

        return connect

    return replace(HTTPSConnection, "connect", connecting)
