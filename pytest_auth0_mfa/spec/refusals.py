"""Every way in which Auth0 refuses a call: data only.

Where sources disagree on the status or `error` of a refusal, the field of `Profile` with the same name decides, and
the answer here is that field's default. ``row`` is an entry of the contract (docs/contract.md) and ``confidence`` its
grade: doc, sdk, seen or guess.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Refusal:
    """One error answer. ``compared``: SDKs compare the text exactly."""

    id: str
    answer: str
    """``"<status> <error>"``."""
    description: str
    row: str
    confidence: str
    compared: bool = False
    texts: MappingProxyType[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Answer -> text, for alternatives that have another text than ``description``."""


def _r(
    refusal_id: str,
    answer: str,
    description: str,
    row: str,
    confidence: str,
    *,
    compared: bool = False,
    texts: dict[str, str] | None = None,
) -> Refusal:
    return Refusal(refusal_id, answer, description, row, confidence, compared, MappingProxyType(texts or {}))


_NOT_ENROLLED = "User is not enrolled. You can use /mfa/associate endpoint to enroll the first authenticator."
_ASSOCIATION_REQUIRED = (
    "User does not have any confirmed authenticator associated. You can associate a new authenticator calling "
    "/mfa/associate endpoint. If you have one authenticator ready for confirmation, you can confirm it just "
    "using it in /oauth/token"
)

_INVALID_TOKEN = "Invalid Token"
_INVALID_BODY = "Invalid request payload input"

_ROWS = (
    # -- the request cannot be read ----------------------------------------------------------
    _r("not_found", "404 not_found", "Not Found", "U-26", "guess"),
    _r("wrong_verb", "404 not_found", "Not Found", "U-26", "guess"),
    _r("unreadable_body", "400 invalid_request", "The request body cannot be parsed.", "U-19", "guess"),
    _r("wrong_type", "400 invalid_request", "Invalid parameter: {name}", "U-19", "guess"),
    _r("repeated_parameter", "400 invalid_request", "Repeated parameter: {name}", "U-19", "guess"),
    _r("missing_parameter", "400 invalid_request", "Missing required parameter: {name}", "T7", "doc", compared=True),
    # -- the application ---------------------------------------------------------------------
    _r(
        "client_authentication", "401 access_denied", "Unauthorized", "T6", "sdk", compared=True,
        texts={"401 invalid_client": "Client authentication failed"},
    ),
    _r("unsupported_grant_type", "400 unsupported_grant_type", "Grant type not supported", "T8", "doc"),
    _r("grant_not_allowed", "403 unauthorized_client", "Grant type '{grant}' not allowed for the client.", "T5", "doc", compared=True),
    _r("organization_unsupported", "403 access_denied", "parameter organization is not allowed for this client", "CTE2", "guess"),
    # -- proofs of possession ----------------------------------------------------------------
    _r("invalid_dpop_proof", "400 invalid_dpop_proof", "Invalid DPoP proof", "B5", "doc"),
    _r("use_dpop_nonce", "400 use_dpop_nonce", "Authorization server requires nonce in DPoP proof", "B3", "doc", compared=True),
    _r("dpop_proof_required", "400 invalid_request", "A DPoP proof is required.", "B7", "guess"),
    _r(
        "wrong_dpop_key", "400 invalid_dpop_proof", "The refresh token is bound to another key.", "B8", "guess",
        texts=dict.fromkeys(("403 invalid_grant", "400 invalid_grant"), "Unknown or invalid refresh token."),
    ),
    _r("client_grant_missing", "403 access_denied", 'Client is not authorized to access "{audience}".', "M3", "guess"),
    _r(
        "dpop_token_mismatch", "401 invalid_token",
        "The access token is not bound to this key, or was sent with the wrong scheme.", "B10", "guess",
    ),
    _r("dpop_proof_at_resource", "401 invalid_dpop_proof", "Invalid DPoP proof", "D-37", "guess"),
    _r("dpop_nonce_at_resource", "401 use_dpop_nonce", "Resource server requires nonce in DPoP proof", "B11", "sdk"),
    # -- limits ------------------------------------------------------------------------------
    _r("rate_limited", "429 too_many_requests", "Rate limit exceeded. Please retry after some time.", "T10", "doc"),
    _r("login_blocked", "429 too_many_attempts", "Your account has been blocked after multiple consecutive login attempts.", "T11", "sdk"),
    _r(
        "too_many_codes", "429 too_many_attempts",
        "Too many failed codes. Wait for some minutes before retrying.", "V19", "seen", compared=True,
    ),
    _r(
        "too_many_messages", "400 invalid_request",
        "Too many {what} sent by the user. Wait for some minutes before retrying.", "A11", "seen", compared=True,
    ),
    # -- the first factor --------------------------------------------------------------------
    _r(
        "wrong_password", "403 invalid_grant", "Wrong email or password.", "T4", "sdk", compared=True,
        texts={"403 invalid_user_password": "Wrong email or password"},
    ),
    _r("unknown_audience", "400 invalid_request", "invalid audience specified for password grant exchange", "T12", "sdk"),
    _r("service_not_found", "403 access_denied", "Service not found: {audience}", "T13", "guess"),
    _r("passwordless_no_client_id", "400 bad.client_id", "Missing required property: client_id", "P3", "doc"),
    _r("passwordless_no_connection", "400 bad.connection", "Missing required property: connection", "P3", "doc"),
    _r("passwordless_connection", "400 bad.connection", "Connection does not exist", "P3", "doc"),
    _r("passwordless_parameters", "400 bad.authParams", "error in authParams - invalid type: string (expected object)", "P3", "doc"),
    _r("passwordless_no_email", "400 bad.email", "Missing required property: email", "P3", "guess"),
    _r("passwordless_email", "400 bad.email", "The email is invalid.", "P3", "guess"),
    _r("passwordless_no_phone_number", "400 bad.phone_number", "Missing required property: phone_number", "P3", "doc"),
    _r("passwordless_phone_number", "400 bad.phone_number", "String does not match pattern: ^\\+[0-9]{1,15}$", "P3", "doc"),
    _r("wrong_passwordless_email", "403 invalid_grant", "Wrong email or verification code.", "P5", "sdk", compared=True),
    _r("wrong_passwordless_phone", "403 invalid_grant", "Wrong phone number or verification code.", "P5", "sdk", compared=True),
    _r("passwordless_expired", "403 invalid_grant", "The verification code has expired. Please try to login again.", "P6", "seen"),
    _r("user_blocked", "403 invalid_grant", "user is blocked", "U-27", "seen"),
    _r("invalid_refresh_token", "403 invalid_grant", "Unknown or invalid refresh token.", "T9", "guess"),
    _r(
        "deleted_user_refresh_token", "403 invalid_grant",
        "The refresh_token was generated for a user who doesn't exist anymore.", "T14", "sdk",
    ),
    _r("foreign_refresh_token", "400 invalid_request", "The refresh token was not issued to this client.", "R4", "guess"),
    _r("mfa_required", "403 mfa_required", "Multifactor authentication required", "T2", "doc", compared=True),
    # -- mfa_token and oob_code --------------------------------------------------------------
    _r("malformed_mfa_token", "403 invalid_grant", "Malformed mfa_token", "V14", "sdk", compared=True),
    _r("expired_mfa_token", "401 expired_token", "mfa_token is expired", "V13", "sdk", compared=True),
    _r("foreign_mfa_token", "400 invalid_request", "mfa_token not issued to this client", "V15", "seen", compared=True),
    _r("malformed_oob_code", "403 invalid_grant", "Malformed oob_code", "V10", "sdk", compared=True),
    _r("expired_oob_code", "403 expired_token", "oob_code is expired", "V12", "seen", compared=True),
    _r("foreign_oob_code", "400 invalid_request", "The oob_code doesn't match the mfa_token", "V11", "seen", compared=True),
    _r("used_oob_code", "403 invalid_grant", "Invalid binding_code.", "U-4", "guess"),
    # -- the second factor -------------------------------------------------------------------
    _r("wrong_otp", "403 invalid_grant", "Invalid otp_code.", "V2", "sdk", compared=True),
    _r("wrong_binding_code", "403 invalid_grant", "Invalid binding_code.", "V8", "sdk", compared=True),
    _r("missing_binding_code", "400 invalid_request", "Missing required parameter: binding_code", "V9", "seen"),
    _r("authorization_pending", "400 authorization_pending", "Authorization pending: please repeat the request in a few seconds.", "V5", "sdk", compared=True),
    _r(
        "slow_down", "400 slow_down", "You are polling faster than allowed. Try again in {seconds} seconds.", "V6", "doc",
        texts={"429 slow_down": "You are polling faster than the specified interval of {seconds} seconds."},
    ),
    _r("push_rejected", "400 access_denied", "MFA Authorization rejected.", "V7", "sdk", compared=True),
    _r("wrong_recovery_code", "403 invalid_grant", "MFA Authorization rejected.", "V17", "sdk", compared=True),
    _r("no_recovery_code", "403 unsupported_challenge_type", "User does not have a recovery-code.", "V18", "sdk", compared=True),
    _r(
        "not_enrolled", "401 unsupported_challenge_type", _NOT_ENROLLED, "V3", "sdk", compared=True,
        texts={"403 association_required": _ASSOCIATION_REQUIRED},
    ),
    _r(
        "association_required", "403 association_required", _ASSOCIATION_REQUIRED, "H4", "seen", compared=True,
        texts={"401 unsupported_challenge_type": _NOT_ENROLLED},
    ),
    _r(
        "unsupported_challenge_type", "401 unsupported_challenge_type",
        "The user does not support {requested}. {supported}", "H5", "seen",
    ),
    _r("unknown_authenticator", "400 invalid_request", "Invalid authenticator_id", "U-15", "guess"),
    # -- bearer ------------------------------------------------------------------------------
    _r(
        "invalid_bearer", "401 invalid_grant",
        "The mfa_token provided is invalid. Try getting a new token.", "A7", "sdk", compared=True,
    ),
    _r("missing_bearer", "401 invalid_grant", "The mfa_token provided is invalid. Try getting a new token.", "A8", "guess"),
    _r("wrong_audience", "401 invalid_grant", "The mfa_token provided is invalid. Try getting a new token.", "U-9", "guess"),
    _r(
        "missing_scope", "403 insufficient_scope", "Insufficient scope, expected: {scope}", "L4", "guess",
        texts={"401 invalid_grant": "The mfa_token provided is invalid. Try getting a new token."},
    ),
    _r(
        "invalid_access_token", "401 unauthorized", "Unauthorized", "D-24", "guess",
        texts={"401 invalid_token": "The access token is invalid or has expired"},
    ),
    # -- enrolment ---------------------------------------------------------------------------
    _r("already_enrolled", "403 access_denied", "User is already enrolled.", "A6", "sdk", compared=True),
    _r("unsupported_authenticator", "400 invalid_request", "Unsupported authenticator type: {name}", "1.3", "guess"),
    _r("disabled_factor", "401 unsupported_challenge_type", "The factor {name} is not enabled.", "A10", "guess"),
    _r("invalid_phone_number", "400 invalid_request", "The phone number is invalid.", "A9", "seen", compared=True),
    _r("invalid_email", "400 invalid_request", "The email is invalid.", "U-11", "guess"),
    _r("email_enrolled_twice", "403 access_denied", "User is already enrolled.", "U-13", "guess"),
    _r("authenticator_limit", "403 access_denied", "The user has too many authenticators.", "A13", "seen"),
    _r("provider_failure", "502 bad_gateway", "Error sending {what}.", "A12", "seen", compared=True),
    _r("challenge_unavailable", "502 bad_gateway", "There is no available challenge type.", "H8", "seen", compared=True),
    # -- deletion ----------------------------------------------------------------------------
    _r("delete_unknown", "404 not_found", "Authenticator not found.", "X3", "doc"),
    _r("delete_implicit_email", "403 access_denied", "A verified email cannot be removed.", "X4", "doc"),
    _r("delete_recovery_code", "204", "A recovery code cannot be removed.", "U-8", "guess"),
    _r("delete_pending", "204", "Authenticator not found.", "U-8", "guess"),
    # -- the My Account API: the answer holds the last part of `type`, the text is `detail` ----
    _r("me_not_found", "404 A0E-404-0001", "The requested resource {method} {path} was not found.", "M22", "seen"),
    _r("me_missing_token", "401 A0E-401-0002", "No auth token provided.", "M15", "doc"),
    _r("me_invalid_token", "401 A0E-401-0003", _INVALID_TOKEN, "M16", "sdk", compared=True),
    _r("me_wrong_audience", "401 A0E-401-0003", _INVALID_TOKEN, "U-34", "guess"),
    _r("me_missing_scope", "403 A0E-403-0002", "The auth token lacks the required scope: {scope}", "M17", "doc"),
    _r("me_user_blocked", "401 A0E-401-0003", _INVALID_TOKEN, "U-34", "guess"),
    _r("me_dpop_token", "401 A0E-401-0003", _INVALID_TOKEN, "B10", "guess"),
    _r("me_dpop_proof", "401 A0E-401-0003", _INVALID_TOKEN, "D-37", "guess"),
    _r("me_dpop_nonce", "401 A0E-401-0003", _INVALID_TOKEN, "B11", "sdk"),
    _r("me_rate_limited", "429 A0E-429-0003", "The endpoint request limit has been exceeded.", "M20", "doc"),
    _r("me_unsupported_media_type", "415 A0E-415-0001", "The media type of the request is not supported.", "M19", "doc"),
    _r("me_unreadable_body", "400 A0E-400-0001", "The request is invalid.", "U-35", "guess"),
    _r("me_invalid_body", "400 A0E-400-0003", _INVALID_BODY, "M18", "sdk", compared=True),
    _r("me_invalid_query", "400 A0E-400-0003", _INVALID_BODY, "U-35", "guess"),
    _r("me_unsupported_type", "400 A0E-400-0003", _INVALID_BODY, "M18", "guess"),
    _r("me_invalid_address", "400 A0E-400-0003", _INVALID_BODY, "U-35", "guess"),
    _r("me_disabled_factor", "400 A0E-400-0001", "The factor {name} is not enabled.", "U-31", "guess"),
    _r("me_duplicate_method", "202", "The authentication method already exists.", "U-31", "guess"),
    _r("me_method_limit", "400 A0E-400-0001", "The user has too many authentication methods.", "U-31", "guess"),
    _r("me_too_many_messages", "429 A0E-429-0003", "Too many {what} sent.", "U-31", "guess"),
    _r("me_provider_failure", "500 A0E-500-0001", "The message could not be sent.", "U-31", "guess"),
    _r("me_unknown_method", "404 A0E-404-0002", "The authentication method does not exist.", "M14", "doc"),
    _r("me_unknown_method_changed", "404 A0E-404-0002", "The authentication method does not exist.", "U-32", "guess"),
    _r("me_invalid_session", "404 A0E-404-0001", "Invalid or expired session", "U-29", "guess"),
    _r("me_wrong_code", "400 A0E-400-0001", "Invalid otp_code.", "U-29", "guess"),
    _r("me_too_many_codes", "429 A0E-429-0003", "Too many failed codes.", "U-29", "guess"),
    _r("me_push_not_approved", "400 A0E-400-0001", "The enrollment has not been completed.", "U-29", "guess"),
    _r("me_not_a_phone", "400 A0E-400-0003", _INVALID_BODY, "U-32", "guess"),
    _r("me_rename_recovery_code", "400 A0E-400-0003", _INVALID_BODY, "U-32", "guess"),
    _r("me_delete_last", "204", "The last authentication method cannot be deleted.", "U-32", "guess"),
    _r("me_delete_verified_email", "409 A0E-409-0001", "A verified email cannot be removed.", "U-32", "guess"),
)

REFUSALS: MappingProxyType[str, Refusal] = MappingProxyType({row.id: row for row in _ROWS})
