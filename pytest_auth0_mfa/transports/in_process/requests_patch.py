"""Lets `requests` reach a mounted tenant.

``HTTPAdapter.send`` is wrapped, so sessions, hooks, custom adapters and retries work as with a real tenant, and
requests to other hosts are not affected. The consumer's own `responses` mocks replace the same method and refuse
unknown hosts. Therefore the lookup of their stubs is wrapped too: their own stubs come first, then mounted tenants,
then our local servers and cassettes.
"""

from __future__ import annotations

import functools
import http.client
from collections.abc import Callable
from io import BytesIO
from typing import TYPE_CHECKING, Any

from pytest_auth0_mfa.messages import Headers, Request, Response
from pytest_auth0_mfa.transports import compat

from . import mounted
from .mounted import Mounted, Undo, replace

if TYPE_CHECKING:
    from requests import PreparedRequest
    from requests import Response as RequestsResponse
    from requests.adapters import HTTPAdapter
    from responses import BaseResponse
    from urllib3.response import HTTPResponse


StubFinder = Callable[..., "tuple[BaseResponse | None, list[str]]"]


def split(url: str) -> tuple[str, str, str]:
    """The scheme, authority and target of an absolute URL, not normalised."""
    scheme, _, rest = url.partition("://")
    netloc, slash, target = rest.partition("/")
    return scheme, netloc, (slash + target).partition("#")[0]


def owner(url: str) -> Mounted | None:
    """The mounted tenant of this URL, or None."""
    scheme, netloc, _ = split(url)
    return mounted.find(netloc) if scheme == "https" else None


def patch() -> Undo:
    """Make ``HTTPAdapter.send`` try mounted tenants first. Returns a function that undoes it."""
    from requests.adapters import HTTPAdapter

    def sending(original: Callable[..., RequestsResponse]) -> Callable[..., RequestsResponse]:
        def send(self: HTTPAdapter, request: PreparedRequest, *args: Any, **kwargs: Any) -> RequestsResponse:
            entry = owner(str(request.url))
            if entry is None or entry.through_mock:
                return original(self, request, *args, **kwargs)
            timeout = args[1] if len(args) > 1 else kwargs.get("timeout")
            return _send(self, request, entry, read_timeout(timeout))

        return send

    return replace(HTTPAdapter, "send", sending)


@functools.cache
def _tenant_response() -> Callable[[Mounted], BaseResponse]:
    from responses import BaseResponse

    class TenantResponse(BaseResponse):
        """One stub for a whole tenant: every method and path."""

        def __init__(self, entry: Mounted) -> None:
            super().__init__("ANY", f"https://{entry.tenant.domain}/")
            self.entry = entry

        def get_response(self, request: PreparedRequest) -> HTTPResponse:
            timeout = getattr(request, "req_kwargs", {}).get("timeout")
            try:
                return exchange(self.entry, request, read_timeout(timeout))[0]
            except Exception as error:
                raise as_requests_error(error, request) from error

    return TenantResponse


def patch_mocks() -> Undo:
    """Make every `responses` mock try mounted tenants after its own stubs. Returns a function that undoes it."""
    from responses import PassthroughResponse, RequestsMock

    tenant_response = _tenant_response()

    def finding(original: StubFinder) -> StubFinder:
        def find_match(self: RequestsMock, request: PreparedRequest) -> tuple[BaseResponse | None, list[str]]:
            url = str(request.url)
            entry = owner(url)
            if entry is None and not mounted.is_let_through(str(request.method), url):
                return original(self, request)
            # Not looked up by the registry, because an ordered registry drops its stubs if the next one does not
            # match.
            if any(stub.matches(request)[0] for stub in self.registered()):
                return original(self, request)
            return tenant_response(entry) if entry else PassthroughResponse("ANY", url), []

        return find_match

    return replace(RequestsMock, compat.FIND_MATCH, finding)


def read_timeout(timeout: Any) -> float | None:
    """The read timeout in seconds, from any kind of timeout that requests accepts; None: no limit."""
    if isinstance(timeout, tuple):
        timeout = timeout[1]
    if timeout is None or isinstance(timeout, int | float):
        return timeout
    limits = (timeout.total, compat.configured_read_timeout(timeout))
    return min((limit for limit in limits if isinstance(limit, int | float)), default=None)


def to_request(request: PreparedRequest) -> Request:
    """The request that a prepared request would send."""
    _, netloc, target = split(str(request.url))
    headers = {"host": netloc.rpartition("@")[2]}
    given: Any = request.headers or {}
    # Not `items`: requests' mapping looks each name up again there.
    for name, value in given.lower_items() if hasattr(given, "lower_items") else given.items():
        headers[_text(name).lower()] = _text(value)
    return Request(str(request.method), target, Headers.of_lower(headers), _body(request.body))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else bytes(value).decode("latin-1")


def _body(body: Any) -> bytes:
    if body is None:
        return b""
    if isinstance(body, str):
        return body.encode()
    if isinstance(body, bytes | bytearray):
        return bytes(body)
    if hasattr(body, "read"):
        return _body(body.read())
    return b"".join(_body(part) for part in body)


def exchange(entry: Mounted, request: PreparedRequest, timeout: float | None) -> tuple[HTTPResponse, bytes | None]:
    """Ask the tenant once. Returns its answer, and its body unless the answer breaks off.

    Raises urllib3's errors where a socket would have caused them.
    """
    response = entry.answer(to_request(request))
    if response.fault is None:
        return _raw(response, response.body, request), response.body
    from urllib3.connectionpool import HTTPSConnectionPool
    from urllib3.exceptions import ProtocolError, ReadTimeoutError

    if entry.outlasts(response.fault.delay, timeout):
        pool = HTTPSConnectionPool(entry.tenant.domain.partition(":")[0])
        raise ReadTimeoutError(pool, str(request.url), f"Read timed out. (read timeout={timeout})")
    if response.fault.drop == "before":
        cause = http.client.RemoteDisconnected("Remote end closed connection without response")
        raise ProtocolError("Connection aborted.", cause)
    if response.fault.drop == "half":
        return _raw(response, response.body[: len(response.body) // 2], request), None
    return _raw(response, response.body, request), response.body


def _raw(response: Response, body: bytes, request: PreparedRequest) -> HTTPResponse:
    from urllib3.response import HTTPResponse

    headers = dict(response.headers.items())
    if "content-length" not in response.headers and response.status != 204:
        headers["Content-Length"] = str(len(response.body))
    raw = HTTPResponse(
        body=BytesIO(body),
        headers=headers,
        status=response.status,
        reason=http.client.responses.get(response.status),
        preload_content=False,
        request_method=request.method,
    )
    if "set-cookie" in response.headers:
        closed = BytesIO()
        closed.close()
        message = HTTPResponse(body=closed, msg=raw.headers, preload_content=False)  # type: ignore[arg-type]
        compat.set_message(raw, message)
    return raw


def _send(adapter: HTTPAdapter, request: PreparedRequest, entry: Mounted, timeout: float | None) -> RequestsResponse:
    """Send as the adapter would, with its retries. Instead of sleeping, the tenant's clock is advanced."""
    retries = adapter.max_retries
    while True:
        try:
            raw, body = exchange(entry, request, timeout)
            again = retries.is_retry(str(request.method), raw.status, "Retry-After" in raw.headers)
            if not again:
                return _answer(adapter, request, raw, body)
            try:
                retries = retries.increment(request.method, str(request.url), response=raw)
            except Exception:
                if retries.raise_on_status:
                    raise
                return _answer(adapter, request, raw, body)
            entry.tenant.clock.advance(retries.get_retry_after(raw) or retries.get_backoff_time())
        except Exception as error:
            retries = _after_error(retries, request, error)
            entry.tenant.clock.advance(retries.get_backoff_time())


def _answer(adapter: HTTPAdapter, request: PreparedRequest, raw: HTTPResponse, body: bytes | None) -> RequestsResponse:
    answer = adapter.build_response(request, raw)
    if body is not None:
        # The body is in memory already; streaming it would cost a tenth of the call.
        compat.set_content(answer, body)
    return answer


def _after_error(retries: Any, request: PreparedRequest, error: Exception) -> Any:
    """The retries that are left after a failed exchange. Raises requests' exception if there are none."""
    from urllib3.exceptions import ProtocolError, ReadTimeoutError

    if isinstance(error, ProtocolError | ReadTimeoutError):
        try:
            return retries.increment(request.method, str(request.url), error=error)
        except Exception as last:
            raise as_requests_error(last, request) from error
    raise as_requests_error(error, request) from error


def as_requests_error(error: Exception, request: PreparedRequest) -> Exception:
    """The exception that requests would raise for an error of urllib3. Other errors are returned unchanged."""
    from requests import exceptions
    from urllib3.exceptions import MaxRetryError, ProtocolError, ReadTimeoutError, ResponseError

    if isinstance(error, MaxRetryError) and isinstance(error.reason, ResponseError):
        return exceptions.RetryError(error, request=request)
    if isinstance(error, ReadTimeoutError):
        return exceptions.ReadTimeout(error, request=request)
    if isinstance(error, MaxRetryError | ProtocolError):
        return exceptions.ConnectionError(error, request=request)
    return error
