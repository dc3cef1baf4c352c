"""JWTs of a subject, verified with the keys it publishes."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

from pytest_auth0_mfa.messages import Handler, Json, Request

if TYPE_CHECKING:
    import jwt


class TokenError(Exception):
    """Why a token does not hold; without the token."""


def is_jwt(token: str) -> bool:
    """Whether it has the three parts of a signed JWT."""
    return token.startswith("eyJ") and token.count(".") == 2


def claims_of(token: str) -> dict[str, Json]:
    """The claims, unverified."""
    part = token.split(".")[1]
    try:
        claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except ValueError:
        raise TokenError("its payload is no JSON") from None
    if not isinstance(claims, dict):
        raise TokenError("its payload is no JSON object")
    return claims


class Keys:
    """The subject's key set, fetched through its handler when first needed and when a key is unknown."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self._keys: dict[str, jwt.PyJWK] = {}

    def verified(self, token: str) -> dict[str, Json]:
        """The claims of an RS256 token. Raises TokenError when the signature does not hold.

        Time is not judged here: the subject has a clock of its own.
        """
        import jwt

        try:
            header = jwt.get_unverified_header(token)
            if header.get("alg") != "RS256":
                raise TokenError(f"alg is {str(header.get('alg'))[:20]}")
            kid = str(header.get("kid"))
            if kid not in self._keys:
                self._fetch()
            if kid not in self._keys:
                raise TokenError("its kid is not in /.well-known/jwks.json")
            claims: dict[str, Json] = jwt.decode(
                token,
                self._keys[kid].key,
                algorithms=["RS256"],
                options={"verify_exp": False, "verify_iat": False, "verify_aud": False, "verify_nbf": False},
            )
        except jwt.InvalidSignatureError:
            raise TokenError("a signature that does not verify") from None
        except jwt.PyJWTError as error:
            raise TokenError(type(error).__name__) from None
        return claims

    def trusted(self, token: str) -> dict[str, Json]:
        """The claims of a token of the oracle: it is ours."""
        return claims_of(token)

    def _fetch(self) -> None:
        import jwt

        answer = self._handler(Request("GET", "/.well-known/jwks.json", {}))
        try:
            self._keys = {key["kid"]: jwt.PyJWK(key, "RS256") for key in answer.json()["keys"]}
        except (ValueError, KeyError, TypeError, jwt.PyJWTError):
            raise TokenError("keys at /.well-known/jwks.json that cannot be used") from None
