"""Moves of a walk: the first factor, and renewing."""

from __future__ import annotations

from pytest_auth0_mfa.contract.tenant import calls
from pytest_auth0_mfa.contract.tenant.calls import CallTemplate
from pytest_auth0_mfa.contract.tenant.choices import Choices
from pytest_auth0_mfa.contract.tenant.side_by_side import Played
from pytest_auth0_mfa.contract.tenant.values import Changed, Of, User, Value

from . import mutations
from .known_values import TAMPER, KnownValues


class Logins(KnownValues):
    """The grants that no second factor is in."""

    def log_in(self, choices: Choices) -> Played:
        """Password grants: with and without openid, offline_access and the MFA audience."""
        user = choices.of(self.users)
        mutation = choices.mutation(mutations.LOGIN)
        if mutation in mutations.LOGIN_OF_FAKES and self.sides.subject.is_real:
            mutation = ""
        more: dict[str, Value] = {}
        audience = choices.of(("", self.audience, "", "", "", "", "", "https://api.example/"))
        if audience:
            more["audience"] = audience
        scope = choices.of(mutations.SCOPES if audience != self.audience else mutations.SCOPES_OF_MFA)
        if scope:
            more["scope"] = scope
        client = self.client
        if mutation == "other-client" and self.other is not None:
            client = self.other
        about = {"client": client, "audience": audience, "scope": scope}
        log_in = calls.password_realm if mutation in ("realm", "no-realm") else calls.password
        template = log_in(client, user, Of(user, "password"), **(more | mutations.LOGIN_PARAMETERS.get(mutation, {})))
        if mutation == "raw":
            assert template.params is not None
            template = CallTemplate(
                "password", "POST", "/oauth/token", {"grant_type": "password"}, encoding="json-as-form"
            )
        elif mutation in ("form", "json-as-form"):
            template.encoding = mutation
        elif mutation == "basic":
            template = self.with_basic(template, client)
        elif mutation == "dpop":
            template.headers = {"DPoP": "proof"}
        return self.call(template, user, **about)

    def refresh(self, choices: Choices) -> Played:
        """The refresh_token grant."""
        token = choices.newest(self.refresh_tokens)
        mutation = choices.mutation(
            ("tampered", "missing", "other-client", "audience", "scope", "form", "secret", "secret")
        )
        client, more = self.client_of(token, mutation), dict(mutations.CLIENT_PARAMETERS.get(mutation, {}))
        value: Value = token
        if mutation == "tampered":
            value = Changed(token, choices.of(TAMPER))
        elif mutation == "missing":
            value = None
        elif mutation == "audience":
            more["audience"] = self.audience
        elif mutation == "scope":
            more["scope"] = "openid"
        template = calls.refresh(client, value, **more)
        template.encoding = "form" if mutation == "form" else "json"
        audience = more.get("audience", token.about.get("audience"))
        return self.call(template, token.about["user"], client=client, audience=audience)

    def first_factor(self, user: User, choices: Choices) -> None:
        audience = choices.of(("", self.audience, "", ""))
        scope = choices.of(mutations.SCOPES if not audience else mutations.SCOPES_OF_MFA)
        more: dict[str, Value] = {}
        if scope:
            more["scope"] = scope
        if audience:
            more["audience"] = audience
        template = calls.password(self.client, user, Of(user, "password"), **more)
        self.call(template, user, client=self.client, audience=audience, scope=scope)
