"""Private names of other packages, each behind one function.

None has a public way to the same. `tests/unit/transports/test_compat.py` fails where a release has moved one, and
names the releases that had it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from requests import Response
    from responses import BaseResponse, RequestsMock
    from urllib3.response import HTTPResponse


def stub_finder(mock: type[RequestsMock]) -> Callable[..., tuple[BaseResponse | None, list[str]]]:
    """What a `responses` mock asks for the stub of a request."""
    return mock._find_match


def set_stub_finder(mock: type[RequestsMock], finder: Callable[..., Any]) -> None:
    """Make every `responses` mock ask this function for the stub of a request."""
    mock._find_match = finder  # type: ignore[method-assign]


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
