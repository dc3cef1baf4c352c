"""One recorded request and its answer, and the meaning of the request: operation and parameters."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote_plus, urlsplit

from pytest_auth0_mfa.errors import RecordingError
from pytest_auth0_mfa.messages import Headers, Json, Request, Response
from pytest_auth0_mfa.spec import api_errors
from pytest_auth0_mfa.spec.operations import GRANTS, OPERATIONS, path_values, rows_at

from .bodies import EMPTY, FORM, JSON, MULTIPART, UNREADABLE, Fields, json_of, read_body, unpacked

BEARER = "bearer token"
"""The name under which a bearer token is a parameter."""
BODY = "body"
"""The name under which a body is a parameter, if it is neither an object nor a form."""

_TOKEN_PATH = "/oauth/token"
_RIGHT_SO_FAR = frozenset(
    {"mfa_required", "authorization_pending", "slow_down", "association_required", "use_dpop_nonce"}
)
"""Errors that answer a correct request and only demand a next step."""


@dataclass(frozen=True, slots=True)
class Interaction:
    """A recorded request and its answer. ``at`` is when the request was sent, in epoch seconds."""

    method: str
    url: str
    request_headers: Fields
    request_body: bytes
    status: int
    reason: str
    response_headers: Fields
    response_body: bytes
    at: float = 0.0

    @property
    def request(self) -> Request:
        """The request as a `Request`."""
        parts = urlsplit(self.url)
        target = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
        return Request(self.method, target, _joined(self.request_headers), self.request_body)

    @property
    def response(self) -> Response:
        """The answer as a `Response`."""
        return Response(self.status, _joined(self.response_headers), self.response_body)

    @property
    def refused(self) -> bool:
        """Whether the tenant refused the request as wrong."""
        return self.status >= 400 and error_of(self.response_body) not in _RIGHT_SO_FAR

    def __repr__(self) -> str:  # no query and no values: raw interactions contain secrets
        return f"<Interaction {self.method} {urlsplit(self.url).path}: {self.status}>"


def error_of(body: bytes) -> str | None:
    """What the body of an answer says it is, or None: its `error`, or the code of a problem."""
    error = api_errors.error_of(json_of(body))
    return error if isinstance(error, str) else None


def _joined(fields: Fields) -> Headers:
    return Headers((name, value) for name, values in fields.items() for value in values)


# -- the meaning of a request ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RequestMeaning:
    """What a request means. ``operation`` is an id of the table of operations, or method and path."""

    operation: str
    parameters: dict[str, Json] = field(default_factory=dict)

    @property
    def known(self) -> bool:
        """Whether the operation is in the table of operations."""
        return self.operation in OPERATIONS


def read_meaning(method: str, target: str, headers: Mapping[str, str], body: bytes) -> RequestMeaning:
    """The meaning of a request, whether its parameters are in JSON, a form, the query or a Basic header."""
    path, _, query = target.partition("?")
    parameters: dict[str, Json] = _authorization(headers.get("authorization"))
    parameters.update(pairs(parse_qsl(query, keep_blank_values=True)) if query else {})
    parameters.update(_body(body, headers.get("content-type", ""), headers.get("content-encoding", "")))
    operation = operation_of(method, path, parameters)
    if operation:
        parameters.update(path_values(OPERATIONS[operation].path.split("/"), path.split("/")) or {})
    return RequestMeaning(operation or f"{method} {path}", parameters)


def operation_of(method: str, path: str, parameters: Mapping[str, Json]) -> str | None:
    """The id of the operation that a request is for, or None."""
    if path == _TOKEN_PATH and method == "POST":
        row = GRANTS.get(str(parameters.get("grant_type")))
        return row.id if row else None
    return next((row.id for row in rows_at(path) if row.method == method and row.path != _TOKEN_PATH), None)


def pairs(sent: Iterable[tuple[str, str]]) -> dict[str, Json]:
    """Form or query parameters as a dict. A repeated parameter becomes a list."""
    found: dict[str, Json] = {}
    for name, value in sent:
        if name not in found:
            found[name] = value
        elif isinstance(found[name], list):
            found[name].append(value)
        else:
            found[name] = [found[name], value]
    return found


def basic_credentials(header: str) -> tuple[str, str] | None:
    """The name and secret in a Basic header, or None."""
    scheme, _, value = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, colon, secret = base64.b64decode(value.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return None
    return (unquote_plus(name), unquote_plus(secret)) if colon else None


def _authorization(header: str | None) -> dict[str, Json]:
    if not header:
        return {}
    if (credentials := basic_credentials(header)) is not None:
        return {"client_id": credentials[0], "client_secret": credentials[1]}
    scheme, _, value = header.partition(" ")
    return {BEARER: value.strip()} if scheme.lower() in ("bearer", "dpop") else {"authorization": header}


def _body(body: bytes, label: str, encoding: str) -> dict[str, Json]:
    try:
        found = read_body(unpacked(encoding, body), label)
    except RecordingError:
        return {BODY: UNREADABLE}
    if found.kind == EMPTY:
        return {}
    if found.kind == JSON:
        return found.value if isinstance(found.value, dict) else {BODY: found.value}
    if found.kind in (FORM, MULTIPART):
        return pairs(found.pairs)
    return {BODY: UNREADABLE if found.kind is None else found.value}
