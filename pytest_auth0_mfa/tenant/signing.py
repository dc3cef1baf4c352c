"""Signatures: RS256 for tokens, ES256 for proofs of possession. Imported only when one is made or checked."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import UTC, datetime
from functools import cache

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from pytest_auth0_mfa.messages import Json, encode

from .jose import ALGORITHM, TYPE, encoded, thumbprint

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

    def proven(self, proof: str, jwk: dict[str, Json]) -> bool:
        """Whether a JWT is signed with ES256 by the key of ``jwk``. Its claims are not looked at."""
        try:
            jwt.PyJWS().decode(proof, jwt.PyJWK(jwk, ALGORITHM).key, algorithms=[ALGORITHM])
        except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
            return False
        return True


class ProofKey:
    """A client's key pair, which signs proofs of possession. The same name gives the same key in every process."""

    def __init__(self, name: str) -> None:
        number = int.from_bytes(hashlib.sha256(name.encode()).digest())
        self._key = ec.derive_private_key(number % (_ORDER_OF_P256 - 1) + 1, ec.SECP256R1())
        self.jwk: dict[str, Json] = {
            name: value
            for name, value in json.loads(jwt.algorithms.ECAlgorithm.to_jwk(self._key.public_key())).items()
            if name in ("kty", "crv", "x", "y")
        }
        """The public key as a JSON Web Key."""
        self.jkt = thumbprint(self.jwk)
        """The thumbprint of the public key: RFC 7638."""

    @property
    def header(self) -> dict[str, Json]:
        """The header of this key's proofs."""
        return {"typ": TYPE, "alg": ALGORITHM, "jwk": self.jwk}

    def sign(self, header: dict[str, Json], claims: dict[str, Json]) -> str:
        """A JWT of exactly this header and these claims, whatever they say; its signature is always ES256."""
        text = ".".join(encoded(encode(part).encode()) for part in (header, claims))
        signature = jwt.algorithms.ECAlgorithm(jwt.algorithms.ECAlgorithm.SHA256).sign(text.encode(), self._key)
        return f"{text}.{encoded(signature)}"

    def private_jwk(self) -> dict[str, Json]:
        """The private key as a JSON Web Key, which no proof may contain."""
        members: dict[str, Json] = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(self._key))
        return {**self.jwk, "d": members["d"]}


_ORDER_OF_P256 = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


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
