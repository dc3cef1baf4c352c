"""What spoils the calls of the table in each case of proofs of possession and of bound tokens."""

from __future__ import annotations

from collections.abc import Callable

from helpers.proofs import ADA, EVE, bound, proof
from helpers.table_calls import Ask

from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.spec.operations import OPERATIONS


def _no_proof(ask: Ask) -> None:
    ask.headers["DPoP"] = "eyJ"


def _without_nonce(ask: Ask) -> None:
    _rule(ask, "dpop_nonce", "always")
    ask.headers["DPoP"] = proof(ask.api.tenant)


def _rule(ask: Ask, name: str, value: Json) -> None:
    ask.api.tenant.profile = ask.api.tenant.profile.with_(**{name: value})


def _proof_required(ask: Ask) -> None:
    tenant = ask.api.tenant
    tenant.applications[tenant.client_id].require_proof_of_possession = True


def _wrong_key(ask: Ask) -> None:
    _rule(ask, "dpop_binds_refresh_token", "always")
    ask.api.tenant.tokens.refresh[ask.body["refresh_token"]].jkt = ADA.jkt
    ask.headers["DPoP"] = proof(ask.api.tenant, key=EVE)


def _for_the_page(ask: Ask) -> None:
    ask.body["audience"] = ask.api.tenant.me_audience


def _token(ask: Ask) -> str:
    tenant = ask.api.tenant
    audience = {"userinfo": None}.get(ask.operation, tenant.mfa_audience)
    return ask.user.access_token(audience=audience, jkt=ADA.jkt)


def _as_bearer(ask: Ask) -> None:
    ask.token = _token(ask)


def _no_proof_at_a_resource(ask: Ask) -> None:
    ask.token, ask.headers = None, {"authorization": f"DPoP {_token(ask)}"}


def _no_nonce_at_a_resource(ask: Ask) -> None:
    _rule(ask, "dpop_nonce_at_resources", value=True)
    row = OPERATIONS[ask.operation]
    ask.token, ask.headers = None, bound(ask.api.tenant, _token(ask), ask.path or row.path, method=row.method)


SPOIL: dict[str, Callable[[Ask], None]] = {
    "invalid_dpop_proof": _no_proof,
    "use_dpop_nonce": _without_nonce,
    "dpop_proof_required": _proof_required,
    "wrong_dpop_key": _wrong_key,
    "client_grant_missing": _for_the_page,
    "dpop_token_mismatch": _as_bearer,
    "dpop_proof_at_resource": _no_proof_at_a_resource,
    "dpop_nonce_at_resource": _no_nonce_at_a_resource,
}
