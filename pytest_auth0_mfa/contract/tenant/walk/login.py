"""Moves of a walk: the first factor, and renewing."""

from __future__ import annotations

from pytest_auth0_mfa.contract.tenant import calls as asks
from pytest_auth0_mfa.contract.tenant.calls import Ask
from pytest_auth0_mfa.contract.tenant.choices import Dice
from pytest_auth0_mfa.contract.tenant.duel import Played
from pytest_auth0_mfa.contract.tenant.values import Changed, Of, User, Value

from . import mutations as twists
from .known_values import TAMPER, Hands


class Logins(Hands):
    """The grants that no second factor is in."""

    def log_in(self, dice: Dice) -> Played:
        """Password grants: with and without openid, offline_access and the MFA audience."""
        user = dice.of(self.users)
        twist = dice.twist(twists.LOGIN)
        if twist in twists.LOGIN_OF_FAKES and "clock" not in self.duel.subject.controls:
            twist = ""
        more: dict[str, Value] = {}
        audience = dice.of(("", self.audience, "", "", "", "", "", "https://api.example/"))
        if audience:
            more["audience"] = audience
        scope = dice.of(twists.SCOPES if audience != self.audience else twists.SCOPES_OF_MFA)
        if scope:
            more["scope"] = scope
        client = self.client
        if twist == "other-client" and self.other is not None:
            client = self.other
        about = {"client": client, "audience": audience, "scope": scope}
        log_in = asks.password_realm if twist in ("realm", "no-realm") else asks.password
        ask = log_in(client, user, Of(user, "password"), **(more | twists.LOGIN_PARAMETERS.get(twist, {})))
        if twist == "raw":
            assert ask.params is not None
            ask = Ask("password", "POST", "/oauth/token", {"grant_type": "password"}, encoding="json-as-form")
        elif twist in ("form", "json-as-form"):
            ask.encoding = twist
        elif twist == "basic":
            ask = self.with_basic(ask, client)
        elif twist == "dpop":
            ask.headers = {"DPoP": "proof"}
        return self.call(ask, user, **about)

    def refresh(self, dice: Dice) -> Played:
        """The refresh_token grant."""
        token = dice.newest(self.refresh_tokens)
        twist = dice.twist(("tampered", "missing", "other-client", "audience", "scope", "form", "secret", "secret"))
        client, more = self.client_of(token, twist), dict(twists.CLIENT_PARAMETERS.get(twist, {}))
        value: Value = token
        if twist == "tampered":
            value = Changed(token, dice.of(TAMPER))
        elif twist == "missing":
            value = None
        elif twist == "audience":
            more["audience"] = self.audience
        elif twist == "scope":
            more["scope"] = "openid"
        ask = asks.refresh(client, value, **more)
        ask.encoding = "form" if twist == "form" else "json"
        audience = more.get("audience", token.about.get("audience"))
        return self.call(ask, token.about["user"], client=client, audience=audience)

    def first_factor(self, user: User, dice: Dice) -> None:
        audience = dice.of(("", self.audience, "", ""))
        scope = dice.of(twists.SCOPES if not audience else twists.SCOPES_OF_MFA)
        more: dict[str, Value] = {}
        if scope:
            more["scope"] = scope
        if audience:
            more["audience"] = audience
        ask = asks.password(self.client, user, Of(user, "password"), **more)
        self.call(ask, user, client=self.client, audience=audience, scope=scope)
