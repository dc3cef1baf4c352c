"""Which field holds which kind of secret, which are harmless, and what a secret looks like wherever it stands."""

from __future__ import annotations

import math
import re
from collections import Counter

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


OTPAUTH = re.compile(r"otpauth://[^\s\"'<>]+")
_SHAPES = {
    "otpauth": OTPAUTH.pattern,
    "jwt": r"eyJ[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*){2,4}",
    "sealed": r"Fe26\.[^\s\"'<>,;&]*",
    "url": r"https?://[^\s\"'<>]+",
    "host": r"(?<![A-Za-z0-9.-])[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.auth0\.com(?![A-Za-z0-9-])",
    # Before the @ there are 64 characters at most: tried from each of a long run, it took the square of its length.
    "email": r"(?<![A-Za-z0-9._%+-]{64})[A-Za-z0-9._%+-]+(?:@|%40)[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}",
    "device": r"dev_[A-Za-z0-9]{16}(?![A-Za-z0-9])",
    "user_id": r"(?<![A-Za-z0-9_-])(?!(?:sms|voice|email|push|totp|recovery-code)(?:\||%7C)dev_)"
    r"[a-z][a-z0-9-]*(?:\||%7C)[A-Za-z0-9][A-Za-z0-9_.@|-]{3,}",
    "phone_number": r"(?<![\w+])(?:\+|%2B)[1-9][\d() -]{5,}\d",
    "refresh_token": r"v1\.[A-Za-z0-9_-]{10,}",
    "recovery_code": r"(?<![A-Za-z0-9])[A-Z0-9]{24}(?![A-Za-z0-9])",
    "opaque": r"[A-Za-z0-9_\-]{20,}=*",
}
SHAPE = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in _SHAPES.items()))
"""Finds candidates; `is_random` decides about the last two groups."""

_SEPARATED = re.compile(r"[-_]")


def entropy(text: str) -> float:
    """Bits per character, by the frequencies of the text's own characters."""
    counts = Counter(text)
    return -sum(n / len(text) * math.log2(n / len(text)) for n in counts.values())


def is_random(text: str) -> bool:
    """Whether a word of 20 characters or more looks drawn rather than written."""
    if len(text) < 20:
        return False
    bits = entropy(text)
    digits = sum(c.isdigit() for c in text)
    letters = sum(c.isalpha() for c in text)
    if digits and letters:
        return bits >= 3.0
    if letters and not _SEPARATED.search(text):  # no words: camels and sentences are shorter or have separators
        return bits >= 3.5
    return bool(digits) and not letters and bits >= 3.0
