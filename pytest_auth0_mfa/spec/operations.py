"""The one table of operations: data only.

Routing, schema checks, coverage, documentation and the OpenAPI document are made from it. The names of schema files
follow from an operation: ``<id>.request.json`` and ``<id>.<status>[.<variant>].json``. ``refusals`` holds ids of the
table of refusals.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, cast
from urllib.parse import unquote

DOCS = "https://auth0.com/docs"
_MFA = DOCS + "/api/authentication/multi-factor-authentication"
_GUIDE = DOCS + "/secure/multi-factor-authentication"
_ME = DOCS + "/api/myaccount"

METHODS = "/me/v1/authentication-methods"
"""Where the My Account API keeps the authentication methods of the user who calls."""

JSON_TYPE = "application/json"
FORM_TYPE = "application/x-www-form-urlencoded"

PASSWORD = "password"
PASSWORD_REALM = "http://auth0.com/oauth/grant-type/password-realm"
REFRESH_TOKEN = "refresh_token"
CLIENT_CREDENTIALS = "client_credentials"
MFA_OTP = "http://auth0.com/oauth/grant-type/mfa-otp"
MFA_OOB = "http://auth0.com/oauth/grant-type/mfa-oob"
MFA_RECOVERY_CODE = "http://auth0.com/oauth/grant-type/mfa-recovery-code"
PASSWORDLESS_OTP = "http://auth0.com/oauth/grant-type/passwordless/otp"
MFA_GRANTS = (MFA_OTP, MFA_OOB, MFA_RECOVERY_CODE)


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: its request, its authentication and its possible answers."""

    id: OperationId
    method: str
    path: str
    """May contain parameters in braces: ``{authenticator_id}``."""
    summary: str
    auth: str
    """``client``, ``bearer`` or ``none``."""
    success: int
    refusals: tuple[str, ...]
    source: str
    grant_type: str | None = None
    """Distinguishes the operations of ``/oauth/token``."""
    takes: tuple[str, ...] = ()
    """Documented media types of the request, the usual one first; empty if the request has no body."""
    variants: tuple[str, ...] = ()
    """Forms of the successful answer that have a schema of their own."""
    empty: bool = False
    """Whether a success has no body although its status allows one."""
    scope: str = ""
    """The scope that a call of the Management API or My Account API needs."""
    query: tuple[str, ...] = ()
    """The documented parameters of the query."""

    @property
    def bodiless(self) -> bool:
        """Whether a success has no body."""
        return self.empty or self.success == 204


_PARAMETERS = ("wrong_type", "missing_parameter", "rate_limited")
_READ = ("unreadable_body", "repeated_parameter", *_PARAMETERS)
_CLIENT = ("client_authentication", "grant_not_allowed", "invalid_dpop_proof", "use_dpop_nonce", "dpop_proof_required")
_FIRST = (*_PARAMETERS, *_CLIENT, "unknown_audience", "wrong_password", "login_blocked", "user_blocked", "organization_unsupported", "mfa_required")
# Until its grant is known, a call of /oauth/token counts as the first operation of that path.
_NO_GRANT = ("unreadable_body", "repeated_parameter", "unsupported_grant_type")
_TOKEN = ("malformed_mfa_token", "expired_mfa_token", "foreign_mfa_token", "user_blocked")
_VERIFY = (*_PARAMETERS, *_CLIENT, *_TOKEN, "missing_scope", "too_many_codes", "mfa_required")
_BOUND = ("dpop_token_mismatch", "dpop_proof_at_resource", "dpop_nonce_at_resource")
_BEARER = ("missing_bearer", "invalid_bearer", "wrong_audience", "missing_scope", "user_blocked", *_BOUND, "rate_limited")
_BOTH = (FORM_TYPE, JSON_TYPE)
_ME_BEARER = (
    "me_missing_token", "me_invalid_token", "me_wrong_audience", "me_missing_scope", "me_user_blocked", "me_dpop_token",
    "me_dpop_proof", "me_dpop_nonce", "me_rate_limited",
)
_ME_BODY = (*_ME_BEARER, "me_unsupported_media_type", "me_unreadable_body", "me_invalid_body")

_ROWS = (
    Operation(
        "password", "POST", "/oauth/token", "Log in with username and password",
        "client", 200, (*_FIRST, *_NO_GRANT),
        DOCS + "/api/authentication/resource-owner-password-flow/get-token", PASSWORD, _BOTH,
    ),
    Operation(
        "password-realm", "POST", "/oauth/token", "Log in with username and password at a connection",
        "client", 200, _FIRST,
        DOCS + "/api/authentication/resource-owner-password-flow/get-token", PASSWORD_REALM, _BOTH,
    ),
    Operation(
        "passwordless-otp", "POST", "/oauth/token", "Log in with a code that was sent by email or SMS",
        "client", 200,
        (
            *_PARAMETERS, *_CLIENT, "unknown_audience", "wrong_passwordless_email", "wrong_passwordless_phone",
            "passwordless_expired", "login_blocked", "user_blocked", "organization_unsupported", "mfa_required",
        ),
        DOCS + "/api/authentication/passwordless/authenticate-user", PASSWORDLESS_OTP, _BOTH,
    ),
    Operation(
        "refresh-token", "POST", "/oauth/token", "Renew tokens",
        "client", 200, (*_PARAMETERS, *_CLIENT, "unknown_audience", "invalid_refresh_token", "deleted_user_refresh_token", "user_blocked", "wrong_dpop_key", "mfa_required"),
        DOCS + "/secure/tokens/refresh-tokens/use-refresh-tokens", REFRESH_TOKEN, _BOTH,
    ),
    Operation(
        "client-credentials", "POST", "/oauth/token", "Get a token for the application itself",
        "client", 200, (*_PARAMETERS, *_CLIENT, "service_not_found", "client_grant_missing"),
        DOCS + "/api/authentication/client-credential-flow/get-token", CLIENT_CREDENTIALS, _BOTH,
    ),
    Operation(
        "mfa-otp", "POST", "/oauth/token", "Verify with a one-time password",
        "client", 200, (*_VERIFY, "not_enrolled", "unsupported_challenge_type", "wrong_otp"),
        _MFA + "/verify-mfa-with-otp", MFA_OTP, _BOTH,
    ),
    Operation(
        "mfa-oob", "POST", "/oauth/token", "Verify out of band: email, SMS, voice or push",
        "client", 200,
        (
            *_VERIFY, "malformed_oob_code", "foreign_oob_code", "expired_oob_code", "used_oob_code",
            "missing_binding_code", "wrong_binding_code", "authorization_pending", "slow_down", "push_rejected",
        ),
        _MFA + "/verify-with-out-of-band", MFA_OOB, _BOTH,
    ),
    Operation(
        "mfa-recovery-code", "POST", "/oauth/token", "Verify with a recovery code and get its replacement",
        "client", 200, (*_PARAMETERS, *_CLIENT, *_TOKEN, "too_many_codes", "mfa_required", "no_recovery_code", "wrong_recovery_code"),
        _MFA + "/verify-with-recovery-code", MFA_RECOVERY_CODE, _BOTH,
    ),
    Operation(
        "passwordless-start", "POST", "/passwordless/start", "Send the code of a passwordless login",
        "client", 200,
        (
            "unreadable_body", "repeated_parameter", "wrong_type", "rate_limited", "client_authentication", "grant_not_allowed",
            "passwordless_no_client_id", "passwordless_no_connection", "passwordless_connection",
            "passwordless_parameters", "passwordless_no_email", "passwordless_email", "passwordless_no_phone_number",
            "passwordless_phone_number", "provider_failure",
        ),
        DOCS + "/api/authentication/passwordless/get-code-or-link", takes=(JSON_TYPE, FORM_TYPE),
    ),
    Operation(
        "revoke", "POST", "/oauth/revoke", "Revoke a refresh token",
        "client", 200, (*_READ, "client_authentication", "foreign_refresh_token"),
        DOCS + "/api/authentication/revoke-refresh-token/revoke-refresh-token", takes=(JSON_TYPE, FORM_TYPE),
        empty=True,
    ),
    Operation(
        "associate", "POST", "/mfa/associate", "Enroll an authenticator",
        "bearer", 200,
        (
            *_READ, *_BEARER[:-1], "client_authentication", "already_enrolled", "unsupported_authenticator", "disabled_factor",
            "invalid_phone_number", "invalid_email", "email_enrolled_twice", "authenticator_limit",
            "too_many_messages", "provider_failure",
        ),
        _MFA + "/add-an-authenticator", takes=(JSON_TYPE,),
        variants=("otp", "push", "message"),
    ),
    Operation(
        "list-authenticators", "GET", "/mfa/authenticators", "List the user's authenticators",
        "bearer", 200, _BEARER, _MFA + "/list-authenticators",
    ),
    Operation(
        "delete-authenticator", "DELETE", "/mfa/authenticators/{authenticator_id}", "Delete an authenticator",
        "bearer", 204,
        (*_BEARER, "delete_unknown", "delete_implicit_email", "delete_recovery_code", "delete_pending"),
        _MFA + "/delete-an-authenticator",
    ),
    Operation(
        "challenge", "POST", "/mfa/challenge", "Request a challenge",
        "client", 200,
        (
            *_READ, *_CLIENT[:2], *_TOKEN, "association_required", "unsupported_challenge_type",
            "unknown_authenticator", "too_many_messages", "challenge_unavailable",
        ),
        _MFA + "/request-mfa-challenge", takes=(JSON_TYPE, FORM_TYPE),
        variants=("otp", "push", "message"),
    ),
    Operation(
        "openid-configuration", "GET", "/.well-known/openid-configuration", "Discover the tenant",
        "none", 200, ("rate_limited",),
        DOCS + "/get-started/applications/configure-applications-with-oidc-discovery",
    ),
    Operation(
        "jwks", "GET", "/.well-known/jwks.json", "Get the keys that tokens are signed with",
        "none", 200, ("rate_limited",),
        DOCS + "/secure/tokens/json-web-tokens/json-web-key-sets",
    ),
    Operation(
        "userinfo", "GET", "/userinfo", "Get the user's profile",
        "bearer", 200, ("invalid_access_token", "user_blocked", *_BOUND, "rate_limited"),
        DOCS + "/api/authentication/user-profile/get-user-info",
    ),
    Operation(
        "me-factors", "GET", "/me/v1/factors", "List the factors that a user can enroll",
        "bearer", 200, _ME_BEARER, _ME + "/factors/get-factors", scope="read:me:factors",
    ),
    Operation(
        "me-list-methods", "GET", METHODS, "List one's own authentication methods",
        "bearer", 200, (*_ME_BEARER, "me_invalid_query"), _ME + "/authentication-methods/get-authentication-methods",
        scope="read:me:authentication_methods", query=("type",),
    ),
    Operation(
        "me-create-method", "POST", METHODS, "Begin to enroll an authentication method",
        "bearer", 202,
        (
            *_ME_BODY, "me_unsupported_type", "me_invalid_address", "me_disabled_factor", "me_duplicate_method",
            "me_method_limit", "me_too_many_messages", "me_provider_failure",
        ),
        _ME + "/authentication-methods/start-the-enrollment-of-a-supported-authentication-method", takes=(JSON_TYPE,),
        variants=("message", "totp", "push", "recovery-code"), scope="create:me:authentication_methods",
    ),
    Operation(
        "me-verify-method", "POST", METHODS + "/{authentication_method_id}/verify", "Confirm an authentication method",
        "bearer", 201,
        (
            *_ME_BODY, "me_unknown_method_changed", "me_invalid_session", "me_wrong_code", "me_too_many_codes",
            "me_push_not_approved",
        ),
        _ME + "/authentication-methods/verify-the-enrollment-of-an-authentication-method", takes=(JSON_TYPE,),
        scope="create:me:authentication_methods",
    ),
    Operation(
        "me-get-method", "GET", METHODS + "/{authentication_method_id}", "Get one of one's authentication methods",
        "bearer", 200, (*_ME_BEARER, "me_unknown_method"),
        _ME + "/authentication-methods/get-authentication-method-by-id", scope="read:me:authentication_methods",
    ),
    Operation(
        "me-update-method", "PATCH", METHODS + "/{authentication_method_id}", "Rename an authentication method",
        "bearer", 200,
        (*_ME_BODY, "me_unknown_method_changed", "me_not_a_phone", "me_rename_recovery_code", "me_disabled_factor"),
        _ME + "/authentication-methods/update-authentication-method", takes=(JSON_TYPE,),
        scope="update:me:authentication_methods",
    ),
    Operation(
        "me-delete-method", "DELETE", METHODS + "/{authentication_method_id}", "Delete an authentication method",
        "bearer", 204, (*_ME_BEARER, "me_unknown_method_changed", "me_delete_last", "me_delete_verified_email"),
        _ME + "/authentication-methods/delete-authentication-method", scope="delete:me:authentication_methods",
    ),
)

OPERATIONS: MappingProxyType[str, Operation] = MappingProxyType({row.id: row for row in _ROWS})
GRANTS: MappingProxyType[str, Operation] = MappingProxyType({row.grant_type: row for row in _ROWS if row.grant_type})

PATHS = MappingProxyType(
    {path: tuple(row for row in _ROWS if row.path == path) for path in dict.fromkeys(row.path for row in _ROWS)}
)
"""The operations of each path, in table order."""

GUIDE = _GUIDE + "/authenticate-using-ropg-flow-with-mfa"
"""Auth0's guide to the flows; the address of its page for a factor starts with this one."""


def _m(id: str, method: str, path: str, summary: str, scope: str, page: str, success: int = 200) -> Operation:
    takes = (JSON_TYPE,) if method in ("POST", "PUT", "PATCH") else ()
    source = f"{DOCS}/api/management/v2/{page}"
    return Operation(cast("OperationId", f"management-{id}"), method, f"/api/v2/{path}", summary, "bearer", success, (), source, takes=takes, scope=scope)


_METHODS = "users/{user_id}/authentication-methods"
_MANAGEMENT_ROWS = (
    _m("list-users", "GET", "users", "List or search users", "read:users", "users/get-users"),
    _m("users-by-email", "GET", "users-by-email", "Find users by email", "read:users", "users-by-email/get-users-by-email"),
    _m("create-user", "POST", "users", "Create a user", "create:users", "users/post-users", 201),
    _m("get-user", "GET", "users/{user_id}", "Get a user", "read:users", "users/get-users-by-id"),
    _m("update-user", "PATCH", "users/{user_id}", "Change a user", "update:users", "users/patch-users-by-id"),
    _m("delete-user", "DELETE", "users/{user_id}", "Delete a user with all authenticators", "delete:users", "users/delete-users-by-id", 204),
    _m("import-users", "POST", "jobs/users-imports", "Import users, with factors", "create:users", "jobs/post-users-imports", 202),
    _m("get-job", "GET", "jobs/{job_id}", "Get an import job", "create:users", "jobs/get-jobs-by-id"),
    _m("get-job-errors", "GET", "jobs/{job_id}/errors", "Get what an import job refused", "create:users", "jobs/get-errors"),
    _m("list-methods", "GET", _METHODS, "List a user's authentication methods", "read:authentication_methods", "users/get-authentication-methods"),
    _m("create-method", "POST", _METHODS, "Create a confirmed authentication method", "create:authentication_methods", "users/post-authentication-methods", 201),
    _m("replace-methods", "PUT", _METHODS, "Replace all authentication methods", "update:authentication_methods", "users/put-authentication-methods"),
    _m("delete-methods", "DELETE", _METHODS, "Delete all authentication methods", "delete:authentication_methods", "users/delete-authentication-methods", 204),
    _m("get-method", "GET", _METHODS + "/{method_id}", "Get an authentication method", "read:authentication_methods", "users/get-authentication-methods-by-authentication-method-id"),
    _m("update-method", "PATCH", _METHODS + "/{method_id}", "Rename an authentication method", "update:authentication_methods", "users/patch-authentication-methods-by-authentication-method-id"),
    _m("delete-method", "DELETE", _METHODS + "/{method_id}", "Delete an authentication method", "delete:authentication_methods", "users/delete-authentication-methods-by-authentication-method-id", 204),
    _m("delete-authenticators", "DELETE", "users/{user_id}/authenticators", "Delete all authenticators", "delete:guardian_enrollments", "users/delete-authenticators", 204),
    _m("list-enrollments", "GET", "users/{user_id}/enrollments", "List a user's Guardian enrollments", "read:users", "users/get-enrollments"),
    _m("delete-provider", "DELETE", "users/{user_id}/multifactor/{provider}", "Reset a multi-factor provider", "update:users", "users/delete-multifactor-by-provider", 204),
    _m("regenerate-recovery-code", "POST", "users/{user_id}/recovery-code-regeneration", "Make a new recovery code", "update:users", "users/post-recovery-code-regeneration"),
    _m("forget-browsers", "POST", "users/{user_id}/multifactor/actions/invalidate-remember-browser", "Forget remembered browsers", "update:users", "users/post-invalidate-remember-browser", 204),
    _m("list-factors", "GET", "guardian/factors", "List the tenant's factors", "read:guardian_factors", "guardian/get-factors"),
    _m("get-message-types", "GET", "guardian/factors/phone/message-types", "Get the phone factor's channels", "read:guardian_factors", "guardian/get-message-types"),
    _m("set-message-types", "PUT", "guardian/factors/phone/message-types", "Set the phone factor's channels", "update:guardian_factors", "guardian/put-message-types"),
    _m("get-phone-settings", "GET", "guardian/factors/phone/settings", "Get length and life of codes by SMS and voice", "read:guardian_factors", "guardian/get-phone-settings"),
    _m("set-phone-settings", "PUT", "guardian/factors/phone/settings", "Set length and life of codes by SMS and voice", "update:guardian_factors", "guardian/put-phone-settings"),
    _m("get-email-settings", "GET", "guardian/factors/email/settings", "Get length and life of codes by email", "read:guardian_factors", "guardian/get-email-settings"),
    _m("set-email-settings", "PUT", "guardian/factors/email/settings", "Set length and life of codes by email", "update:guardian_factors", "guardian/put-email-settings"),
    _m("set-factor", "PUT", "guardian/factors/{factor}", "Switch a factor on or off", "update:guardian_factors", "guardian/put-factors-by-name"),
    _m("get-policies", "GET", "guardian/policies", "Get the MFA policies", "read:mfa_policies", "guardian/get-policies"),
    _m("set-policies", "PUT", "guardian/policies", "Set the MFA policies", "update:mfa_policies", "guardian/put-policies"),
    _m("create-ticket", "POST", "guardian/enrollments/ticket", "Make an enrollment ticket", "create:guardian_enrollment_tickets", "guardian/post-ticket"),
    _m("delete-enrollment", "DELETE", "guardian/enrollments/{enrollment_id}", "Delete a Guardian enrollment", "delete:guardian_enrollments", "guardian/delete-enrollments-by-id", 204),
)

MANAGEMENT: MappingProxyType[str, Operation] = MappingProxyType({row.id: row for row in _MANAGEMENT_ROWS})
"""The operations of the Management API that set up users and clean up after them. They have no schemas."""

MANAGEMENT_SCOPES = tuple(sorted({row.scope for row in _MANAGEMENT_ROWS}))

ME_SCOPES = (
    "read:me:factors", "create:me:authentication_methods", "read:me:authentication_methods",
    "update:me:authentication_methods", "delete:me:authentication_methods",
)  # fmt: skip
"""The scopes of the My Account API: section 13 of the contract."""

ALL: MappingProxyType[str, Operation] = MappingProxyType({**OPERATIONS, **MANAGEMENT})
"""All operations: each can appear in the journal and can be made to fail."""

OperationId = Literal[
    "password", "password-realm", "passwordless-otp", "refresh-token", "client-credentials", "mfa-otp", "mfa-oob",
    "passwordless-start", "revoke",
    "mfa-recovery-code", "associate", "list-authenticators", "delete-authenticator", "challenge",
    "openid-configuration", "jwks", "userinfo", "me-factors", "me-list-methods", "me-create-method", "me-verify-method",
    "me-get-method", "me-update-method", "me-delete-method", "management-list-users", "management-users-by-email",
    "management-create-user", "management-get-user", "management-update-user", "management-delete-user",
    "management-import-users", "management-get-job", "management-get-job-errors", "management-list-methods",
    "management-create-method", "management-replace-methods", "management-delete-methods",
    "management-get-method", "management-update-method", "management-delete-method",
    "management-delete-authenticators", "management-list-enrollments", "management-delete-provider",
    "management-regenerate-recovery-code", "management-forget-browsers", "management-list-factors",
    "management-get-message-types", "management-set-message-types", "management-get-phone-settings",
    "management-set-phone-settings", "management-get-email-settings", "management-set-email-settings",
    "management-set-factor", "management-get-policies", "management-set-policies", "management-create-ticket",
    "management-delete-enrollment",
]  # fmt: skip
"""The ids of `ALL` as a type, for editors and type checkers."""


_TEMPLATES: dict[int, list[tuple[Operation, list[str]]]] = {}
"""Number of a path's parts -> the rows whose paths have as many, in table order."""
for _row in _ROWS:
    _TEMPLATES.setdefault(_row.path.count("/") + 1, []).append((_row, _row.path.split("/")))


def rows_at(path: str) -> tuple[Operation, ...]:
    """The operations of `OPERATIONS` that have this path, in table order. A query does not matter."""
    asked = path.partition("?")[0].split("/")
    return tuple(row for row, template in _TEMPLATES.get(len(asked), ()) if path_values(template, asked) is not None)


def path_values(template: list[str], asked: list[str]) -> dict[str, str] | None:
    """The values of the template's parameters by name, or None if the path does not match the template."""
    if len(template) != len(asked):
        return None
    found = {}
    for expected, given in zip(template, asked, strict=True):
        if expected.startswith("{") and given:
            found[expected[1:-1]] = unquote(given)
        elif expected != given:
            return None
    return found
