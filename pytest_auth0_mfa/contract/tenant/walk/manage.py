"""Moves of a walk: enroll, list, delete, challenge."""

from __future__ import annotations

from pytest_auth0_mfa.contract.tenant import calls as asks
from pytest_auth0_mfa.contract.tenant.choices import QUARTERS, Dice
from pytest_auth0_mfa.contract.tenant.duel import Played
from pytest_auth0_mfa.contract.tenant.values import Changed, Of, Pair, Symbol, User, Value
from pytest_auth0_mfa.spec.factors import FACTORS

from . import mutations as twists
from .known_values import TAMPER, Hands

_NO_ADDRESSES = ("ada", "ada@", "+1", "5550100123", "")
_ADDRESSES = (*_NO_ADDRESSES[:4], "+1 555 010 0123", "", "ada+x@example.com")


class Managing(Hands):
    """The calls below /mfa/."""

    def associate(self, dice: Dice) -> Played:
        """Enroll a factor."""
        bearer, token = self.bearer(dice, access=2)
        user: User = token.about["user"] if token is not None else self.users[0]
        on = self.on()
        factors = [factor for factor in FACTORS if factor not in self.unplayable()] or ["otp"]  # it sends nothing
        factor = dice.of(factors) if not on or dice.of(range(8)) == 7 else dice.of(on)
        address: Value = user if factor == "email" else Of(user, "phone_number") if factor in ("sms", "voice") else None
        twist = dice.twist(twists.ASSOCIATE)
        if twist == "address":
            address = dice.of(_ADDRESSES if self.duel.fake is not None else _NO_ADDRESSES)
        elif twist == "no-address":
            address = None
        ask = asks.associate(bearer, factor, address, **twists.ASSOCIATE_PARAMETERS.get(twist, {}))
        if twist == "form":
            ask.params, ask.encoding = {"authenticator_types[]": "otp"}, "form"
        elif twist == "client":
            assert ask.params is not None
            ask.params["client_id"] = dice.of((self.client.client_id, "nobody"))
        about = token.about if token is not None else {}
        return self.call(
            ask, user, token=token, client=about.get("client"), factor=factor, audience=about.get("audience")
        )

    def authenticators(self, dice: Dice) -> Played:
        """List them."""
        bearer, token = self.bearer(dice, access=1)
        user = token.about["user"] if token is not None else None
        played = self.call(asks.authenticators(bearer), user)
        for pair, row in zip(played.rows, played.body if played.granted else (), strict=False):
            pair.about["row"] = row
        return played

    def delete(self, dice: Dice) -> Played:
        """Delete one."""
        bearer, token = self.bearer(dice, access=3)
        user = token.about["user"] if token is not None else None
        mine = [pair for pair in self.ids if pair.about["user"] is user] or self.ids
        twist = dice.twist(("tampered", "unknown", "raw", "other"))
        identifier: Value = dice.of(mine) if mine else "email|dev_0000000000000000"
        if twist == "tampered" and isinstance(identifier, Symbol):
            identifier = Changed(identifier, TAMPER[0])
        elif twist == "unknown":
            identifier = "email|dev_0000000000000000"
        elif twist == "other" and (others := [pair for pair in self.ids if pair not in mine]):
            identifier = dice.of(others)
        return self.call(asks.delete(bearer, identifier, raw=twist == "raw"), user)

    def challenge(self, dice: Dice) -> Played:
        """Request a challenge."""
        token = dice.newest(self.mfa_tokens)
        user: User = token.about["user"]
        twist = dice.twist(twists.CHALLENGE)
        client = self.client_of(token, twist)
        more: dict[str, Value] = dict(twists.CHALLENGE_PARAMETERS.get(twist, {}))
        kinds = {"oob": ["email", "sms", "voice", "push"], "otp": ["totp"]}
        identifier: Value = None
        mine = [pair for pair in self.ids if pair.about["user"] is user]
        if mine and dice.of(QUARTERS) > 0:
            named = dice.newest(mine)
            identifier = named
            kind = named.values[0].partition("|")[0]
            if dice.of((True, False)):
                fitting = next((name for name, fits in kinds.items() if kind in fits), "oob")
                more.setdefault("challenge_type", fitting)
        elif dice.of((True, False)):
            more.setdefault("challenge_type", dice.of(("oob", "otp", "oob otp", "otp oob", "sms")))
        if twist == "foreign-id" and (others := [pair for pair in self.ids if pair not in mine]):
            identifier = dice.of(others)
        elif twist == "unknown-id":
            identifier = "email|dev_0000000000000000"
        elif twist == "channel":
            more |= {"challenge_type": "oob", "oob_channel": dice.of(("sms", "auth0", "voice", "email"))}
        value = self.token_value(token, twist, dice)
        token = value if isinstance(value, Pair) else token
        ask = asks.challenge(client, value, identifier, **more)
        if twist in ("form", "json-as-form"):
            ask.encoding = twist
        elif twist == "basic":
            ask = self.with_basic(ask, client)
        return self.call(ask, user, token=token, client=client, audience=token.about.get("audience"))
