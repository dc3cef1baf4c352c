"""RS256: the signer that the package hands to the model. Imported when a token needs it."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from pytest_auth0_mfa.messages import Json

_ALGORITHMS = ["RS256", "RS384", "PS256"]


class Signer:
    """One RSA key; the header names it by ``kid``."""

    def __init__(self, key: rsa.RSAPrivateKey, kid: str = "auth0-mfa-test-key") -> None:
        self._key = key
        self._kid = kid

    def sign(self, claims: dict[str, Json]) -> str:
        """An RS256 JWT of ``claims``."""
        return jwt.encode(claims, self._key, algorithm="RS256", headers={"kid": self._kid})

    def jwks(self) -> dict[str, Json]:
        """The public key as a JSON Web Key Set."""
        key: dict[str, Any] = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self._key.public_key()))
        key.pop("key_ops", None)
        return {"keys": [{**key, "use": "sig", "alg": "RS256", "kid": self._kid}]}

    def assertion(self, token: str, keys: tuple[str, ...], audiences: list[str], at: float) -> dict[str, Json] | None:
        """The claims of a client assertion signed with one of ``keys`` (PEM), or None."""
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
            if isinstance(expires, int | float) and at < expires:  # by the tenant's clock, not the machine's
                return claims
        return None


@cache
def run_signer() -> Signer:
    """The signer of this run: its key is made once per process."""
    return Signer(rsa.generate_private_key(public_exponent=65537, key_size=2048))
