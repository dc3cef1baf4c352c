"""RS256 signatures. Imported only when a token has to be signed."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import UTC, datetime
from functools import cache

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from pytest_auth0_mfa.messages import Json

_ALGORITHMS = ["RS256", "RS384", "PS256"]


class RsaSigner:
    """Signs with one RSA key, and publishes it with the key that would follow after a rotation."""

    def __init__(self, key: rsa.RSAPrivateKey, following: rsa.RSAPrivateKey | None = None) -> None:
        self._key, self._following = key, following
        self._kid = _kid(key.public_key())

    def sign(self, claims: dict[str, Json]) -> str:
        """An RS256 JWT of ``claims``."""
        return jwt.encode(claims, self._key, algorithm="RS256", headers={"kid": self._kid})

    def jwks(self) -> dict[str, Json]:
        """The public keys as a JSON Web Key Set in Auth0's format, the current key first."""
        return {"keys": [_published(self._key), _published(self._following or _next_key())]}

    def assertion(self, token: str, keys: tuple[str, ...], audiences: list[str], at: float) -> dict[str, Json] | None:
        """The claims of a client assertion, or None.

        It is None unless the assertion is signed with one of ``keys`` (PEM), is for one of ``audiences`` and has not
        expired at ``at`` (epoch seconds).
        """
        for key in keys:
            try:
                claims: dict[str, Json] = jwt.decode(
                    token,
                    key,
                    algorithms=_ALGORITHMS,
                    audience=audiences,
                    options={
                        "verify_exp": False,
                        "verify_iat": False,
                        "verify_nbf": False,
                        "require": ["exp", "iss", "sub"],
                    },
                )
            except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
                continue
            expires = claims["exp"]
            if isinstance(expires, int | float) and at < expires:  # by the tenant's clock, not the computer's
                return claims
        return None


@cache
def run_signer() -> RsaSigner:
    """The signer of this process. Its key is made once."""
    return RsaSigner(_new_key())


@cache
def _next_key() -> rsa.RSAPrivateKey:
    return _new_key()


def _new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _kid(key: rsa.RSAPublicKey) -> str:
    """The id of a key: 21 characters, as on today's tenants. It depends on the key alone."""
    return base64.urlsafe_b64encode(_digest(key)).decode()[:21]


def _digest(key: rsa.RSAPublicKey) -> bytes:
    der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(der).digest()


@cache
def _published(key: rsa.RSAPrivateKey) -> dict[str, Json]:
    """A key as the key set shows it, with a self-signed certificate that depends on the key alone: entry D-32."""
    public = key.public_key()
    numbers: dict[str, Json] = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(public))
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "tenant.example")])
    serial = int.from_bytes(_digest(public)[:16]) + 1
    certificate = (
        x509.CertificateBuilder(name, name, public, serial)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2120, 1, 1, tzinfo=UTC))
        .sign(key, hashes.SHA256())
        .public_bytes(serialization.Encoding.DER)
    )
    thumbprint = base64.urlsafe_b64encode(hashlib.sha1(certificate, usedforsecurity=False).digest()).decode()
    return {
        "kty": "RSA",
        "use": "sig",
        "n": numbers["n"],
        "e": numbers["e"],
        "kid": _kid(public),
        "x5t": thumbprint.rstrip("="),
        "x5c": [base64.b64encode(certificate).decode()],
        "alg": "RS256",
    }
