"""How each call of an example is judged: its requests, their order, and what the client concludes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from pytest_auth0_mfa.contract.client.checks.conclusion import conclusion
from pytest_auth0_mfa.contract.client.checks.proofs import declines, token_type
from pytest_auth0_mfa.contract.client.checks.requests import faults_of
from pytest_auth0_mfa.contract.client.checks.sequence import SEQUENCE_CHECKS, instead, unasked
from pytest_auth0_mfa.contract.findings.kinds import OBSERVATION
from pytest_auth0_mfa.contract.findings.violation import FINDINGS
from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.messages.showing import without
from pytest_auth0_mfa.spec.api_errors import error_of
from pytest_auth0_mfa.spec.profile import profile_fields
from pytest_auth0_mfa.tenant.entities import User
from pytest_auth0_mfa.transports.attempts import Attempt, attempts

from .asked import PENDING, Asked, Context, Flaw, known_secrets
from .calling import CallOutcome, NotCovered, sleeping_moves
from .environment import ExampleEnvironment
from .leaks import leaks
from .listening import PATIENCE, happening
from .reaching import sent_on
from .recording import LIMIT, POLL_LIMIT, Seen
from .run import IN_PROCESS, violation_of
from .troubles import SILENCE, SILENT

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


def by_default(refusal_id: str | None) -> str:
    """The `error` of a refusal in the default profile; ``""`` if no profile field decides it."""
    declared = profile_fields().get(refusal_id or "")
    return str(declared.default).partition(" ")[2] if declared is not None and declared.metadata["refusal"] else ""


class JudgedExample(ExampleEnvironment):
    """Calls of a client that are judged. A fault raises ContractViolation, unless it is accepted or only observed."""

    _other: _Other | None = None
    _observed_at = 0
    """The number of the latest call with an observation about something that is only guessed."""

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
        polling = asked.method in ("verify_oob", "sign_in") or (self.run.polls and asked.method == "me_verify_method")
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
