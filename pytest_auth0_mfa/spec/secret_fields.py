"""The one table of fields whose values are secret, with the kind of each value.

Everything that hides, replaces or traces values takes its names from here: error messages, reproducers, checks of
clients, redaction, cassettes. Only the leak check of cassettes has rules of its own, so that it finds a name that was
forgotten here.
"""

from __future__ import annotations

CREDENTIALS = {
    "access_token": "access_token",
    "auth_session": "auth_session",
    "barcode_uri": "otpauth",
    "binding_code": "code",
    "client_assertion": "jwt",
    "client_secret": "client_secret",
    "id_token": "jwt",
    "id_token_hint": "jwt",
    "manual_input_code": "totp_secret",
    "mfa_token": "mfa_token",
    "new_password": "password",
    "oob_code": "oob_code",
    "otp": "code",
    "otp_code": "code",
    "password": "password",
    "recovery_code": "recovery_code",
    "recovery_codes": "recovery_code",
    "refresh_token": "refresh_token",
    "secret": "totp_secret",
    "token": "refresh_token",
}
"""Fields that let whoever knows their value act as somebody else. Field name in lower case -> kind of value."""

PERSONAL = {
    "authentication_method_id": "device",
    "authenticator_id": "device",
    "azp": "client_id",
    "client_id": "client_id",
    "e": "key",
    "email": "email",
    "family_name": "name",
    "given_name": "name",
    "id": "device",
    "identity_user_id": "user_id",
    "key_id": "key",
    "kid": "key",
    "login_hint": "email",
    "middle_name": "name",
    "n": "key",
    "name": "name",
    "nickname": "name",
    "phone": "phone_number",
    "phone_number": "phone_number",
    "preferred_username": "name",
    "public_key": "key",
    "sub": "user_id",
    "user_handle": "key",
    "user_id": "user_id",
    "username": "email",
    "x5c": "key",
    "x5t": "key",
}
"""Fields that identify a person, an application, a device or a tenant's key. Field name -> kind of value."""

SECRET_FIELDS = frozenset(CREDENTIALS)
"""Fields and parameters whose values are never shown."""
CODE_FIELDS = frozenset(name for name, kind in CREDENTIALS.items() if kind == "code")
"""Fields that hold a one-time code."""
