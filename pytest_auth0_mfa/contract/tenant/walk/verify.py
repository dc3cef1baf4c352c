"""Moves of a walk: the second factor."""

from __future__ import annotations

from pytest_auth0_mfa.contract.tenant import calls as asks
from pytest_auth0_mfa.contract.tenant.calls import OMIT, Ask
from pytest_auth0_mfa.contract.tenant.choices import QUARTERS, Dice
from pytest_auth0_mfa.contract.tenant.duel import Played
from pytest_auth0_mfa.contract.tenant.values import Changed, CodeOf, Pair, Totp, User, Value, WrongOtp
from pytest_auth0_mfa.tenant.totp import other_code

from . import mutations as twists
from .known_values import TAMPER, Hands


class Verifying(Hands):
    """The three MFA grants."""

    def otp(self, dice: Dice) -> Played:
        """Verify a one-time password."""
        secret = dice.newest(self.secrets) if self.secrets else None
        tokens = self.tokens_for(secret, "secret")
        token = dice.newest(tokens)
        user: User = token.about["user"]
        twist = dice.twist((*twists.VERIFY, "previous", "next", "stale", "early", "wrong", "wrong", "short"))
        wrong = WrongOtp(tuple(self.secrets))
        code: Value = Totp(secret) if secret is not None else wrong
        if secret is not None and twist in twists.STEPS_OFF:
            code = Totp(secret, twists.STEPS_OFF[twist])
        elif twist in ("wrong", "short"):
            code = wrong if twist == "wrong" else "12345"
        elif twist == "no-code":
            code = OMIT
        elif twist == "spaces" and secret is not None:
            code = Changed(Totp(secret), lambda value: f"{value[:3]} {value[3:]}")
        client = self.client_of(token, twist)
        ask = asks.otp(client, self.token_value(token, twist, dice), code, **twists.CLIENT_PARAMETERS.get(twist, {}))
        return self.verify(ask, token, user, twist)

    def oob(self, dice: Dice) -> Played:
        """Verify out of band."""
        open_ones = [pair for pair in self.oobs if "done" not in pair.about]
        oob_code = dice.newest(open_ones) if open_ones and dice.of(QUARTERS) > 0 else dice.of(self.oobs)
        token: Pair = oob_code.about["token"] or self.mfa_tokens[0]
        twist = dice.twist((*twists.VERIFY, "other-code", "wrong", "wrong", "no-oob", "tampered-oob"))
        code: Pair | None = oob_code.about.get("code")
        binding_code: Value = code
        if code is not None:
            others = [pair.about["code"] for pair in self.oobs if pair.about.get("code") not in (None, code)]
            if twist == "other-code" and others:
                binding_code = CodeOf(dice.newest(others), code)
            elif twist in ("wrong", "other-code"):
                binding_code = Changed(code, other_code)
            elif twist == "no-code":
                binding_code = None
            elif twist == "spaces":
                binding_code = Changed(code, lambda value: f"{value[:3]} {value[3:]}")
        elif twist == "wrong":
            binding_code = "000000"
        value: Value = oob_code
        if twist == "tampered-oob":
            value = Changed(oob_code, dice.of(TAMPER))
        elif twist == "no-oob":
            value = OMIT
        client = self.client_of(token, twist)
        more = twists.CLIENT_PARAMETERS.get(twist, {})
        ask = asks.oob(client, self.token_value(token, twist, dice), value, binding_code, **more)
        ask.factor = oob_code.about.get("channel", "")
        played = self.verify(ask, token, oob_code.about["user"], twist)
        if played.granted:
            oob_code.about["done"] = True
        return played

    def recovery(self, dice: Dice) -> Played:
        """Verify a recovery code."""
        code = dice.newest(self.recovery_codes) if self.recovery_codes else None
        tokens = self.tokens_for(code, "recovery_code")
        token = dice.newest(tokens)
        user: User = token.about["user"]
        twist = dice.twist((*twists.VERIFY, "used", "used", "wrong", "lower"))
        value: Value = code if code is not None else "A" * 24
        if twist == "used" and self.recovery_codes:
            value = self.recovery_codes[0]
        elif twist == "wrong":
            value = "A" * 24
        elif twist == "no-code":
            value = OMIT
        elif twist == "lower" and code is not None:
            value = Changed(code, str.lower)
        client = self.client_of(token, twist)
        ask = asks.recovery(
            client, self.token_value(token, twist, dice), value, **twists.CLIENT_PARAMETERS.get(twist, {})
        )
        return self.verify(ask, token, user, twist)

    def verify(self, ask: Ask, token: Pair, user: User, twist: str) -> Played:
        if twist == "form":
            ask.encoding = "form"
        elif twist == "basic":
            ask = self.with_basic(ask, self.client_of(token, twist))
        elif twist == "scope":
            assert ask.params is not None
            ask.params["scope"] = "openid profile"
        return self.call(ask, user, client=token.about.get("client"), audience=token.about.get("audience"))
