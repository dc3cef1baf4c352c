"""Moves of a walk: what was used, replaced, deleted or has expired is tried again, by its owner and by others."""

from __future__ import annotations

from pytest_auth0_mfa.contract.tenant import calls
from pytest_auth0_mfa.contract.tenant.choices import Choices
from pytest_auth0_mfa.contract.tenant.side_by_side import Played
from pytest_auth0_mfa.contract.tenant.values import Totp

from .known_values import KnownValues


class Retiring(KnownValues):
    """What worked once."""

    def retired(self, choices: Choices) -> Played:
        """Any value of the example, with any token of it."""
        pools = {
            "recovery": self.recovery_codes,
            "otp": self.secrets,
            "oob": self.oobs,
            "refresh": self.refresh_tokens,
            "delete": self.ids and self.bearers,
            "challenge": self.ids,
            "list": self.mfa_tokens,
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
        if kind == "challenge":
            return self.call(calls.challenge(client, token, choices.of(self.ids)), user, **about)
        return self.call(calls.authenticators(choices.of([*self.mfa_tokens, *self.bearers])), user)
