"""``POST /oauth/revoke``: ends a refresh token."""

from __future__ import annotations

from operator import attrgetter

from pytest_auth0_mfa.messages import Request
from pytest_auth0_mfa.tenant import tokens
from pytest_auth0_mfa.tenant.tenant import Tenant

from . import clients
from .bodies import Params, parse


def revoke(tenant: Tenant, request: Request) -> None:
    """Revoke a refresh token with its family; one that nobody knows is revoked already: rows R1 to R4."""
    params = Params(tenant, parse(tenant, request, attrgetter("token_json_as_form")))
    application = clients.authenticate(tenant, request, params)
    known = tenant.tokens.refresh.get(params.required("token"))
    if known is None:
        return
    if known.client_id == application.client_id:
        tokens.revoke(tenant, known)
    elif tenant.rules.revoke_refuses_foreign_token:
        raise tenant.refusal("foreign_refresh_token")
