"""The My Account API: a user's own page, where authentication methods are enrolled and removed (section 13 of the
contract).

It works on the same tenant as the MFA API. Its errors are problem details.
"""

from __future__ import annotations

from collections.abc import Callable

from pytest_auth0_mfa.errors import OAuthError
from pytest_auth0_mfa.messages import Json, Request
from pytest_auth0_mfa.spec.api_errors import TITLES
from pytest_auth0_mfa.spec.operations import Operation, path_values, rows_at
from pytest_auth0_mfa.tenant.limits import plenty
from pytest_auth0_mfa.tenant.tenant import Tenant

from . import methods
from .call import AccountCall, authorize

LIMIT = "me_rate_limited"
"""The refusal of the tenant-wide limit."""

_PERFORM: dict[str, Callable[[AccountCall], Json]] = {
    "me-factors": methods.list_factors,
    "me-list-methods": methods.list_methods,
    "me-create-method": methods.create_method,
    "me-verify-method": methods.verify_method,
    "me-get-method": methods.get_method,
    "me-update-method": methods.update_method,
    "me-delete-method": methods.delete_method,
}


def route(tenant: Tenant, request: Request) -> Operation:
    """The operation of a request below ``/me/``. Unknown paths and methods are not found: entry M22 of the contract."""
    verb = "GET" if request.method == "HEAD" else request.method
    for operation in rows_at(request.path):
        if operation.method == verb:
            return operation
    raise tenant.refusal("me_not_found", method=request.method, path=request.path.partition("?")[0])


def perform(tenant: Tenant, request: Request, operation: Operation) -> tuple[Json, dict[str, str]]:
    """Check the bearer token and its scope, then perform the operation."""
    user = authorize(tenant, request, operation.scope)
    parts = path_values(operation.path.split("/"), request.path.partition("?")[0].split("/")) or {}
    call = AccountCall(tenant, request, user, parts)
    body = _PERFORM[operation.id](call)
    return body, {**plenty(tenant.clock.now()), **call.headers}


def envelope(tenant: Tenant, refusal: OAuthError) -> dict[str, Json]:
    """The body of a refusal: problem details."""
    return {**failure(tenant, refusal.status, refusal.error, refusal.description), **refusal.extra}


def failure(tenant: Tenant, status: int, code: str | None, message: str | None) -> dict[str, Json]:
    """An error body: problem details."""
    code = code or f"A0E-{status}-0001"
    title = TITLES.get(code, "Error")
    kind = f"{tenant.rules.me_error_uri}{code}"
    return {"type": kind, "title": title, "status": status, "detail": title if message is None else message}
