"""The ways in which a walk makes a call wrong, by name, and the parameters they change."""

from __future__ import annotations

from pytest_auth0_mfa.contract.tenant.calls import OMIT
from pytest_auth0_mfa.contract.tenant.values import Value

_SCOPES_OF_MFA = ("enroll", "read:authenticators", "remove:authenticators")
SCOPES = (
    *("offline_access", "profile email", "email", "offline_access profile") * 2,
    "openid offline_access email",
    "",
)
"""Two in ten bring an ID token: its signature takes as long as two other steps."""
SCOPES_OF_MFA = (*(" ".join(_SCOPES_OF_MFA), *_SCOPES_OF_MFA) * 2, "openid offline_access enroll", "")
LOGIN = (
    "realm", "no-realm", "wrong-password", "no-password", "no-username", "nobody", "no-grant", "strange-grant",
    "secret", "no-secret", "no-client", "nobody-client", "other-client", "form", "json-as-form", "basic", "raw",
    "dpop", "organization", "null", "number", "nonce",
)  # fmt: skip
LOGIN_OF_FAKES = frozenset({"dpop", "organization"})
"""What the fake refuses because it does not have it; a real tenant may have it."""
LOGIN_PARAMETERS: dict[str, dict[str, Value]] = {
    "no-realm": {"realm": OMIT},
    "wrong-password": {"password": "wrong"},
    "no-password": {"password": OMIT},
    "no-username": {"username": OMIT},
    "nobody": {"username": "nobody@example.com"},
    "no-grant": {"grant_type": OMIT},
    "strange-grant": {"grant_type": "wrong"},
    "secret": {"client_secret": "wrong"},
    "no-secret": {"client_secret": OMIT},
    "no-client": {"client_id": OMIT},
    "nobody-client": {"client_id": "wrong"},
    "organization": {"organization": "org_1"},
    "null": {"realm": None, "scope": ""},
    "number": {"username": 1},
    "nonce": {"nonce": "n-1"},
}
CLIENT_PARAMETERS: dict[str, dict[str, Value]] = {
    "secret": {"client_secret": "wrong"},
    "no-secret": {"client_secret": OMIT},
    "no-client": {"client_id": OMIT},
}
VERIFY = (
    "secret", "no-client", "other-client", "tampered", "no-token", "access-token", "other-token", "no-code",
    "spaces", "form", "basic", "scope",
)  # fmt: skip
STEPS_OFF = {"previous": -1, "next": 1, "stale": -2, "early": 2}
ASSOCIATE = (
    "address", "no-address", "no-types", "empty-types", "no-channels", "strange-type", "strange-channel",
    "webauthn", "several-types", "several-channels", "string-type", "string-channel", "form", "client",
    "number",
)  # fmt: skip
ASSOCIATE_PARAMETERS: dict[str, dict[str, Value]] = {
    "no-types": {"authenticator_types": OMIT},
    "empty-types": {"authenticator_types": []},
    "no-channels": {"oob_channels": OMIT},
    "strange-type": {"authenticator_types": ["wrong"]},
    "strange-channel": {"authenticator_types": ["oob"], "oob_channels": ["wrong"]},
    "webauthn": {"authenticator_types": ["webauthn-roaming"]},
    "several-types": {"authenticator_types": ["otp", "oob"]},
    "several-channels": {"authenticator_types": ["oob"], "oob_channels": ["auth0", "sms"]},
    "string-type": {"authenticator_types": "otp"},
    "string-channel": {"authenticator_types": ["oob"], "oob_channels": "auth0"},
    "number": {"phone_number": 15550100, "email": 1},
}
CHALLENGE = (
    "form", "json-as-form", "basic", "secret", "no-secret", "no-client", "other-client", "tampered", "no-token",
    "access-token", "other-token", "foreign-id", "unknown-id", "channel", "strange-type",
)  # fmt: skip
CHALLENGE_PARAMETERS: dict[str, dict[str, Value]] = {**CLIENT_PARAMETERS, "strange-type": {"challenge_type": "wrong"}}
