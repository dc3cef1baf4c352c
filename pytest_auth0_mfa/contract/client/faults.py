"""Answers that are not Auth0's, and fields that nobody announced: what a client has to live through."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from pytest_auth0_mfa.messages import Fault, Json, Response
from pytest_auth0_mfa.spec.operations import GRANTS, OPERATIONS

_JSON = {"content-type": "application/json"}
_HTML = {"content-type": "text/html; charset=utf-8"}
_PAGE = b"<!DOCTYPE html><html><head><title>Attention required</title></head><body>One moment, please.</body></html>"


def _json(status: int, body: Json, headers: Mapping[str, str] | None = None) -> Response:
    return Response(status, {**_JSON, **(headers or {})}, json.dumps(body).encode())


@dataclass(frozen=True, slots=True)
class Trouble:
    """One kind of broken answer."""

    name: str
    text: str
    """What happens, for the reader of a reproducer."""
    performed: bool = False
    """Whether the tenant performs the call all the same."""


TROUBLES: Final = {
    trouble.name: trouble
    for trouble in (
        Trouble("429", "the tenant's rate limit is used up: 429 with Retry-After"),
        Trouble("500", "the tenant answers 500"),
        Trouble("503", "a proxy answers 503 with an HTML page"),
        Trouble("html", "a proxy answers 200 with an HTML page"),
        Trouble("shape", "the tenant answers 200 with JSON of another shape"),
        Trouble("null", "the tenant answers 200 with the JSON value null"),
        Trouble("no-access-token", "the tenant answers 200 without access_token"),
        Trouble("foreign-error", "a gateway answers 403 with an error body of its own"),
        Trouble("redirect-302", "a proxy redirects to another host: 302"),
        Trouble("redirect-307", "a proxy redirects to another host: 307"),
        Trouble("half", "the connection breaks in the middle of the answer", performed=True),
        Trouble("closed", "the connection is closed without an answer"),
    )
}
REDIRECTS = ("redirect-302", "redirect-307")
BODILESS = ("delete-authenticator", "passwordless-start", "revoke")
ELSEWHERE = "elsewhere.example"
"""The other host; it is answered in process only."""
_WITHOUT_BODY = ("429", "500", "503", "foreign-error", *REDIRECTS, "closed")


def troubles_of(operation: str, *, elsewhere: bool = True) -> tuple[str, ...]:
    """The kinds that make sense for an operation; without the redirects where nothing answers elsewhere."""
    if not elsewhere:
        return tuple(name for name in troubles_of(operation) if name not in REDIRECTS)
    if operation in BODILESS:  # they promise no body that a client has to read, so none can be wrong
        return _WITHOUT_BODY
    token = any(row.id == operation for row in GRANTS.values())
    return tuple(name for name in TROUBLES if token or name != "no-access-token")


def broken(trouble: str, operation: str, right: Response | None, retry_after: int) -> Response:
    """The broken answer; ``right`` is what the tenant answered, when it performed the call."""
    if trouble == "429":
        body = {"error": "too_many_requests", "error_description": "Rate limit exceeded. Please retry after some time."}
        return _json(429, body, {"retry-after": str(retry_after), "x-ratelimit-remaining": "0"})
    if trouble == "500":
        return _json(500, {"error": "server_error", "error_description": "Internal error"})
    if trouble == "503":
        return Response(503, _HTML, _PAGE)
    if trouble == "html":
        return Response(200, _HTML, _PAGE)
    if trouble == "shape":
        return _json(200, {"unexpected": True} if operation == "list-authenticators" else ["unexpected"])
    if trouble == "null":
        return _json(200, None)
    if trouble == "no-access-token":
        return _json(200, {"token_type": "Bearer", "expires_in": 86400})
    if trouble == "foreign-error":
        return _json(403, {"message": "Forbidden", "statusCode": 403})
    if trouble in REDIRECTS:
        location = f"https://{ELSEWHERE}{OPERATIONS[operation].path.partition('{')[0]}"
        return Response(int(trouble[-3:]), {**_HTML, "location": location}, _PAGE)
    if trouble == "half" and right is not None:
        return Response(right.status, right.headers, right.body, Fault(drop="half"))
    return Response(502, {}, b"", Fault(drop="before"))


UNKNOWN_FIELD: Final = "x_unannounced"
UNKNOWN_ROW: Final = {
    "id": "webauthn-roaming|dev_0000000000000000",
    "authenticator_type": "webauthn-roaming",
    "active": True,
    "name": "A key",
}


def with_unknown(operation: str | None, response: Response) -> Response:
    """The same answer with a field, and in a list a row, that no documentation names."""
    if operation in (None, "openid-configuration", "jwks") or not response.body:
        return response
    body = response.json()
    extra = {UNKNOWN_FIELD: {"since": 2026, "values": [None, 1]}}
    if isinstance(body, list):
        # who has nothing that can be used has no key either: the tenant would not let them enroll
        known = any(row["active"] and row["authenticator_type"] != "recovery-code" for row in body)
        body = [*({**row, **extra} for row in body), *([{**UNKNOWN_ROW, **extra}] if known else [])]
    else:
        body = {**body, **extra}
    return Response(response.status, response.headers, json.dumps(body).encode(), response.fault)
