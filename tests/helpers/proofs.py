"""Proofs of possession, as a right client makes them."""

from __future__ import annotations

from itertools import count

from pytest_auth0_mfa import Tenant
from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.tenant.jose import hashed
from pytest_auth0_mfa.tenant.signing import ProofKey

ADA, EVE = ProofKey("ada"), ProofKey("eve")
_NUMBERS = count(1)


def proof(
    tenant: Tenant,
    path: str = "/oauth/token",
    *,
    method: str = "POST",
    key: ProofKey = ADA,
    token: str | None = None,
    **claims: Json,
) -> str:
    """A new proof for a call. ``token`` is the access token that it comes with; ``claims`` replace the right ones."""
    right: dict[str, Json] = {
        "jti": f"jti-{next(_NUMBERS)}",
        "htm": method,
        "htu": f"{tenant.url}{path.partition('?')[0]}",
        "iat": int(tenant.clock.now()),
    }
    if token is not None:
        right["ath"] = hashed(token)
    return key.sign(key.header, {**right, **claims})


def bound(
    tenant: Tenant, token: str, path: str, *, method: str = "GET", key: ProofKey = ADA, **claims: Json
) -> dict[str, str]:
    """The headers of a call with a bound access token."""
    made = proof(tenant, path, method=method, key=key, token=token, **claims)
    return {"authorization": f"DPoP {token}", "dpop": made}
