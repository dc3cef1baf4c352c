"""One request of a client, beside what the caller asked for: what the checks look at."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import unquote_plus

from pytest_auth0_mfa.contract.client.asked import Asked
from pytest_auth0_mfa.contract.client.recording import Seen
from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.tenant.entities import User
from pytest_auth0_mfa.tenant.tenant import Tenant

Found: TypeAlias = tuple[str, str, str]
"""Field, expected, got."""


@dataclass(frozen=True, slots=True)
class Context:
    """One request, what the caller asked for, and the tenant that knows whose token is whose."""

    seen: Seen
    asked: Asked
    tenant: Tenant

    @property
    def params(self) -> dict[str, Json]:
        """The parameters of the body."""
        return self.seen.body.params

    @property
    def about(self) -> bool:
        """Whether the request is what the caller asked for, and not one that the client adds."""
        return self.seen.operation in self.asked.operations and not self.asked.decides

    def owner(self, token: Json) -> User | None:
        """The user a token belongs to."""
        if not isinstance(token, str):
            return None
        store = self.tenant.tokens
        for kept in (store.mfa.get(token), store.access.get(token), store.refresh.get(token)):
            if kept is not None:
                return kept.user
        challenge = self.tenant.challenges.get(token)
        return challenge.user if challenge is not None else None

    def label(self) -> str:
        """The media type, without parameters."""
        return self.seen.request.headers.get("content-type", "").partition(";")[0].strip().lower()

    def authorization(self) -> tuple[str, str]:
        """Scheme in lower case, and the rest."""
        scheme, _, rest = self.seen.request.headers.get("authorization", "").partition(" ")
        return scheme.lower(), rest.strip()


def absent(value: Json) -> bool:
    """Null and empty parameters count as left out: auth0-python sends them."""
    return value is None or value == ""


def described(value: Json, like: str | None = None) -> str:
    """A value as a message may show it: what it is, never the value itself."""
    if absent(value):
        return "nothing"
    if not isinstance(value, str):
        return f"a JSON {JSON_NAMES.get(type(value), 'value')}"
    if like is not None and value.strip().lower() == like.lower():
        return "the same in another case, or with white space"
    return f"another string ({len(value)} characters)"


JSON_NAMES = {bool: "boolean", int: "number", float: "number", list: "list", dict: "object"}


def basic(c: Context) -> tuple[str, str] | None:
    """Id and secret of a Basic header."""
    scheme, rest = c.authorization()
    if scheme != "basic":
        return None
    try:
        name, _, secret = base64.b64decode(rest, validate=True).decode().partition(":")
    except ValueError:
        return None
    return unquote_plus(name), unquote_plus(secret)


Check: TypeAlias = Callable[[Context], Iterator[Found]]
"""Everything of one kind that is wrong with a request."""
