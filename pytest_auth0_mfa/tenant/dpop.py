"""Proofs of possession (DPoP, RFC 9449): how one is read, why one is refused, and the nonces that it may need.

Section 14 of the contract. Signatures are made and checked in `signing`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

from pytest_auth0_mfa.messages import Json, decode

from .jose import ALGORITHM, TYPE, decoded, hashed, is_public_key, thumbprint
from .state import TenantState

FUTURE = 30
"""How many seconds the clock of a client may be ahead, as in Auth0's API libraries."""
_KEPT_IN_PATHS = "/:@!$&'()*+,;=-._~"


@dataclass(frozen=True, slots=True)
class PossessionProof:
    """A proof that was read. ``jkt`` is the thumbprint of its key, empty if the header holds no public P-256 key."""

    text: str
    header: dict[str, Json]
    claims: dict[str, Json]
    jkt: str


def read(text: str) -> PossessionProof | None:
    """The proof in the header `DPoP`, right or not; None if the text is not one JWT."""
    parts = text.split(".")
    if len(parts) != 3:
        return None
    header, claims = (_object(part) for part in parts[:2])
    if header is None or claims is None or decoded(parts[2]) is None:
        return None
    jwk = header.get("jwk")
    return PossessionProof(text, header, claims, thumbprint(jwk) if jwk and is_public_key(jwk) else "")


def fault_of(
    tenant: TenantState,
    proof: PossessionProof | None,
    *,
    method: str,
    urls: Sequence[str],
    access_token: str | None = None,
) -> str | None:
    """What is wrong with a proof, in words that quote nothing of it; None if it is right.

    ``urls`` are the addresses of the call, the tenant's own first. ``access_token`` is the token that the proof comes
    with; at the token endpoint there is none, and the claim `ath` is ignored. Neither the nonce nor whether the proof
    is new is judged here: see `is_good_nonce` and `remember`.
    """
    if proof is None:
        return "the header DPoP does not hold one JWT"
    header, claims, now = proof.header, proof.claims, _now(tenant)
    if header.get("typ") != TYPE:
        return f"the proof's header has another typ: expected {TYPE}"
    if header.get("alg") != ALGORITHM:
        return f"the proof's header has another alg: expected {ALGORITHM}"
    if isinstance(header.get("jwk"), dict) and "d" in header["jwk"]:
        return "the proof's header holds the private key: expected the public one"
    if not proof.jkt:
        return "the proof's header has no jwk that is a public key on P-256"
    if not tenant.signer.proven(proof.text, header["jwk"]):
        return "the proof's signature is not by the key in its header"
    if claims.get("htm") != method:
        return f"the proof's htm is not this method: expected {method}"
    if not any(same_url(claims.get("htu"), url) for url in urls):
        return f"the proof's htu is not this URL: expected {urls[0].partition('?')[0]}"
    made_at = claims.get("iat")
    if isinstance(made_at, bool) or not isinstance(made_at, int | float):
        return "the proof has no iat: expected epoch seconds"
    if not now - tenant.rules.dpop_proof_lifetime <= made_at <= now + FUTURE:
        return f"the proof was made at another time: expected an iat near {int(now)}, the tenant's time in seconds"
    if not isinstance(claims.get("jti"), str) or not claims["jti"]:
        return "the proof has no jti: expected a new text for each proof"
    if access_token is not None and claims.get("ath") != hashed(access_token):
        return "the proof's ath is not the hash of this access token: expected SHA-256 in base64url without padding"
    return None


def same_url(left: Json, right: str) -> bool:
    """Whether two URLs are the same for a proof: without query and fragment, both normalized."""
    return isinstance(left, str) and _normalized(left) == _normalized(right) is not None


def _normalized(url: str) -> str | None:
    try:
        parts = urlsplit(url)
        path = quote(unquote(parts.path), safe=_KEPT_IN_PATHS)
    except ValueError:  # a host in brackets that is none, or half of a character
        return None
    place = parts.netloc.lower()
    if parts.scheme == "https":
        place = place.removesuffix(":443")
    return f"{parts.scheme}://{place}{path}"


def fresh_nonce(tenant: TenantState) -> str:
    """The nonce to send: the newest one while it is good for long enough, else a new one."""
    now = tenant.clock.now()
    nonces = tenant.tokens.nonces
    if nonces:
        newest = next(reversed(nonces))
        if now < nonces[newest] + tenant.rules.dpop_nonce_lifetime / 2:
            return newest
    nonce = tenant.entropy.nonce()
    nonces[nonce] = now
    return nonce


def is_good_nonce(tenant: TenantState, nonce: Json) -> bool:
    """Whether the tenant has sent this nonce, and not too long ago: entries B3 and U-36 of the contract."""
    made_at = tenant.tokens.nonces.get(nonce) if isinstance(nonce, str) else None
    return made_at is not None and tenant.clock.now() < made_at + tenant.rules.dpop_nonce_lifetime


def remember(tenant: TenantState, proof: PossessionProof) -> bool:
    """Note that a proof was used. False if it was used before: entry B6 of the contract.

    A proof is remembered as long as it would be accepted.
    """
    used, name = tenant.tokens.proofs, f"{proof.jkt} {proof.claims['jti']}"
    if _now(tenant) <= used.get(name, 0.0):
        return False
    used[name] = proof.claims["iat"] + tenant.rules.dpop_proof_lifetime
    return True


def _now(tenant: TenantState) -> float:
    return (tenant.clock_of_proofs or tenant.clock).now()


def _object(part: str) -> dict[str, Json] | None:
    content = decoded(part)
    try:
        value = decode(content or b"")
    except ValueError:
        return None
    return value if isinstance(value, dict) else None
