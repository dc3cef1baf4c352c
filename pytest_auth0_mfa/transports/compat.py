"""Private names of other packages, each behind one function.

There is no public alternative to any of them. `tests/unit/transports/test_compat.py` fails if a release has moved one,
and names the releases that have it.
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
"""The method of a `responses` mock that finds the stub for a request: (self, request) -> (stub, reasons)."""


def set_content(response: Response, body: bytes) -> None:
    """Set the body of a response of requests, as if it had been read."""
    response._content = body
    response._content_consumed = True  # type: ignore[attr-defined]


def set_message(raw: HTTPResponse, message: HTTPResponse) -> None:
    """Set the original message of a response of urllib3. requests reads cookies only from there."""
    raw._original_response = message  # type: ignore[assignment]


def configured_read_timeout(timeout: Any) -> Any:
    """The read timeout of a `urllib3.Timeout` as it was given. The public property works only on a started
    connection."""
    return getattr(timeout, "_read", None)


def destination(connection: HTTPConnection) -> tuple[str, int | None]:
    """The host and port that a connection of `http.client` or urllib3 goes to, with or without a proxy."""
    tunnelled = getattr(connection, "_tunnel_host", None)
    if tunnelled is not None:
        return tunnelled, getattr(connection, "_tunnel_port", None)
    return connection.host, connection.port


CREATE_CONNECTION = "_create_connection"
"""The method of aiohttp's connectors that opens a connection: (self, request, traces, timeout) -> protocol."""


def new_protocol(connector: TCPConnector) -> Any:
    """A protocol as aiohttp's connector makes it for a new transport."""
    return connector._factory()


def is_pool_worker(thread: threading.Thread) -> bool:
    """Whether the thread belongs to a `concurrent.futures` pool, which anybody may use."""
    pools = sys.modules.get("concurrent.futures.thread")
    return pools is not None and thread in pools._threads_queues
