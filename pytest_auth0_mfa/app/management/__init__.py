"""The part of the Management API that sets up users and cleans up after them: section 10 of the contract.

Its operations are those of `MANAGEMENT`, and they work on the same tenant as the MFA API. Texts and error codes that
neither recordings nor documentation show are guesses.
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from pytest_auth0_mfa.errors import OAuthError
from pytest_auth0_mfa.messages import Json, Request
from pytest_auth0_mfa.spec.operations import MANAGEMENT, Operation, path_values
from pytest_auth0_mfa.tenant.tenant import Tenant

from . import guardian, methods, users
from . import imports as jobs
from .call import ManagementCall, refused

PREFIX = "/api/v2/"
LIMIT = "rate_limited"
"""The refusal of the tenant-wide limit."""

_PERFORM: dict[str, Callable[[ManagementCall], Json]] = {
    "list-users": users.list_users,
    "users-by-email": users.users_by_email,
    "create-user": users.create_user,
    "get-user": users.get_user,
    "update-user": users.update_user,
    "delete-user": users.delete_user,
    "import-users": jobs.start_import,
    "get-job": jobs.get_job,
    "get-job-errors": jobs.get_job_errors,
    "list-methods": methods.list_methods,
    "create-method": methods.create_method,
    "replace-methods": methods.replace_methods,
    "delete-methods": methods.delete_methods,
    "get-method": methods.get_method,
    "update-method": methods.update_method,
    "delete-method": methods.delete_method,
    "delete-authenticators": methods.delete_methods,
    "regenerate-recovery-code": methods.regenerate_recovery_code,
    "list-enrollments": guardian.list_enrollments,
    "delete-provider": guardian.delete_provider,
    "forget-browsers": guardian.forget_browsers,
    "list-factors": guardian.list_factors,
    "get-message-types": guardian.get_message_types,
    "get-phone-settings": guardian.get_phone_settings,
    "set-phone-settings": guardian.set_phone_settings,
    "get-email-settings": guardian.get_email_settings,
    "set-email-settings": guardian.set_email_settings,
    "set-message-types": guardian.set_message_types,
    "set-factor": guardian.set_factor,
    "get-policies": guardian.get_policies,
    "set-policies": guardian.set_policies,
    "create-ticket": guardian.create_ticket,
    "delete-enrollment": guardian.delete_enrollment,
}
_ROUTES = tuple((row.method, row.path.split("/"), row) for row in MANAGEMENT.values())


def route(tenant: Tenant, request: Request) -> Operation:
    """The operation of a request below ``/api/v2/``. Refuses unknown paths and methods with a 404."""
    verb = "GET" if request.method == "HEAD" else request.method
    if request.path.partition("?")[0] == PREFIX + "guardian/policies" and verb in ("PUT", "PATCH"):
        verb = "PUT" if verb == tenant.rules.policies_verb else "GUESSED"  # sources disagree: entry D-22
    asked = request.path.partition("?")[0].split("/")
    for method, template, row in _ROUTES:
        if method == verb and len(template) == len(asked) and path_values(template, asked) is not None:
            return row
    raise OAuthError("not_found", 404, "", "Not Found")


def perform(tenant: Tenant, request: Request, operation: Operation) -> tuple[Json, dict[str, str]]:
    """Check the bearer token and its scope, then perform the operation. Its answers have no headers of their own."""
    _authorize(tenant, request, operation.scope)
    parts = path_values(operation.path.split("/"), request.path.partition("?")[0].split("/"))
    call = ManagementCall(tenant, request, parts or {})
    return _PERFORM[operation.id.removeprefix("management-")](call), {}


def _authorize(tenant: Tenant, request: Request, scope: str) -> None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token:
        raise refused(401, "Missing authentication", None)
    access = tenant.tokens.access.get(token)
    if access is None:
        raise refused(401, "Invalid token", None)
    if tenant.management_audience not in access.audiences:
        raise refused(401, f"Bad audience: {' '.join(access.audiences)}", None)
    if tenant.clock.now() >= access.expires_at:
        raise refused(401, "Expired token received for JSON Web Token validation", None)
    if scope not in access.scopes:
        raise refused(403, f"Insufficient scope, expected any of: {scope}", "insufficient_scope")


def envelope(tenant: Tenant, refusal: OAuthError) -> dict[str, Json]:
    """The body of a refusal in the format of the Management API."""
    code, message = refusal.error, refusal.description
    if refusal.refusal_id == LIMIT:
        message = "Global limit has been reached"
    return failure(tenant, refusal.status, code, message)


def failure(tenant: Tenant, status: int, code: str | None, message: str | None) -> dict[str, Json]:
    """An error body in the format of the Management API."""
    error = HTTPStatus(status).phrase if status in HTTPStatus.__members__.values() else "Error"
    body: dict[str, Json] = {"statusCode": status, "error": error, "message": message or error}
    return body | {"errorCode": code} if code else body
