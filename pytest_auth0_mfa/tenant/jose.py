"""The form of proofs of possession and of their keys: base64url, JSON Web Keys (RFC 7517), thumbprints (RFC 7638)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json

from pytest_auth0_mfa.messages import Json

TYPE, ALGORITHM = "dpop+jwt", "ES256"
COORDINATE = 32  # bytes of a number on the curve P-256
_BASE64URL = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def encoded(content: bytes) -> str:
    """The content in base64url, without padding."""
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def decoded(text: Json) -> bytes | None:
    """What a text in base64url without padding stands for, or None."""
    if not isinstance(text, str) or not set(text) <= _BASE64URL:
        return None
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error:
        return None


def hashed(text: str) -> str:
    """The SHA-256 hash of a text, in base64url without padding: the claim `ath` of an access token."""
    return encoded(hashlib.sha256(text.encode()).digest())


def is_public_key(jwk: Json) -> bool:
    """Whether a JSON Web Key may be that of a proof: a public key on the curve P-256."""
    if not isinstance(jwk, dict) or jwk.get("kty") != "EC" or jwk.get("crv") != "P-256" or "d" in jwk:
        return False
    return all(len(decoded(jwk.get(name)) or b"") == COORDINATE for name in ("x", "y"))


def thumbprint(jwk: dict[str, Json]) -> str:
    """The SHA-256 thumbprint of a key on a curve, which the claim `jkt` of a bound token holds."""
    needed = {name: jwk[name] for name in ("crv", "kty", "x", "y")}
    return hashed(json.dumps(needed, separators=(",", ":"), sort_keys=True))
