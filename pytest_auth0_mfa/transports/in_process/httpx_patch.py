"""Lets httpx and its successor httpx2 reach a mounted tenant: their two network transports are wrapped.

Clients, hooks and custom transports work as with a real tenant, and requests to other hosts are not affected. respx
patches a lower layer and keeps working.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from types import ModuleType
from typing import TYPE_CHECKING

from pytest_auth0_mfa.messages import Headers, Request, Response

from . import mounted
from .mounted import Mounted, Undo, replace, together

if TYPE_CHECKING:
    import httpx


def patch(library: ModuleType) -> Undo:
    """Make the network transports of httpx or httpx2 try mounted tenants first. Returns a function that undoes it."""

    def handling(original: Callable[..., httpx.Response]) -> Callable[..., httpx.Response]:
        def handle_request(self: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
            entry = _owner(request)
            if entry is None:
                return original(self, request)
            return _exchange(library, entry, request, request.read())

        return handle_request

    def handling_async(original: Callable[..., Awaitable[httpx.Response]]) -> Callable[..., Awaitable[httpx.Response]]:
        async def handle_async_request(self: httpx.AsyncHTTPTransport, request: httpx.Request) -> httpx.Response:
            entry = _owner(request)
            if entry is None:
                return await original(self, request)
            return _exchange(library, entry, request, await request.aread())

        return handle_async_request

    return together(
        replace(library.HTTPTransport, "handle_request", handling),
        replace(library.AsyncHTTPTransport, "handle_async_request", handling_async),
    )


def _owner(request: httpx.Request) -> Mounted | None:
    url = request.url
    return mounted.find(url.netloc.decode("ascii")) if url.scheme == "https" else None


def _exchange(library: ModuleType, entry: Mounted, request: httpx.Request, body: bytes) -> httpx.Response:
    """Ask the tenant once. Raises httpx's errors where a socket would have caused them."""
    headers = Headers((name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw)
    response = entry.answer(Request(request.method, request.url.raw_path.decode("latin-1"), headers, body))
    fault = response.fault
    if fault is None:
        return _response(library, response, library.ByteStream(response.body))
    timeout = request.extensions.get("timeout", {}).get("read")
    if entry.outlasts(fault.delay, timeout):
        raise library.ReadTimeout("The read operation timed out", request=request)
    if fault.drop == "before":
        raise library.RemoteProtocolError("Server disconnected without sending a response.", request=request)
    if fault.drop == "half":
        return _response(library, response, _half_stream(library, response.body))
    return _response(library, response, library.ByteStream(response.body))


def _response(library: ModuleType, response: Response, stream: httpx.ByteStream) -> httpx.Response:
    headers = list(response.headers.items())
    if "content-length" not in response.headers and response.status != 204:
        headers.append(("Content-Length", str(len(response.body))))
    return library.Response(  # type: ignore[no-any-return]
        response.status, headers=headers, stream=stream, extensions={"http_version": b"HTTP/1.1"}
    )


def _half_stream(library: ModuleType, body: bytes) -> httpx.ByteStream:
    """A body that breaks off in the middle, with the error that httpx would raise."""
    half = body[: len(body) // 2]
    error = library.RemoteProtocolError(
        "peer closed connection without sending complete message body "
        f"(received {len(half)} bytes, expected {len(body)})"
    )

    class Broken(library.ByteStream):  # type: ignore[misc, name-defined]
        def __iter__(self) -> Iterator[bytes]:
            yield half
            raise error

        async def __aiter__(self) -> AsyncIterator[bytes]:
            yield half
            raise error

    return Broken(body)
