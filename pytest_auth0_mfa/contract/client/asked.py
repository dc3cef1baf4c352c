"""One call of the client, the requests that it made, and helpers to judge them."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias
from urllib.parse import unquote_plus

from pytest_auth0_mfa.messages import Json, media_type
from pytest_auth0_mfa.messages.showing import is_plain
from pytest_auth0_mfa.spec.secret_fields import SECRET_FIELDS
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
    "me_factors": ("me-factors",),
    "me_list_methods": ("me-list-methods",),
    "me_create_method": ("me-create-method",),
    "me_verify_method": ("me-verify-method",),
    "me_get_method": ("me-get-method",),
    "me_update_method": ("me-update-method",),
    "me_delete_method": ("me-delete-method",),
}
"""Method of the adapter -> operations that it should call."""
_OF_ALL = tuple(operation for group in OPERATIONS_OF.values() for operation in group)
CODES = {
    "mfa-otp": "otp",
    "mfa-oob": "binding_code",
    "mfa-recovery-code": "recovery_code",
    "passwordless-otp": "otp",
    "me-verify-method": "otp_code",
}
"""Operation -> parameter with the code."""
READS = frozenset({"list-authenticators", "me-factors", "me-list-methods", "me-get-method"})
"""The operations that send nothing and change nothing."""
PENDING = ("authorization_pending", "slow_down")
"""The errors of a push request that is not answered yet."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One call of an adapter's method, with the values that should reach the tenant."""

    method: str
    arguments: str
    """The arguments as a message shows them: names and harmless values, no secrets."""
    user: User | None = None
    bearer: str | None = field(default=None, repr=False)
    params: Mapping[str, str | None] = field(default_factory=dict, repr=False)
    """Auth0's name of a parameter -> value; None: the caller did not pass it."""
    factor: str | None = None
    authenticator_id: str | None = None
    earlier: Mapping[str, frozenset[str]] = field(default_factory=dict, repr=False)
    """Auth0's name of a parameter -> values that the caller passed in earlier calls."""
    typed: list[str] | None = field(default=None, repr=False)
    """In sign_in: the codes that the person has typed so far."""

    @property
    def operations(self) -> tuple[str, ...]:
        """The operations that the method should call; all of them for sign_in."""
        return OPERATIONS_OF.get(self.method, _OF_ALL)

    @property
    def decides(self) -> bool:
        """Whether the client itself decides what to call."""
        return self.method == "sign_in"

    def __str__(self) -> str:
        return f"{self.method}({self.arguments})"


@dataclass(frozen=True, slots=True)
class Flaw:
    """One fault of a client. ``expected`` and ``actual`` are shown and never contain secrets."""

    finding: str
    field: str
    expected: str
    actual: str
    operation: str
    remedy: str = ""
    """Advice for this case; empty: the advice of the finding's kind applies."""


Found: TypeAlias = tuple[str, str, str]
"""(field, expected, actual)."""


@dataclass(frozen=True, slots=True)
class Context:
    """One request, the call that made it, and the tenant, which knows the owners of tokens."""

    seen: Seen
    asked: Asked
    tenant: Tenant
    dpop: bool = False
    """Whether the client says that it binds its tokens to a key."""

    @property
    def params(self) -> dict[str, Json]:
        """The parameters in the body of the request."""
        return self.seen.body.params

    @property
    def about(self) -> bool:
        """Whether the request is for an operation that the caller asked for."""
        return self.seen.operation in self.asked.operations and not self.asked.decides

    def owner(self, token: Json) -> User | None:
        """The user that a token, oob_code or auth_session belongs to, or None."""
        if not isinstance(token, str):
            return None
        store = self.tenant.tokens
        for issued in (store.mfa, store.access, store.refresh, store.enrollments):
            kept = issued.get(token)
            if kept is not None:
                return kept.user
        challenge = self.tenant.challenges.get(token)
        return challenge.user if challenge is not None else None

    @property
    def secrets(self) -> set[str]:
        """The secrets that the caller gave, and the application's."""
        return _given(self.asked) | {self.tenant.client_secret or ""} - {""}

    def shown(self, value: Json, like: str | None = None) -> str:
        """A value that should be one or more known words. Any that may be a secret in the wrong place is described."""
        is_shown = isinstance(value, str) and value and is_plain(value, known_secrets(self.tenant, self.asked))
        return repr(value) if is_shown else described(value, like)

    def label(self) -> str:
        """The media type of the request, without parameters."""
        return media_type(self.seen.request)

    def authorization(self) -> tuple[str, str]:
        """The Authorization header: scheme in lower case, and the rest."""
        scheme, _, rest = self.seen.request.headers.get("authorization", "").partition(" ")
        return scheme.lower(), rest.strip()


def known_secrets(tenant: Tenant, asked: Asked) -> set[str]:
    """The secrets of an example that a client may have put in the wrong place."""
    earlier = {value for name, values in asked.earlier.items() if name in SECRET_FIELDS for value in values}
    store = tenant.tokens
    issued = {*store.mfa, *store.access, *store.refresh, *store.enrollments, *tenant.challenges}
    people = {
        secret
        for user in tenant.users.values()
        for secret in (user.password, user.recovery_code, *(entry.secret for entry in user.authenticators))
    }
    sent = {message.code for message in tenant.outbox}
    known = _given(asked) | earlier | issued | people | sent | {tenant.client_secret, *(asked.typed or ())}
    return {secret for secret in known if secret}


def _given(asked: Asked) -> set[str]:
    """The secrets that the caller gave for this call."""
    return {str(value) for name, value in asked.params.items() if value and name in SECRET_FIELDS}


def absent(value: Json) -> bool:
    """Whether a parameter counts as absent: null and empty ones do, because auth0-python sends them."""
    return value is None or value == ""


def described(value: Json, like: str | None = None) -> str:
    """A description of a value for messages, compared with the value ``like``. The value itself is never shown."""
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
    """The id and secret in a Basic header, or None."""
    scheme, rest = c.authorization()
    if scheme != "basic":
        return None
    try:
        name, _, secret = base64.b64decode(rest, validate=True).decode().partition(":")
    except ValueError:
        return None
    return unquote_plus(name), unquote_plus(secret)


Check: TypeAlias = Callable[[Context], Iterator[Found]]
"""A check of a request for one kind of fault."""
