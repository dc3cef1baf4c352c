"""Which field holds which kind of secret, and which fields and headers are harmless: data only.

A field that is in neither table is taken for a secret: its text is replaced whatever it looks like.
"""

from __future__ import annotations

from pytest_auth0_mfa.spec.secret_fields import CREDENTIALS, PERSONAL

SECRET_FIELDS = {**CREDENTIALS, **PERSONAL}
"""Field name, in lower case -> kind."""

PLAIN_FIELDS = frozenset(
    (
        "active",
        "alg",
        "amr",
        "aud",
        "audience",
        "auth_time",
        "authentication_types",
        "authenticator_type",
        "authenticator_types",
        "binding_method",
        "challenge",
        "challenge_type",
        "client_assertion_type",
        "connection",
        "created_at",
        "email_verified",
        "enroll",
        "error",
        "error_description",
        "error_uri",
        "errorcode",
        "exp",
        "expires_in",
        "grant_type",
        "gty",
        "iat",
        "iss",
        "issuer",
        "keys",
        "kty",
        "last_auth",
        "logo_uri",
        "message",
        "mfa_requirements",
        "nbf",
        "oob_channel",
        "oob_channels",
        "phone_number_verified",
        "placeholder",
        "realm",
        "redirect_uri",
        "resource",
        "response_mode",
        "response_type",
        "scope",
        "status",
        "statuscode",
        "token_type",
        "typ",
        "type",
        "updated_at",
        "use",
    )
)
"""Fields whose text is kept, apart from what is secret by its shape or known from elsewhere."""

PLAIN_SUFFIXES = ("_endpoint", "_supported", "_uri")
"""Of the discovery document's fields."""

REQUEST_HEADERS = ("authorization", "content-type", "cookie")
RESPONSE_HEADERS = (
    "cache-control",
    "content-type",
    "date",
    "location",
    "retry-after",
    "set-cookie",
    "www-authenticate",
    "x-ratelimit-limit",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
)
"""Headers that a cassette keeps; all others are dropped, whatever is in them."""

PUBLIC_HOSTS = frozenset(
    {"auth0.com", "www.auth0.com", "openid.net", "tools.ietf.org", "www.w3.org", "schemas.openid.net"}
)
"""Hosts of identifiers and documentation: they say nothing about a tenant."""


_KINDS = {name.replace("_", ""): kind for name, kind in SECRET_FIELDS.items()}
_SPOKEN = ("e", "id", "kid", "n", "name", "token", "x5c", "x5t")
"""Names that stand before a colon in ordinary sentences, too."""
SECRET_NAMES = "|".join(
    name.replace("_", "[_-]?") for name in sorted(SECRET_FIELDS, key=len, reverse=True) if name not in _SPOKEN
)
"""Matches the name of a secret field wherever a text may have one, as ``mfaToken`` and ``mfa-token`` too."""


def kind_of(field: str) -> str | None:
    """The kind of secret that a field holds, or None. ``mfaToken`` and ``mfa-token`` are ``mfa_token``."""
    return _KINDS.get(field.lower().replace("_", "").replace("-", ""))


def is_plain(field: str) -> bool:
    """Whether a field is known to hold no secret."""
    name = field.lower()
    return name in PLAIN_FIELDS or name.endswith(PLAIN_SUFFIXES)
