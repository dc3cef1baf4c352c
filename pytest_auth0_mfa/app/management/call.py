"""One call of the Management API: the parameters of its path, its query and body; and refusals."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from pytest_auth0_mfa.errors import OAuthError
from pytest_auth0_mfa.messages import Json, Request
from pytest_auth0_mfa.tenant.entities import User
from pytest_auth0_mfa.tenant.tenant import Tenant

PER_PAGE, MOST_PER_PAGE = 50, 100
_NUMBER = re.compile(r"[0-9]{1,9}")
_NAMES = {str: "string", bool: "boolean", dict: "object", list: "array"}


def refused(status: int, message: str, code: str | None) -> OAuthError:
    """The exception for a refusal of the Management API. ``code`` becomes its ``errorCode``."""
    return OAuthError(f"management_{code or status}", status, code or "", message)


def invalid_body(fault: str) -> OAuthError:
    """The refusal of a body that is not as documented."""
    return refused(400, f"Payload validation error: '{fault}'.", "invalid_body")


def unsupported(what: str) -> OAuthError:
    """The refusal of a feature that Auth0 has and the fake has not."""
    return refused(400, f"pytest-auth0-mfa: the fake has no {what}.", "operation_not_supported")


@dataclass(frozen=True, slots=True)
class ManagementCall:
    """A call whose bearer token was accepted. ``parts`` are the parameters of its path, decoded."""

    tenant: Tenant
    request: Request
    parts: Mapping[str, str]

    def user(self) -> User:
        """The user that the path names."""
        return self.user_by_id(self.parts["user_id"])

    def user_by_id(self, user_id: str) -> User:
        """A user. Refuses an unknown id."""
        user = self.tenant.users.get(user_id)
        if user is None:
            raise refused(404, "The user does not exist.", "inexistent_user")
        return user

    def query(self, name: str) -> str | None:
        """A parameter of the query, or None. An empty parameter counts as absent."""
        given = parse_qs(self.request.path.partition("?")[2]).get(name)
        return given[0] if given else None

    def number(self, name: str, default: int, most: int | None = None) -> int:
        """A whole number from the query. Refuses other values, and numbers over ``most``."""
        given = self.query(name)
        if given is None:
            return default
        if not _NUMBER.fullmatch(given) or (most is not None and int(given) > most):
            limit = f" of at most {most}" if most is not None else ""
            raise refused(400, f"Query validation error: '{name}': expected a number{limit}.", "invalid_query_string")
        return int(given)

    def page(self, rows: list[dict[str, Json]], name: str) -> Json:
        """One page of items: a list, or with ``include_totals`` an object with the list as member ``name``.

        Some SDKs request page after page until one is empty.
        """
        per_page = self.number("per_page", PER_PAGE, MOST_PER_PAGE)
        start = self.number("page", 0) * per_page
        shown = rows[start : start + per_page]
        if (self.query("include_totals") or "").lower() != "true":
            return shown
        if name == "users":
            return {"start": start, "limit": per_page, "length": len(shown), "users": shown, "total": len(rows)}
        total = {"total": len(rows)} if rows else {}  # recorded: left out if there are no items
        return {name: shown, **total, "start": start, "limit": per_page}

    def body(self) -> Json:
        """The decoded JSON body."""
        try:
            return json.loads(self.request.body)
        except (ValueError, RecursionError):
            raise refused(400, "Invalid request payload JSON format", None) from None

    def members(self, types: Mapping[str, type], required: tuple[str, ...] = ()) -> dict[str, Any]:
        """The members of a JSON object, except ``null``. Refuses unknown members, missing ones and wrong types."""
        return checked(self.body(), types, required)


def checked(value: Json, types: Mapping[str, type], required: tuple[str, ...] = ()) -> dict[str, Any]:
    """The checked members of ``value``: see `ManagementCall.members`."""
    if not isinstance(value, dict):
        raise invalid_body("Expected type object")
    given = {name: member for name, member in value.items() if member is not None}
    for name in required:
        if name not in given:
            raise invalid_body(f"Missing required property: {name}")
    for name, member in given.items():
        if name not in types:
            raise invalid_body(f"Additional properties not allowed: {name}")
        if not isinstance(member, types[name]):
            raise invalid_body(f"Expected type {_NAMES[types[name]]} on property {name}")
    return given
