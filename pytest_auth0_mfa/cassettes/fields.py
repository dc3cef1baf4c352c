"""Which field holds which kind of secret, and which fields and headers are harmless: data only.

A field that is in neither table is taken for a secret: its text is replaced whatever it looks like.
"""

from __future__ import annotations

SECRET_FIELDS: dict[str, str] = {
    "access_token": "access_token",
    "id_token": "jwt",
    "id_token_hint": "jwt",
    "refresh_token": "refresh_token",
    "mfa_token": "mfa_token",
    "oob_code": "oob_code",
    "binding_code": "code",
    "otp": "code",
    "recovery_code": "recovery_code",
    "recovery_codes": "recovery_code",
    "secret": "totp_secret",
    "barcode_uri": "otpauth",
    "client_id": "client_id",
    "azp": "client_id",
    "client_secret": "client_secret",
    "client_assertion": "jwt",
    "username": "email",
    "login_hint": "email",
    "email": "email",
    "password": "password",
    "phone_number": "phone_number",
    "phone": "phone_number",
    "authenticator_id": "device",
    "id": "device",
    "sub": "user_id",
    "user_id": "user_id",
    "kid": "key",
    "n": "key",
    "e": "key",
    "x5t": "key",
    "x5c": "key",
    "name": "name",
    "nickname": "name",
    "given_name": "name",
    "family_name": "name",
    "middle_name": "name",
    "preferred_username": "name",
}
"""Field name, in lower case -> kind."""

CODE_FIELDS = frozenset({"otp", "binding_code"})

PLAIN_FIELDS = frozenset(
    (
        "active",
        "alg",
        "amr",
        "aud",
        "audience",
        "auth_time",
        "authentication_types",
        "authenticator_type",
        "authenticator_types",
        "binding_method",
        "challenge",
        "challenge_type",
        "client_assertion_type",
        "connection",
        "created_at",
        "email_verified",
        "enroll",
        "error",
        "error_description",
        "error_uri",
        "errorcode",
        "exp",
        "expires_in",
        "grant_type",
        "gty",
        "iat",
        "iss",
        "issuer",
        "keys",
        "kty",
        "last_auth",
        "logo_uri",
        "message",
        "mfa_requirements",
        "nbf",
        "oob_channel",
        "oob_channels",
        "phone_number_verified",
        "placeholder",
        "realm",
        "redirect_uri",
        "resource",
        "response_mode",
        "response_type",
        "scope",
        "status",
        "statuscode",
        "token_type",
        "typ",
        "type",
        "updated_at",
        "use",
    )
)
"""Fields whose text is kept, apart from what is secret by its shape or known from elsewhere."""

PLAIN_SUFFIXES = ("_endpoint", "_supported", "_uri")
"""Of the discovery document's fields."""

REQUEST_HEADERS = ("authorization", "content-type", "cookie")
RESPONSE_HEADERS = (
    "cache-control",
    "content-type",
    "date",
    "location",
    "retry-after",
    "set-cookie",
    "www-authenticate",
    "x-ratelimit-limit",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
)
"""Headers that a cassette keeps; all others are dropped, whatever is in them."""

PUBLIC_HOSTS = frozenset(
    {"auth0.com", "www.auth0.com", "openid.net", "tools.ietf.org", "www.w3.org", "schemas.openid.net"}
)
"""Hosts of identifiers and documentation: they say nothing about a tenant."""


def kind_of(field: str) -> str | None:
    """The kind of secret that a field holds, or None."""
    return SECRET_FIELDS.get(field.lower())


def is_plain(field: str) -> bool:
    """Whether a field is known to hold no secret."""
    name = field.lower()
    return name in PLAIN_FIELDS or name.endswith(PLAIN_SUFFIXES)
