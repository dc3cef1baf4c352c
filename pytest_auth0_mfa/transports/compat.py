"""Private names of other packages, each behind one function.

None has a public way to the same. `tests/unit/transports/test_compat.py` fails where a release has moved one, and
names the releases that had it.
"""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from http.client import HTTPConnection

    from aiohttp import TCPConnector
    from requests import Response
    from urllib3.response import HTTPResponse


FIND_MATCH = "_find_match"
"""The method with which a `responses` mock looks for the stub of a request: (self, request) -> (stub, reasons)."""


def set_content(response: Response, body: bytes) -> None:
    """Give a response of requests its whole body, as if it had been read."""
    response._content = body
    response._content_consumed = True  # type: ignore[attr-defined]


def set_message(raw: HTTPResponse, message: HTTPResponse) -> None:
    """Give a response of urllib3 the message below it: requests reads cookies from there only."""
    raw._original_response = message  # type: ignore[assignment]


def configured_read_timeout(timeout: Any) -> Any:
    """The read timeout of a `urllib3.Timeout` as it was given; the public one wants a connection that was begun."""
    return getattr(timeout, "_read", None)


def destination(connection: HTTPConnection) -> tuple[str, int | None]:
    """The host and port that a connection of `http.client` or urllib3 is for, behind a proxy or not."""
    tunnelled = getattr(connection, "_tunnel_host", None)
    if tunnelled is not None:
        return tunnelled, getattr(connection, "_tunnel_port", None)
    return connection.host, connection.port


CREATE_CONNECTION = "_create_connection"
"""The method of aiohttp's connectors that opens a connection: (self, request, traces, timeout) -> protocol."""


def new_protocol(connector: TCPConnector) -> Any:
    """What aiohttp puts on top of a transport."""
    return connector._factory()


def is_pool_worker(thread: threading.Thread) -> bool:
    """Whether the thread belongs to a `concurrent.futures` pool and waits for work of anybody's."""
    pools = sys.modules.get("concurrent.futures.thread")
    return pools is not None and thread in pools._threads_queues
