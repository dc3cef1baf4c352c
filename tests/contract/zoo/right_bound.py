"""Right tenants that bind tokens to keys otherwise where RFC 9449 and Auth0's documents leave it free."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import jwt

from pytest_auth0_mfa import Handler, Request, Response, Tenant
from pytest_auth0_mfa.spec.refusals import REFUSALS
from pytest_auth0_mfa.tenant import dpop

from .bound import both
from .breaking import Break, bearer_of, with_body
from .right import answers, bodies, claims, right
from .right_forms import instead_of_opaque


def of_profile(**fields: Any) -> Break:
    """The tenant has another profile than its consumer says, in what no source gives."""

    def wrap(tenant: Tenant, handler: Handler) -> Handler:
        def handle(request: Request) -> Response:
            told = tenant.profile
            tenant.profile = told.with_(**fields)
            try:
                return handler(request)
            finally:
                tenant.profile = told

        return handle

    return wrap


right("dpop-nonce-from-everybody")(of_profile(dpop_nonce="always"))
right("dpop-nonce-from-everybody-everywhere")(of_profile(dpop_nonce="always", dpop_nonce_at_resources=True))
right("dpop-nonce-with-successes")(of_profile(dpop_nonce_on_success=True))
right("dpop-nonces-of-a-minute")(of_profile(dpop_nonce_lifetime=60))
right("dpop-nonces-of-an-hour")(of_profile(dpop_nonce_lifetime=3600))
right("dpop-window-of-a-minute")(of_profile(dpop_proof_lifetime=60))
right("dpop-window-of-an-hour")(of_profile(dpop_proof_lifetime=3600))
right("dpop-binds-every-refresh-token")(of_profile(dpop_binds_refresh_token="always"))
right("dpop-proof-errors-400-at-resources")(of_profile(dpop_proof_at_resource="400 invalid_dpop_proof"))
right("dpop-demanded-otherwise")(
    of_profile(
        dpop_proof_required="403 access_denied",
        wrong_dpop_key="403 invalid_grant",
        dpop_token_mismatch="401 invalid_grant",
    )
)


def _with_nonce(tenant: Tenant, request: Request, response: Response) -> Response:
    if "dpop" not in request.headers:
        return response
    return replace(response, headers={**response.headers, "dpop-nonce": dpop.fresh_nonce(tenant)})


right("dpop-nonce-on-every-answer")(answers(_with_nonce))


def _once(real: Any) -> Any:
    """Each nonce works once: RFC 9449, section 8, lets a server demand another at any time."""

    def is_good_nonce(tenant: Any, nonce: Any) -> bool:
        good = bool(real(tenant, nonce))
        if good:
            del tenant.tokens.nonces[nonce]
        return good

    return is_good_nonce


def _another(real: Any) -> Any:
    def fresh_nonce(tenant: Any) -> str:
        nonce = str(tenant.entropy.transaction())
        tenant.tokens.nonces[nonce] = tenant.clock.now()
        return nonce

    return fresh_nonce


def everywhere(name: str, make: Callable[[Any], Any]) -> Break:
    """Another function of this name in `tenant.dpop` for all calls."""

    def wrap(tenant: Tenant, handler: Handler) -> Handler:
        def handle(request: Request) -> Response:
            with patch.object(dpop, name, make(getattr(dpop, name))):
                return handler(request)

        return handle

    return wrap


right("dpop-another-nonce-each-time")(
    both(of_profile(dpop_nonce="always"), everywhere("is_good_nonce", _once), everywhere("fresh_nonce", _another))
)


def _small(operation: str, body: Any) -> None:
    if isinstance(body, dict) and "token_type" in body:
        body["token_type"] = body["token_type"].lower()


right("dpop-token-type-in-small-letters")(bodies(_small))


def _more_challenges(tenant: Tenant, request: Request, response: Response) -> Response:
    told = response.headers.get("www-authenticate", "")
    if not told.startswith("DPoP "):
        return response
    more = f'Bearer realm="api", DPoP realm="api", {told.removeprefix("DPoP ")}'
    return replace(response, headers={**response.headers, "www-authenticate": more})


right("dpop-more-in-www-authenticate")(answers(_more_challenges))


def _bound_jwt(tenant: Tenant, held: dict[str, Any]) -> str:
    return str(tenant.signer.sign(held))


def _jwt_with_its_key(tenant: Tenant, handler: Handler) -> Handler:
    """A bound JWT where the fake's token is opaque."""
    inner = instead_of_opaque(_bound_jwt)(tenant, handler)

    def handle(request: Request) -> Response:
        response = inner(request)
        if response.status != 200 or not response.body or b'"DPoP"' not in response.body:
            return response
        body = response.json()
        access = tenant.tokens.access[body["access_token"]]
        if access.jkt is None or access.token.count(".") != 2:
            return response
        held = jwt.decode(access.token, options={"verify_signature": False})
        token = tenant.signer.sign({**held, "cnf": {"jkt": access.jkt}})
        tenant.tokens.access[token] = replace(access, token=token)
        return with_body(response, {**body, "access_token": token})

    return handle


right("dpop-jwt-without-an-audience")(_jwt_with_its_key)
right("dpop-cnf-with-more")(
    claims(lambda held: {**held, "cnf": {**held["cnf"], "kid": "one"}} if "cnf" in held else held)
)


def _to_the_letter(real: Any) -> Any:
    """URLs are not normalized, as RFC 9449, section 4.3, only recommends."""
    return lambda left, right: isinstance(left, str) and left == right.partition("?")[0]


right("dpop-urls-to-the-letter")(everywhere("same_url", _to_the_letter))


def _per_url(real: Any) -> Any:
    """A `jti` counts for its URL: RFC 9449, section 11.1."""

    def remember(tenant: Any, proof: Any) -> bool:
        claims = {**proof.claims, "jti": f"{proof.claims['jti']} {proof.claims['htu']}"}
        return bool(real(tenant, replace(proof, claims=claims)))

    return remember


right("dpop-jti-per-url")(everywhere("remember", _per_url))


def _nonce_first(real: Any) -> Any:
    """The nonce is looked at before anything else."""

    def fault_of(tenant: Any, proof: Any, **more: Any) -> Any:
        if proof is not None and not dpop.is_good_nonce(tenant, proof.claims.get("nonce")):
            return None
        return real(tenant, proof, **more)

    return fault_of


right("dpop-nonce-before-all-else")(
    both(of_profile(dpop_nonce="always", dpop_nonce_at_resources=True), everywhere("fault_of", _nonce_first))
)


@right("dpop-superfluous-proofs-refused")
def _superfluous(tenant: Tenant, handler: Handler) -> Handler:
    """As Auth0's libraries for APIs do."""

    def handle(request: Request) -> Response:
        scheme = request.headers.get("authorization", "").partition(" ")[0].lower()
        if scheme != "bearer" or "dpop" not in request.headers or request.path.startswith("/oauth/"):
            return handler(request)
        access = tenant.tokens.access.get(bearer_of(request))
        if access is not None and access.jkt is not None:
            return handler(request)
        body = {"error": "invalid_request", "error_description": "DPoP proof requires the DPoP authentication scheme"}
        return Response(400, {"content-type": "application/json"}, json.dumps(body).encode())

    return handle


def _otherwise(tenant: Tenant, request: Request, response: Response) -> Response:
    """Each refusal of these that is only guessed has another status and code."""
    refusal = tenant.calls[-1].refusal_id if tenant.calls else None
    if refusal is None or "dpop" not in refusal or REFUSALS[refusal].confidence != "guess" or response.status < 400:
        return response
    body = {"error": "other_error", "error_description": "Another text"}
    return replace(response, status=403, body=json.dumps(body).encode(), headers={"content-type": "application/json"})


right("dpop-guesses-otherwise")(answers(_otherwise))


@right("no-dpop-and-no-page", features=())
def _neither(tenant: Tenant, handler: Handler) -> Handler:
    """As a fake of before: headers with proofs are nothing to it, and there is nothing below /me/."""

    def handle(request: Request) -> Response:
        if request.path.startswith("/me/"):
            body = {"error": "not_found", "error_description": "Not Found"}
            return Response(404, {"content-type": "application/json"}, json.dumps(body).encode())
        kept = {name: value for name, value in request.headers.items() if name.lower() != "dpop"}
        return handler(replace(request, headers=kept))

    return handle


def _more_algorithms(operation: str, body: Any) -> None:
    if operation == "openid-configuration":
        body["dpop_signing_alg_values_supported"] = ["RS256", "ES256", "ES384"]


right("dpop-of-more-algorithms")(bodies(_more_algorithms))
