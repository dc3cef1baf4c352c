"""The moves of a walk: logging in and renewing, verifying, and managing authenticators."""

from __future__ import annotations

from pytest_auth0_mfa.contract.tenant import calls
from pytest_auth0_mfa.contract.tenant.calls import OMIT, CallTemplate
from pytest_auth0_mfa.contract.tenant.side_by_side import Played
from pytest_auth0_mfa.contract.tenant.values import (
    Changed,
    CodeOf,
    Of,
    Pair,
    Symbol,
    Totp,
    UserSymbol,
    Value,
    WrongOtp,
    address_of,
)
from pytest_auth0_mfa.spec.factors import FACTORS
from pytest_auth0_mfa.tenant.totp import other_code

from . import mutations
from .choices import QUARTERS, TAMPER, Choices, KnownValues


class Logins(KnownValues):
    """The grants without a second factor."""

    def log_in(self, choices: Choices) -> Played:
        """Log in by a password grant, with various scopes and audiences."""
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
        return self.call(self.proven(template, choices), user, **about)

    def refresh(self, choices: Choices) -> Played:
        """Renew with the refresh_token grant."""
        token = choices.newest(self.refresh_tokens)
        mutation = choices.mutation(
            (
                "tampered",
                "tampered",
                "tampered",
                "missing",
                "other-client",
                "audience",
                "scope",
                "form",
                "secret",
                "secret",
            )
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
        return self.call(self.proven(template, choices), token.about["user"], client=client, audience=audience)

    def first_factor(self, user: UserSymbol, choices: Choices) -> None:
        of_account = "my-account" in self.sides.subject.features
        audience = choices.of(("", self.audience, self.account_audience if of_account else "", ""))
        scopes = {self.audience: mutations.SCOPES_OF_MFA, self.account_audience: mutations.SCOPES_OF_ACCOUNT}
        scope = choices.of(scopes.get(audience, mutations.SCOPES))
        more: dict[str, Value] = {}
        if scope:
            more["scope"] = scope
        if audience:
            more["audience"] = audience
        template = calls.password(self.client, user, Of(user, "password"), **more)
        self.call(template, user, client=self.client, audience=audience, scope=scope)


class Verifying(KnownValues):
    """The three MFA grants."""

    def otp(self, choices: Choices) -> Played:
        """Verify a one-time password."""
        secret = choices.newest(self.secrets) if self.secrets else None
        tokens = self.tokens_for(secret, "secret")
        token = choices.newest(tokens)
        user: UserSymbol = token.about["user"]
        mutation = choices.mutation(mutations.VERIFY_OTP)
        wrong = WrongOtp(tuple(self.secrets))
        code: Value = Totp(secret) if secret is not None else wrong
        if secret is not None and mutation in mutations.STEPS_OFF:
            code = Totp(secret, mutations.STEPS_OFF[mutation])
        elif mutation in ("wrong", "short"):
            code = wrong if mutation == "wrong" else "12345"
        elif mutation == "no-code":
            code = OMIT
        elif mutation == "spaces" and secret is not None:
            code = Changed(Totp(secret), lambda value: f"{value[:3]} {value[3:]}")
        client = self.client_of(token, mutation)
        template = calls.otp(
            client, self.token_value(token, mutation, choices), code, **mutations.CLIENT_PARAMETERS.get(mutation, {})
        )
        return self.verify(template, token, user, mutation, choices)

    def oob(self, choices: Choices) -> Played:
        """Verify with an oob_code."""
        open_ones = [pair for pair in self.oobs if "done" not in pair.about]
        oob_code = choices.newest(open_ones) if open_ones and choices.of(QUARTERS) > 0 else choices.of(self.oobs)
        token: Pair = oob_code.about["token"] or self.mfa_tokens[0]
        if choices.change(range(6)) == 5:  # often, because many challenges are already over
            mutation = "wrong"
        else:
            mutation = choices.mutation(mutations.VERIFY_OOB)
        code: Pair | None = oob_code.about.get("code")
        binding_code: Value = code
        if code is not None:
            others = [pair.about["code"] for pair in self.oobs if pair.about.get("code") not in (None, code)]
            if mutation == "other-code" and others:
                binding_code = CodeOf(choices.newest(others), code)
            elif mutation in ("wrong", "other-code"):
                binding_code = Changed(code, other_code)
            elif mutation == "no-code":
                binding_code = None
            elif mutation == "spaces":
                binding_code = Changed(code, lambda value: f"{value[:3]} {value[3:]}")
        elif mutation == "wrong":
            binding_code = "000000"
        value: Value = oob_code
        if mutation == "tampered-oob":
            value = Changed(oob_code, choices.of(TAMPER))
        elif mutation == "no-oob":
            value = OMIT
        client = self.client_of(token, mutation)
        more = mutations.CLIENT_PARAMETERS.get(mutation, {})
        template = calls.oob(client, self.token_value(token, mutation, choices), value, binding_code, **more)
        template.factor = oob_code.about.get("channel", "")
        played = self.verify(template, token, oob_code.about["user"], mutation, choices)
        if played.granted:
            oob_code.about["done"] = True
        return played

    def recovery(self, choices: Choices) -> Played:
        """Verify a recovery code."""
        code = choices.newest(self.recovery_codes) if self.recovery_codes else None
        tokens = self.tokens_for(code, "recovery_code")
        token = choices.newest(tokens)
        user: UserSymbol = token.about["user"]
        mutation = choices.mutation((*mutations.VERIFY, "used", "used", "wrong", "lower"))
        value: Value = code if code is not None else "A" * 24
        if mutation == "used" and self.recovery_codes:
            value = self.recovery_codes[0]
        elif mutation == "wrong":
            value = "A" * 24
        elif mutation == "no-code":
            value = OMIT
        elif mutation == "lower" and code is not None:
            value = Changed(code, str.lower)
        client = self.client_of(token, mutation)
        template = calls.recovery(
            client, self.token_value(token, mutation, choices), value, **mutations.CLIENT_PARAMETERS.get(mutation, {})
        )
        return self.verify(template, token, user, mutation, choices)

    def verify(self, template: CallTemplate, token: Pair, user: UserSymbol, mutation: str, choices: Choices) -> Played:
        if mutation == "form":
            template.encoding = "form"
        elif mutation == "basic":
            template = self.with_basic(template, self.client_of(token, mutation))
        elif mutation == "scope":
            assert template.params is not None
            template.params["scope"] = "openid profile"
        template = self.proven(template, choices)
        return self.call(template, user, client=token.about.get("client"), audience=token.about.get("audience"))


_NO_ADDRESSES = ("ada", "ada@", "+1", "5550100123", "")
_ADDRESSES = (*_NO_ADDRESSES[:4], "+1 555 010 0123", "", "ada+x@example.com")


class Managing(KnownValues):
    """The operations below /mfa/."""

    def associate(self, choices: Choices) -> Played:
        """Enroll a factor."""
        bearer, token = self.bearer(choices, access=2)
        user: UserSymbol = token.about["user"] if token is not None else self.users[0]
        on = self.on()
        unplayable = self.sides.subject.unplayable
        factors = [factor for factor in FACTORS if factor not in unplayable] or ["otp"]  # otp sends no messages
        factor = choices.of(factors) if not on or choices.of(range(5)) == 4 else choices.of(on)
        address = address_of(user, factor)
        mutation = choices.mutation(mutations.ASSOCIATE)
        if mutation == "address":
            address = choices.of(_ADDRESSES if not self.sides.subject.is_real else _NO_ADDRESSES)
        elif mutation == "no-address":
            address = None
        template = calls.associate(bearer, factor, address, **mutations.ASSOCIATE_PARAMETERS.get(mutation, {}))
        if mutation == "form":
            template.params, template.encoding = {"authenticator_types[]": "otp"}, "form"
        elif mutation == "client":
            assert template.params is not None
            template.params["client_id"] = choices.of((self.client.client_id, "nobody"))
        about = token.about if token is not None else {}
        template = self.proven(template, choices, token)
        return self.call(
            template, user, token=token, client=about.get("client"), factor=factor, audience=about.get("audience")
        )

    def authenticators(self, choices: Choices) -> Played:
        """List the authenticators."""
        bearer, token = self.bearer(choices, access=1)
        user = token.about["user"] if token is not None else None
        return self.call(self.proven(calls.authenticators(bearer), choices, token), user)

    def delete(self, choices: Choices) -> Played:
        """Delete an authenticator."""
        bearer, token = self.bearer(choices, access=3)
        user = token.about["user"] if token is not None else None
        mine = [pair for pair in self.ids if pair.about["user"] is user] or self.ids
        mutation = choices.mutation(("tampered", "unknown", "unknown", "raw", "other"))
        identifier: Value = choices.of(mine) if mine else "email|dev_0000000000000000"
        if mutation == "tampered" and isinstance(identifier, Symbol):
            identifier = Changed(identifier, TAMPER[0])
        elif mutation == "unknown":
            identifier = "email|dev_0000000000000000"
        elif mutation == "other" and (others := [pair for pair in self.ids if pair not in mine]):
            identifier = choices.of(others)
        return self.call(self.proven(calls.delete(bearer, identifier, raw=mutation == "raw"), choices, token), user)

    def challenge(self, choices: Choices) -> Played:
        """Request a challenge."""
        token = choices.newest(self.mfa_tokens)
        user: UserSymbol = token.about["user"]
        mutation = choices.mutation(mutations.CHALLENGE)
        client = self.client_of(token, mutation)
        more: dict[str, Value] = dict(mutations.CHALLENGE_PARAMETERS.get(mutation, {}))
        kinds = {"oob": ["email", "sms", "voice", "push"], "otp": ["totp"]}
        identifier: Value = None
        mine = [pair for pair in self.ids if pair.about["user"] is user]
        if mine and choices.of(QUARTERS) > 0:
            named = choices.newest(mine)
            identifier = named
            kind = named.values[0].partition("|")[0]
            if choices.of((True, False)):
                fitting = next((name for name, fits in kinds.items() if kind in fits), "oob")
                more.setdefault("challenge_type", fitting)
        elif choices.of((True, False)):
            more.setdefault("challenge_type", choices.of(("oob", "otp", "oob otp", "otp oob", "sms")))
        if mutation == "foreign-id" and (others := [pair for pair in self.ids if pair not in mine]):
            identifier = choices.of(others)
        elif mutation == "unknown-id":
            identifier = "email|dev_0000000000000000"
        elif mutation == "channel":
            more |= {"challenge_type": "oob", "oob_channel": choices.of(("sms", "auth0", "voice", "email"))}
        value = self.token_value(token, mutation, choices)
        token = value if isinstance(value, Pair) else token
        template = calls.challenge(client, value, identifier, **more)
        if mutation in ("form", "json-as-form"):
            template.encoding = mutation
        elif mutation == "basic":
            template = self.with_basic(template, client)
        return self.call(template, user, token=token, client=client, audience=token.about.get("audience"))
