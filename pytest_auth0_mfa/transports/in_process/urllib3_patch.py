"""How urllib3 reaches a mounted tenant: its pools, retries, redirects and response objects are its own.

requests stands on urllib3 and is caught a layer above (`requests_patch`), where a call costs a third of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pytest_auth0_mfa.transports import compat

from . import mounted
from .originals import Undo, replace
from .wire import Plug

if TYPE_CHECKING:
    from urllib3.connection import HTTPSConnection


def patch() -> Undo:
    """Make HTTPS connections of urllib3 ask our tenants first; returns what undoes it."""
    from urllib3.connection import HTTPSConnection

    def connecting(original: Callable[..., None]) -> Callable[..., None]:
        def connect(self: HTTPSConnection) -> None:
            entry = mounted.find_host(*compat.destination(self))
            if entry is None:
                original(self)
            else:
                self.sock = Plug(entry, self, self.timeout)
                self.is_verified = True

        return connect

    return replace(HTTPSConnection, "connect", connecting)
