"""What an example has in its hands: users, tokens, codes and ids, as both sides know them."""

from __future__ import annotations

from collections.abc import Container

from pytest_auth0_mfa.contract.tenant import calls as asks
from pytest_auth0_mfa.contract.tenant.actions import Call, NewUser
from pytest_auth0_mfa.contract.tenant.calls import OMIT, Ask
from pytest_auth0_mfa.contract.tenant.choices import QUARTERS, Dice
from pytest_auth0_mfa.contract.tenant.duel import Duel, Played
from pytest_auth0_mfa.contract.tenant.subjects import Client
from pytest_auth0_mfa.contract.tenant.values import Changed, Pair, User, Value
from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.spec.factors import FACTORS

TAMPER = (lambda value: value + "x", lambda value: value[:-2], lambda value: value.swapcase())


class Hands:
    """Remembers what came in, and picks from it."""

    def __init__(self, duel: Duel) -> None:
        subject = duel.subject
        self.duel = duel
        self.client = Client(subject.client_id, subject.client_secret)
        self.other = duel.other
        self.users: list[User] = []
        self.mfa_tokens: list[Pair] = []
        self.bearers: list[Pair] = []
        """Access tokens for the MFA audience."""
        self.access_tokens: list[Pair] = []
        self.refresh_tokens: list[Pair] = []
        self.oobs: list[Pair] = []
        self.secrets: list[Pair] = []
        self.recovery_codes: list[Pair] = []
        self.ids: list[Pair] = []
        self.audience = f"https://{subject.domain}/mfa/"

    def new_user(self, *, verified: bool) -> User:
        """One more user."""
        user = User(len(self.users) + 1, verified)
        self.duel.play(NewUser(user))
        self.users.append(user)
        return user

    def call(self, ask: Ask, user: User | None, **about: Json) -> Played:
        """Make a call and remember the new values in its answer."""
        played = self.duel.play(Call(ask))
        pools = {
            "mfa_token": self.mfa_tokens,
            "oob_code": self.oobs,
            "refresh_token": self.refresh_tokens,
            "secret": self.secrets,
            "recovery_code": self.recovery_codes,
            "id": self.ids,
        }
        now = self.duel.side.now()
        for pair in played.new:
            pair.about.update(about, user=user, at=now)
            if pair.kind in pools:
                pools[pair.kind].append(pair)
            elif pair.kind == "access_token":
                (self.bearers if about.get("audience") == self.audience else self.access_tokens).append(pair)
        oob_code = played.found.get("oob_code")
        if oob_code is not None:
            oob_code.about.update(channel=played.channel, code=played.code, user=played.owner or user)
        return played

    def client_of(self, token: Pair, twist: str) -> Client:
        """The application a token was issued to, or another one."""
        issued: Client = token.about.get("client") or self.client
        if twist == "other-client" and self.other is not None:
            return self.other if issued == self.client else self.client
        return issued

    def bearer(self, dice: Dice, *, access: int) -> tuple[Value, Pair | None]:
        """A bearer: a token for the MFA audience ``access`` times in four, else an mfa_token."""
        pools = [self.mfa_tokens, self.bearers]
        if dice.of(QUARTERS) < access:
            pools.reverse()
        pool = pools[0] or pools[1]
        if not pool:
            return "not-a-token", None
        token = dice.newest(pool)
        twist = dice.twist(("tampered", "none", "opaque", "refresh"), right=3) if dice.of(QUARTERS) == 3 else ""
        if twist == "tampered":
            return Changed(token, dice.of(TAMPER)), token
        if twist == "opaque" and self.access_tokens:
            return self.access_tokens[-1], token
        if twist == "refresh" and self.refresh_tokens:
            return self.refresh_tokens[-1], token
        return (None if twist == "none" else token), token

    def token_value(self, token: Pair, twist: str, dice: Dice) -> Value:
        """The token as a body carries it: right, tampered, missing, or one of another kind."""
        if twist == "tampered":
            return Changed(token, dice.of(TAMPER))
        if twist == "no-token":
            return OMIT
        if twist == "access-token" and self.bearers:
            return self.bearers[-1]
        if twist == "other-token":
            return dice.of([*self.mfa_tokens, *self.bearers])
        return token

    def tokens_for(self, thing: Pair | None, kind: str) -> list[Pair]:
        """The mfa_tokens that a secret or recovery code can be used with; any when none fits."""
        user = thing.about["user"] if thing is not None else None
        fitting = [token for token in self.mfa_tokens if token.about["user"] is user]
        born = thing.about.get("token") if thing is not None else None
        if kind == "secret" and born is not None and born in self.bearers:
            fitting.append(born)
        return fitting or self.mfa_tokens or self.bearers

    def with_basic(self, ask: Ask, client: Client) -> Ask:
        """The same call, with the application in a Basic header."""
        assert ask.params is not None
        ask.params.pop("client_id", None)
        ask.params.pop("client_secret", None)
        ask.headers = asks.basic(client)
        return ask

    def on(self) -> list[str]:
        """The factors that can be played."""
        return [f for f in FACTORS if f in self.duel.subject.factors and f not in self.unplayable()]

    def unplayable(self) -> Container[str]:
        """Factors that a real tenant has on and that cannot be played there: nobody reads their codes."""
        unplayable: Container[str] = getattr(self.duel.subject, "unplayable", ())
        return unplayable
