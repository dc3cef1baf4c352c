"""Lets aiohttp reach a mounted tenant: its connector gets a connection that ends in this process.

Sessions, traces, timeouts, cookies and the parser are aiohttp's own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pytest_auth0_mfa.transports import compat

from . import mounted
from .mounted import Mounted, Undo, replace
from .wire import ask

if TYPE_CHECKING:
    from aiohttp import ClientTimeout


def patch() -> Undo:
    """Make aiohttp's connectors try mounted tenants first. Returns a function that undoes it."""
    from aiohttp import TCPConnector

    def connecting(original: Callable[..., Any]) -> Callable[..., Any]:
        async def create_connection(self: TCPConnector, req: Any, traces: Any, timeout: ClientTimeout) -> Any:
            entry = mounted.find_host(req.url.raw_host or "", req.url.port) if req.is_ssl() else None
            if entry is None:
                return await original(self, req, traces, timeout)
            protocol = compat.new_protocol(self)
            protocol.connection_made(_Connection(entry, protocol, timeout))
            protocol.force_close()  # the next request needs a new connection, with its own timeout
            return protocol

        return create_connection

    return replace(TCPConnector, compat.CREATE_CONNECTION, connecting)


class _Connection(asyncio.Transport):
    """The transport that aiohttp writes its request to."""

    def __init__(self, entry: Mounted, protocol: Any, timeout: ClientTimeout) -> None:
        super().__init__()
        self._entry = entry
        self._protocol = protocol
        self._limits = timeout
        self._sent = b""
        self._closing = False

    def write(self, data: Any) -> None:
        """Take the data. Once the request is complete, the answer follows in the loop's next iteration."""
        if self._closing:
            return
        self._sent += bytes(data)
        answer = ask(self._entry, self._sent)
        if answer is None:
            return
        self._sent = b""
        loop = asyncio.get_running_loop()
        if (late := self._too_late(answer.late)) is not None:
            loop.call_soon(self._protocol.set_exception, late)
            return
        if answer.data:
            loop.call_soon(self._receive, answer.data)
        if answer.hangs_up:
            loop.call_soon(self.close)

    def _receive(self, data: bytes) -> None:
        if not self._closing:
            self._protocol.data_received(data)

    def _too_late(self, late: float) -> Exception | None:
        """The exception that aiohttp raises if the delay exceeds its timeout, or None. Only the tenant's clock
        advances."""
        from aiohttp import SocketTimeoutError

        limits = [limit for limit in (self._limits.sock_read, self._limits.total) if limit]
        if not self._entry.outlasts(late, min(limits, default=None)):
            return None
        if self._limits.sock_read and self._limits.sock_read == min(limits):
            return SocketTimeoutError("Timeout on reading data from socket")
        return TimeoutError()

    def close(self) -> None:
        """Close the connection. Both sides do so with this method."""
        if not self._closing:
            self._closing = True
            asyncio.get_running_loop().call_soon(self._protocol.connection_lost, None)

    abort = close

    def is_closing(self) -> bool:
        """Whether the connection is closed."""
        return self._closing

    def get_write_buffer_size(self) -> int:
        """Always 0: nothing is buffered."""
        return 0

    def pause_reading(self) -> None:
        """Do nothing: the answer has already arrived."""

    def resume_reading(self) -> None:
        """Do nothing: the answer has already arrived."""
