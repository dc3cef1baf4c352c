"""How a walk makes calls wrong: by changed parameters, and by values that were used or replaced."""

from __future__ import annotations

from pytest_auth0_mfa.contract.tenant import calls
from pytest_auth0_mfa.contract.tenant.account_calls import SCOPES_OF_ME, me_get, me_verify
from pytest_auth0_mfa.contract.tenant.calls import OMIT
from pytest_auth0_mfa.contract.tenant.side_by_side import Played
from pytest_auth0_mfa.contract.tenant.values import Totp, Value

from .choices import Choices, KnownValues

_SCOPES_OF_MFA = ("enroll", "read:authenticators", "remove:authenticators")
SCOPES = (
    *("offline_access", "profile email", "email", "offline_access profile") * 2,
    "openid offline_access email",
    "",
)
"""Two in ten lead to an ID token, since a signature takes as long as two other steps."""
SCOPES_OF_MFA = (*(" ".join(_SCOPES_OF_MFA), *_SCOPES_OF_MFA) * 2, "openid offline_access enroll", "")
LOGIN = (
    "realm", "no-realm", "wrong-password", *("no-password", "no-username", "no-grant") * 2, "nobody",
    *("strange-grant",) * 4,
    "secret", "no-secret", "no-client", "nobody-client", "other-client", "form", "json-as-form", "basic", "raw",
    *("organization",) * 3, "null", "number", "nonce",
)  # fmt: skip
LOGIN_OF_FAKES = frozenset({"organization"})
"""Mutations that use features which the fake lacks. A real tenant may have them."""
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
VERIFY_OTP = (*VERIFY, "previous", "next", "stale", "early", *("wrong",) * 5, "short")
VERIFY_OOB = (*VERIFY, *("other-code", "no-code", "no-code", "tampered-oob") * 2, "no-oob")
STEPS_OFF = {"previous": -1, "next": 1, "stale": -2, "early": 2}
ASSOCIATE = (
    *("address",) * 4, *("no-address", "no-types", "no-channels") * 3, "empty-types",
    *("strange-type", "strange-channel", "webauthn") * 4,
    "several-types", "several-channels", "string-type", "string-channel", "form", "client",
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
    "access-token", "other-token", "foreign-id", "unknown-id", "unknown-id", "channel",
    *("strange-type",) * 3,
)  # fmt: skip
CHALLENGE_PARAMETERS: dict[str, dict[str, Value]] = {**CLIENT_PARAMETERS, "strange-type": {"challenge_type": "wrong"}}

SCOPES_OF_ACCOUNT = (
    *(SCOPES_OF_ME,) * 4,
    "read:me:authentication_methods create:me:authentication_methods",
    f"openid offline_access {SCOPES_OF_ME}",
    "read:me:factors",
    "",
)
ACCOUNT_BEARER = ("tampered", "none", "opaque", "mfa-token", "mfa-access")
CREATE = (
    *("address",) * 3, *("no-address", "no-type", "unknown-type", "unknown-member") * 2, "number", "passkey",
    "password", "in-capitals", "form", "both-addresses", "channel",
)  # fmt: skip
CREATE_PARAMETERS: dict[str, dict[str, Value]] = {
    "no-type": {"type": OMIT},
    "unknown-type": {"type": "wrong"},
    "unknown-member": {"x_unknown": "1"},
    "number": {"type": 1},
    "passkey": {"type": "passkey"},
    "password": {"type": "password"},
    "both-addresses": {"email": "ada@example.com", "phone_number": "+15550100"},
    "channel": {"preferred_authentication_method": "push"},
}
VERIFY_METHOD = (
    *("wrong",) * 5, *("other-code", "no-code", "other-session", "other-id", "other-token") * 2, "tampered",
    "no-session", "unknown-id", "location", "raw", "code", "form", "unknown-member", "number", "binding-code",
    "previous", "stale",
)  # fmt: skip
MANAGE = ("unknown", "other", "other", "mfa-api", "tampered", "raw", "nothing", "unknown-member", "number", "channel")
MANAGE_PARAMETERS: dict[str, dict[str, Value]] = {
    "nothing": {},
    "unknown-member": {"x_unknown": "1"},
    "number": {"name": 1},
    "channel": {"preferred_authentication_method": "push"},
}


class Retiring(KnownValues):
    """Calls with old values."""

    def retired(self, choices: Choices) -> Played:
        """Use any value of the example with any of its tokens."""
        pools = {
            "recovery": self.recovery_codes,
            "otp": self.secrets,
            "oob": self.oobs,
            "refresh": self.refresh_tokens,
            "delete": self.ids and self.bearers,
            "challenge": self.ids,
            "list": self.mfa_tokens,
            "session": self.sessions and self.account_tokens,
            "method": self.method_ids and self.account_tokens,
        }
        kinds = [kind for kind, pool in pools.items() if pool]
        kind = choices.of(kinds)
        token = choices.of(self.mfa_tokens)
        user, client = token.about["user"], self.client_of(token, "")
        about = {"client": client, "audience": token.about.get("audience"), "token": token}
        if kind == "recovery":
            return self.call(calls.recovery(client, token, choices.of(self.recovery_codes)), user, **about)
        if kind == "otp":
            return self.call(calls.otp(client, token, Totp(choices.of(self.secrets))), user, **about)
        if kind == "oob":
            oob_code = choices.of(self.oobs)
            used = choices.of((token, oob_code.about.get("token") or token))
            template = calls.oob(client, used, oob_code, oob_code.about.get("code"))
            template.factor = oob_code.about.get("channel", "")
            return self.call(template, user, **about)
        if kind == "refresh":
            old = choices.of(self.refresh_tokens)
            return self.call(calls.refresh(client, old), old.about["user"], **about)
        if kind == "delete":
            return self.call(calls.delete(choices.of(self.bearers), choices.of(self.ids)), user)
        if kind == "method":
            return self.call(me_get(choices.of(self.account_tokens), choices.of(self.method_ids)), user)
        if kind == "session":
            old = choices.of(self.sessions)
            secret = old.about["secret"]
            code: Value = Totp(secret) if secret is not None else old.about["code"]
            return self.call(me_verify(choices.of(self.account_tokens), old.about["identifier"], old, code), user)
        if kind == "challenge":
            return self.call(calls.challenge(client, token, choices.of(self.ids)), user, **about)
        return self.call(calls.authenticators(choices.of([*self.mfa_tokens, *self.bearers])), user)
