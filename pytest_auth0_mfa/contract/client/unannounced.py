"""What a tenant may answer besides what a client expects: undocumented fields, rows of types it does not know, no
optional fields, and the same in another form."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from pytest_auth0_mfa.messages import Json, Response

UNKNOWN_FIELD: Final = "x_unannounced"
UNKNOWN_ROW: Final = {
    "id": "webauthn-roaming|dev_0000000000000000",
    "authenticator_type": "webauthn-roaming",
    "active": True,
    "name": "A key",
}
FOREIGN_TYPES: Final = frozenset({"password", "passkey", "webauthn-platform", "webauthn-roaming"})
"""The documented types of the My Account API that the fake does not enroll. A client may leave them out of its
lists."""
_BORN = "2026-01-02T03:04:05.000Z"
FOREIGN_METHODS: Final[tuple[Mapping[str, Json], ...]] = (
    {
        "id": "password|dXNlci0xMjM",
        "type": "password",
        "created_at": _BORN,
        "usage": ["primary"],
        "identity_user_id": "user-123",
    },
    {
        "id": "passkey|dev_0000000000000000",
        "type": "passkey",
        "created_at": _BORN,
        "usage": ["primary"],
        "identity_user_id": "user-123",
        "credential_device_type": "multi_device",
        "credential_backed_up": True,
        "key_id": "a2V5LWlk",
        "public_key": "cHVibGljLWtleQ==",
        "user_handle": "dXNlci1oYW5kbGU",
        "aaguid": "00000000-0000-0000-0000-000000000000",
        "relying_party_id": "shop.example",
        "last_auth_at": _BORN,
    },
    {
        "id": "webauthn-roaming|dev_0000000000000000",
        "type": "webauthn-roaming",
        "name": "A key",
        "confirmed": True,
        "created_at": _BORN,
        "usage": ["secondary"],
    },
)
"""Methods of a user who has a password, a passkey and a security key."""
_FOREIGN_FACTOR: Final = {"type": "webauthn-roaming"}
_REMAINING: Final = "x-ratelimit-remaining"
"""The header of a success that says how many calls are left: nobody is refused before none is."""
_LABEL, _CHALLENGE = "content-type", "www-authenticate"
_MOST_METHODS: Final = 20
_OPTIONAL: Final = {"me-create-method": "manual_input_code"}
"""Operation -> field that a tenant need not answer: the barcode of an authenticator app holds the key too."""


def with_unknown(operation: str | None, response: Response, limited_to: str | None = None) -> Response:
    """The answer with an undocumented field, without an optional one, as the last call that is left and, in a list,
    with rows of types that the client may not know. Its text is UTF-8, which needs no label (RFC 8259, section 8.1).

    ``limited_to``: the type that the request limits the list to.
    """
    if operation in (None, "openid-configuration", "jwks") or not response.body:
        return response
    body = response.json()
    extra = {UNKNOWN_FIELD: {"since": 2026, "values": [None, 1]}}
    if operation == "me-factors" and isinstance(body, list):  # entry D-39
        body = _with_more(body, extra, (_FOREIGN_FACTOR,))
    elif isinstance(body, list):
        # only for users with an active factor: otherwise the key would have to prevent their enrollment
        known = any(row["active"] and row["authenticator_type"] != "recovery-code" for row in body)
        body = _with_more(body, extra, (UNKNOWN_ROW,) if known else ())
    elif operation == "me-list-methods" and "authentication_methods" in body:
        rows = body["authentication_methods"]
        more = () if limited_to is not None or len(rows) + len(FOREIGN_METHODS) > _MOST_METHODS else FOREIGN_METHODS
        body = {**body, **extra, "authentication_methods": _with_more(rows, extra, more)}
    elif operation == "me-factors" and "factors" in body:
        body = {**body, **extra, "factors": _with_more(body["factors"], extra, (_FOREIGN_FACTOR,))}
    else:
        body = {name: value for name, value in body.items() if name != _OPTIONAL.get(operation)} | extra
    headers = {name.lower(): value for name, value in response.headers.items()}
    if _LABEL in headers:
        headers[_LABEL] = headers[_LABEL].partition(";")[0]
    if _REMAINING in headers and response.status < 400:
        headers[_REMAINING] = "0"
    if _CHALLENGE in headers:
        headers[_CHALLENGE] = _in_another_order(headers[_CHALLENGE])
    return Response(response.status, headers, json.dumps(body, ensure_ascii=False).encode(), response.fault)


def _in_another_order(challenge: str) -> str:
    """The challenge of a resource that takes both schemes, with its last parameter first: neither order means anything
    (RFC 9110, section 11.6.1; RFC 9449, section 7.2)."""
    scheme, _, told = challenge.partition(" ")
    *first, last = told.split(", ")
    reordered = ", ".join((last, *first))
    return f'Bearer realm="Users", DPoP {reordered}' if scheme == "DPoP" else f"{scheme} {reordered}".strip()


def _with_more(rows: list[Json], extra: Mapping[str, Json], more: tuple[Mapping[str, Json], ...]) -> list[Json]:
    """The rows and more of them, each with the undocumented field."""
    return [{**row, **extra} for row in (*rows, *more)]
