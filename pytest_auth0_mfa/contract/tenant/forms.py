"""The forms that values have: which are the same, what can be read from them, and how messages show them."""

from __future__ import annotations

import base64
import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Final, TypeGuard

from pytest_auth0_mfa.contract.findings.violation import Difference
from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.messages.showing import plain, shown_field, shown_name, without
from pytest_auth0_mfa.spec.schemas import member_names

from .tokens import signs

SHAPES: Final = {
    "_id": re.compile(r"\S+"),
    "access_token": re.compile(r"\S{16,}"),
    "auth_session": re.compile(r"\S{8,}"),
    "code": re.compile(r"[0-9]{4,10}"),  # entry N1: a tenant can set the length
    "enrollment_tx_id": re.compile(r"\S{8,}"),
    "id": re.compile(r"(?:sms|voice|email|push|totp|recovery-code|phone|push-notification)\|\S+"),
    "id_token": re.compile(r"[\w-]+\.[\w-]+\.[\w-]+"),
    "mfa_token": re.compile(r"\S{16,}"),
    "oob_code": re.compile(r"\S{16,}"),
    "recovery_code": re.compile(r"[0-9A-Z]{24}"),
    "refresh_token": re.compile(r"\S{16,}"),
    "secret": re.compile(r"[A-Z2-7]{16,}=*"),
    "sub": re.compile(r".+"),
}
"""Opaque field -> the shape of its values that clients may rely on."""
PLURAL: Final = {"recovery_codes": "recovery_code"}
"""Field with a list of opaque values -> field that each item is like."""
_TOKEN_TYPES: Final = {"bearer": "Bearer", "dpop": "DPoP"}
DAY = 86_400_000
"""A day in milliseconds."""
YEAR = 31_536_000
"""A year in seconds. Auth0 lets access tokens of an API live 30 days at most."""
SLACK: Final = 5
"""How many seconds the times in the two answers to one call may differ."""


def is_number(value: Json) -> TypeGuard[float]:
    """Whether a value is a number that can be reckoned with. Times in a JWT may have fractions: RFC 7519, section 2."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e15


def wrong_end(claims: Mapping[str, Json], now: float, expires_in: Json, tolerance: float) -> tuple[str, str] | None:
    """What is expected and what an access token that is issued now says, if its end is not the one that `expires_in`
    beside it gives (RFC 6749, section 5.1). Lifetimes are in seconds."""
    began, end = claims.get("iat", now), claims.get("exp")
    if not (is_number(began) and is_number(end) and is_number(expires_in)):
        return None
    if abs(end - began - expires_in) <= tolerance:
        return None
    after = "iat" if "iat" in claims else "now"
    return f"{expires_in} s after {after}, as expires_in says", f"{end - began} s after {after}"


def whole(value: Json) -> Json:
    """The value, an integer if it is one: 7200.0 is the same number in JSON."""
    return int(value) if type(value) is float and value.is_integer() else value


def same_words(subject: Json, oracle: Json) -> bool:
    """Whether two scopes have the same words, in any order."""
    return isinstance(subject, str) and isinstance(oracle, str) and sorted(subject.split()) == sorted(oracle.split())


def as_documented(operation: str, body: Json) -> Json:
    """The body in the way that Auth0 writes it, where RFCs allow other ways: for its schema."""
    if not isinstance(body, dict):
        return body
    kind = body.get("token_type")
    if isinstance(kind, str) and (right := _TOKEN_TYPES.get(kind.lower())) is not None:  # RFC 6749, section 5.1
        return {**body, "token_type": right}
    if operation == "jwks" and isinstance(body.get("keys"), list):
        return {**body, "keys": [key for key in body["keys"] if not isinstance(key, dict) or signs(key)]}
    return body


def access_hash(token: str) -> str:
    """The `at_hash` of an access token, for an ID token that is signed with RS256."""
    return base64.urlsafe_b64encode(sha256(token.encode()).digest()[:16]).decode().rstrip("=")


def sealed_until(value: str) -> int | None:
    """The expiry in an oob_code, if it is sealed as the recorded ones are: section 1.4 of the contract."""
    parts = value.split("*")
    sealed = len(parts) == 8 and parts[0] == "Fe26.2" and re.fullmatch(r"[0-9]{10,16}", parts[5])
    return int(parts[5]) if sealed else None


def absent(others: Collection[str]) -> str:
    """The text for an absent member, with the names of the undocumented ones."""
    return f"absent; instead {', '.join(map(shown_name, sorted(others)))}" if others else "absent"


def shown(value: Json) -> str:
    """A subject's value as messages may show it: shortened, and without possible secrets."""
    if isinstance(value, dict):
        return f"an object of {len(value)} members"
    if isinstance(value, str) and plain(value) == "...":
        return f"a string of {len(value)} characters"
    text = (
        f"[{', '.join(map(shown, value))}]"
        if isinstance(value, list)
        else repr(plain(value) if isinstance(value, str) else value)
    )
    if len(text) <= 200:
        return text
    # Cut between words, so that no part of a secret is left.
    return f"{text[:200].rpartition(' ')[0]} ..." if " " in text[:200] else f"{len(text)} characters"


def redacted(difference: Difference, secrets: Collection[str]) -> Difference:
    """The difference as it is shown: names that the subject made up and known secrets are left out."""
    field = shown_field(difference.field, secrets, member_names())
    if difference.field == "status":
        return difference
    return replace(difference, field=field, actual=without(difference.actual, secrets))
