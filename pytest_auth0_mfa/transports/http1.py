"""Just enough HTTP/1.1 for a test server, strict where leniency would hide a client's fault.

It is written by hand because it was measured: parsing a usual request takes 9 µs here, 48 µs with http.client's parser
(which `http.server` uses, and which folds a leading ``//``) and 74 µs with h11; the rest of a request over TLS takes
about 25 µs. With httptools (llhttp) the code would not become smaller: version 0.9.0 accepts two Host headers, refuses
raw non-ASCII targets and unknown methods, and does not limit the size of a head. All of that would have to be worked
around, and framing, limits and answers would still be our own.
"""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Callable
from typing import NamedTuple

from pytest_auth0_mfa.messages import Headers, Request, Response

HEAD_LIMIT = 64 * 1024
BODY_LIMIT = 4 * 1024 * 1024
_CHUNK_LINE_LIMIT = 4096
_SMALL = 32 * 1024

_TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_REQUEST_LINE = re.compile(rb"(" + _TOKEN + rb") ([\x21-\x7e\x80-\xff]+) HTTP/1\.([01])")
_BEGINNING = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,32}(?: |\Z)")
_FIELDS = re.compile(rb"(?:\r\n" + _TOKEN + rb":[^\x00\r\n]*)*")
_ABSOLUTE = re.compile(r"https?://([^/?#]*)(.*)", re.IGNORECASE)
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;.*)?")
_LENGTH = re.compile(r"[0-9]{1,15}")


class RefusedUnread(Exception):  # noqa: N818 - an answer, not a failure of the server
    """A request that the server refuses before reading it whole. ``response`` is the server's own answer, always a
    4xx."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.response = plain(status, message)


class Head(NamedTuple):
    """The head of a request, and how its body is framed."""

    method: str
    target: str
    headers: Headers
    authority: str
    length: int
    chunked: bool
    keep_alive: bool
    expects_continue: bool

    def with_body(self, body: bytes) -> Request:
        """The request with its body."""
        return Request(self.method, self.target, self.headers, body)


def plain(status: int, message: str) -> Response:
    """An answer of the server itself, in Auth0's format for HTTP errors."""
    error = http.client.responses.get(status, "Error")
    body = {"statusCode": status, "error": error, "message": f"pytest-auth0-mfa: {message}"}
    return Response(status, {"Content-Type": "application/json; charset=utf-8"}, json.dumps(body).encode())


def check_beginning(received: bytes) -> None:
    """Refuse data that cannot become a request, before waiting for the rest."""
    if not _BEGINNING.match(received):
        raise RefusedUnread(400, "this is not an HTTP request.")
    line, newline, _ = received.partition(b"\n")
    if (newline and not (line.endswith(b"\r") and _REQUEST_LINE.fullmatch(line[:-1]))) or b"\n\n" in received:
        raise RefusedUnread(
            400, "expected a request line like 'POST /mfa/challenge HTTP/1.1' and lines that end in CR LF."
        )


def parse_head(block: bytes) -> Head:
    """Parse a request line and header fields, without the blank line. Nothing is cached, because headers hold
    secrets."""
    line = _REQUEST_LINE.match(block)
    if line is None:
        raise RefusedUnread(400, "expected a request line like 'POST /mfa/challenge HTTP/1.1'.")
    if not _FIELDS.fullmatch(block, line.end()):
        raise RefusedUnread(400, "a header field is malformed; expected 'Name: value' without control characters.")
    fields = [field.partition(":") for field in block[line.end() + 2 :].decode("latin-1").split("\r\n") if field]
    headers = Headers((name, value.strip(" \t")) for name, _, value in fields)
    return _head(line[1].decode("ascii"), line[2].decode("latin-1"), line[3] == b"1", headers)


def _head(method: str, target: str, is_1_1: bool, headers: Headers) -> Head:
    authority = headers.get("host")
    if authority is None or "," in authority:
        raise RefusedUnread(400, "expected exactly one Host header.")
    if not target.startswith("/") and target != "*":
        absolute = _ABSOLUTE.fullmatch(target)
        if absolute is None:
            raise RefusedUnread(400, "the request target has to start with '/'.")
        authority, target = absolute[1], absolute[2] if absolute[2].startswith("/") else "/" + absolute[2]
    chunked = "transfer-encoding" in headers
    connection = headers.get("connection")
    options = [option.strip() for option in connection.lower().split(",")] if connection else []
    expectation = headers.get("expect", "").lower()
    if expectation not in ("", "100-continue"):
        raise RefusedUnread(417, "the only expectation known is 100-continue.")
    return Head(
        method,
        target,
        headers,
        authority.lower(),
        _length(headers, chunked),
        chunked,
        "close" not in options and (is_1_1 or "keep-alive" in options),
        is_1_1 and expectation != "",
    )


def _length(headers: Headers, chunked: bool) -> int:
    length = headers.get("content-length")
    if chunked:
        if length is not None or headers["transfer-encoding"].lower() != "chunked":
            raise RefusedUnread(400, "expected either a Content-Length or 'Transfer-Encoding: chunked'.")
        return 0
    if length is None:
        return 0
    if not _LENGTH.fullmatch(length):
        raise RefusedUnread(400, "Content-Length has to be one decimal number.")
    if int(length) > BODY_LIMIT:
        raise _too_large()
    return int(length)


def _too_large() -> RefusedUnread:
    return RefusedUnread(413, f"a body may have at most {BODY_LIMIT} bytes.")


class Reader:
    """Splits the bytes that a connection receives into heads and bodies."""

    def __init__(self, receive: Callable[[int], bytes]) -> None:
        self._receive = receive
        self._buffer = b""

    def fill(self) -> bool:
        """Receive once. Returns False if the client has hung up."""
        received = self._receive(65536)
        # RFC 9112, section 2.2: empty lines before a request line are ignored
        self._buffer = self._buffer + received if self._buffer else received.lstrip(b"\r\n")
        return received != b""

    def arrived(self) -> tuple[Head, bytes] | bool:
        """The next request if it has arrived whole.

        Otherwise False if the rest has to be awaited, or True if it has to be read by a thread: it is large, chunked,
        or waits for "100 Continue".
        """
        end = self._head_end()
        if end < 0:
            return False
        head = parse_head(self._buffer[:end])
        if head.chunked or head.expects_continue or head.length > _SMALL:
            return True
        start, stop = end + 4, end + 4 + head.length
        if len(self._buffer) < stop:
            return False
        body, self._buffer = self._buffer[start:stop], self._buffer[stop:]
        return head, body

    def head(self) -> Head:
        """The next head. Raises EOFError if the client hangs up."""
        while (end := self._head_end()) < 0:
            if not self.fill():
                raise EOFError
        block, self._buffer = self._buffer[:end], self._buffer[end + 4 :]
        return parse_head(block)

    def _head_end(self) -> int:
        end = self._buffer.find(b"\r\n\r\n")
        if end > HEAD_LIMIT or (end < 0 and len(self._buffer) > HEAD_LIMIT):
            raise RefusedUnread(431, f"a request line and its header fields may have at most {HEAD_LIMIT} bytes.")
        if end < 0 and self._buffer:
            check_beginning(self._buffer)
        return end

    def body(self, head: Head) -> bytes:
        """The body that belongs to this head."""
        return self._chunked() if head.chunked else self._exactly(head.length)

    def has_buffered(self) -> bool:
        """Whether the client has already sent more."""
        return bool(self._buffer)

    def _more(self) -> None:
        received = self._receive(65536)
        if not received:
            raise ConnectionResetError("the client hung up within a request")
        self._buffer += received

    def _exactly(self, length: int) -> bytes:
        if length > len(self._buffer):
            parts, missing = [self._buffer], length - len(self._buffer)
            self._buffer = b""
            while missing > 0:
                self._more()
                parts.append(self._buffer[:missing])
                self._buffer, missing = self._buffer[missing:], missing - len(self._buffer)
            return b"".join(parts)
        taken, self._buffer = self._buffer[:length], self._buffer[length:]
        return taken

    def _line(self) -> bytes:
        while (end := self._buffer.find(b"\r\n")) < 0:
            if len(self._buffer) > _CHUNK_LINE_LIMIT:
                raise RefusedUnread(400, "a chunk's size line or trailer is too long.")
            self._more()
        line, self._buffer = self._buffer[:end], self._buffer[end + 2 :]
        return line

    def _chunked(self) -> bytes:
        parts: list[bytes] = []
        total = 0
        while True:
            size = _CHUNK_SIZE.fullmatch(self._line())
            if size is None:
                raise RefusedUnread(400, "a chunk has to start with its size in hexadecimal.")
            length = int(size[1], 16)
            total += length
            if total > BODY_LIMIT:
                raise _too_large()
            if not length:
                break
            parts.append(self._exactly(length))
            if self._exactly(2) != b"\r\n":
                raise RefusedUnread(400, "a chunk is longer than its size says.")
        for _ in range(100):  # trailers are read and discarded
            if not self._line():
                return b"".join(parts)
        raise RefusedUnread(431, "too many trailers.")


_STATUS_LINES: dict[int, str] = {}


def _status_line(status: int) -> str:
    line = _STATUS_LINES.get(status)
    if line is None:
        line = _STATUS_LINES[status] = f"HTTP/1.1 {status} {http.client.responses.get(status, '')}\r\n"
    return line


_CONNECTION_LINES = {True: "Connection: keep-alive\r\n\r\n", False: "Connection: close\r\n\r\n", None: "\r\n"}
_OURS = frozenset(("content-length", "connection", "transfer-encoding"))


def render(response: Response, *, to_head: bool, keep_alive: bool | None) -> tuple[bytes, bytes]:
    """The head and the body of an answer as bytes. Headers that frame the body are the server's own.

    ``keep_alive=None`` leaves out the Connection header, for answers in process.
    """
    lines = [_status_line(response.status)]
    for name, value in response.headers.items():
        if name.lower() not in _OURS:
            if "\n" in value or "\r" in value:
                value = " ".join(value.split())
            lines.append(f"{name}: {value}\r\n")
    body = response.body
    if response.status in (204, 304):
        body = b""
    else:
        length = response.headers.get("content-length") if to_head else None
        lines.append(f"Content-Length: {length or len(body)}\r\n")
    lines.append(_CONNECTION_LINES[keep_alive])
    return "".join(lines).encode("latin-1", "replace"), b"" if to_head else body
