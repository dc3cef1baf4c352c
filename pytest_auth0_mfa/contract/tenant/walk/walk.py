"""The steps of the random walk, each decided by numbers that Hypothesis draws.

A walk does not know the right answers. It only knows which calls make sense, and which changes make them wrong in an
interesting way: codes of another user, used or late ones, missing parameters.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from pytest_auth0_mfa.contract.driver import DIGIT
from pytest_auth0_mfa.contract.tenant import calls
from pytest_auth0_mfa.contract.tenant.actions import Advance, AnswerPush, MakeCall, SwitchFactors
from pytest_auth0_mfa.contract.tenant.calls import CallTemplate
from pytest_auth0_mfa.contract.tenant.side_by_side import Played
from pytest_auth0_mfa.contract.tenant.values import Totp, UserSymbol, address_of
from pytest_auth0_mfa.spec.factors import FACTORS
from pytest_auth0_mfa.spec.people import SORTS, Sort

from .account_moves import Accounting
from .choices import QUARTERS, Choices
from .moves import Logins, Managing, Verifying
from .mutations import Retiring

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

_LIVES = {"oob_code": (300, 600), "mfa_token": (600, 300), "auth_session": (300, 300)}
"""Kind of value -> possible lifetimes in seconds. Time is advanced to the end of one, or a second before it."""
_DAY = 86400
REST = "rest"
"""A step that does nothing. Shrinking replaces unneeded steps by it."""
MOVES = tuple(
    name
    for name, weight in {
        "log_in": 5,
        "associate": 5,
        "authenticators": 3,
        "delete": 3,
        "challenge": 9,
        "otp": 12,
        "oob": 18,
        "recovery": 4,
        "refresh": 2,
        "retired": 4,
        "advance": 4,
        "answer_push": 7,
        "read": 3,
        "switch": 1,
        "me_create": 2,
        "me_verify": 3,
        "me_manage": 2,
    }.items()
    for _ in range(weight)
)
"""The moves, each as often as its weight."""


OF_ACCOUNT = frozenset({"me_create", "me_verify", "me_manage"})
"""Moves on the user's own page."""


class Walk(Logins, Managing, Verifying, Accounting, Retiring):
    """All moves of an example."""

    def take(self, move: str, choices: Choices) -> None:
        """Make a move, or another one if it is not possible now."""
        if move == REST:
            return
        if move in OF_ACCOUNT and "my-account" not in self.sides.subject.features:
            move = "authenticators"
        controls = self.sides.subject.controls
        asking = (*self.oobs, *self.sessions)
        seldom = choices.of(QUARTERS) == 0  # without these the call is always refused
        possible = {
            "challenge": self.mfa_tokens,
            "otp": self.mfa_tokens and (self.secrets or seldom),
            "recovery": self.mfa_tokens and (self.recovery_codes or seldom),
            "oob": self.oobs,
            "refresh": self.refresh_tokens,
            "retired": self.mfa_tokens,
            "answer_push": "push" in controls and any(pair.about.get("channel") == "push" for pair in asking),
            "advance": "clock" in controls,
            "switch": "factors" in controls,
            "me_create": self.account_tokens or seldom,
            "me_verify": self.sessions,
            "me_manage": self.account_tokens or seldom,
        }
        if not possible.get(move, True) and move in OF_ACCOUNT:
            move = "me_create" if self.account_tokens else "open_account"
        elif not possible.get(move, True):
            move = "log_in" if choices.of((True, False)) else "associate"
        self.unusual = choices
        getattr(self, move)(choices)
        self.unusual = None

    def advance(self, choices: Choices) -> None:
        """Let time pass: a little, or to the end of a token's or code's life."""
        now = self.sides.side.now()
        seconds: float = choices.of((1, 5, 30, 60, 4, 10, 360))
        alive = [
            *self.oobs[-2:],
            *self.mfa_tokens[-2:],
            *self.bearers[-1:],
            *self.access_tokens[-1:],
            *self.sessions[-1:],
        ]
        if alive and choices.of(QUARTERS) < 2:
            pair = choices.of(alive)
            lives = _LIVES.get(pair.kind) or (600, pair.about.get("life", _DAY))
            left = pair.about["at"] + choices.of(lives) + choices.of((0, -1)) - now
            seconds = left if left > 0 else seconds
        self.sides.play(Advance(seconds))

    def answer_push(self, choices: Choices) -> None:
        """Approve or reject a push request."""
        self.sides.play(AnswerPush(choices.of(self.users), choices.of((True, False))))

    def read(self, choices: Choices) -> Played:
        """Get discovery, keys or userinfo, or call an unknown path or a wrong method."""
        what = choices.of(("userinfo", "userinfo", "openid-configuration", "jwks", "nowhere", "verb"))
        if what == "userinfo":
            tokens = [*self.access_tokens, *self.bearers, *self.mfa_tokens[-1:]]
            token = choices.newest(tokens) if tokens else None
            return self.call(self.proven(calls.get("userinfo", token), choices, token), None)
        if what == "nowhere":
            return self.call(
                CallTemplate("not-found", "GET", choices.of(("/oath/token", "//mfa/associate", "/mfa"))), None
            )
        if what == "verb":
            method, path = choices.of(
                (("GET", "/mfa/challenge"), ("PUT", "/mfa/authenticators"), ("POST", "/userinfo"))
            )
            return self.call(CallTemplate("wrong-verb", method, path), None)
        return self.call(calls.get(what), None)

    def switch(self, choices: Choices) -> None:
        """Switch one factor on or off."""
        factors = set(self.sides.subject.factors)
        factors ^= {choices.of((*FACTORS, "recovery-code"))}
        self.sides.play(SwitchFactors(frozenset(factors)))

    def prelude(self, choices: Choices) -> None:
        """Begin with usual steps, so that a few more get far: log in, enroll, confirm, log in again."""
        depth = choices.of((3, 2, 1, 0, 3, 3))
        on = self.on()
        if depth < 1 or not on:
            return
        user = self.users[0]
        self.first_factor(user, choices)
        if depth < 2 or not self.mfa_tokens:
            return
        factor = choices.of(on)
        token = self.mfa_tokens[-1]
        self.call(
            calls.associate(token, factor, address_of(user, factor)),
            user,
            token=token,
            client=self.client,
            factor=factor,
        )
        if factor == "otp" and self.secrets:
            self.verify(calls.otp(self.client, token, Totp(self.secrets[-1])), token, user, "", choices)
        elif self.oobs:
            oob_code = self.oobs[-1]
            if factor == "push":
                self.sides.play(AnswerPush(user, True))
            template = calls.oob(self.client, token, oob_code, oob_code.about.get("code"))
            template.factor = factor
            self.verify(template, token, user, "", choices)
        if depth > 2:
            self.first_factor(user, choices)
            if self.mfa_tokens:
                self.sides.play(MakeCall(calls.authenticators(self.mfa_tokens[-1])))
                self.remember_rows(user)

    def remember_rows(self, user: UserSymbol) -> None:
        played = self.sides.history[-1]
        now = self.sides.side.now()
        for pair in played.new:
            pair.about.update(user=user, at=now)
            self.remember_id(pair)


_MOVES = (REST, *MOVES)
_FACTORS = ("all", "voice off", "all", "recovery off", "voice off", "all", "email only", "voice off")


@dataclass(frozen=True, slots=True)
class Step:
    """A move and its two numbers for `Choices`."""

    move: str
    number: int
    change: int


@dataclass(frozen=True, slots=True)
class Program:
    """The factors, users and steps of one example."""

    factors: str
    people: tuple[Sort, Sort]
    beginning: int
    steps: tuple[Step, ...]


@cache
def programs(steps: int) -> SearchStrategy[Program]:
    """A strategy for programs with this number of steps. Shrinking turns steps into rests.

    Each number has a range of its own. With equal strategies Hypothesis copies parts of an example to other places,
    and five of six examples would begin like the previous one.
    """
    from hypothesis import strategies as st

    number = (DIGIT, DIGIT)
    sizes = (len(_FACTORS), len(SORTS), len(SORTS), *number, *(len(_MOVES), *number, *number) * steps)
    ranges = [range(place * size, (place + 1) * size) for place, size in enumerate(sizes)]

    def program(drawn: tuple[int, ...]) -> Program:
        factors, first, second, *rest = (n - own.start for n, own in zip(drawn, ranges, strict=True))
        beginning, rest = rest[0] * DIGIT + rest[1], rest[2:]
        taken = zip(*(rest[offset::5] for offset in range(5)), strict=True)
        told = tuple(Step(_MOVES[move], a * DIGIT + b, c * DIGIT + d) for move, a, b, c, d in taken)
        return Program(_FACTORS[factors], (SORTS[first], SORTS[second]), beginning, told)

    return st.tuples(*map(st.sampled_from, ranges)).map(program)
