"""Random walks: two users of one client act in turn.

Hypothesis draws and plays walks. The first finding is shortened and ends the run.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Final, TypeVar

from pytest_auth0_mfa.contract.client.flows.challenge import answers_after
from pytest_auth0_mfa.contract.client.flows.enroll import MANAGE
from pytest_auth0_mfa.contract.driver import DIGIT, REPLAYS, Plan, drive, spread
from pytest_auth0_mfa.contract.findings.violation import ContractViolation
from pytest_auth0_mfa.tenant.entities import Authenticator, User
from pytest_auth0_mfa.tenant.totp import totp

from .asked import LOGINS
from .calling import NotCovered
from .example import ClientExample
from .judged import GivenAnswer, Stopped, Token
from .run import IN_PROCESS, SERVER, ClientRun
from .troubles import TROUBLES, troubles_of
from .walk_page import PAGE_OPERATIONS, PAGE_WEIGHTS, PageWalk
from .worlds import FACTORS, HOSTILE, OTHERS, World

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

T = TypeVar("T")

_BEHIND = 3600
_TIME = 2000  # the most seconds that a walk may let pass, so that the tenant's clock stays behind the client's
WORLDS: Final = (
    World(behind=_BEHIND),
    replace(HOSTILE, behind=_BEHIND),
    *(replace(world, behind=_BEHIND) for world in OTHERS),
    World({"mfa_token_after_success": "dead", "challenge_replaces_earlier": True}, FACTORS, behind=_BEHIND, codes=2),
    World({"mfa_requirements": True, "slow_down": "429 slow_down"}, unknown=True, behind=_BEHIND, codes=3),
    World(behind=_BEHIND, rotates=True, codes=1),
    World(policy="never", behind=_BEHIND, rotates=True, leeway=30, people=1),
)
_FACTORS = ("email", "otp", "sms", "push", "voice")
FACTORS_AT_START: Final = _FACTORS[:4]
_SPOILT = (
    "list-authenticators", "associate", "challenge", "mfa-otp", "mfa-oob", "mfa-recovery-code", LOGINS[0],
    "refresh-token", "passwordless-start", "passwordless-otp", "revoke",
)  # fmt: skip
REST: Final = "rest"
WEIGHTS: Final = {
    "log_in": 4, "log_in_wrongly": 1, "manage": 1, "list_authenticators": 2, "associate": 4, "challenge": 8,
    "verify_message": 9, "verify_otp": 4, "verify_recovery_code": 2, "delete": 1, "time": 1, "trouble": 1,
    "passwordless": 2, "refresh": 3, "revoke": 1, "list_again": 1,
}  # fmt: skip
"""Step -> weight in the draw; a rest has weight 1."""


@dataclass(frozen=True, slots=True)
class ClientStep:
    """A step, with numbers that choose among the users, tokens and so on that exist then. Zero is the simplest
    choice."""

    name: str
    a: int = 0
    b: int = 0
    c: int = 0


_NAMES: Final = (REST, *(name for name, weight in WEIGHTS.items() for _ in range(weight)))
_WITH_PAGE: Final = (*_NAMES, *(name for name, weight in PAGE_WEIGHTS.items() for _ in range(weight)))


def step_of(number: int, *, with_page: bool = False) -> ClientStep:
    """The step that a number encodes; zero is a rest. ``with_page``: the client has methods of the My Account API."""
    names = _WITH_PAGE if with_page else _NAMES
    number, name = divmod(number, len(names))
    return ClientStep(names[name], number % 8, number // 8 % 8, number // 64 % 8)


@dataclass(frozen=True, slots=True)
class Start:
    """The world of a walk, and the factors of its users."""

    world: World
    first: str
    second: str
    chance: int = 0
    """Changes the steps that the numbers encode, because Hypothesis repeats numbers within and between examples."""


@dataclass(slots=True)
class PushWaiting:
    """A message or push request that waits for an answer."""

    token: Token
    oob_code: str = field(repr=False)
    code: str | None = field(repr=False)


class ClientWalk(PageWalk):
    """A walk that is being played. Steps raise ContractViolation."""

    def __init__(self, run: ClientRun, start: Start) -> None:
        super().__init__()
        world = start.world if run.profile is None else start.world.like(run.profile)
        self.example = ClientExample(run, world).__enter__()
        self.with_page = self.example.caller.has("me_list_methods") or self.example.caller.has("me_create_method")
        try:
            self.users: Sequence[User] = (
                self.example.user(start.first, start.second),
                self.example.user(pending=(start.second,)),
            )
        except BaseException:
            self.close()
            raise
        self.tokens: list[Token] = []
        self.managing: list[Token] = []
        self.waiting: list[PushWaiting] = []
        self.refreshing: list[tuple[User, str]] = []
        self.passed = 0

    def close(self) -> None:
        """End the walk."""
        self.example.__exit__()

    def take(self, step: ClientStep) -> None:
        """Take a step, if it is possible."""
        script: Callable[[int, int, int], object] = getattr(self, f"_{step.name}")
        try:
            script(step.a, step.b, step.c)
        except (NotCovered, Stopped):
            return

    def _rest(self, a: int, b: int, c: int) -> None:
        """Do nothing."""

    # -- tokens ----------------------------------------------------------------------------------

    def _log_in(self, a: int, b: int, c: int) -> None:
        answer = self.example.first_factor(self.users[a % 2], expect=None)
        if answer.token is not None and answer.token.name == "mfa_token":
            self.tokens.append(answer.token)

    def _log_in_wrongly(self, a: int, b: int, c: int) -> None:
        user = self.users[a % 2]
        if user.failed_logins < 3:  # ten in a row would block the user
            self.example.log_in(user, password="wrong", expect=None)

    def _manage(self, a: int, b: int, c: int) -> None:
        """Log in for the MFA API. A user with only emails gets the access token without a second factor."""
        audience = self.example.tenant.mfa_audience
        answer = self.example.first_factor(self.users[a % 2], audience=audience, scope=MANAGE, expect=None)
        if answer.token is not None:
            (self.managing if answer.granted else self.tokens).append(answer.token)

    def _passwordless(self, a: int, b: int, c: int) -> None:
        """Log in with a code that was sent, or sometimes with a wrong code."""
        user, connection = self.users[a % 2], ("email", "sms")[b % 2]
        code = self.example.passwordless_code(user, connection)
        if c == 6 and user.failed_logins < 3:
            code = self.example.wrong(code)
        answer = self.example.log_in_passwordless(user, connection, code, expect=None)
        if answer.token is not None and answer.token.name == "mfa_token":
            self.tokens.append(answer.token)

    def _refresh(self, a: int, b: int, c: int) -> None:
        """Renew, usually with the newest refresh token, sometimes with one that was replaced."""
        if not self.refreshing or b > 4:
            user = self.users[a % 2]
            self.refreshing.append((user, self.example.refresh_token(user)))
        user, token = newest(self.refreshing, c // 4)
        answer = self.example.refresh_with(user, token, expect=None)
        if answer.token is not None and answer.token.name == "mfa_token":
            self.tokens.append(answer.token)
        self._keep_refresh_token(answer, user)

    def _keep_refresh_token(self, answer: GivenAnswer, user: User) -> None:
        if answer.granted and "refresh_token" in answer.body:
            self.refreshing.append((user, answer.body["refresh_token"]))

    def _revoke(self, a: int, b: int, c: int) -> None:
        if not self.refreshing:
            self._refresh(a, 7, 0)
        self.example.revoke(*newest(self.refreshing, a // 2), expect=None)

    def _token(self, a: int) -> Token:
        if not self.tokens:
            self._log_in(a, 0, 0)
        if not self.tokens:
            raise Stopped
        return newest(self.tokens, a // 2)

    # -- the MFA API -----------------------------------------------------------------------------

    def _list_authenticators(self, a: int, b: int, c: int) -> None:
        self.example.rows(self._token(a), expect=None)

    def _list_again(self, a: int, b: int, c: int) -> None:
        """List before and after something changes elsewhere."""
        token = self._token(a)
        self.example.rows(token, expect=None)
        factors = ["", *(factor for factor in _FACTORS if factor in self.example.tenant.factors)]
        self.example.change_elsewhere(token.user, factors[b % len(factors)])
        self.example.rows(token, expect=None)

    def _associate(self, a: int, b: int, c: int) -> None:
        factor = _FACTORS[b % len(_FACTORS)]
        token = self._token(a)
        self._remember(token, self.example.associate(token, factor, expect=None).body, factor)

    def _challenge(self, a: int, b: int, c: int) -> None:
        """Challenge any authenticator of the user, or name none."""
        token = self._token(a)
        entries: list[Authenticator | None] = [*token.user.authenticators, None]
        named = entries[b % len(entries)]
        kind = {6: "oob", 7: "otp"}.get(c)
        answer = self.example.challenge(token, named.id if named else None, challenge_type=kind, expect=None)
        sent = self.example.tenant.outbox
        self._remember(token, answer.body, sent[-1].channel if len(sent) else "")

    def _remember(self, token: Token, body: object, channel: str) -> None:
        if isinstance(body, dict) and "oob_code" in body:
            code = None if channel == "push" else self.example.code(token.user, channel)
            self.waiting.append(PushWaiting(token, body["oob_code"], code))

    def _verify_message(self, a: int, b: int, c: int) -> None:
        """Verify, usually with the right code, sometimes with a wrong one or that of another message."""
        if not self.waiting:
            return self._challenge(a, b, 0)
        waiting = newest(self.waiting, a // 2)
        if waiting.code is None:
            return self._verify_push(waiting, b, c)
        code = waiting.code
        if c == 6:
            code = self.example.wrong(*(w.code for w in self.waiting if w.code))
        elif c == 7:
            code = newest(self.waiting, b).code or code
        answer = self.example.verify_oob(waiting.token, waiting.oob_code, code, expect=None)
        return self._keep_refresh_token(answer, waiting.token.user)

    def _verify_push(self, waiting: PushWaiting, b: int, c: int) -> None:
        """Verify a push request that the person approves, rejects, or has not answered yet."""
        run, user = self.example.run, waiting.token.user
        answer = self.example.reject if c == 6 else self.example.approve
        if run.polls:
            if run.reach != IN_PROCESS:
                return  # it would take real time
            answers_after(self.example, 1 + b % 3, lambda who: self._answer(who, answer), user)
        elif c != 7:
            self._answer(user, answer)
            self._pass(10)
        self.example.verify_oob(waiting.token, waiting.oob_code, expect=None)
        self.example.recording.after = None

    def _answer(self, user: User, answer: Callable[[User], None]) -> None:
        if self.example.tenant.push.open_requests(user):
            answer(user)

    def _verify_otp(self, a: int, b: int, c: int) -> None:
        """Verify with the code of an active or pending app, or with a wrong one."""
        token = self._token(a)
        secrets = [entry.secret for entry in token.user.entries if entry.secret is not None]
        if c < 6 and secrets:
            code = self.example.otp(secrets[b % len(secrets)])
        else:
            now = self.example.tenant.clock.now()
            code = self.example.wrong(*(totp(s, now + 30 * off) for s in secrets for off in range(-2, 3)))
        self._keep_refresh_token(self.example.verify_otp(token, code, expect=None), token.user)

    def _verify_recovery_code(self, a: int, b: int, c: int) -> None:
        token = self._token(a)
        code = token.user.recovery_code if c < 6 else None
        if code is not None:
            self.example.steps.give(code, f"AUTH0_MFA_RECOVERY_CODE_{len(self.example.calls)}")
        answer = self.example.verify_recovery_code(token, code or "AAAAAAAAAAAAAAAAAAAAAAAA", expect=None)
        self._keep_refresh_token(answer, token.user)

    def _delete(self, a: int, b: int, c: int) -> None:
        if not self.managing:
            return self._manage(a, b, c)
        token = newest(self.managing, a // 2)
        entries = token.user.authenticators
        if entries:
            self.example.delete(token, entries[b % len(entries)].id, expect=None)
        return None

    # -- the world -------------------------------------------------------------------------------

    def _time(self, a: int, b: int, c: int) -> None:
        self._pass((5, 5, 31, 31, 31, 120, 301, 601)[a])

    def _pass(self, seconds: int) -> None:
        if self.passed + seconds <= _TIME:
            self.passed += seconds
            self.example.advance(seconds)

    def _trouble(self, a: int, b: int, c: int) -> None:
        spoilt = (*_SPOILT, *PAGE_OPERATIONS) if self.with_page else _SPOILT
        operation = spoilt[(a + 8 * c) % len(spoilt) if self.with_page else a % len(spoilt)]
        kinds = troubles_of(operation, elsewhere=self.example.run.reach == IN_PROCESS)
        trouble = kinds[(b + 8 * c) % len(kinds)]
        self.example.recording.spoil(operation, trouble)
        self.example.remark(f"{TROUBLES[trouble].text}, at the next {operation}")


def newest(items: Sequence[T], back: int) -> T:
    """The item ``back`` places before the newest, counting round."""
    return items[-1 - back % len(items)]


STEPS = 18
_REPLAYS_OVER_SERVER = 50  # calls over a server take longer


@dataclass(frozen=True, slots=True)
class ClientProgram:
    """The start and the steps of one example."""

    start: Start
    steps: tuple[int, ...]
    """A number for each step. Zero is a rest, and shrinking turns steps into rests."""


@dataclass(frozen=True, slots=True)
class FoundByWalk:
    """The finding of a walk, and the number of the client's calls that led to it."""

    violation: ContractViolation
    size: int

    @property
    def key(self) -> object:
        """Equal for two findings that show the same fault."""
        return self.violation.finding, self.violation.operation


@cache
def programs(steps: int) -> SearchStrategy[ClientProgram]:
    """A strategy for programs with this number of steps."""
    from hypothesis import strategies as st

    digit = st.integers(0, DIGIT - 1)
    numbers = st.builds(lambda high, low: high * DIGIT + low, digit, digit)
    factor = st.sampled_from(FACTORS_AT_START)
    start = st.builds(Start, st.sampled_from(WORLDS), factor, factor, numbers)
    return st.builds(ClientProgram, start, st.tuples(*[numbers] * steps))


def play(run: ClientRun, program: ClientProgram) -> FoundByWalk | None:
    """Play one walk with a fresh tenant and client. Returns its finding, or None."""
    walk = ClientWalk(run, program.start)
    try:
        for place, number in enumerate(program.steps):
            walk.take(step_of(spread(number, program.start.chance + place), with_page=walk.with_page))
    except ContractViolation as violation:
        return FoundByWalk(violation.with_traceback(None), len(walk.example.calls))
    finally:
        walk.close()
    return None


def play_walks(
    run: ClientRun,
    max_examples: int,
    *,
    shorten: bool = True,
    steps: int = STEPS,
    chosen_seed: int | None = None,
    on_example: Callable[[], None] = lambda: None,
) -> None:
    """Play walks. Raises the ContractViolation of the first finding, shortened."""
    __tracebackhide__ = True
    found: FoundByWalk | None = None

    def example(program: ClientProgram) -> FoundByWalk | None:
        nonlocal found
        if found is None:
            on_example()
        latest = play(run, program)
        found = found or latest
        return latest

    replays = _REPLAYS_OVER_SERVER if run.reach == SERVER else REPLAYS
    shortest = drive(programs(steps), example, Plan(max_examples, steps, chosen_seed, reduce=shorten, replays=replays))
    if shortest is not None:
        raise shortest.violation.with_traceback(None)
