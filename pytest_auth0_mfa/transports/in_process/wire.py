"""Answers libraries at the level of bytes: they read and write as if from a socket.

This serves `http.client`, `urllib.request`, libraries built on them, and urllib3, whose pools, retries and redirects
are its own. requests uses urllib3 but is patched a layer above (`requests_patch`), where a call costs a third.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPSConnection
from io import BufferedReader, BytesIO, RawIOBase
from typing import TYPE_CHECKING, BinaryIO

from pytest_auth0_mfa.transports import compat
from pytest_auth0_mfa.transports.http1 import Reader, RefusedUnread, render

from . import mounted
from .mounted import Mounted, Undo, replace

if TYPE_CHECKING:
    from urllib3.connection import HTTPSConnection as Urllib3Connection


@dataclass(frozen=True, slots=True)
class WireAnswer:
    """The bytes that a client receives, and what happens to the connection."""

    data: bytes
    hangs_up: bool = False
    """Whether the connection is closed after the data."""
    late: float = 0.0
    """The delay of the data in seconds."""


def ask(entry: Mounted, sent: bytes) -> WireAnswer | None:
    """The answer to a request; None if the request is not complete yet."""
    pieces = [sent]
    reader = Reader(lambda _: pieces.pop() if pieces else b"")
    try:
        head = reader.head()
        request = head.with_body(reader.body(head))
    except (EOFError, ConnectionResetError):
        return None
    except RefusedUnread as refused:
        return WireAnswer(b"".join(render(refused.response, to_head=False, keep_alive=False)), hangs_up=True)
    response = entry.answer(request)
    start, body = render(response, to_head=head.method == "HEAD", keep_alive=None)
    fault = response.fault
    if fault is None:
        return WireAnswer(start + body)
    if fault.drop is not None:
        return WireAnswer(start + body[: len(body) // 2] if fault.drop == "half" else b"", True, fault.delay)
    return WireAnswer(start + body, late=fault.delay)


class Plug:
    """Takes the place of a socket for one request and its answer. For the next request the connection opens another.

    It has only the methods of a connected socket that `http.client` and urllib3 use.
    """

    def __init__(self, entry: Mounted, connection: object, timeout: object) -> None:
        self._entry = entry
        self._connection = connection
        self._timeout = timeout
        self._sent: list[bytes] = []

    def sendall(self, data: bytes) -> None:
        """Collect the data of the request."""
        self._sent.append(bytes(data))

    def settimeout(self, timeout: object) -> None:
        """Seconds to wait for an answer, or None."""
        self._timeout = timeout

    def gettimeout(self) -> object:
        """Seconds to wait for an answer, or None."""
        return self._timeout

    def makefile(self, mode: str = "rb", *_: object) -> BinaryIO:
        """The answer as a file. Reading it raises TimeoutError if the answer is delayed for longer than the
        timeout."""
        try:
            return BytesIO(self._answer())
        except Exception as error:  # raise on reading, as a socket does
            return BufferedReader(_Failing(error))

    def _answer(self) -> bytes:
        answer = ask(self._entry, b"".join(self._sent))
        self._connection.sock = None  # type: ignore[attr-defined]
        if answer is None:
            return b""
        timeout = self._timeout if isinstance(self._timeout, int | float) else None
        if self._entry.outlasts(answer.late, timeout):
            raise TimeoutError("The read operation timed out")
        return answer.data

    def setsockopt(self, *_: object) -> None:
        """Do nothing."""

    def shutdown(self, *_: object) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


class _Failing(RawIOBase):
    """A file that raises an error when it is read."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def readable(self) -> bool:
        """True, as for a connected socket."""
        return True

    def readinto(self, buffer: object, /) -> int:
        """Raise the error."""
        raise self._error


def patch_http_client() -> Undo:
    """Make HTTPS connections of `http.client` try mounted tenants first. Returns a function that undoes it."""

    def connecting(original: Callable[..., None]) -> Callable[..., None]:
        def connect(self: HTTPSConnection) -> None:
            entry = mounted.find_host(*compat.destination(self))
            if entry is None:
                original(self)
            else:
                self.sock = Plug(entry, self, self.timeout)

        return connect

    return replace(HTTPSConnection, "connect", connecting)


def patch_urllib3() -> Undo:
    """Make HTTPS connections of urllib3 try mounted tenants first. Returns a function that undoes it."""
    from urllib3.connection import HTTPSConnection as Urllib3Connection

    def connecting(original: Callable[..., None]) -> Callable[..., None]:
        def connect(self: Urllib3Connection) -> None:
            entry = mounted.find_host(*compat.destination(self))
            if entry is None:
                original(self)
            else:
                self.sock = Plug(entry, self, self.timeout)
                self.is_verified = True

        return connect

    return replace(Urllib3Connection, "connect", connecting)
