"""How httpx reaches a mounted tenant: its two network transports are wrapped.

Clients, their hooks and their own transports work as with a real tenant; every other host goes
where it went before. respx patches a layer below and is not disturbed.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from typing import TYPE_CHECKING

from pytest_auth0_mfa.messages import Headers, Request, Response

from . import mounted
from .mounted import Mounted
from .originals import mark, unpatched

if TYPE_CHECKING:
    import httpx


def patch() -> Callable[[], None]:
    """Make httpx' network transports ask our tenants first; returns what undoes it."""
    import httpx

    sync_original = unpatched(httpx.HTTPTransport.handle_request)
    async_original = unpatched(httpx.AsyncHTTPTransport.handle_async_request)

    def handle_request(self: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
        entry = _owner(request)
        if entry is None:
            return sync_original(self, request)
        return _exchange(entry, request, request.read())

    async def handle_async_request(self: httpx.AsyncHTTPTransport, request: httpx.Request) -> httpx.Response:
        entry = _owner(request)
        if entry is None:
            return await async_original(self, request)
        return _exchange(entry, request, await request.aread())

    mark(handle_request, sync_original)
    mark(handle_async_request, async_original)
    httpx.HTTPTransport.handle_request = handle_request  # type: ignore[method-assign]
    httpx.AsyncHTTPTransport.handle_async_request = handle_async_request  # type: ignore[method-assign]

    def undo() -> None:
        # Where somebody wrapped ours and has not let go, it stays and passes everything on.
        if httpx.HTTPTransport.handle_request is handle_request:
            httpx.HTTPTransport.handle_request = sync_original  # type: ignore[method-assign]
        if httpx.AsyncHTTPTransport.handle_async_request is handle_async_request:
            httpx.AsyncHTTPTransport.handle_async_request = async_original  # type: ignore[method-assign]

    return undo


def _owner(request: httpx.Request) -> Mounted | None:
    url = request.url
    return mounted.find(url.netloc.decode("ascii")) if url.scheme == "https" else None


def _exchange(entry: Mounted, request: httpx.Request, body: bytes) -> httpx.Response:
    """Ask the tenant once. Raises httpx' errors where a socket would have caused them."""
    import httpx

    headers = Headers((name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw)
    response = entry.answer(Request(request.method, request.url.raw_path.decode("latin-1"), headers, body))
    fault = response.fault
    if fault is None:
        return _response(response, httpx.ByteStream(response.body))
    timeout = request.extensions.get("timeout", {}).get("read")
    if entry.outlasts(fault.delay, timeout):
        raise httpx.ReadTimeout("The read operation timed out", request=request)
    if fault.drop == "before":
        raise httpx.RemoteProtocolError("Server disconnected without sending a response.", request=request)
    if fault.drop == "half":
        return _response(response, _half_stream(response.body))
    return _response(response, httpx.ByteStream(response.body))


def _response(response: Response, stream: httpx.ByteStream) -> httpx.Response:
    import httpx

    headers = list(response.headers.items())
    if "content-length" not in response.headers and response.status != 204:
        headers.append(("Content-Length", str(len(response.body))))
    return httpx.Response(response.status, headers=headers, stream=stream, extensions={"http_version": b"HTTP/1.1"})


def _half_stream(body: bytes) -> httpx.ByteStream:
    """A body that breaks off in the middle, as httpx reports it."""
    import httpx

    half = body[: len(body) // 2]
    error = httpx.RemoteProtocolError(
        "peer closed connection without sending complete message body "
        f"(received {len(half)} bytes, expected {len(body)})"
    )

    class Broken(httpx.ByteStream):
        def __iter__(self) -> Iterator[bytes]:
            yield half
            raise error

        async def __aiter__(self) -> AsyncIterator[bytes]:
            yield half
            raise error

    return Broken(body)
