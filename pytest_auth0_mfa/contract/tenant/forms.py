"""The forms that values have: which are the same, what can be read from them, and how messages show them."""

from __future__ import annotations

import base64
from hashlib import sha256
from typing import Final, TypeGuard
from urllib.parse import unquote

from pytest_auth0_mfa.contract.coverage import is_name
from pytest_auth0_mfa.messages import Json

from .extra_members import SECRET
from .tokens import signs

OTPAUTH: Final = {"algorithm": "SHA1", "digits": "6", "period": "30"}
"""Parameters of an otpauth URI that may be left out, with their defaults (Key URI format)."""
_PARTS, DAY = 8, 86_400_000
"""How many parts a sealed value has, and a day in milliseconds."""


def is_number(value: Json) -> TypeGuard[float]:
    """Whether a value is a number of JSON. Times in a JWT may have fractions: RFC 7519, section 2."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def same_words(subject: Json, oracle: Json) -> bool:
    """Whether two scopes have the same words, in any order."""
    return isinstance(subject, str) and isinstance(oracle, str) and sorted(subject.split()) == sorted(oracle.split())


def as_documented(operation: str, body: Json) -> Json:
    """The body in the way that Auth0 writes it, where RFCs allow other ways: for its schema."""
    if not isinstance(body, dict):
        return body
    kind = body.get("token_type")
    if isinstance(kind, str) and kind.lower() == "bearer":  # RFC 6749, section 5.1
        return {**body, "token_type": "Bearer"}
    if operation == "jwks" and isinstance(body.get("keys"), list):
        return {**body, "keys": [key for key in body["keys"] if not isinstance(key, dict) or signs(key)]}
    return body


def account_of(path: str) -> str:
    """The account in the path of an otpauth URI."""
    return unquote(path).rpartition(":")[2].strip()


def access_hash(token: str) -> str:
    """The `at_hash` of an access token, for an ID token that is signed with RS256."""
    return base64.urlsafe_b64encode(sha256(token.encode()).digest()[:16]).decode().rstrip("=")


def sealed_until(value: str) -> int | None:
    """The expiry in an oob_code, if it is sealed as the recorded ones are: section 1.4 of the contract."""
    parts = value.split("*")
    sealed = len(parts) == _PARTS and parts[0] == "Fe26.2" and parts[5].isdecimal()
    return int(parts[5]) if sealed else None


def _may_be_token(value: str) -> bool:
    return len(value) > 20 and " " not in value and not is_name(value)


def shown(value: Json) -> str:
    """A subject's value as messages may show it: shortened, and without possible secrets."""
    if isinstance(value, dict):
        return f"an object of {len(value)} members"
    text = f"[{', '.join(map(shown, value))}]" if isinstance(value, list) else repr(value)
    if isinstance(value, str) and (SECRET.fullmatch(value) or _may_be_token(value)):
        return f"a string of {len(value)} characters"
    # Cut between words, so that no part of a secret is left.
    return text if len(text) <= 200 else f"{text[:200].rpartition(' ')[0]} ..."
