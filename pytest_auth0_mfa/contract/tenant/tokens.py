"""JWTs of a subject, verified with the keys it publishes."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from pytest_auth0_mfa.messages import Handler, Json, Request, decode

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey


class TokenError(Exception):
    """Why a token does not hold; without the token."""


def is_jwt(token: str) -> bool:
    """Whether it has the three parts of a signed JWT."""
    return token.startswith("eyJ") and token.count(".") == 2


def claims_of(token: str) -> dict[str, Json]:
    """The claims, unverified."""
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


class Keys:
    """The subject's key set, fetched through its handler when first needed and when a key is unknown."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self._keys: dict[str, RSAPublicKey] = {}

    def verified(self, token: str) -> dict[str, Json]:
        """The claims of an RS256 token. Raises TokenError when the signature does not hold.

        Time is not judged here: the subject has a clock of its own.
        """
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
        from cryptography.hazmat.primitives.hashes import SHA256

        signed, _, signature = token.rpartition(".")
        header = _part(signed.partition(".")[0])
        if header.get("alg") != "RS256":
            raise TokenError(f"alg is {str(header.get('alg'))[:20]}")
        try:
            # Not jwt.decode: most of its time goes into checks of what is known here already.
            self._key(str(header.get("kid"))).verify(_bytes(signature), signed.encode(), PKCS1v15(), SHA256())
        except InvalidSignature:
            raise TokenError("a signature that does not verify") from None
        return claims_of(token)

    def trusted(self, token: str) -> dict[str, Json]:
        """The claims of a token of the oracle: it is ours."""
        return claims_of(token)

    def _key(self, kid: str) -> RSAPublicKey:
        if kid not in self._keys:
            self._fetch()
        if kid not in self._keys:
            raise TokenError("its kid is not in /.well-known/jwks.json")
        return self._keys[kid]

    def _fetch(self) -> None:
        import jwt

        answer = self._handler(Request("GET", "/.well-known/jwks.json", {}))
        try:
            self._keys = {key["kid"]: jwt.PyJWK(key, "RS256").key for key in answer.json()["keys"]}
        except (ValueError, KeyError, TypeError, jwt.PyJWTError):
            raise TokenError("keys at /.well-known/jwks.json that cannot be used") from None
