"""Moves of a walk: the second factor."""

from __future__ import annotations

from pytest_auth0_mfa.contract.tenant import calls
from pytest_auth0_mfa.contract.tenant.calls import OMIT, CallTemplate
from pytest_auth0_mfa.contract.tenant.choices import QUARTERS, Choices
from pytest_auth0_mfa.contract.tenant.side_by_side import Played
from pytest_auth0_mfa.contract.tenant.values import Changed, CodeOf, Pair, Totp, User, Value, WrongOtp
from pytest_auth0_mfa.tenant.totp import other_code

from . import mutations
from .known_values import TAMPER, KnownValues


class Verifying(KnownValues):
    """The three MFA grants."""

    def otp(self, choices: Choices) -> Played:
        """Verify a one-time password."""
        secret = choices.newest(self.secrets) if self.secrets else None
        tokens = self.tokens_for(secret, "secret")
        token = choices.newest(tokens)
        user: User = token.about["user"]
        mutation = choices.mutation(
            (*mutations.VERIFY, "previous", "next", "stale", "early", "wrong", "wrong", "short")
        )
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
        return self.verify(template, token, user, mutation)

    def oob(self, choices: Choices) -> Played:
        """Verify out of band."""
        open_ones = [pair for pair in self.oobs if "done" not in pair.about]
        oob_code = choices.newest(open_ones) if open_ones and choices.of(QUARTERS) > 0 else choices.of(self.oobs)
        token: Pair = oob_code.about["token"] or self.mfa_tokens[0]
        mutation = choices.mutation((*mutations.VERIFY, "other-code", "wrong", "wrong", "no-oob", "tampered-oob"))
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
        played = self.verify(template, token, oob_code.about["user"], mutation)
        if played.granted:
            oob_code.about["done"] = True
        return played

    def recovery(self, choices: Choices) -> Played:
        """Verify a recovery code."""
        code = choices.newest(self.recovery_codes) if self.recovery_codes else None
        tokens = self.tokens_for(code, "recovery_code")
        token = choices.newest(tokens)
        user: User = token.about["user"]
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
        return self.verify(template, token, user, mutation)

    def verify(self, template: CallTemplate, token: Pair, user: User, mutation: str) -> Played:
        if mutation == "form":
            template.encoding = "form"
        elif mutation == "basic":
            template = self.with_basic(template, self.client_of(token, mutation))
        elif mutation == "scope":
            assert template.params is not None
            template.params["scope"] = "openid profile"
        return self.call(template, user, client=token.about.get("client"), audience=token.about.get("audience"))
