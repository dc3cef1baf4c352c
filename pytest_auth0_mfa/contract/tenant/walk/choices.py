"""The choices of a step: decisions read from numbers that Hypothesis draws, and the known values to choose from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from pytest_auth0_mfa.contract.tenant import calls
from pytest_auth0_mfa.contract.tenant.account_calls import audience_of
from pytest_auth0_mfa.contract.tenant.actions import MakeCall, NewUser
from pytest_auth0_mfa.contract.tenant.calls import OMIT, CallTemplate, with_proof
from pytest_auth0_mfa.contract.tenant.proofs import ProofTemplate, key, wrong_ones
from pytest_auth0_mfa.contract.tenant.side_by_side import Played, SideBySide
from pytest_auth0_mfa.contract.tenant.subjects import Client
from pytest_auth0_mfa.contract.tenant.values import SUBJECT, Changed, Pair, UserSymbol, Value
from pytest_auth0_mfa.messages import Json, Request
from pytest_auth0_mfa.spec.factors import FACTORS
from pytest_auth0_mfa.spec.people import PLAIN, Sort

from .rewrites import CHANGING, HARMLESS, KEEPING

T = TypeVar("T")

QUARTERS = (0, 1, 2, 3)
_MOSTLY = (True, True, True, False)
_FRESH = 60
"""For how many seconds a nonce is used at most: nobody says how long it lives, nor how old it was when it came."""


class Choices:
    """Two numbers, each read as a sequence of decisions: what a step does, and what is wrong or unusual about it.

    Zero always means the simplest decision: the first option, the newest value, nothing wrong.
    """

    __slots__ = ("_change", "_left")

    def __init__(self, number: int, change: int = 0) -> None:
        self._left = number
        self._change = change

    def of(self, options: Sequence[T]) -> T:
        """One of the options."""
        self._left, index = divmod(self._left, len(options))
        return options[index]

    def newest(self, options: Sequence[T]) -> T:
        """One of the options, usually the last."""
        return options[-1] if self.of(_MOSTLY) else self.of(options)

    def mutation(self, mutations: Sequence[str], right: int = 3) -> str:
        """``""`` (nothing is wrong) ``right`` times in four, otherwise one of the mutations."""
        return "" if self.change(QUARTERS) < right else self.change(mutations)

    def change(self, options: Sequence[T]) -> T:
        """One of the options, by the second number."""
        self._change, index = divmod(self._change, len(options))
        return options[index]


TAMPER = (lambda value: value + "x", lambda value: value[:-2], lambda value: value.swapcase())


class KnownValues:
    """Remembers the values in answers, and chooses from them."""

    def __init__(self, sides: SideBySide) -> None:
        subject = sides.subject
        self.sides = sides
        self.client = Client(subject.client_id, subject.client_secret)
        self.other = sides.other
        self.users: list[UserSymbol] = []
        self.mfa_tokens: list[Pair] = []
        self.bearers: list[Pair] = []
        """Access tokens for the MFA audience."""
        self.access_tokens: list[Pair] = []
        self.refresh_tokens: list[Pair] = []
        self.replaced: dict[int, Pair] = {}
        """The identity of a refresh token -> the one that a subject brought instead, which may rotate: entry T15."""
        self.oobs: list[Pair] = []
        self.secrets: list[Pair] = []
        self.recovery_codes: list[Pair] = []
        self.ids: list[Pair] = []
        self.proof: ProofTemplate | None = None
        """The proof that was sent last."""
        self.nonce: Pair | None = None
        """The newest nonce for proofs."""
        self.account_tokens: list[Pair] = []
        """Access tokens for the user's own page."""
        self.sessions: list[Pair] = []
        """Sessions of enrollments on the user's own page."""
        self.method_ids: list[Pair] = []
        """Ids that the user's own page may know."""
        self.finished = False
        """Whether a story was played to its end."""
        self.unusual: Choices | None = None
        """The choices that decide how requests are written; None: as usual."""
        self.audience = f"https://{subject.domain}/mfa/"
        self.account_audience = audience_of(subject.domain)

    def new_user(self, *, verified: bool, sort: Sort = PLAIN) -> UserSymbol:
        """Make a new user."""
        user = UserSymbol(len(self.users) + 1, verified, sort)
        self.sides.play(NewUser(user))
        self.users.append(user)
        return user

    def call(self, template: CallTemplate, user: UserSymbol | None, **about: Json) -> Played:
        """Make a call, and remember the new values in its answer."""
        if self.unusual is not None:
            template.rewrite = self._rewrite(self.unusual)
        for name in ("refresh_token", "token"):
            if template.params is not None and isinstance(value := template.params.get(name), Pair):
                template.params[name] = self._newest(value)
        self.proof = template.proof or self.proof
        played = self.sides.play(MakeCall(template))
        if (brought := played.found.get("renewed")) is not None:
            self._replace((template.params or {})["refresh_token"], brought)
        pools = {
            "mfa_token": self.mfa_tokens,
            "oob_code": self.oobs,
            "refresh_token": self.refresh_tokens,
            "secret": self.secrets,
            "recovery_code": self.recovery_codes,
            "auth_session": self.sessions,
        }
        now = self.sides.side.now()
        for pair in played.new:
            pair.about.update(about, user=user, at=now)
            if pair.kind in pools:
                pools[pair.kind].append(pair)
            elif pair.kind == "dpop_nonce":
                self.nonce = pair
            elif pair.kind == "access_token":
                if isinstance(played.body, dict) and played.body.get("token_type") == "DPoP":
                    pair.about["proof"] = template.proof
                self._tokens_of(about.get("audience")).append(pair)
            elif pair.kind == "id":
                self.remember_id(pair)
        oob_code = played.found.get("oob_code")
        if oob_code is not None:
            oob_code.about.update(channel=played.channel, code=played.code, user=played.owner or user)
        return played

    def proven(self, template: CallTemplate, choices: Choices, token: Pair | None = None) -> CallTemplate:
        """The call with a proof: now and then with a grant, and mostly where ``token`` is bound.

        Somebody else's fake gets no wrong ones here, since the call may be wrong in another way too.
        """
        subject = self.sides.subject
        bound = token.about.get("proof") if token is not None and template.bearer is token else None
        drawn = choices.change(range(6))
        wanted = drawn < 4 if bound is not None else drawn == 5
        if token is not None and bound is None and choices.change(QUARTERS):
            wanted = False  # refused for its scheme, before anything else can happen
        if "dpop" not in subject.features or not wanted:
            return template
        made = bound.key if bound is not None and choices.change(QUARTERS) else key(choices.change(("ada", "eve")))
        spoil = ""
        if subject._guesses_bind and choices.change(QUARTERS) == 3:
            spoil = choices.change(wrong_ones(at_resource=token is not None, strict=True))
        life = min(_FRESH, self.sides.oracle.tenant.profile.dpop_nonce_lifetime / 2)
        fresh = self.nonce is not None and self.sides.side.now() - self.nonce.about["at"] < life
        return with_proof(template, ProofTemplate(made, self.nonce if fresh else None, spoil))

    def remember_id(self, pair: Pair) -> None:
        """Keep an id for the calls of the API that has it. Most are ids of both."""
        kind = pair.values[SUBJECT].partition("|")[0]
        if kind not in ("phone", "push-notification"):
            self.ids.append(pair)
        if kind not in ("sms", "voice", "push"):
            self.method_ids.append(pair)

    def _tokens_of(self, audience: Json) -> list[Pair]:
        """The access tokens for an audience."""
        own = {self.audience: self.bearers, self.account_audience: self.account_tokens}
        return own.get(audience, self.access_tokens)

    def _newest(self, token: Pair) -> Pair:
        """The token that the subject gave last instead of this one."""
        while id(token) in self.replaced:
            token = self.replaced[id(token)]
        return token

    def _replace(self, old: Value, brought: Pair) -> None:
        if isinstance(old, Pair) and old.values[SUBJECT] != brought.values[SUBJECT]:
            brought.about.update(old.about)
            self.replaced[id(old)] = brought

    def _rewrite(self, choices: Choices) -> Callable[[Request], Request] | None:
        """A rewrite for every second request. On a real tenant only harmless ones are used."""
        if not choices.change((0, 1)):
            return None
        groups = (HARMLESS,) if self.sides.subject.is_real else (KEEPING, KEEPING, KEEPING, CHANGING)
        rewrite = choices.change(choices.change(groups))
        which = choices.change(range(8))
        return lambda request: rewrite.apply(request, which)

    def client_of(self, token: Pair, mutation: str) -> Client:
        """The application that a token was issued to or, by mutation, another one."""
        issued: Client = token.about.get("client") or self.client
        if mutation == "other-client" and self.other is not None:
            return self.other if issued == self.client else self.client
        return issued

    def bearer(self, choices: Choices, *, access: int) -> tuple[Value, Pair | None]:
        """A bearer token, and the token it is made from: for the MFA audience ``access`` times in four, or an
        mfa_token."""
        pools = [self.mfa_tokens, self.bearers]
        if choices.of(QUARTERS) < access:
            pools.reverse()
        pool = pools[0] or pools[1]
        if not pool:
            return "not-a-token", None
        token = choices.newest(pool)
        mutation = (
            choices.mutation(("tampered", "none", "opaque", "refresh"), right=2) if choices.of(QUARTERS) == 3 else ""
        )
        if mutation == "tampered":
            return Changed(token, choices.of(TAMPER)), token
        if mutation == "opaque" and self.access_tokens:
            return self.access_tokens[-1], token
        if mutation == "refresh" and self.refresh_tokens:
            return self.refresh_tokens[-1], token
        return (None if mutation == "none" else token), token

    def token_value(self, token: Pair, mutation: str, choices: Choices) -> Value:
        """The token for a body: right, tampered with, missing, or another one."""
        if mutation == "tampered":
            return Changed(token, choices.of(TAMPER))
        if mutation == "no-token":
            return OMIT
        if mutation == "access-token" and self.bearers:
            return self.bearers[-1]
        if mutation == "other-token":
            return choices.of([*self.mfa_tokens, *self.bearers])
        return token

    def tokens_for(self, thing: Pair | None, kind: str) -> list[Pair]:
        """The mfa_tokens that a secret or recovery code can be used with, or all tokens if there are none."""
        user = thing.about["user"] if thing is not None else None
        fitting = [token for token in self.mfa_tokens if token.about["user"] is user]
        born = thing.about.get("token") if thing is not None else None
        if kind == "secret" and born is not None and born in self.bearers:
            fitting.append(born)
        return fitting or self.mfa_tokens or self.bearers

    def with_basic(self, template: CallTemplate, client: Client) -> CallTemplate:
        """The call with the application's credentials in a Basic header."""
        assert template.params is not None
        template.params.pop("client_id", None)
        template.params.pop("client_secret", None)
        template.headers = calls.basic(client)
        return template

    def on(self) -> list[str]:
        """The factors that are on and can be played."""
        return [f for f in FACTORS if f in self.sides.subject.factors and f not in self.sides.subject.unplayable]
