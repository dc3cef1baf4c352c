"""One example: calls of a client, each of which is judged."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from pytest_auth0_mfa.contract.client.checks.conclusion import conclusion, reported
from pytest_auth0_mfa.contract.client.checks.proofs import declines, token_type
from pytest_auth0_mfa.contract.client.checks.requests import faults_of
from pytest_auth0_mfa.contract.client.checks.sequence import SEQUENCE_CHECKS, instead, unasked
from pytest_auth0_mfa.contract.findings.kinds import OBSERVATION
from pytest_auth0_mfa.contract.findings.violation import FINDINGS
from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.messages.showing import without
from pytest_auth0_mfa.spec.api_errors import error_of
from pytest_auth0_mfa.spec.profile import profile_fields
from pytest_auth0_mfa.tenant import passwordless as tenant_passwordless
from pytest_auth0_mfa.tenant.entities import User
from pytest_auth0_mfa.transports.attempts import Attempt, attempts

from .asked import PENDING, Asked, Context, Flaw, known_secrets
from .calling import CallOutcome, NotCovered, sleeping_moves
from .environment import ExampleEnvironment
from .leaks import leaks
from .listening import PATIENCE, happening
from .reaching import sent_on
from .recording import LIMIT, POLL_LIMIT, SILENCE, SILENT, Seen
from .run import IN_PROCESS, violation_of

GRANTED = "granted"
_LONGEST = 20.0  # seconds to wait for a user who waits for another
T = TypeVar("T")


class Stopped(Exception):  # noqa: N818 - ends an example quietly
    """Raised if an example cannot go on, for instance after an accepted finding."""


@dataclass(frozen=True, slots=True)
class Token:
    """A token as the caller got it (``held``; a client may wrap it) and as the tenant knows it (``true``)."""

    held: Json = field(repr=False)
    true: str = field(repr=False)
    user: User
    name: str = "mfa_token"


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """The tenant's last answer to a call, and how the call ended."""

    error: str
    """``granted``, Auth0's `error`, or ``trouble`` for a broken answer."""
    body: Json = field(repr=False)
    outcome: CallOutcome
    token: Token | None = None
    """The mfa_token or access token of the answer."""

    @property
    def granted(self) -> bool:
        """Whether the tenant performed the call."""
        return self.error == GRANTED


@dataclass(slots=True)
class _Other:
    """A second user, who acts while a request of the first user waits for its answer."""

    thread: int
    """The id of the first user's thread."""
    begun: int | None = None
    """How many requests had arrived when the second user began."""
    ended: int | None = None
    entangled: bool = False
    """Whether it took so long that the first user went on."""
    done: threading.Event = field(default_factory=threading.Event)


def given(**values: str | None) -> tuple[dict[str, str], str]:
    """The values that are not None, and the text of a message that shows them."""
    more = {name: value for name, value in values.items() if value is not None}
    return more, "".join(f", {name}={value!r}" for name, value in more.items())


def by_default(refusal_id: str | None) -> str:
    """The `error` of a refusal in the default profile; ``""`` if no profile field decides it."""
    declared = profile_fields().get(refusal_id or "")
    return str(declared.default).partition(" ")[2] if declared is not None and declared.metadata["refusal"] else ""


class ClientExample(ExampleEnvironment):
    """An example that is being played. A fault raises ContractViolation, unless it is accepted or only observed."""

    _other: _Other | None = None
    _observed_at = 0
    """The number of the latest call with an observation about something that is only guessed."""

    # -- the calls -------------------------------------------------------------------------------

    def first_factor(
        self, user: User, *, audience: str | None = None, scope: str | None = None, expect: str | None = "mfa_required"
    ) -> GivenAnswer:
        """Log in with the password or, if the client has no login, with a refresh token."""
        try:
            return self.log_in(user, audience=audience, scope=scope, expect=expect)
        except NotCovered:
            return self.refresh(user, audience=audience, scope=scope, expect=expect)

    def meet_a_stranger(self, user: User) -> None:
        """Log in at a server with an untrusted certificate. No request may arrive, and the client must raise
        AuthError."""
        params = {"username": user.email, "password": user.password}
        asked = Asked("log_in", "username, password", user, params=params)
        outcome, seen = self.invoke(asked, user.email, user.password)
        self.calls.append(str(asked))
        if seen:
            self.report(asked, Flaw("MFA404", "connection", "refused", "requests arrived", seen[0].operation))
        elif outcome.error is None:
            finding = "MFA304" if outcome.stray is None else "MFA303"
            wanted = "AuthError, since the certificate is not trusted"
            self.report(asked, Flaw(finding, "conclusion", wanted, reported(outcome), asked.operations[0]))

    def begin(self, user: User) -> Token:
        """Log in and return the mfa_token."""
        return self.token(self.first_factor(user))

    @staticmethod
    def token(answer: GivenAnswer) -> Token:
        """The token of an answer. Raises Stopped if the client did not return it."""
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
    ) -> GivenAnswer:
        """Log in with username and password."""
        word = password or user.password
        params = {"username": user.email, "password": word, "audience": audience, "scope": scope}
        more, shown = given(audience=audience, scope=scope)
        asked = Asked("log_in", f"username, password{shown}", user, params=params)
        return self.call(asked, expect, user.email, word, **more)

    def refresh(
        self, user: User, *, audience: str | None = None, scope: str | None = None, expect: str | None = None
    ) -> GivenAnswer:
        """Renew with a refresh token of an earlier login without MFA that had this audience and scope."""
        return self.refresh_with(user, self.refresh_token(user, scope=scope, audience=audience), expect=expect)

    def refresh_token(self, user: User, *, audience: str | None = None, scope: str | None = None) -> str:
        """Make a refresh token of an earlier login without MFA."""
        token = user.refresh_token(scope=scope or "openid profile email offline_access", audience=audience)
        self.steps.give(token, f"AUTH0_MFA_REFRESH_TOKEN_{len(self.calls)}")
        return token

    def account_token(self, user: User, scope: str) -> Token:
        """Make an access token of an earlier login for the user's own page, the My Account API."""
        access = user.access_token(audience=self.tenant.me_audience, scope=scope)
        self.steps.give(access, f"AUTH0_MFA_ACCESS_TOKEN_{len(self.calls)}")
        return Token(access, access, user, "access_token")

    def refresh_with(
        self,
        user: User,
        refresh_token: str,
        *,
        audience: str | None = None,
        scope: str | None = None,
        expect: str | None = None,
    ) -> GivenAnswer:
        """Renew with this refresh token."""
        params = {"refresh_token": refresh_token, "audience": audience, "scope": scope}
        more, shown = given(audience=audience, scope=scope)
        asked = Asked("refresh", f"refresh_token{shown}", user, params=params)
        return self.call(asked, expect, refresh_token, **more)

    def rows(self, token: Token, *, expect: str | None = GRANTED) -> GivenAnswer:
        """List the user's authenticators."""
        return self.call(Asked("list_authenticators", token.name, token.user, bearer=token.true), expect, token.held)

    def associate(
        self, token: Token, factor: str, *, phone_number: str | None = None, expect: str | None = GRANTED
    ) -> GivenAnswer:
        """Associate a factor, with the user's own address."""
        more: dict[str, str] = {}
        if factor == "email":
            more["email"] = token.user.email
        elif factor in ("sms", "voice"):
            more["phone_number"] = phone_number or token.user.phone_number
        shown = "".join(f", {name}=..." for name in more)
        asked = Asked(
            "associate", f"{token.name}, {factor!r}{shown}", token.user, bearer=token.true, params=more, factor=factor
        )
        answer = self.call(asked, expect, token.held, factor, **more)
        return answer

    def challenge(
        self,
        token: Token,
        authenticator_id: str | None = None,
        *,
        challenge_type: str | None = None,
        expect: str | None = GRANTED,
    ) -> GivenAnswer:
        """Request a challenge, of the named authenticator if there is one."""
        args = [] if authenticator_id is None else [authenticator_id]
        more = {} if challenge_type is None else {"challenge_type": challenge_type}
        kind = (authenticator_id or "").partition("|")[0]
        shown = (f", '{kind}|...'" if args else "") + (f", challenge_type={challenge_type!r}" if more else "")
        params = {"mfa_token": token.true, "challenge_type": challenge_type}
        asked = Asked("challenge", f"{token.name}{shown}", token.user, params=params, authenticator_id=authenticator_id)
        return self.call(asked, expect, token.held, *args, **more)

    def verify_otp(self, token: Token, code: str, *, expect: str | None = GRANTED) -> GivenAnswer:
        """Verify with the code of an authenticator app."""
        params = {"mfa_token": token.true, "otp": code}
        return self.call(Asked("verify_otp", f"{token.name}, otp", token.user, params=params), expect, token.held, code)

    def verify_oob(
        self, token: Token, oob_code: str, code: str | None = None, *, expect: str | None = GRANTED
    ) -> GivenAnswer:
        """Verify with the code of a message, or poll a push request."""
        params = {"mfa_token": token.true, "oob_code": oob_code, "binding_code": code}
        shown = f"{token.name}, oob_code{'' if code is None else ', binding_code'}"
        args = [oob_code] if code is None else [oob_code, code]
        return self.call(Asked("verify_oob", shown, token.user, params=params), expect, token.held, *args)

    def verify_recovery_code(self, token: Token, code: str, *, expect: str | None = GRANTED) -> GivenAnswer:
        """Verify with a recovery code."""
        params = {"mfa_token": token.true, "recovery_code": code}
        shown = f"{token.name}, recovery_code"
        return self.call(Asked("verify_recovery_code", shown, token.user, params=params), expect, token.held, code)

    def delete(self, token: Token, authenticator_id: str, *, expect: str | None = GRANTED) -> GivenAnswer:
        """Delete an authenticator."""
        shown = f"{token.name}, '{authenticator_id.partition('|')[0]}|...'"
        # a client that wraps mfa_tokens need not unwrap them here: deletion takes an access token
        bearer = token.true if token.held == token.true else None
        asked = Asked("delete_authenticator", shown, token.user, bearer=bearer, authenticator_id=authenticator_id)
        return self.call(asked, expect, token.held, authenticator_id)

    def start_passwordless(self, user: User, connection: str, *, expect: str | None = GRANTED) -> GivenAnswer:
        """Have a code sent as the first factor."""
        address = self.address(user, connection)
        field = "email" if connection == "email" else "phone_number"
        params = {"connection": connection, field: address, "send": "code" if connection == "email" else None}
        asked = Asked("start_passwordless", f"{connection!r}, {field}", user, params=params)
        return self.call(asked, expect, connection, address)

    def passwordless_code(self, user: User, connection: str) -> str:
        """Have a code sent as the first factor, by the client or, if it cannot, by the test."""
        try:
            self.start_passwordless(user, connection)
        except NotCovered:
            tenant_passwordless.start(self.tenant, connection, self.address(user, connection), code=True)
            self.remark(f"let a code be sent as the first factor, by {connection}")
        try:
            return self.code(user, connection)
        except LookupError:  # the answer was broken, and the call not performed
            raise Stopped from None

    def log_in_passwordless(
        self,
        user: User,
        connection: str,
        code: str,
        *,
        audience: str | None = None,
        scope: str | None = None,
        expect: str | None = "mfa_required",
    ) -> GivenAnswer:
        """Log in with the code that was sent as the first factor."""
        address = self.address(user, connection)
        params = {"realm": connection, "username": address, "otp": code, "audience": audience, "scope": scope}
        more, shown = given(audience=audience, scope=scope)
        field = "email" if connection == "email" else "phone_number"
        asked = Asked("log_in_passwordless", f"{connection!r}, {field}, otp{shown}", user, params=params)
        return self.call(asked, expect, connection, address, code, **more)

    @staticmethod
    def address(user: User, connection: str) -> str:
        """The user's address for this connection."""
        return user.email if connection == "email" else user.phone_number

    def revoke(self, user: User, refresh_token: str, *, expect: str | None = GRANTED) -> GivenAnswer:
        """Revoke a refresh token."""
        asked = Asked("revoke", "refresh_token", user, params={"token": refresh_token})
        return self.call(asked, expect, refresh_token)

    def at_once(self, first: Callable[[], T], second: Callable[[], T], *, early: bool = False) -> tuple[T, T]:
        """Let two users act at the same time: the whole second call is made before the first call's request is
        answered.

        With ``early`` (async clients only) it is made where the first call first awaits, perhaps before its request.
        Raises Stopped if that is impossible: the client makes one call wait for the other, or its requests cannot be
        intercepted.
        """
        other = self._other = _Other(threading.get_ident())
        results: list[T] = []
        raised: list[BaseException] = []

        def meanwhile() -> None:
            began, state = time.monotonic(), self.recording.state()
            other.begun = len(self.recording.seen)
            try:
                results.append(second())
            except BaseException as error:
                raised.append(error)
            other.entangled = time.monotonic() - began > PATIENCE
            other.ended = len(self.recording.seen)
            self.recording.restore(state)
            other.done.set()

        if early:
            self.caller.meanwhile = meanwhile
        elif self.run.reach == IN_PROCESS and not self.caller.is_async:
            self.recording.meanwhile = happening(meanwhile)
        elif self.ears.heard:
            self.ears.meanwhile = meanwhile
        else:
            raise Stopped
        try:
            mine = first()
        finally:
            self.recording.meanwhile = self.ears.meanwhile = self.caller.meanwhile = None
            if other.begun is not None:
                self.caller.wait(other.done, _LONGEST)
            self._other = None
        if other.begun is None:
            return mine, second()
        if other.entangled or not other.done.is_set():
            raise Stopped
        if raised:
            raise raised[0]
        return mine, results[0]

    # -- how a call is judged --------------------------------------------------------------------

    def call(self, asked: Asked, expect: str | None, *args: Json, **more: Json) -> GivenAnswer:
        """Call the client and judge the call. ``expect``: `GRANTED`, the `error` of the tenant, or None for any
        answer."""
        asked = replace(asked, earlier={name: frozenset(values) for name, values in self._named.items()})
        outcome, seen = self.invoke(asked, *args, **more)
        self.judge(asked, seen, outcome)
        for name, value in (*asked.params.items(), ("authenticator_id", asked.authenticator_id)):
            if value is not None:
                self._named.setdefault(name, set()).add(value)
        answer = self._answer(asked, seen, outcome)
        if expect is not None and answer.error not in (expect, "trouble"):
            last = next((request for request in reversed(seen) if request.operation in asked.operations), None)
            refusal_id = last.refusal_id if last is not None else None
            if not answer.granted and by_default(refusal_id) == expect:
                return answer
            # A polling client may give up; `conclusion` has already judged whether it was too early.
            gave_up = self.run.polls and asked.method == "verify_oob" and refusal_id in PENDING
            # Scenarios expect answers of the default profile; with another profile the answer may rightly differ.
            if not gave_up and (last is None or not last.profile_fields & self._disputed):
                refused = f"{answer.error} ({refusal_id})"
                self.report(asked, Flaw("MFA127", "answer", expect, refused, asked.operations[0]))
            raise Stopped
        return answer

    def invoke(self, asked: Asked, *args: Json, **more: Json) -> tuple[CallOutcome, list[Seen]]:
        """Call the client. Returns how the call ended and the requests that it made."""
        polling = asked.method in ("verify_oob", "sign_in")
        self.recording.begin(asked.operations, POLL_LIMIT if polling else LIMIT)
        mark = len(self.recording.seen)
        advance = self.tenant.clock.advance if self.run.reach == IN_PROCESS else None
        try:
            with sleeping_moves(advance):
                outcome = self.caller.call(asked.method, *args, **more)
        except NotCovered:
            self.run.uncovered.add(asked.method)
            raise
        self.run.covered.add(asked.method)
        self.run.reached |= len(self.recording.seen) > mark
        seen, other = self.recording.seen, self._other
        if other is None or other.begun is None or other.thread != threading.get_ident():
            return outcome, seen[mark:]
        if other.ended is None or other.entangled:
            raise Stopped
        return outcome, [*seen[mark : other.begun], *seen[other.ended :]]

    def judge(self, asked: Asked, seen: Sequence[Seen], outcome: CallOutcome) -> None:
        """Check the requests, their order and the conclusion."""
        self.calls.append(str(asked))
        for fault in (*instead(asked, seen), *unasked(asked, seen)):
            self.report(asked, fault)
        for request in seen:
            self.run.coverage.count(
                request.operation, request.refusal_id or request.trouble or "success", asked.factor or ""
            )
            for fault in faults_of(Context(request, asked, self.tenant, self.run.dpop)):
                self.report(asked, fault)
        for fault in self.proofs.faults(seen):
            self.report(asked, fault)
        for check in SEQUENCE_CHECKS:
            for fault in check(asked, seen, self.run.polls):
                self.report(asked, fault)
        tried, sent = self._tried(), self.ears.take_sent()
        plain = next((attempt for attempt in tried if attempt.kind == "plain-http"), None)
        if seen and plain is not None:
            expected = f"nothing but {self.tenant.url}"
            self.report(asked, Flaw("MFA406", "connection", expected, str(plain), seen[-1].operation))
        if not asked.decides and not declines(asked, seen, outcome):
            for fault in conclusion(asked, seen, outcome, self.tenant, polls=self.run.polls, tried=tried, sent=sent):
                self.report(asked, fault)
        if self.run.dpop:
            for fault in token_type(asked, seen, outcome):
                self.report(asked, fault)
        for fault in self._let_out(asked, seen, outcome):
            self.report(asked, fault)

    def _tried(self) -> Sequence[Attempt]:
        """The attempts to reach the tenant that failed since the last time."""
        known = attempts(self.tenant)
        new, self._attempts = known[self._attempts :], len(known)
        return new

    def _let_out(self, asked: Asked, seen: Sequence[Seen], outcome: CallOutcome) -> Iterator[Flaw]:
        own = {"client_secret": self.tenant.client_secret}
        yield from leaks(asked, seen, outcome, self.overheard.take(), self.caller.client, own)
        yield from sent_on(asked, seen, self.elsewhere.take())
        operation = seen[-1].operation if seen else asked.operations[0]
        unverified, without_timeout = self.ears.take()
        if unverified:
            yield Flaw("MFA404", "verify", "certificates are verified", "verify=False", operation)
        waited = any(request.trouble == SILENT and self.tenant.clock.now() - request.at >= SILENCE for request in seen)
        if without_timeout or waited:
            yield Flaw("MFA405", "timeout", "a timeout", "none", operation)

    def report(self, asked: Asked, fault: Flaw) -> None:
        """Raise ContractViolation for this fault, unless it is an observation, accepted, or based on a guess."""
        __tracebackhide__ = True
        fault = replace(fault, actual=without(fault.actual, known_secrets(self.tenant, asked)))
        if FINDINGS[fault.finding].level == OBSERVATION:
            self.run.observed.append(fault)
        elif self.world.guessed:
            if self._observed_at != len(self.calls):  # only the first of a call
                self.run.observed.append(fault)
            self._observed_at = len(self.calls)
        elif not self.run.baseline.accepts(fault, self.run.client, self.run.test):
            raise violation_of(fault, asked, self.run, self.calls, self.steps)

    def _answer(self, asked: Asked, seen: Sequence[Seen], outcome: CallOutcome) -> GivenAnswer:
        last = next((request for request in reversed(seen) if request.operation in asked.operations), None)
        if last is None or last.trouble is not None:
            return GivenAnswer("trouble", None, outcome)
        body: Json = last.response.json() if last.response.body else None
        if not last.granted:
            token = None
            held = outcome.error.mfa_token if outcome.error is not None else None
            if error_of(body) == "mfa_required" and asked.user is not None and held is not None:
                token = Token(held, body.get("mfa_token", ""), asked.user)
            return GivenAnswer(error_of(body), body, outcome, token)
        if isinstance(body, dict) and "access_token" in body and asked.user is not None:
            access = body["access_token"]
            return GivenAnswer(GRANTED, body, outcome, Token(access, access, asked.user, "access_token"))
        return GivenAnswer(GRANTED, body, outcome)
