"""Connects a session to vcrpy, whose patches of requests, urllib3, httpx and aiohttp ask this cassette."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pytest_auth0_mfa.errors import MissingExtraError
from pytest_auth0_mfa.messages import Headers
from pytest_auth0_mfa.transports.in_process import mocks_let_through

from .session import CassetteSession

try:
    from vcr.cassette import Cassette  # type: ignore[import-untyped]
except ImportError:
    raise MissingExtraError("auth0_mfa_cassette", "cassettes") from None

if TYPE_CHECKING:
    from vcr.request import Request  # type: ignore[import-untyped]

_FOUND = "_auth0_mfa_found"


class SessionCassette(Cassette):  # type: ignore[misc]  # vcrpy has no types
    """The cassette that vcrpy's patches use. It leaves all decisions to a `CassetteSession`."""

    def __init__(self, path: str, session: CassetteSession) -> None:
        super().__init__(path)
        self._session = session

    @property
    def write_protected(self) -> bool:
        """Whether nothing may be sent. Otherwise older versions of vcrpy connect before they ask for an answer."""
        return not self._session.recording

    def filter_request(self, request: Request) -> Request | None:
        """The request if the session owns it, otherwise None: the request passes through, unrecorded."""
        return request if self._session.owns(request.method, request.uri) else None

    def can_play_response_for(self, request: Request) -> bool:
        """Whether the cassette has an answer. Raises NotRecordedError for a request that must not be sent."""
        known: tuple[int | None, float] | None = getattr(request, _FOUND, None)
        if known is None:
            if self.filter_request(request) is None:
                return False
            session = self._session
            number = session.find(request.method, request.uri, _one_each(request), _body(request))
            known = number, session.clock()
            setattr(request, _FOUND, known)
        return known[0] is not None

    def play_response(self, request: Request) -> dict[str, Any]:
        """The answer that `can_play_response_for` found."""
        self.can_play_response_for(request)
        number, _ = getattr(request, _FOUND)
        delattr(request, _FOUND)
        return self._session.play(number, request.uri)

    def append(self, request: Request, response: dict[str, Any]) -> None:
        """Record a request that was sent, and its answer."""
        if self.filter_request(request) is None:
            return
        _, at = getattr(request, _FOUND, (None, self._session.clock()))
        headers = {str(name): [_text(value)] for name, value in request.headers.items()}
        self._session.record(request.method, request.uri, (headers, _body(request)), response, at)

    def find_requests_with_most_matches(self, request: Request) -> list[tuple[Request, list[str], list[str]]]:
        """The request itself. aiohttp's patch asks for this before it follows a recorded redirect."""
        return [(request, [], [])]

    def _load(self) -> None:
        """Do nothing: the session has loaded the file already."""

    def _save(self, force: bool = False) -> None:
        """Do nothing: the session is saved when the test has passed."""


@contextmanager
def running(session: CassetteSession) -> Iterator[None]:
    """Play and record with this session until the block ends. `responses` mocks pass its requests on."""
    with mocks_let_through(session.owns), SessionCassette.use(path=str(session.path), session=session):
        yield


def _one_each(request: Request) -> Headers:
    return Headers.of_lower({name.lower(): _text(value) for name, value in request.headers.items()})


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _body(request: Request) -> bytes:
    """The body as bytes, whatever vcrpy's stub made of it."""
    body = request.body
    if body is None or isinstance(body, bytes):
        return body or b""
    if isinstance(body, str):
        return body.encode()
    if hasattr(body, "read"):
        return _bytes(body.read())
    return _structured(body, _one_each(request).get("content-type", ""))


def _bytes(value: Any) -> bytes:
    return value.encode() if isinstance(value, str) else bytes(value)


def _structured(body: Any, label: str) -> bytes:
    """The body from the arguments ``json`` or ``data``, which vcrpy's stub for aiohttp passes instead of a body."""
    import json
    from urllib.parse import urlencode

    if type(body).__name__ == "FormData":
        body = [(str(field[0]["name"]), str(field[2])) for field in body._fields]
        return urlencode(body).encode()
    if isinstance(body, bytearray):
        return bytes(body)
    if isinstance(body, dict | list) and "form" not in label:
        return json.dumps(body).encode()
    if isinstance(body, dict | list | tuple):
        return urlencode(body).encode()
    return b"".join(_bytes(part) for part in body)
