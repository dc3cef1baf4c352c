"""Verifies a subject's JWTs with its published keys."""

from __future__ import annotations

import base64
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from pytest_auth0_mfa.contract.coverage import words_of
from pytest_auth0_mfa.messages import Handler, Json, Request, decode

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey


class TokenError(Exception):
    """Raised for an invalid token. The message gives the reason, without the token."""


@lru_cache(64)  # each token is asked about several times in a row
def is_jwt(token: str) -> bool:
    """Whether a token is a JWT of three parts. What cannot be read is an opaque value, however it begins."""
    if token.count(".") != 2:
        return False
    try:
        return "alg" in _part(token.partition(".")[0]) and claims_of(token) is not None
    except TokenError:
        return False


def claims_of(token: str) -> dict[str, Json]:
    """The claims of a JWT, without verification."""
    return _part(token.split(".")[1])


def _part(text: str) -> dict[str, Json]:
    try:
        value = decode(_bytes(text))
    except ValueError:
        raise TokenError("a part of it is no JSON") from None
    if not isinstance(value, dict):
        raise TokenError("a part of it is no JSON object")
    return value


def _bytes(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        raise TokenError("a part of it is no base64") from None


SIGNING: Final = {"kty": "RSA", "use": "sig", "alg": "RS256"}
"""What says that a key signs tokens. A set may have other keys, of any type and in any order: RFC 7517."""


def signs(key: dict[str, Json]) -> bool:
    """Whether a key of a set may sign tokens."""
    return all(key.get(name, value) == value for name, value in SIGNING.items())


class Keys:
    """The subject's key set. It is fetched through the handler when first needed, and again for an unknown key."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self._keys: dict[str, RSAPublicKey] = {}

    def verified(self, token: str) -> dict[str, Json]:
        """The claims of an RS256 token. Raises TokenError if it is malformed or its signature is invalid.

        Expiry is not checked, because the subject has its own clock.
        """
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
        from cryptography.hazmat.primitives.hashes import SHA256

        signed, _, signature = token.rpartition(".")
        header = _part(signed.partition(".")[0])
        if header.get("alg") != "RS256":
            raise TokenError(f"alg is {words_of(str(header.get('alg')))[:20]}")
        try:
            # Not jwt.decode, which spends most of its time on checks that are not needed here.
            self._key(str(header.get("kid"))).verify(_bytes(signature), signed.encode(), PKCS1v15(), SHA256())
        except InvalidSignature:
            raise TokenError("a signature that does not verify") from None
        return claims_of(token)

    def readable(self, token: str) -> dict[str, Json]:
        """The claims of a JWT in the place of an opaque token, which may be signed in another way: with a secret of its
        API. Raises TokenError if it is not signed at all, or with RS256 and `verified` refuses it."""
        algorithm = _part(token.partition(".")[0]).get("alg")
        if str(algorithm).lower() == "none":  # RFC 8725, section 3.2
            raise TokenError("alg is none")
        return self.verified(token) if algorithm == "RS256" else claims_of(token)

    def _key(self, kid: str) -> RSAPublicKey:
        if kid not in self._keys:
            self._fetch()
        if kid not in self._keys:
            raise TokenError("its kid is none of the keys at /.well-known/jwks.json that sign")
        return self._keys[kid]

    def _fetch(self) -> None:
        import jwt

        answer = self._handler(Request("GET", "/.well-known/jwks.json", {}))
        try:
            keys = [key for key in answer.json()["keys"] if signs(key)]
            self._keys = {str(key.get("kid")): jwt.PyJWK(key, "RS256").key for key in keys}
        except (ValueError, KeyError, TypeError, AttributeError, jwt.PyJWTError):
            raise TokenError("keys at /.well-known/jwks.json that cannot be used") from None
