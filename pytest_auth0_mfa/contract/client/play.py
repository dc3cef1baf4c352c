"""One example: a fresh tenant, a client made for it, and calls that are judged one by one."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from pytest_auth0_mfa.contract.findings import FINDINGS, OBSERVATION
from pytest_auth0_mfa.contract.steps import Learned, Remark, Steps
from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.tenant import Tenant
from pytest_auth0_mfa.tenant.authenticators import Authenticator
from pytest_auth0_mfa.tenant.directory import User
from pytest_auth0_mfa.totp import totp

from .asked import Asked, Fault
from .bench import IN_PROCESS, Bench, World
from .calling import Caller, NotCovered, Outcome
from .conclusion_checks import conclusion
from .message import violation_of
from .request_checks import Context, faults_of
from .sequence_checks import SEQUENCE_CHECKS
from .waiting import sleeping_moves
from .watch import LIMIT, POLL_LIMIT, Seen, Watch

GRANTED = "granted"


class Stopped(Exception):  # noqa: N818 - ends an example quietly
    """An accepted finding left nothing to go on with."""


@dataclass(frozen=True, slots=True)
class Token:
    """A token as the caller holds it (a client may wrap it) and as the tenant knows it."""

    held: Json = field(repr=False)
    true: str = field(repr=False)
    user: User
    name: str = "mfa_token"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the tenant really answered in the end, and what the client made of it."""

    error: str
    """``granted``, Auth0's error, or ``trouble``."""
    body: Json = field(repr=False)
    outcome: Outcome
    token: Token | None = None
    """The mfa_token, or the access token."""

    @property
    def granted(self) -> bool:
        """Whether the tenant performed the call."""
        return self.error == GRANTED


class Play:
    """An example that is being played. A fault ends it with a ContractViolation, unless it is accepted."""

    def __init__(self, bench: Bench, world: World | None = None) -> None:
        self.bench = bench
        self.world = world or World()
        bench.examples += 1
        self.tenant: Tenant = self.world.tenant(bench.seed * 1_000_003 + bench.examples)
        self.steps = Steps()
        self.watch = Watch(self.tenant, self.steps, unknown=self.world.unknown, interrupts=bench.reach == IN_PROCESS)
        self.calls: list[str] = []
        """The calls on the adapter so far, as a message shows them."""
        self._stack = ExitStack()
        self._users = 0

    def __enter__(self) -> Play:
        try:
            self._stack.enter_context(self.bench.serving(self.tenant, self.watch))
            self.watch.retry_after = 7 if self.bench.reach == IN_PROCESS else 1
            self.steps.give(self.tenant.domain, "AUTH0_DOMAIN")
            self.steps.give(self.tenant.client_id, "AUTH0_CLIENT_ID")
            self.steps.give(self.tenant.client_secret, "AUTH0_CLIENT_SECRET")
            self._stack.enter_context(_environment(self.tenant.env))
            self.caller = self._made()
            self._stack.callback(self.caller.close)
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *exception: object) -> None:
        self._stack.close()

    def _made(self) -> Caller:
        try:
            return Caller(lambda: self.bench.make_client(self.tenant))
        except Exception as error:
            if self.world.public:  # many clients are for confidential applications only, and say so here
                raise NotCovered(f"make_client for an application without a secret ({type(error).__name__})") from None
            raise

    # -- what is arranged ------------------------------------------------------------------------

    def user(
        self,
        *active: str,
        pending: Iterable[str] = (),
        email_verified: bool = False,
        mfa: bool | None = None,
    ) -> User:
        """A user who has these factors already."""
        user = self.tenant.add_user(email_verified=email_verified, mfa=mfa)
        self._users += 1
        number = "" if self._users == 1 else f"_{self._users}"
        self.steps.give(user.email, f"AUTH0_MFA_USERNAME{number}")
        self.steps.give(user.password, f"AUTH0_MFA_PASSWORD{number}")
        made = [self.enrolled(user, factor) for factor in active]
        made += [self.enrolled(user, factor, active=False) for factor in pending]
        told = [f"{'an active' if one.active else 'an unconfirmed'} {one.factor}" for one in made]
        told += ["a verified email"] if email_verified else []
        if told:
            self.steps.events.append(Remark(f"arrange a user with {', '.join(told)}"))
        return user

    def enrolled(self, user: User, factor: str, *, active: bool = True) -> Authenticator:
        """One more factor of a user, as if enrolled before."""
        made = user.enroll(factor, active=active)
        number = sum(one.secret is not None for one in user.entries)
        for one in (made, made.twin):
            if one is not None:
                self.steps.give(one.secret, f"AUTH0_MFA_TOTP_SECRET_{number}")
                self.steps.give(one.id, f"AUTH0_MFA_AUTHENTICATOR_{len(user.entries)}_{one.factor.upper()}")
        if user.recovery_code is not None:
            self.steps.give(user.recovery_code, "AUTH0_MFA_RECOVERY_CODE")
        return made

    def remark(self, text: str, seconds: float = 0) -> None:
        """Something that happens besides the calls."""
        self.steps.events.append(Remark(text, seconds))

    def advance(self, seconds: float) -> None:
        """Let time pass on the tenant's clock."""
        self.tenant.clock.advance(seconds)
        self.remark(f"let {seconds:.0f} seconds pass", seconds)

    def approve(self, user: User) -> None:
        """The person approves on the phone."""
        self.tenant.push.approve(user)
        self.remark("approve the push request")

    def reject(self, user: User) -> None:
        """The person rejects on the phone."""
        self.tenant.push.reject(user)
        self.remark("reject the push request")

    def code(self, user: User, channel: str) -> str:
        """The newest code that was sent to the user."""
        code = self.tenant.outbox.latest(user, channel).code
        assert code is not None
        self.steps.events.append(Learned(f"{channel}_code", code, f"the code that was sent by {channel}"))
        return code

    def otp(self, secret: str) -> str:
        """What the authenticator app shows now."""
        code = totp(secret, self.tenant.clock.now())
        self.steps.events.append(Learned("otp", code, "the code that the authenticator app shows", secret))
        return code

    def wrong(self, *right: str) -> str:
        """A code of six digits that is none of these."""
        code = next(c for c in ("000000", "000001", "000002", "000003", "000004", "000005") if c not in right)
        self.steps.events.append(Learned("wrong_code", code, "a code of six digits that is not the right one"))
        return code

    # -- the calls -------------------------------------------------------------------------------

    def first_factor(
        self, user: User, *, audience: str | None = None, scope: str | None = None, expect: str | None = "mfa_required"
    ) -> Answer:
        """Log in with the password, or with a refresh token where the client has no login."""
        try:
            return self.log_in(user, audience=audience, scope=scope, expect=expect)
        except NotCovered:
            return self.refresh(user, audience=audience, scope=scope, expect=expect)

    def begin(self, user: User) -> Token:
        """The mfa_token of a login."""
        return self.token(self.first_factor(user))

    @staticmethod
    def token(answer: Answer) -> Token:
        """The token of an answer. Raises Stopped when the client did not hand it out."""
        if answer.token is None:
            raise Stopped
        return answer.token

    def log_in(
        self,
        user: User,
        *,
        password: str | None = None,
        audience: str | None = None,
        scope: str | None = None,
        expect: str | None = None,
    ) -> Answer:
        """Username and password."""
        word = password or user.password
        params = {"username": user.email, "password": word, "audience": audience, "scope": scope}
        more = {name: value for name, value in (("audience", audience), ("scope", scope)) if value is not None}
        shown = "".join(f", {name}={value!r}" for name, value in more.items())
        asked = Asked("log_in", f"username, password{shown}", user, params=params)
        return self._call(asked, expect, user.email, word, **more)

    def refresh(
        self, user: User, *, audience: str | None = None, scope: str | None = None, expect: str | None = None
    ) -> Answer:
        """A refresh token of an earlier login without MFA."""
        given = user.refresh_token(scope=scope or "openid profile email offline_access", audience=audience)
        self.steps.give(given, f"AUTH0_MFA_REFRESH_TOKEN_{len(self.calls)}")
        return self.refresh_with(user, given, expect=expect)

    def refresh_with(self, user: User, refresh_token: str, *, expect: str | None = None) -> Answer:
        """Renew with this very token."""
        return self._call(
            Asked("refresh", "refresh_token", user, params={"refresh_token": refresh_token}), expect, refresh_token
        )

    def rows(self, token: Token, *, expect: str | None = GRANTED) -> Answer:
        """The user's authenticators."""
        return self._call(Asked("list_authenticators", token.name, token.user, bearer=token.true), expect, token.held)

    def associate(
        self, token: Token, factor: str, *, phone_number: str | None = None, expect: str | None = GRANTED
    ) -> Answer:
        """Enroll a factor; its address is the user's."""
        more: dict[str, str] = {}
        if factor == "email":
            more["email"] = token.user.email
        elif factor in ("sms", "voice"):
            more["phone_number"] = phone_number or token.user.phone_number
        shown = "".join(f", {name}=..." for name in more)
        asked = Asked(
            "associate", f"{token.name}, {factor!r}{shown}", token.user, bearer=token.true, params=more, factor=factor
        )
        answer = self._call(asked, expect, token.held, factor, **more)
        return answer

    def challenge(
        self,
        token: Token,
        authenticator_id: str | None = None,
        *,
        challenge_type: str | None = None,
        expect: str | None = GRANTED,
    ) -> Answer:
        """A challenge, of the named authenticator if any."""
        args = [] if authenticator_id is None else [authenticator_id]
        more = {} if challenge_type is None else {"challenge_type": challenge_type}
        kind = (authenticator_id or "").partition("|")[0]
        shown = (f", '{kind}|...'" if args else "") + (f", challenge_type={challenge_type!r}" if more else "")
        params = {"mfa_token": token.true, "challenge_type": challenge_type}
        asked = Asked("challenge", f"{token.name}{shown}", token.user, params=params, authenticator_id=authenticator_id)
        return self._call(asked, expect, token.held, *args, **more)

    def verify_otp(self, token: Token, code: str, *, expect: str | None = GRANTED) -> Answer:
        """The code of an authenticator app."""
        params = {"mfa_token": token.true, "otp": code}
        return self._call(
            Asked("verify_otp", f"{token.name}, otp", token.user, params=params), expect, token.held, code
        )

    def verify_oob(
        self, token: Token, oob_code: str, code: str | None = None, *, expect: str | None = GRANTED
    ) -> Answer:
        """The code of a message, or a push request."""
        params = {"mfa_token": token.true, "oob_code": oob_code, "binding_code": code}
        shown = f"{token.name}, oob_code{'' if code is None else ', binding_code'}"
        args = [oob_code] if code is None else [oob_code, code]
        return self._call(Asked("verify_oob", shown, token.user, params=params), expect, token.held, *args)

    def verify_recovery_code(self, token: Token, code: str, *, expect: str | None = GRANTED) -> Answer:
        """A recovery code."""
        params = {"mfa_token": token.true, "recovery_code": code}
        shown = f"{token.name}, recovery_code"
        return self._call(Asked("verify_recovery_code", shown, token.user, params=params), expect, token.held, code)

    def delete(self, token: Token, authenticator_id: str, *, expect: str | None = GRANTED) -> Answer:
        """Delete an authenticator."""
        shown = f"{token.name}, '{authenticator_id.partition('|')[0]}|...'"
        asked = Asked("delete_authenticator", shown, token.user, bearer=token.true, authenticator_id=authenticator_id)
        return self._call(asked, expect, token.held, authenticator_id)

    # -- how a call is judged --------------------------------------------------------------------

    def _call(self, asked: Asked, expect: str | None, *args: Json, **more: Json) -> Answer:
        outcome, seen = self.invoke(asked, *args, **more)
        self.judge(asked, seen, outcome)
        answer = self._answer(asked, seen, outcome)
        if expect is not None and answer.error not in (expect, "trouble"):
            case = next((one.case for one in reversed(seen) if one.operation in asked.operations), None)
            operation = asked.operations[0]
            self.report(asked, Fault("MFA127", "answer", expect, f"{answer.error} ({case})", operation))
            raise Stopped
        return answer

    def invoke(self, asked: Asked, *args: Json, **more: Json) -> tuple[Outcome, list[Seen]]:
        """Call the client, and what it sent meanwhile."""
        polling = asked.method in ("verify_oob", "sign_in")
        self.watch.begin(asked.operations, POLL_LIMIT if polling else LIMIT)
        mark = len(self.watch.seen)
        advance = self.tenant.clock.advance if self.bench.reach == IN_PROCESS else None
        try:
            with sleeping_moves(advance):
                outcome = self.caller.call(asked.method, *args, **more)
        except NotCovered:
            self.bench.uncovered.add(asked.method)
            raise
        self.bench.covered.add(asked.method)
        return outcome, self.watch.seen[mark:]

    def judge(self, asked: Asked, seen: Sequence[Seen], outcome: Outcome) -> None:
        """Hold requests, their order and the conclusion against the contract."""
        self.calls.append(str(asked))
        for one in seen:
            self.bench.coverage.count(one.operation, one.case or one.trouble or "success", asked.factor or "")
            for fault in faults_of(Context(one, asked, self.tenant)):
                self.report(asked, fault)
        for check in SEQUENCE_CHECKS:
            for fault in check(asked, seen, self.bench.polls):
                self.report(asked, fault)
        if not asked.decides:
            for fault in conclusion(asked, seen, outcome, self.tenant, polls=self.bench.polls):
                self.report(asked, fault)

    def report(self, asked: Asked, fault: Fault) -> None:
        """End the example with this fault, unless it is an observation or accepted."""
        __tracebackhide__ = True
        if FINDINGS[fault.finding].level == OBSERVATION:
            self.bench.observed.append(fault)
        elif not self.bench.baseline.accepts(fault, self.bench.client, self.bench.test):
            raise violation_of(fault, asked, self.bench, self.calls, self.steps)

    def _answer(self, asked: Asked, seen: Sequence[Seen], outcome: Outcome) -> Answer:
        last = next((one for one in reversed(seen) if one.operation in asked.operations), None)
        if last is None or last.trouble is not None:
            return Answer("trouble", None, outcome)
        body: Json = last.response.json() if last.response.body else None
        if not last.granted:
            token = None
            held = outcome.error.mfa_token if outcome.error is not None else None
            if body.get("error") == "mfa_required" and asked.user is not None and held is not None:
                token = Token(held, body["mfa_token"], asked.user)
            return Answer(body["error"], body, outcome, token)
        if isinstance(body, dict) and "access_token" in body and asked.user is not None:
            access = body["access_token"]
            return Answer(GRANTED, body, outcome, Token(access, access, asked.user, "access_token"))
        return Answer(GRANTED, body, outcome)


@contextmanager
def _environment(env: dict[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in env}
    os.environ.update(env)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
