"""Verifies a subject's JWTs with its published keys."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pytest_auth0_mfa.contract.session import place_of
from pytest_auth0_mfa.errors import ConfigurationError
from pytest_auth0_mfa.messages import Handler, Json, Request, decode
from pytest_auth0_mfa.messages.showing import plain

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey


class TokenError(Exception):
    """Raised for an invalid token. The message gives the reason, without the token."""


@dataclass(frozen=True, slots=True, repr=False)
class Jwt:
    """A token that was read as a JWT, and not verified."""

    token: str
    header: dict[str, Json]
    claims: dict[str, Json] | None
    """None if they are not a JSON object, which the claims of a JWT have to be: RFC 7519, section 7.2."""

    @property
    def signature(self) -> str:
        """The third part."""
        return self.token.rpartition(".")[2]


def jwt_of(token: str) -> Jwt | None:
    """The JWT of three parts that a token is; None for an opaque value, which may have dots and begin in any way."""
    if token.count(".") != 2:
        return None
    header, claims, _ = token.split(".")
    try:
        held = _part(header)
    except TokenError:
        return None
    if "alg" not in held:  # RFC 7515, section 4.1.1: each has one
        return None
    try:
        return Jwt(token, held, _part(claims))
    except TokenError:
        return Jwt(token, held, None)


def claims_of(token: Jwt) -> dict[str, Json]:
    """The claims of a JWT, without verification. Raises TokenError if they cannot be read."""
    if token.claims is None:
        raise TokenError("claims that are not a JSON object")
    return token.claims


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

_PUBLIC = ("kty", "n", "e")
"""What a public key consists of: RFC 7518, section 6.3.1."""


def signs(key: dict[str, Json]) -> bool:
    """Whether a key of a set may sign tokens."""
    return all(key.get(name, value) == value for name, value in SIGNING.items())


class Keys:
    """The subject's key set. It is fetched through the handler when first needed, and again for an unknown key."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self._keys: dict[str, RSAPublicKey] = {}

    def verified(self, token: Jwt) -> dict[str, Json]:
        """The claims of an RS256 token. Raises TokenError if it is malformed or its signature is invalid.

        Expiry is not checked, because the subject has its own clock.
        """
        algorithm = token.header["alg"]
        if algorithm != "RS256":
            raise TokenError(f"alg is {plain(str(algorithm))[:20]}")
        key = self._key(token)
        if key is None:
            raise TokenError("no signing key at /.well-known/jwks.json has its kid")
        _verify(token, key)
        return claims_of(token)

    def readable(self, token: Jwt) -> dict[str, Json]:
        """The claims of a JWT in the place of an opaque token, which may be signed in another way: with a secret of its
        API. Raises TokenError if it is not signed at all, or with a key of the tenant and does not verify."""
        algorithm = token.header["alg"]
        if not isinstance(algorithm, str) or algorithm.lower() in ("", "none"):  # RFC 8725, section 3.2
            raise TokenError("alg is none")
        if not token.signature:
            raise TokenError("no signature")
        if algorithm == "RS256":
            return self.verified(token)
        if algorithm == "PS256" and (key := self._key(token)) is not None:
            _verify(token, key)
        return claims_of(token)

    def _key(self, token: Jwt) -> RSAPublicKey | None:
        kid = str(token.header.get("kid"))
        if kid not in self._keys:
            self._fetch()
        return self._keys.get(kid)

    def _fetch(self) -> None:
        import jwt

        try:
            answer = self._handler(Request("GET", "/.well-known/jwks.json", {}))
        except ConfigurationError:
            raise
        except Exception as error:
            raised = f"{type(error).__name__}{place_of(error)}"
            raise TokenError(f"no keys at /.well-known/jwks.json: {raised}") from error
        try:
            keys = [key for key in answer.json()["keys"] if signs(key)]
            # Only the public members: a private key is a finding where the set is read.
            self._keys = {
                str(key.get("kid")): jwt.PyJWK({name: key[name] for name in _PUBLIC}, "RS256").key for key in keys
            }
        except (ValueError, KeyError, TypeError, AttributeError, jwt.PyJWTError):
            raise TokenError("keys at /.well-known/jwks.json that cannot be used") from None


def _verify(token: Jwt, key: RSAPublicKey) -> None:
    """Verify a signature with RS256 or PS256: RFC 7518, sections 3.3 and 3.5. Raises TokenError."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS, PKCS1v15
    from cryptography.hazmat.primitives.hashes import SHA256

    signed = token.token.rpartition(".")[0].encode()
    padding = PSS(MGF1(SHA256()), PSS.DIGEST_LENGTH) if token.header["alg"] == "PS256" else PKCS1v15()
    try:
        # Not jwt.decode, which spends most of its time on checks that are not needed here.
        key.verify(_bytes(token.signature), signed, padding, SHA256())
    except InvalidSignature:
        raise TokenError("a signature that does not verify") from None
