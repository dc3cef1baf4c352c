"""Proofs of possession with a grant, and access tokens that are bound to a key: section 14 of the contract."""

from __future__ import annotations

from collections.abc import Mapping

from pytest_auth0_mfa.errors import OAuthError
from pytest_auth0_mfa.messages import Request
from pytest_auth0_mfa.tenant import dpop
from pytest_auth0_mfa.tenant.entities import Application
from pytest_auth0_mfa.tenant.jose import ALGORITHM
from pytest_auth0_mfa.tenant.tenant import Tenant

BEARER, DPOP = "bearer", "dpop"

# What a proof or its token is refused for, in the words of RFC 9449, and how each API refuses it.
_NO_PROOF, _NO_NONCE, _NO_MATCH = "invalid_dpop_proof", "use_dpop_nonce", "invalid_token"
_AT_A_GRANT = {_NO_PROOF: "invalid_dpop_proof", _NO_NONCE: "use_dpop_nonce"}
AT_OAUTH = {
    _NO_MATCH: "dpop_token_mismatch",
    _NO_PROOF: "dpop_proof_at_resource",
    _NO_NONCE: "dpop_nonce_at_resource",
}
AT_MY_ACCOUNT = {_NO_MATCH: "me_dpop_token", _NO_PROOF: "me_dpop_proof", _NO_NONCE: "me_dpop_nonce"}


def presented(request: Request) -> tuple[str, str]:
    """The scheme, in small letters, and the token of the header Authorization; two empty texts if it has none."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    scheme, token = scheme.lower(), token.strip()
    return (scheme, token) if scheme in (BEARER, DPOP) and token else ("", "")


def possession(tenant: Tenant, request: Request, application: Application) -> str | None:
    """The thumbprint of the key that a token request has a proof of, or None: entries B3 to B6 of the contract."""
    if "dpop" not in request.headers:
        return None
    rule = tenant.rules.dpop_nonce
    demands_nonce = rule == "always" or (rule == "public" and not application.confidential)
    return _proved(tenant, request, _AT_A_GRANT, demands_nonce)


def check_binding(tenant: Tenant, request: Request, jkt: str | None, refusals: Mapping[str, str] = AT_OAUTH) -> None:
    """Refuse a known token that comes in the wrong scheme, or without a proof of its key: entries B9 to B11.

    ``jkt`` is the thumbprint of the key that the token is bound to, or None. A proof beside an unbound token is not
    looked at.
    """
    scheme, token = presented(request)
    if scheme == BEARER and jkt is None:
        return
    if scheme == BEARER:
        hint = "the token is bound to a key: expected Authorization: DPoP, and a proof in the header DPoP"
        raise _refused(tenant, refusals, _NO_MATCH, hint)
    if jkt is None:
        hint = "the token is not bound to a key: expected Authorization: Bearer"
        raise _refused(tenant, refusals, _NO_MATCH, hint)
    if _proved(tenant, request, refusals, tenant.rules.dpop_nonce_at_resources, token) != jkt:
        raise _refused(tenant, refusals, _NO_MATCH, "the proof is by another key than the token is bound to")


def _proved(
    tenant: Tenant,
    request: Request,
    refusals: Mapping[str, str],
    demands_nonce: bool,
    access_token: str | None = None,
) -> str:
    """The thumbprint of the key of the request's proof, which is noted as used."""
    text = request.headers.get("dpop")
    if text is None:
        raise _refused(tenant, refusals, _NO_PROOF, "there is no proof: expected one in the header DPoP")
    proof = dpop.read(text)
    fault = dpop.fault_of(tenant, proof, method=request.method, urls=_urls(tenant, request), access_token=access_token)
    if proof is None or fault is not None:
        raise _refused(tenant, refusals, _NO_PROOF, fault)
    if demands_nonce and not dpop.is_good_nonce(tenant, proof.claims.get("nonce")):
        raise _refused(tenant, refusals, _NO_NONCE)
    if not dpop.remember(tenant, proof):
        raise _refused(tenant, refusals, _NO_PROOF, "the proof was used before: expected a new jti for each request")
    return proof.jkt


def _urls(tenant: Tenant, request: Request) -> list[str]:
    """The addresses of a request: at the tenant's domain and, over a network, at the host that the client called."""
    hosts = [tenant.domain, request.headers.get("host", tenant.domain)]
    return [f"https://{host}{request.path}" for host in hosts]


def _refused(tenant: Tenant, refusals: Mapping[str, str], error: str, hint: str | None = None) -> OAuthError:
    """The refusal of a proof or of its token. At a resource it comes with a challenge whose `error` is RFC 9449's."""
    refusal = tenant.refusal(refusals[error], hint=hint)
    headers = {}
    if refusals is not _AT_A_GRANT:  # with a challenge, some SDKs do not read the body of a token response
        told = f'error="{error}", error_description="{refusal.description}", algs="{ALGORITHM}"'
        headers["www-authenticate"] = f"DPoP {told}"
    if error == _NO_NONCE:
        headers["dpop-nonce"] = dpop.fresh_nonce(tenant)
    refusal.headers = headers
    return refusal
