"""A stage for scenarios: one subject, calls on it, and what is expected of the answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn

from pytest_auth0_mfa.contract.coverage import Coverage, Observation
from pytest_auth0_mfa.contract.findings.violation import ContractViolation, Difference, violation
from pytest_auth0_mfa.contract.reproducer.trace import Exchange, Note, ReadValue, Steps
from pytest_auth0_mfa.errors import ConfigurationError
from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.spec.profile import Profile
from pytest_auth0_mfa.tenant.totp import PERIOD, totp

from . import calls
from .calls import CallTemplate
from .comparison import SHAPES
from .expectations import Answer
from .side_by_side import SubjectSide
from .subjects import (
    Client,
    Person,
    Scenario,
    Subject,
    checked_code,
    checked_handler,
    checked_person,
    factors_on,
)
from .tokens import Keys
from .values import wrong_otp
from .verdicts import no_answer, skip_if_guess

_DISPUTED_FIELDS = frozenset({"type", "mfa_requirements", "scope", "name"})


class ScenarioContext:
    """What a scenario acts with. Values are the subject's own, as its answers gave them."""

    def __init__(self, subject: Subject, coverage: Coverage, keys: Keys | None = None) -> None:
        self.subject = subject
        self.coverage = coverage
        self.profile = subject.profile or Profile()
        self.keys = keys or Keys(checked_handler(subject.handler))
        self.client = Client(subject.client_id, subject.client_secret)
        self.audience = f"https://{subject.domain}/mfa/"
        self.optional = frozenset() if subject.profile is not None else _DISPUTED_FIELDS
        """Fields whose absence is not judged."""
        self.observations: list[Observation] = []
        self.steps = Steps()
        self.steps.give(subject.client_id, "AUTH0_CLIENT_ID")
        self.steps.give(subject.client_secret, "AUTH0_CLIENT_SECRET")
        self._side = SubjectSide(subject)
        self._users = 0
        self._app_secrets: list[str] = []
        """Of the authenticator apps: no code of theirs is a wrong one."""
        self.secrets = {subject.client_secret} if subject.client_secret else set()
        """Passwords, tokens and codes that have no place beside what is documented."""
        self._seen: set[str] = set()
        self._readers: dict[str, str] = {}
        """What lists instead: for a username, and for an mfa_token."""

    # -- the world -------------------------------------------------------------------------------

    def other_client(self) -> Client:
        """A second application."""
        client = self.subject.other_client()
        assert client is not None, "the scenario says that it needs a fake"
        return client

    def now(self) -> float:
        """The subject's time."""
        return self._side.now()

    def user(self, *, email_verified: bool = False) -> Person:
        """A fresh user."""
        person = checked_person(self.subject.new_user(email_verified=email_verified), self.subject)
        self._users += 1
        suffix = "" if self._users == 1 else f"_{self._users}"
        self.steps.give(person.username, f"AUTH0_MFA_USERNAME{suffix}")
        self.steps.give(person.password, f"AUTH0_MFA_PASSWORD{suffix}")
        self.secrets.add(person.password)
        self.steps.give(person.phone_number, f"AUTH0_MFA_PHONE_NUMBER{suffix}")
        if not self.profile.list_with_mfa_token:  # then somebody without a factor still gets a token that lists
            self._readers[person.username] = self.mfa_access_token(person, "read:authenticators")
        return person

    @property
    def margin(self) -> float:
        """Seconds before and after the end of a life in which a real tenant is not judged: its clock is its own."""
        return 6.0 if self.subject.is_real else 0.0

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.subject.advance(seconds)
        self.steps.events.append(Note(f"let {seconds:g} seconds pass", seconds))

    def answer_push(self, user: Person, *, approve: bool) -> None:
        """The user approves or rejects."""
        self.steps.events.append(Note(f"{'approve' if approve else 'reject'} the push request on the device"))
        try:
            self.subject.answer_push(user, approve)
        except LookupError:
            self.fail(Difference("MFA011", "push requests", "an open request", "none"))

    def code(self, user: Person, channel: str, since: float | None = None) -> str:
        """The code that was sent, by the channel that should have been used."""
        try:
            code = checked_code(self.subject.code(user, channel, self.now() if since is None else since), self.subject)
        except LookupError:
            self.fail(Difference("MFA011", "messages sent", f"a code by {channel}", "none"))
        if not SHAPES["code"].fullmatch(code):
            self.fail(Difference("MFA012", "the code in the message", "4 to 10 digits", "another shape"))
        self.steps.events.append(ReadValue(f"{channel}_code", code, f"the code that was sent by {channel}"))
        return code

    def otp(self, secret: str, steps_off: int = 0) -> str:
        """What an authenticator app shows."""
        self._app_secrets.append(secret)
        self.subject.ready(for_otp=True)  # the code must not change under way
        code = totp(secret, self.now() + steps_off * PERIOD)
        self.steps.events.append(ReadValue("otp", code, "the code the app shows", secret, steps_off))
        return code

    def wrong_otp(self) -> str:
        """A code that no app shows."""
        return wrong_otp(self._app_secrets, self.now())

    # -- calls -----------------------------------------------------------------------------------

    def call(self, template: CallTemplate) -> Answer:
        """Make a call."""
        self.subject.ready()
        request = template.request(self._side)
        sent = self.subject.sent_count()
        try:
            response = self._side.handler(request)
        except ConfigurationError:
            raise
        except Exception as error:
            self.steps.events.append(Exchange(template.operation, request, None))
            raise self._violation(no_answer(error), template.operation) from error
        self.steps.events.append(Exchange(template.operation, request, response))
        answer = Answer(self, template.operation, template.factor, response)
        if not self.subject.is_real:
            answer.sent(self.subject.sent(sent), template)
        answer.notice()
        return answer

    def password(self, user: Person, /, **more: Any) -> Answer:
        """Log in."""
        return self.call(calls.password(self.client, user.username, user.password, **more))

    def log_in(self, user: Person, /, **more: Any) -> str:
        """Log in up to the second factor; the mfa_token."""
        answer = self.password(user, **more)
        extra = ("mfa_token", *(("mfa_requirements",) if self.profile.mfa_requirements else ()))
        answer.refused("mfa_required", "403 mfa_required", "Multifactor authentication required", *extra)
        if user.username in self._readers:
            self._readers[answer["mfa_token"]] = self._readers[user.username]
        return answer["mfa_token"]

    def mfa_access_token(self, user: Person, scope: str) -> str:
        """An access token for the MFA audience of a user without another factor than email."""
        answer = self.password(user, audience=self.audience, scope=scope)
        return answer.tokens(scope=scope, expires_in=600)["access_token"]

    def associate(self, bearer: str, factor: str, address: str | None = None, /, **more: Any) -> Answer:
        """Enroll a factor."""
        if self.profile.associate_client_id_required:
            more.setdefault("client_id", self.client.client_id)
        return self.call(calls.associate(bearer, factor, address, **more))

    def authenticators(self, bearer: str | None) -> Answer:
        """List them, with another token where the profile says that an mfa_token will not do."""
        return self.call(calls.authenticators(self._readers.get(bearer or "", bearer)))

    def delete(self, bearer: str, identifier: str, *, raw: bool = False) -> Answer:
        """Delete one."""
        return self.call(calls.delete(bearer, identifier, raw=raw))

    def challenge(self, mfa_token: str, identifier: str | None = None, /, **more: Any) -> Answer:
        """Request a challenge."""
        return self.call(calls.challenge(self.client, mfa_token, identifier, **more))

    def verify_otp(self, mfa_token: str, code: str, **more: Any) -> Answer:
        """The mfa-otp grant."""
        return self.call(calls.otp(self.client, mfa_token, code, **more))

    def verify_oob(
        self, mfa_token: str, oob_code: str, code: str | None = None, *, factor: str = "", **more: Any
    ) -> Answer:
        """The mfa-oob grant; a poll without a code."""
        template = calls.oob(self.client, mfa_token, oob_code, code, **more)
        template.factor = factor
        return self.call(template)

    def verify_recovery(self, mfa_token: str, code: str, **more: Any) -> Answer:
        """The mfa-recovery-code grant."""
        return self.call(calls.recovery(self.client, mfa_token, code, **more))

    def look(self, bearer: str) -> list[dict[str, Json]]:
        """The rows of the list, each with id, type and whether it is active."""
        return self.authenticators(bearer).listed()

    def find(self, bearer: str, kind: str) -> str:
        """The id of the user's authenticator of a kind: ``totp``, ``email`` ..."""
        for row in self.look(bearer):
            if row["id"].startswith(f"{kind}|"):
                return str(row["id"])
        self.fail_value("$[].id", f"one that starts with {kind}|", "none")

    def nothing_active(self, bearer: str) -> None:
        """Fail when an authenticator is active."""
        if any(row["active"] for row in self.look(bearer)):
            self.fail_value("$[].active", "False: nothing was confirmed", "True")

    # -- judgement -------------------------------------------------------------------------------

    def observe(self, field: str, value: Any, operation: str) -> None:
        """Disputed behaviour was measured."""
        self.observations.append(Observation(field, value, operation))

    def is_new(self, value: str) -> bool:
        """Whether an opaque value was not seen before; from now on it was."""
        known = value in self._seen
        self._seen.add(value)
        self.secrets.add(value)
        return not known

    def unknown_field(self, field: str, kind: str, answer: Answer) -> None:
        """A field that is not documented: a mistake of a fake, drift on a real tenant."""
        if not self.subject.is_real:
            self.fail(Difference("MFA004", field, "absent", f"present ({kind})"), answer)
        if not self.subject.tolerates(field):
            self.fail(Difference("MFA032", field, "absent", f"present ({kind})"), answer)

    def fail_known(self, field: str) -> NoReturn:
        """A value that should be new was given before."""
        self.fail(Difference("MFA009", field, "a value not seen before", "a known value"))

    def fail_new(self, field: str) -> NoReturn:
        """A value that should be a known one is another."""
        self.fail(Difference("MFA009", field, "a known value", "a value not seen before"))

    def fail_value(self, field: str, expected: str, actual: str, finding: str = "MFA008") -> NoReturn:
        """A value is another one."""
        self.fail(Difference(finding, field, expected, actual))

    def fail(self, difference: Difference, answer: Answer | None = None) -> NoReturn:
        """Raise the violation, with the way to see it again."""
        __tracebackhide__ = True
        operation = answer.operation if answer is not None else self._last_operation()
        raise self._violation(difference, operation, answer)

    def _last_operation(self) -> str:
        calls = [event for event in self.steps.events if isinstance(event, Exchange)]
        return calls[-1].operation if calls else "none"

    def _violation(self, difference: Difference, operation: str, answer: Answer | None = None) -> AssertionError:
        return violation(
            difference,
            operation=operation,
            source=answer.row if answer is not None else "",
            steps=self.steps,
            refusal=answer.refusal if answer is not None else "",
            guess=answer.guess if answer is not None else "",
        )


def names(rows: Sequence[str]) -> list[str]:
    """The kinds in front of ids: ``totp``, ``email`` ..."""
    return [row.partition("|")[0] for row in rows]


def play_scenario(scenario: Scenario, subject: Subject, coverage: Coverage) -> list[Observation]:
    """Play a scenario; what was observed. Raises ContractViolation when the subject does not keep to it."""
    __tracebackhide__ = True
    measured = subject.measure(scenario, coverage)
    if measured is not None:
        return measured
    context = ScenarioContext(subject, coverage)
    with factors_on(subject, scenario.factors(subject)):
        try:
            scenario.act(context)
        except ContractViolation as broken:
            skip_if_guess(broken)
            raise
    coverage.flows[scenario.name] += 1
    return context.observations
