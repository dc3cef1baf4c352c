"""Secrets: the fields that hold them, what they look like, and the forms in which they can appear in a text."""

from __future__ import annotations

import html
import json
import math
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import NamedTuple
from urllib.parse import quote, quote_plus

from pytest_auth0_mfa.spec.factors import FACTORS
from pytest_auth0_mfa.spec.operations import OPERATIONS
from pytest_auth0_mfa.spec.refusals import REFUSALS
from pytest_auth0_mfa.spec.secret_fields import CREDENTIALS, PERSONAL

SECRET_FIELDS = {**CREDENTIALS, **PERSONAL}
"""Field name in lower case -> kind of secret."""

PLAIN_FIELDS = frozenset(
    (
        "active",
        "alg",
        "amr",
        "aud",
        "audience",
        "auth_time",
        "authentication_methods",
        "authentication_types",
        "authenticator_type",
        "authenticator_types",
        "binding_method",
        "challenge",
        "challenge_type",
        "client_assertion_type",
        "confirmed",
        "connection",
        "created_at",
        "credential_backed_up",
        "credential_device_type",
        "detail",
        "email_verified",
        "enroll",
        "error",
        "error_description",
        "error_uri",
        "errorcode",
        "exp",
        "expires_in",
        "factors",
        "grant_type",
        "gty",
        "iat",
        "iss",
        "issuer",
        "keys",
        "kty",
        "last_auth",
        "last_auth_at",
        "last_password_reset",
        "logo_uri",
        "message",
        "mfa_requirements",
        "nbf",
        "oob_channel",
        "oob_channels",
        "phone_number_verified",
        "placeholder",
        "pointer",
        "preferred_authentication_method",
        "realm",
        "redirect_uri",
        "resource",
        "response_mode",
        "response_type",
        "scope",
        "send",
        "source",
        "status",
        "statuscode",
        "title",
        "token_type",
        "transports",
        "typ",
        "type",
        "updated_at",
        "usage",
        "use",
        "validation_errors",
    )
)
"""Fields whose text is kept, except for parts that look like secrets or are known secrets."""

PLAIN_SUFFIXES = ("_endpoint", "_supported", "_uri")
"""Suffixes of such fields in the discovery document."""

REQUEST_HEADERS = ("authorization", "content-type", "cookie")
RESPONSE_HEADERS = (
    "cache-control",
    "content-type",
    "date",
    "dpop-nonce",
    "location",
    "retry-after",
    "set-cookie",
    "www-authenticate",
    "x-ratelimit-limit",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
)
"""Headers that a cassette keeps. All others are dropped."""

PUBLIC_HOSTS = frozenset(
    {"auth0.com", "www.auth0.com", "openid.net", "tools.ietf.org", "www.w3.org", "schemas.openid.net"}
)
"""Hosts of identifiers and documentation, which reveal nothing about a tenant."""


_KINDS = {name.replace("_", ""): kind for name, kind in SECRET_FIELDS.items()}
_SPOKEN = ("e", "id", "kid", "n", "name", "token", "x5c", "x5t")
"""Names that can also be followed by a colon in ordinary sentences."""
SECRET_NAMES = "|".join(
    name.replace("_", "[_-]?") for name in sorted(SECRET_FIELDS, key=len, reverse=True) if name not in _SPOKEN
)
"""A pattern for the names of secret fields in a text, also in the forms ``mfaToken`` and ``mfa-token``."""


def kind_of(field: str) -> str | None:
    """The kind of secret that a field holds, or None. ``mfaToken`` and ``mfa-token`` count as ``mfa_token``."""
    return _KINDS.get(field.lower().replace("_", "").replace("-", ""))


def is_plain(field: str) -> bool:
    """Whether a field is known to hold no secret."""
    name = field.lower()
    return name in PLAIN_FIELDS or name.endswith(PLAIN_SUFFIXES)


ID_TYPES = (
    *("sms", "voice", "email", "push", "totp", "recovery-code"),
    *("phone", "push-notification", "webauthn-platform", "webauthn-roaming", "passkey", "password"),
)
"""What the ids of authenticators and of authentication methods begin with."""
OTPAUTH = re.compile(r"otpauth://[^\s\"'<>]+")
_SHAPES = {
    "otpauth": OTPAUTH.pattern,
    "jwt": r"eyJ[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*){2,4}",
    "sealed": r"Fe26\.[^\s\"'<>,;&]*",
    "url": r"https?://[^\s\"'<>]+",
    "host": r"(?<![A-Za-z0-9.-])[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.auth0\.com(?![A-Za-z0-9-])",
    # At most 64 characters before the @: without the limit, matching a long run takes quadratic time.
    "email": r"(?<![A-Za-z0-9._%+-]{64})[A-Za-z0-9._%+-]+(?:@|%40)[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}",
    "device": r"dev_[A-Za-z0-9]{16}(?![A-Za-z0-9])",
    "user_id": rf"(?<![A-Za-z0-9_-])(?!(?:{'|'.join(ID_TYPES)})(?:\||%7C)dev_)"
    r"[a-z][a-z0-9-]*(?:\||%7C)[A-Za-z0-9][A-Za-z0-9_.@|-]{3,}",
    "phone_number": r"(?<![\w+])(?:\+|%2B)[1-9][\d() -]{5,}\d",
    "refresh_token": r"v1\.[A-Za-z0-9_-]{10,}",
    "recovery_code": r"(?<![A-Za-z0-9])[A-Z0-9]{24}(?![A-Za-z0-9])",
    "opaque": r"[A-Za-z0-9_\-]{20,}=*",
}
SHAPE = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in _SHAPES.items()))
"""Finds texts that look like secrets. `is_random` decides about the group ``opaque``."""

_SEPARATED = re.compile(r"[-_]")


def entropy(text: str) -> float:
    """The entropy of a text in bits per character, from the frequencies of its characters."""
    counts = Counter(text)
    return -sum(n / len(text) * math.log2(n / len(text)) for n in counts.values())


def is_random(text: str) -> bool:
    """Whether a word of 20 characters or more looks random."""
    if len(text) < 20:
        return False
    bits = entropy(text)
    digits = sum(c.isdigit() for c in text)
    letters = sum(c.isalpha() for c in text)
    if digits and letters:
        return bits >= 3.0
    if letters and not _SEPARATED.search(text):  # words and identifiers are shorter or have separators
        return bits >= 3.5
    return bool(digits) and not letters and bits >= 3.0


SHORTEST = 4
"""The shortest value, in characters, that is searched for in texts. Shorter ones are replaced only in their field."""
_PHONE = re.compile(r"\+?[\d() ./-]{7,}")
_CODE = re.compile(r"\d{4,10}")
_BASE32 = re.compile(r"[A-Z0-9]{16,}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_HOST = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+(?::\d+)?", re.IGNORECASE)
_NOBODY = ("example.com", "example.org", "example.net")


class Form(NamedTuple):
    """A pattern (its case is ignored) and the replacement."""

    pattern: str
    made: str


def forms_of(raw: str, made: str) -> Iterator[Form]:
    """The forms in which ``raw`` can appear in a text. None if it is too short or a word of the API."""
    if len(raw) < SHORTEST or is_public(raw):
        return
    yield _whole(raw, re.escape(raw), made)
    escaped = {quote(raw, safe=""): quote(made, safe=""), quote_plus(raw): quote_plus(made)}
    escaped |= {json.dumps(raw)[1:-1]: made, html.escape(raw): made}
    for text, replacement in escaped.items():
        if text != raw:
            yield _whole(text, re.escape(text), replacement)
    if not raw.isalnum():
        yield _whole(raw, "".join(map(_escaped, raw)), made)
    if _EMAIL.fullmatch(raw):
        yield from _parts_of_address(raw, made)
    elif _CODE.fullmatch(raw):
        yield Form(rf"(?<!\d){_spaced(raw, '[ -]?')}(?!\d)", made)
    elif _PHONE.fullmatch(raw):
        yield from _numbers(re.sub(r"\D", "", raw), made)
    elif _BASE32.fullmatch(raw):
        yield Form(rf"(?<![A-Za-z0-9]){_spaced(raw, '[ -]?')}(?![A-Za-z0-9])", made)
    elif _HOST.fullmatch(raw):
        name = raw.partition(":")[0]
        if name != raw:
            yield Form(rf"(?<![\w.-]){re.escape(name)}(?![\w.-])", made)
        if name.lower().endswith(".auth0.com") and len(tenant := name.partition(".")[0]) >= SHORTEST:
            yield _whole(tenant, re.escape(tenant), made.partition(".")[0])


@lru_cache(maxsize=1024)
def _escaped(character: str) -> str:
    """A pattern for a character as it can be encoded in a URL, JSON or HTML."""
    if character.isalnum():
        return re.escape(character)
    forms = {character, quote(character, safe=""), f"\\u{ord(character):04x}", html.escape(character)}
    forms |= {"+"} if character == " " else set()
    return f"(?:{'|'.join(map(re.escape, sorted(forms)))})"


def _parts_of_address(raw: str, made: str) -> Iterator[Form]:
    local, _, domain = raw.partition("@")
    if len(local) >= SHORTEST and not is_public(local):
        yield _whole(local, re.escape(local), made.partition("@")[0])
    if domain.lower() not in _NOBODY:
        yield Form(rf"(?<![A-Za-z0-9]){re.escape(domain)}(?![A-Za-z0-9])", _NOBODY[0])


def _numbers(digits: str, made: str) -> Iterator[Form]:
    """A phone number in international form (with +, 00 or nothing) and in national form (with 0 or nothing)."""
    between = r"[ ()./-]{0,2}"
    yield Form(rf"(?<!\d)(?:\+|%2B|00)?{between}{_spaced(digits, between)}(?!\d)", made)
    for country in (1, 2, 3):
        if len(digits) - country >= 7:
            yield Form(rf"(?<!\d)0?{between}{_spaced(digits[country:], between)}(?!\d)", made.lstrip("+"))


def _spaced(text: str, between: str) -> str:
    return between.join(map(re.escape, text))


def _whole(raw: str, pattern: str, made: str) -> Form:
    """A pattern for the whole value. A value of letters only is not found inside names such as ``my-value``."""
    inside = r"[\w|-]" if raw.isalpha() else "[A-Za-z0-9]"
    return Form(f"(?<!{inside}){pattern}(?!{inside})", made)


def is_public(value: str) -> bool:
    """Whether a value is a word of the API, which every recording contains: somebody's password may be
    ``password``."""
    return value.lower() in _public_words()


@cache
def _public_words() -> frozenset[str]:
    texts = [refusal.description for refusal in REFUSALS.values()]
    texts += [refusal.answer for refusal in REFUSALS.values()]
    texts += [row.grant_type or "" for row in OPERATIONS.values()] + [row.path for row in OPERATIONS.values()]
    texts += [*PLAIN_FIELDS, *SECRET_FIELDS, "application json charset utf-8 Bearer openid profile email"]
    words = {word.lower() for text in texts for word in re.findall(r"[A-Za-z0-9]+", text)}
    return frozenset(
        words | {text.lower() for text in texts} | {*FACTORS, "auth0", "totp", "true", "false", "null", "localhost"}
    )
