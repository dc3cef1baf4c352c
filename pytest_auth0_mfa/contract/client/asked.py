"""What a caller asked of a client in one call, and each request that came of it."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias
from urllib.parse import unquote_plus

from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.tenant.entities import User
from pytest_auth0_mfa.tenant.tenant import Tenant

from .recording import Seen

LOGINS = ("password", "password-realm")
OPERATIONS_OF = {
    "log_in": LOGINS,
    "refresh": ("refresh-token",),
    "list_authenticators": ("list-authenticators",),
    "associate": ("associate",),
    "challenge": ("challenge",),
    "verify_otp": ("mfa-otp",),
    "verify_oob": ("mfa-oob",),
    "verify_recovery_code": ("mfa-recovery-code",),
    "delete_authenticator": ("delete-authenticator",),
    "start_passwordless": ("passwordless-start",),
    "log_in_passwordless": ("passwordless-otp",),
    "revoke": ("revoke",),
}
"""The operations that a method is about."""
CODES = {
    "mfa-otp": "otp",
    "mfa-oob": "binding_code",
    "mfa-recovery-code": "recovery_code",
    "passwordless-otp": "otp",
}
"""The parameter that holds the code."""
PENDING = ("authorization_pending", "slow_down")
"""The errors of a push request that nobody answered yet."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One call of a method, with the values that should reach the tenant."""

    method: str
    arguments: str
    """As a message shows them: names and harmless values, no secrets."""
    user: User | None = None
    bearer: str | None = field(default=None, repr=False)
    params: Mapping[str, str | None] = field(default_factory=dict, repr=False)
    """Parameters by Auth0's names; None: the caller named none."""
    factor: str | None = None
    authenticator_id: str | None = None
    earlier: Mapping[str, frozenset[str]] = field(default_factory=dict, repr=False)
    """What the caller gave in earlier calls, by Auth0's name."""
    typed: list[str] | None = field(default=None, repr=False)
    """In sign_in: every code that the person typed so far."""

    @property
    def operations(self) -> tuple[str, ...]:
        """The operations it is about; all of them for sign_in."""
        return OPERATIONS_OF.get(self.method, tuple(o for group in OPERATIONS_OF.values() for o in group))

    @property
    def decides(self) -> bool:
        """Whether the client decides by itself what to call."""
        return self.method == "sign_in"

    def __str__(self) -> str:
        return f"{self.method}({self.arguments})"


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing that is wrong; shown values are never secrets."""

    finding: str
    field: str
    expected: str
    actual: str
    operation: str
    remedy: str = ""
    """What to do in this very case; empty: what the finding advises."""


Found: TypeAlias = tuple[str, str, str]
"""Field, expected, actual."""


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
    if like is not None and value.strip().lower() == like.strip().lower():
        return "the same in another case, or with other white space at its ends"
    if like is not None and value and like.startswith(value):
        return f"only the first {len(value)} of its {len(like)} characters"
    if like is not None and len(value) != len(like):
        return f"another string ({len(value)} characters instead of {len(like)})"
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
