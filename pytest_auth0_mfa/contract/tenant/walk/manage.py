"""Moves of a walk: enroll, list, delete, challenge."""

from __future__ import annotations

from pytest_auth0_mfa.contract.tenant import calls
from pytest_auth0_mfa.contract.tenant.choices import QUARTERS, Choices
from pytest_auth0_mfa.contract.tenant.side_by_side import Played
from pytest_auth0_mfa.contract.tenant.values import Changed, Of, Pair, Symbol, User, Value
from pytest_auth0_mfa.spec.factors import FACTORS

from . import mutations
from .known_values import TAMPER, KnownValues

_NO_ADDRESSES = ("ada", "ada@", "+1", "5550100123", "")
_ADDRESSES = (*_NO_ADDRESSES[:4], "+1 555 010 0123", "", "ada+x@example.com")


class Managing(KnownValues):
    """The calls below /mfa/."""

    def associate(self, choices: Choices) -> Played:
        """Enroll a factor."""
        bearer, token = self.bearer(choices, access=2)
        user: User = token.about["user"] if token is not None else self.users[0]
        on = self.on()
        unplayable = self.sides.subject.unplayable
        factors = [factor for factor in FACTORS if factor not in unplayable] or ["otp"]  # it sends nothing
        factor = choices.of(factors) if not on or choices.of(range(8)) == 7 else choices.of(on)
        address: Value = user if factor == "email" else Of(user, "phone_number") if factor in ("sms", "voice") else None
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
        return self.call(
            template, user, token=token, client=about.get("client"), factor=factor, audience=about.get("audience")
        )

    def authenticators(self, choices: Choices) -> Played:
        """List them."""
        bearer, token = self.bearer(choices, access=1)
        user = token.about["user"] if token is not None else None
        played = self.call(calls.authenticators(bearer), user)
        for pair, row in zip(played.rows, played.body if played.granted else (), strict=False):
            pair.about["row"] = row
        return played

    def delete(self, choices: Choices) -> Played:
        """Delete one."""
        bearer, token = self.bearer(choices, access=3)
        user = token.about["user"] if token is not None else None
        mine = [pair for pair in self.ids if pair.about["user"] is user] or self.ids
        mutation = choices.mutation(("tampered", "unknown", "raw", "other"))
        identifier: Value = choices.of(mine) if mine else "email|dev_0000000000000000"
        if mutation == "tampered" and isinstance(identifier, Symbol):
            identifier = Changed(identifier, TAMPER[0])
        elif mutation == "unknown":
            identifier = "email|dev_0000000000000000"
        elif mutation == "other" and (others := [pair for pair in self.ids if pair not in mine]):
            identifier = choices.of(others)
        return self.call(calls.delete(bearer, identifier, raw=mutation == "raw"), user)

    def challenge(self, choices: Choices) -> Played:
        """Request a challenge."""
        token = choices.newest(self.mfa_tokens)
        user: User = token.about["user"]
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
