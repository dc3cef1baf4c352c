"""A walk through the operations: what a step of the machine does, decided by one number.

Nothing here knows a right answer. A walk only knows which calls make sense, and which twists make
them wrong in an interesting way: codes of somebody else, used or late ones, missing parameters.
"""

from __future__ import annotations

from collections.abc import Container

from pytest_auth0_mfa.messages import Json

from . import asks, twists
from .asks import OMIT, Ask
from .dice import QUARTERS, Dice
from .duel import Advance, AnswerPush, Call, Duel, NewUser, Played, SwitchFactors
from .subjects import Client
from .values import Changed, CodeOf, Of, Pair, Symbol, Totp, User, Value, WrongOtp, other_code

FACTORS = ("otp", "sms", "voice", "email", "push")
_LIVES = {"oob_code": (300, 600), "mfa_token": (600, 300), "access_token": (600, 86400)}
"""What tokens and codes may live, in seconds: advancing goes to just before and to the end of these."""
_MOVES = [
    name
    for name, weight in {
        "log_in": 5,
        "associate": 4,
        "authenticators": 3,
        "delete": 2,
        "challenge": 7,
        "otp": 5,
        "oob": 10,
        "recovery": 3,
        "refresh": 2,
        "advance": 3,
        "answer_push": 3,
        "read": 2,
        "switch": 1,
    }.items()
    for _ in range(weight)
]
_NO_ADDRESSES = ("ada", "ada@", "+1", "5550100123", "")
_ADDRESSES = (*_NO_ADDRESSES[:4], "+1 555 010 0123", "", "ada+x@example.com")
_TAMPER = (lambda value: value + "x", lambda value: value[:-2], lambda value: value.swapcase())


class Walk:
    """What the example has in its hands, and the moves it can make with it."""

    def __init__(self, duel: Duel) -> None:
        subject = duel.subject
        self.duel = duel
        self.client = Client(subject.client_id, subject.client_secret)
        self.other = duel.fake.other_client() if duel.fake is not None else None
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

    # -- what came in ----------------------------------------------------------------------------

    def new_user(self, *, verified: bool) -> User:
        """One more user."""
        user = User(len(self.users) + 1, verified)
        self.duel.play(NewUser(user))
        self.users.append(user)
        return user

    def _call(self, ask: Ask, user: User | None, **about: Json) -> Played:
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

    def step(self, dice: Dice) -> None:
        """One move of those that make sense now, by weight."""
        controls = self.duel.subject.controls
        possible = {
            "challenge": self.mfa_tokens,
            "otp": self.mfa_tokens,
            "recovery": self.mfa_tokens,
            "oob": self.oobs,
            "refresh": self.refresh_tokens,
            "answer_push": "push" in controls and any(pair.about.get("channel") == "push" for pair in self.oobs),
            "advance": "clock" in controls,
            "switch": "factors" in controls,
        }
        move = dice.of(_MOVES)
        if not possible.get(move, True):
            move = "log_in" if dice.of((True, False)) else "associate"
        getattr(self, move)(dice)

    # -- moves -----------------------------------------------------------------------------------

    def log_in(self, dice: Dice) -> Played:
        """Password grants: with and without openid, offline_access and the MFA audience."""
        user = dice.of(self.users)
        twist = dice.twist(twists.LOGIN)
        more: dict[str, Value] = {}
        audience = dice.of(("", self.audience, "", "https://api.example/"))
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
            ask = self._with_basic(ask, client)
        elif twist == "dpop":
            ask.headers = {"DPoP": "proof"}
        return self._call(ask, user, **about)

    def _with_basic(self, ask: Ask, client: Client) -> Ask:
        assert ask.params is not None
        ask.params.pop("client_id", None)
        ask.params.pop("client_secret", None)
        ask.headers = asks.basic(client)
        return ask

    def refresh(self, dice: Dice) -> Played:
        """The refresh_token grant."""
        token = dice.newest(self.refresh_tokens)
        twist = dice.twist(("tampered", "missing", "other-client", "audience", "scope", "form", "secret"))
        client, more = self._client_of(token, twist), dict(twists.CLIENT_PARAMETERS.get(twist, {}))
        value: Value = token
        if twist == "tampered":
            value = Changed(token, dice.of(_TAMPER))
        elif twist == "missing":
            value = None
        elif twist == "audience":
            more["audience"] = self.audience
        elif twist == "scope":
            more["scope"] = "openid"
        ask = asks.refresh(client, value, **more)
        ask.encoding = "form" if twist == "form" else "json"
        audience = more.get("audience", token.about.get("audience"))
        return self._call(ask, token.about["user"], client=client, audience=audience)

    def _client_of(self, token: Pair, twist: str) -> Client:
        """The application a token was issued to, or another one."""
        issued: Client = token.about.get("client") or self.client
        if twist == "other-client" and self.other is not None:
            return self.other if issued == self.client else self.client
        return issued

    def _bearer(self, dice: Dice, *, access: int) -> tuple[Value, Pair | None]:
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
            return Changed(token, dice.of(_TAMPER)), token
        if twist == "opaque" and self.access_tokens:
            return self.access_tokens[-1], token
        if twist == "refresh" and self.refresh_tokens:
            return self.refresh_tokens[-1], token
        return (None if twist == "none" else token), token

    def associate(self, dice: Dice) -> Played:
        """Enroll a factor."""
        bearer, token = self._bearer(dice, access=2)
        user: User = token.about["user"] if token is not None else self.users[0]
        on = self._on()
        factors = [factor for factor in FACTORS if factor not in self._barred()]
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
        return self._call(
            ask, user, token=token, client=about.get("client"), factor=factor, audience=about.get("audience")
        )

    def authenticators(self, dice: Dice) -> Played:
        """List them."""
        bearer, token = self._bearer(dice, access=1)
        user = token.about["user"] if token is not None else None
        played = self._call(asks.authenticators(bearer), user)
        for pair, row in zip(played.rows, played.body if played.granted else (), strict=False):
            pair.about["row"] = row
        return played

    def delete(self, dice: Dice) -> Played:
        """Delete one."""
        bearer, token = self._bearer(dice, access=3)
        user = token.about["user"] if token is not None else None
        mine = [pair for pair in self.ids if pair.about["user"] is user] or self.ids
        twist = dice.twist(("tampered", "unknown", "raw", "other"))
        identifier: Value = dice.of(mine) if mine else "email|dev_0000000000000000"
        if twist == "tampered" and isinstance(identifier, Symbol):
            identifier = Changed(identifier, _TAMPER[0])
        elif twist == "unknown":
            identifier = "email|dev_0000000000000000"
        elif twist == "other" and (others := [pair for pair in self.ids if pair not in mine]):
            identifier = dice.of(others)
        return self._call(asks.delete(bearer, identifier, raw=twist == "raw"), user)

    def challenge(self, dice: Dice) -> Played:
        """Request a challenge."""
        token = dice.newest(self.mfa_tokens)
        user: User = token.about["user"]
        twist = dice.twist(twists.CHALLENGE)
        client = self._client_of(token, twist)
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
        value = self._token_value(token, twist, dice)
        token = value if isinstance(value, Pair) else token
        ask = asks.challenge(client, value, identifier, **more)
        if twist in ("form", "json-as-form"):
            ask.encoding = twist
        elif twist == "basic":
            ask = self._with_basic(ask, client)
        return self._call(ask, user, token=token, client=client, audience=token.about.get("audience"))

    def _token_value(self, token: Pair, twist: str, dice: Dice) -> Value:
        """The token as a body carries it: right, tampered, missing, or one of another kind."""
        if twist == "tampered":
            return Changed(token, dice.of(_TAMPER))
        if twist == "no-token":
            return OMIT
        if twist == "access-token" and self.bearers:
            return self.bearers[-1]
        if twist == "other-token":
            return dice.of([*self.mfa_tokens, *self.bearers])
        return token

    def otp(self, dice: Dice) -> Played:
        """Verify a one-time password."""
        secret = dice.newest(self.secrets) if self.secrets else None
        tokens = self._tokens_for(secret, "secret")
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
        client = self._client_of(token, twist)
        ask = asks.otp(client, self._token_value(token, twist, dice), code, **twists.CLIENT_PARAMETERS.get(twist, {}))
        return self._verify(ask, token, user, twist)

    def _tokens_for(self, thing: Pair | None, kind: str) -> list[Pair]:
        """The mfa_tokens that a secret or recovery code can be used with; any when none fits."""
        user = thing.about["user"] if thing is not None else None
        fitting = [token for token in self.mfa_tokens if token.about["user"] is user]
        born = thing.about.get("token") if thing is not None else None
        if kind == "secret" and born is not None and born in self.bearers:
            fitting.append(born)
        return fitting or self.mfa_tokens or self.bearers

    def _verify(self, ask: Ask, token: Pair, user: User, twist: str) -> Played:
        if twist == "form":
            ask.encoding = "form"
        elif twist == "basic":
            ask = self._with_basic(ask, self._client_of(token, twist))
        elif twist == "scope":
            assert ask.params is not None
            ask.params["scope"] = "openid profile"
        return self._call(ask, user, client=token.about.get("client"), audience=token.about.get("audience"))

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
            value = Changed(oob_code, dice.of(_TAMPER))
        elif twist == "no-oob":
            value = OMIT
        client = self._client_of(token, twist)
        more = twists.CLIENT_PARAMETERS.get(twist, {})
        ask = asks.oob(client, self._token_value(token, twist, dice), value, binding_code, **more)
        ask.factor = oob_code.about.get("channel", "")
        played = self._verify(ask, token, oob_code.about["user"], twist)
        if played.granted:
            oob_code.about["done"] = True
        return played

    def recovery(self, dice: Dice) -> Played:
        """Verify a recovery code."""
        code = dice.newest(self.recovery_codes) if self.recovery_codes else None
        tokens = self._tokens_for(code, "recovery_code")
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
        client = self._client_of(token, twist)
        ask = asks.recovery(
            client, self._token_value(token, twist, dice), value, **twists.CLIENT_PARAMETERS.get(twist, {})
        )
        return self._verify(ask, token, user, twist)

    def advance(self, dice: Dice) -> None:
        """Let time pass: a little, or to the edge of a life."""
        now = self.duel.side.now()
        seconds: float = dice.of((1, 5, 30, 60, 4, 10, 360))
        alive = [*self.oobs[-2:], *self.mfa_tokens[-2:], *self.bearers[-1:], *self.access_tokens[-1:]]
        if alive and dice.of(QUARTERS) < 2:
            pair = dice.of(alive)
            left = pair.about["at"] + dice.of(_LIVES[pair.kind]) + dice.of((0, -1)) - now
            seconds = left if left > 0 else seconds
        self.duel.play(Advance(seconds))

    def answer_push(self, dice: Dice) -> None:
        """Approve or reject."""
        self.duel.play(AnswerPush(dice.of(self.users), dice.of((True, True, False))))

    def read(self, dice: Dice) -> Played:
        """Discovery, keys, userinfo, and what does not exist."""
        what = dice.of(("userinfo", "userinfo", "openid-configuration", "jwks", "nowhere", "verb"))
        if what == "userinfo":
            tokens = [*self.access_tokens, *self.bearers, *self.mfa_tokens[-1:]]
            return self._call(asks.get("userinfo", dice.newest(tokens) if tokens else None), None)
        if what == "nowhere":
            return self._call(Ask("not-found", "GET", dice.of(("/oath/token", "//mfa/associate", "/mfa"))), None)
        if what == "verb":
            method, path = dice.of((("GET", "/mfa/challenge"), ("PUT", "/mfa/authenticators"), ("POST", "/userinfo")))
            return self._call(Ask("wrong-verb", method, path), None)
        return self._call(asks.get(what), None)

    def switch(self, dice: Dice) -> None:
        """Switch one factor, at most away from everything."""
        factors = set(self.duel.subject.factors)
        factors ^= {dice.of((*FACTORS, "recovery-code"))}
        self.duel.play(SwitchFactors(frozenset(factors)))

    def _on(self) -> list[str]:
        return [f for f in FACTORS if f in self.duel.subject.factors and f not in self._barred()]

    def _barred(self) -> Container[str]:
        """Factors that a real tenant has on and that cannot be played there: nobody reads their codes."""
        barred: Container[str] = getattr(self.duel.subject, "barred", ())
        return barred

    # -- a start ---------------------------------------------------------------------------------

    def prelude(self, dice: Dice) -> None:
        """The beginning of most stories, so that a few steps get far: log in, enroll, confirm, log in again."""
        depth = dice.of((3, 2, 1, 0, 3, 3))
        on = self._on()
        if depth < 1 or not on:
            return
        user = self.users[0]
        self._first_factor(user, dice)
        if depth < 2 or not self.mfa_tokens:
            return
        factor = dice.of(on)
        token = self.mfa_tokens[-1]
        address: Value = user if factor == "email" else Of(user, "phone_number") if factor in ("sms", "voice") else None
        self._call(asks.associate(token, factor, address), user, token=token, client=self.client, factor=factor)
        if factor == "otp" and self.secrets:
            self._verify(asks.otp(self.client, token, Totp(self.secrets[-1])), token, user, "")
        elif self.oobs:
            oob_code = self.oobs[-1]
            if factor == "push":
                self.duel.play(AnswerPush(user, True))
            ask = asks.oob(self.client, token, oob_code, oob_code.about.get("code"))
            ask.factor = factor
            self._verify(ask, token, user, "")
        if depth > 2:
            self._first_factor(user, dice)
            if self.mfa_tokens:
                self.duel.play(Call(asks.authenticators(self.mfa_tokens[-1])))
                self._remember_rows(user)

    def _remember_rows(self, user: User) -> None:
        played = self.duel.history[-1]
        now = self.duel.side.now()
        for pair in played.new:
            pair.about.update(user=user, at=now)
            self.ids.append(pair)

    def _first_factor(self, user: User, dice: Dice) -> None:
        audience = dice.of(("", self.audience, ""))
        scope = dice.of(twists.SCOPES if not audience else twists.SCOPES_OF_MFA)
        more: dict[str, Value] = {}
        if scope:
            more["scope"] = scope
        if audience:
            more["audience"] = audience
        ask = asks.password(self.client, user, Of(user, "password"), **more)
        self._call(ask, user, client=self.client, audience=audience, scope=scope)
