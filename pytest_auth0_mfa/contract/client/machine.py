"""The machine: interleavings of two users' flows that no scenario thought of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, TypeVar

from hypothesis import HealthCheck, Phase, Verbosity, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from pytest_auth0_mfa.errors import ContractViolation
from pytest_auth0_mfa.tenant.authenticators import Authenticator
from pytest_auth0_mfa.tenant.directory import User
from pytest_auth0_mfa.totp import totp

from .asked import LOGINS
from .bench import FACTORS, IN_PROCESS, World
from .calling import NotCovered
from .faults import troubles_of
from .flows_enroll import MANAGE
from .flows_push import answers_after
from .play import Play, Stopped, Token
from .scenarios import HOSTILE

if TYPE_CHECKING:
    from .bench import Bench

T = TypeVar("T")

STEPS = 14
SHRINKING = 80
"""Examples that are spent on making a finding shorter."""
_BEHIND = 3600
_TIME = 2000  # seconds that an example may let pass, so that nothing lies in the client's future
WORLDS = (
    World(behind=_BEHIND),
    World(HOSTILE.profile, FACTORS, unknown=True, behind=_BEHIND, codes=1),
    World({"mfa_token_after_success": "dead", "challenge_replaces_earlier": True}, FACTORS, behind=_BEHIND, codes=2),
    World({"mfa_requirements": True, "slow_down": "429 slow_down"}, unknown=True, behind=_BEHIND, codes=3),
)
_SPOILT = ("list-authenticators", "associate", "challenge", "mfa-otp", "mfa-oob", "mfa-recovery-code", *LOGINS)
_FACTORS = ("email", "otp", "sms", "push", "voice")
_numbers = st.integers(0, 7)


@dataclass(slots=True)
class Waiting:
    """A message or push request that waits for an answer."""

    token: Token
    oob_code: str
    factor: str
    code: str | None


class ClientMachine(RuleBasedStateMachine):
    """One example: two users of one client, whose flows interleave."""

    bench: ClassVar[Bench]
    found: ClassVar[ContractViolation | None] = None
    left: ClassVar[int] = SHRINKING
    shortest: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        self.playing: Play | None = None
        cls = type(self)
        if cls.found is not None:
            cls.left -= 1
            if cls.left < 0:
                self._end_with_finding()

    @initialize(
        world=st.sampled_from(WORLDS), first=st.sampled_from(_FACTORS[:4]), second=st.sampled_from(_FACTORS[:4])
    )
    def begin(self, world: World, first: str, second: str) -> None:
        """A tenant, a client, a user with authenticators and one who may have none."""
        self.play = self.playing = Play(self.bench, world).__enter__()
        self.users: list[User] = [self.play.user(first, second), self.play.user(pending=(second,))]
        self.tokens: list[Token] = []
        self.waiting: list[Waiting] = []
        self.managing: list[Token] = []
        self.passed = 0

    def teardown(self) -> None:
        if self.playing is not None:
            self.playing.__exit__()

    def do(self, step: Callable[[], object]) -> None:
        """Play a step; a finding ends the example."""
        __tracebackhide__ = True
        try:
            step()
        except (NotCovered, Stopped):
            return
        except ContractViolation as violation:
            cls, length = type(self), len(self.play.calls)
            if cls.found is None or (violation.finding == cls.found.finding and length < cls.shortest):
                cls.found, cls.shortest = violation, length
            self._end_with_finding()

    def _end_with_finding(self) -> None:
        """Always raise from here: Hypothesis takes errors from different lines for different bugs."""
        __tracebackhide__ = True
        assert self.found is not None
        raise self.found

    # -- tokens ----------------------------------------------------------------------------------

    @rule(who=_numbers)
    def log_in(self, who: int) -> None:
        """Either user logs in, or logs in again."""

        def step() -> None:
            answer = self.play.first_factor(self.users[who % 2], expect=None)
            if answer.token is not None and answer.token.name == "mfa_token":
                self.tokens.append(answer.token)

        self.do(step)

    @rule(who=_numbers)
    def log_in_wrongly(self, who: int) -> None:
        """A wrong password; few enough to block nobody."""
        user = self.users[who % 2]
        if user.failed_logins < 3:
            self.do(lambda: self.play.log_in(user, password="not-the-password", expect=None))

    @rule(who=_numbers)
    def manage(self, who: int) -> None:
        """Ask for an access token of the MFA API; users with no more than emails get it at once."""

        def step() -> None:
            user = self.users[who % 2]
            answer = self.play.first_factor(user, audience=self.play.tenant.mfa_audience, scope=MANAGE, expect=None)
            if answer.token is not None:
                (self.managing if answer.granted else self.tokens).append(answer.token)

        self.do(step)

    # -- the MFA API -----------------------------------------------------------------------------

    @precondition(lambda self: self.tokens)
    @rule(which=_numbers)
    def list_authenticators(self, which: int) -> None:
        """List with any token, dead ones too."""
        self.do(lambda: self.play.rows(self._token(which), expect=None))

    @precondition(lambda self: self.tokens)
    @rule(which=_numbers, factor=st.sampled_from(_FACTORS))
    def associate(self, which: int, factor: str) -> None:
        """Enroll a factor, allowed or not."""

        def step() -> None:
            token = self._token(which)
            body = self.play.associate(token, factor, expect=None).body
            self._remember(token, body, factor)

        self.do(step)

    @precondition(lambda self: self.tokens)
    @rule(which=_numbers, entry=_numbers, kind=st.sampled_from((None, None, "oob", "otp")))
    def challenge(self, which: int, entry: int, kind: str | None) -> None:
        """Challenge any authenticator of the user, or none in particular."""

        def step() -> None:
            token = self._token(which)
            entries: list[Authenticator | None] = [None, *token.user.authenticators]
            named = entries[entry % len(entries)]
            answer = self.play.challenge(token, named.id if named else None, challenge_type=kind, expect=None)
            sent = self.play.tenant.outbox
            self._remember(token, answer.body, sent[-1].channel if len(sent) else "")

        self.do(step)

    def _remember(self, token: Token, body: object, factor: str) -> None:
        if isinstance(body, dict) and "oob_code" in body:
            code = None if factor == "push" else self.play.code(token.user, factor)
            self.waiting.append(Waiting(token, body["oob_code"], factor, code))

    @precondition(lambda self: self.waiting)
    @rule(which=_numbers, other=_numbers, how=st.sampled_from(("right", "wrong", "other")))
    def verify_message(self, which: int, other: int, how: str) -> None:
        """Answer a message with its code, a wrong one, or that of another message."""
        waiting = self._pick(self.waiting, which)
        if waiting.code is None:
            self.verify_push(which, how, other)
            return
        code = waiting.code
        if how == "wrong":
            code = self.play.wrong(*(w.code for w in self.waiting if w.code))
        elif how == "other":
            code = self._pick(self.waiting, other).code or code
        self.do(lambda: self.play.verify_oob(waiting.token, waiting.oob_code, code, expect=None))

    def verify_push(self, which: int, how: str, polls: int) -> None:
        """Poll a push request; the person approves, rejects, or has not decided yet."""
        waiting, bench, user = self._pick(self.waiting, which), self.bench, self._pick(self.waiting, which).token.user
        if bench.polls and bench.reach != IN_PROCESS:
            return  # it would take real time
        answer = self.play.reject if how == "wrong" else self.play.approve
        if bench.polls:
            answers_after(self.play, 1 + polls % 3, lambda one: _if_open(self.play, one, answer), user)
        elif how != "other":
            _if_open(self.play, user, answer)
            self._pass(10)
        self.do(lambda: self.play.verify_oob(waiting.token, waiting.oob_code, expect=None))
        self.play.watch.after = None

    @precondition(lambda self: self.tokens)
    @rule(which=_numbers, entry=_numbers, right=st.booleans())
    def verify_otp(self, which: int, entry: int, right: bool) -> None:
        """The code of an app, active or pending, or a wrong one."""

        def step() -> None:
            token = self._token(which)
            secrets = [one.secret for one in token.user.entries if one.secret is not None]
            if right and secrets:
                code = self.play.otp(secrets[entry % len(secrets)])
            else:
                now = self.play.tenant.clock.now()
                code = self.play.wrong(*(totp(s, now + 30 * off) for s in secrets for off in range(-2, 3)))
            self.play.verify_otp(token, code, expect=None)

        self.do(step)

    @precondition(lambda self: self.tokens)
    @rule(which=_numbers, right=st.booleans())
    def verify_recovery_code(self, which: int, right: bool) -> None:
        """The recovery code, or a wrong one."""

        def step() -> None:
            token = self._token(which)
            code = token.user.recovery_code if right else None
            if code:
                self.play.steps.give(code, f"AUTH0_MFA_RECOVERY_CODE_{len(self.play.calls)}")
            self.play.verify_recovery_code(token, code or "AAAAAAAAAAAAAAAAAAAAAAAA", expect=None)

        self.do(step)

    @precondition(lambda self: self.managing)
    @rule(which=_numbers, entry=_numbers)
    def delete(self, which: int, entry: int) -> None:
        """Delete an authenticator, unless it is the verified email."""

        def step() -> None:
            token = self._pick(self.managing, which)
            entries = token.user.authenticators
            if entries:
                self.play.delete(token, entries[entry % len(entries)].id, expect=None)

        self.do(step)

    # -- the world -------------------------------------------------------------------------------

    @rule(seconds=st.sampled_from((5, 31, 120, 301, 601)))
    def time_passes(self, seconds: int) -> None:
        """Codes and tokens grow old."""
        self._pass(seconds)

    @rule(operation=st.sampled_from(_SPOILT), which=_numbers)
    def trouble(self, operation: str, which: int) -> None:
        """The next call of an operation gets a broken answer."""
        kinds = troubles_of(operation)
        self.play.watch.spoil(operation, kinds[which % len(kinds)])

    def _pass(self, seconds: int) -> None:
        if self.passed + seconds <= _TIME:
            self.passed += seconds
            self.play.advance(seconds)

    def _token(self, which: int) -> Token:
        return self._pick(self.tokens, which)

    @staticmethod
    def _pick(items: list[T], which: int) -> T:
        return items[-1 - which % len(items)]


def _if_open(play: Play, user: User, answer: Callable[[User], None]) -> None:
    if play.tenant.push.open_requests(user):
        answer(user)


def run(
    bench: Bench, max_examples: int, *, shrink: bool = True, steps: int = STEPS, chosen_seed: int | None = None
) -> None:
    """Play examples until one breaks the contract. Raises its ContractViolation, shortened if ``shrink``."""
    machine = type("ClientMachine", (ClientMachine,), {"bench": bench, "left": SHRINKING if shrink else 0})
    if chosen_seed is not None:
        machine = seed(chosen_seed)(machine)
    made = settings(
        max_examples=max_examples,
        stateful_step_count=steps,
        database=None,
        deadline=None,
        derandomize=chosen_seed is None,
        print_blob=False,
        report_multiple_bugs=False,
        verbosity=Verbosity.quiet,
        phases=(Phase.generate, Phase.shrink) if shrink else (Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine, settings=made)
