"""The context of a scenario: it makes calls on the subject and records what happens."""

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
from .account_calls import audience_of
from .answer_parts import AnswerParts
from .calls import CallTemplate
from .expectations import Answer
from .forms import SHAPES, redacted
from .proof_answers import demands_nonce
from .proofs import ProofTemplate, key
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

_SENDING = frozenset({"associate", "challenge", "me-create-method", "passwordless-start"})
"""Operations that send messages."""
_DISPUTED_FIELDS = frozenset({"type", "mfa_requirements", "scope", "name"})


class ScenarioContext:
    """The methods that a scenario uses. Values are those of the subject's own answers."""

    def __init__(self, subject: Subject, coverage: Coverage, keys: Keys | None = None) -> None:
        self.subject = subject
        self.coverage = coverage
        self.profile = subject.profile or Profile()
        self.keys = keys or Keys(checked_handler(subject.handler))
        self.client = Client(subject.client_id, subject.client_secret)
        self.audience = f"https://{subject.domain}/mfa/"
        self.account_audience = audience_of(subject.domain)
        self.optional = frozenset() if subject.profile is not None else _DISPUTED_FIELDS
        """Fields that may be absent."""
        self.observations: list[Observation] = []
        self.steps = Steps()
        self.steps.give(subject.client_id, "AUTH0_CLIENT_ID")
        self.steps.give(subject.client_secret, "AUTH0_CLIENT_SECRET")
        self._side = SubjectSide(subject)
        self._began = self._side.now()
        self._waited = 0.0
        """How long the scenario waited, in seconds."""
        self._asked = self._began
        """When the last call began that can send a message."""
        self._users = 0
        self._app_secrets: list[str] = []
        """The TOTP secrets of the authenticator apps, so that no right code is used as a wrong one."""
        self.secrets = {subject.client_secret} if subject.client_secret else set()
        """Passwords, tokens and codes, which must not appear in undocumented members."""
        self._seen: set[str] = set()
        self._readers: dict[str, str] = {}
        """Username or mfa_token -> access token to list with, if mfa_tokens cannot."""

    # -- users and time -------------------------------------------------------------------------------

    def other_client(self) -> Client:
        """A second application of the tenant."""
        client = self.subject.other_client()
        assert client is not None, "the scenario says that it needs a fake"
        return client

    def now(self) -> float:
        """The subject's time in epoch seconds."""
        return self._side.now()

    def user(self, *, email_verified: bool = False) -> Person:
        """Make a new user."""
        person = checked_person(self.subject.new_user(email_verified=email_verified), self.subject)
        self._users += 1
        suffix = "" if self._users == 1 else f"_{self._users}"
        self.steps.give(person.username, f"AUTH0_MFA_USERNAME{suffix}")
        self.steps.give(person.password, f"AUTH0_MFA_PASSWORD{suffix}")
        self.secrets.add(person.password)
        self.steps.give(person.phone_number, f"AUTH0_MFA_PHONE_NUMBER{suffix}")
        if not self.profile.list_with_mfa_token:  # while the user has no factor, an access token needs no MFA
            self._readers[person.username] = self.mfa_access_token(person, "read:authenticators")
        return person

    @property
    def margin(self) -> float:
        """Seconds to keep away from the expiry of a token or code.

        The clock of a real tenant may differ, and the calls of a fake may take some of its time.
        """
        if self.subject.is_real:
            return 6.0
        taken = round(self.now() - self._began - self._waited, 3)
        return taken + 1.0 if taken > 0 else 0.0

    @property
    def edge(self) -> float:
        """Seconds before the end of a lifetime or limit at which it certainly lasts; as long afterwards it has
        ended."""
        return max(1.0, self.margin)

    def wait(self, seconds: float) -> None:
        """Let ``seconds`` pass."""
        self._waited += seconds
        self.subject.advance(seconds)
        self.steps.pass_time(seconds)

    def answer_push(self, user: Person, *, approve: bool) -> None:
        """Approve or reject the push request as the user."""
        self.steps.events.append(Note(f"{'approve' if approve else 'reject'} the push request on the device"))
        try:
            self.subject.answer_push(user, approve)
        except LookupError:
            self.fail(Difference("MFA011", "push requests", "an open request", "none"))

    def code(self, user: Person, channel: str, since: float | None = None) -> str:
        """The newest code that the last call sent to the user by ``channel``, or one since then. Fails if there is
        none."""
        since = self._asked if since is None else since
        try:
            code = checked_code(self.subject.code(user, channel, since), self.subject)
        except LookupError:
            self.fail(Difference("MFA011", "messages sent", f"a code by {channel}", "none"))
        if not SHAPES["code"].fullmatch(code):
            self.fail(Difference("MFA012", "the code in the message", "4 to 10 digits", "another shape"))
        self.steps.events.append(ReadValue(f"{channel}_code", code, f"the code that was sent by {channel}"))
        return code

    def otp(self, secret: str, steps_off: int = 0) -> str:
        """The code that an authenticator app shows now, or ``steps_off`` steps of 30 seconds later."""
        self._app_secrets.append(secret)
        self.subject.ready(for_otp=True)  # wait, so that the code does not change before it arrives
        code = totp(secret, self.now() + steps_off * PERIOD)
        self.steps.events.append(ReadValue("otp", code, "the code the app shows", secret, steps_off))
        return code

    def wrong_otp(self) -> str:
        """A code that none of the authenticator apps shows."""
        return wrong_otp(self._app_secrets, self.now())

    # -- calls -----------------------------------------------------------------------------------

    def call(self, template: CallTemplate) -> Answer:
        """Make a call and return its answer."""
        self.subject.ready()
        request = template.request(self._side)
        sent = self.subject.sent_count()
        if template.operation in _SENDING:
            self._asked = self.now()
        try:
            response = self._side.handler(request)
        except ConfigurationError:
            raise
        except Exception as error:
            self.steps.events.append(Exchange(template.operation, request, None, template.unusual))
            raise self._violation(no_answer(error), template.operation) from error
        self.steps.events.append(Exchange(template.operation, request, response, template.unusual))
        answer = Answer(self, template.operation, template.factor, response)
        answer.unusual = template.unusual
        if not self.subject.is_real:
            answer.sent(self.subject.sent(sent), template)
        answer.notice()
        return answer

    def proven(
        self,
        template: CallTemplate,
        name: str = "ada",
        *,
        spoil: str = "",
        age: float = 0,
        jti_of: ProofTemplate | None = None,
    ) -> Answer:
        """Make a call with a proof by the key of this name, and with a nonce where one is demanded."""
        template.proof = ProofTemplate(key(name), spoil=spoil, age=age, jti_of=jti_of)
        if template.bearer is not None:
            template.scheme = "DPoP"
        return self.with_nonce(template, self.call(template))

    def used_again(self, template: CallTemplate, proof: ProofTemplate | None, refusal_id: str, answer: str) -> None:
        """Make a call with a proof that was used, and expect the refusal; somebody else's fake may want another
        nonce."""
        assert proof is not None, "a call with a proof was made before"
        template.proof = ProofTemplate(proof.key, again=proof)
        if template.bearer is not None:
            template.scheme = "DPoP"
        made = self.call(template)
        if not (self.subject._is_lenient and demands_nonce(made.response)):
            made.refused(refusal_id, answer)

    def with_nonce(self, template: CallTemplate, answer: Answer) -> Answer:
        """The answer, or that to the same call with the nonce that it demands."""
        if template.proof is None or not demands_nonce(answer.response):
            return answer
        template.proof.nonce = answer.nonce()
        return self.call(template)

    def password(self, user: Person, /, **more: Any) -> Answer:
        """Log in with username and password."""
        return self.call(calls.password(self.client, user.username, user.password, **more))

    def log_in(self, user: Person, /, **more: Any) -> str:
        """Log in up to the second factor. Returns the mfa_token."""
        answer = self.password(user, **more)
        extra = ("mfa_token", *(("mfa_requirements",) if self.profile.mfa_requirements else ()))
        answer.refused("mfa_required", "403 mfa_required", "Multifactor authentication required", *extra)
        if user.username in self._readers:
            self._readers[answer["mfa_token"]] = self._readers[user.username]
        return answer["mfa_token"]

    def mfa_access_token(self, user: Person, scope: str) -> str:
        """An access token for the MFA audience, for a user who has no factor but email."""
        answer = self.password(user, audience=self.audience, scope=scope)
        return answer.tokens(scope=scope, expires_in=600)["access_token"]

    def associate(self, bearer: str, factor: str, address: str | None = None, /, **more: Any) -> Answer:
        """Enroll a factor."""
        if self.profile.associate_client_id_required:
            more.setdefault("client_id", self.client.client_id)
        return self.call(calls.associate(bearer, factor, address, **more))

    def authenticators(self, bearer: str | None) -> Answer:
        """List the authenticators. If the profile does not allow an mfa_token, an access token is used."""
        return self.call(calls.authenticators(self._readers.get(bearer or "", bearer)))

    def delete(self, bearer: str, identifier: str, *, raw: bool = False) -> Answer:
        """Delete an authenticator."""
        return self.call(calls.delete(bearer, identifier, raw=raw))

    def challenge(self, mfa_token: str, identifier: str | None = None, /, **more: Any) -> Answer:
        """Request a challenge."""
        return self.call(calls.challenge(self.client, mfa_token, identifier, **more))

    def verify_otp(self, mfa_token: str, code: str, **more: Any) -> Answer:
        """Verify with the mfa-otp grant."""
        return self.call(calls.otp(self.client, mfa_token, code, **more))

    def verify_oob(
        self, mfa_token: str, oob_code: str, code: str | None = None, *, factor: str = "", **more: Any
    ) -> Answer:
        """Verify with the mfa-oob grant; without a code this is a poll."""
        template = calls.oob(self.client, mfa_token, oob_code, code, **more)
        template.factor = factor
        return self.call(template)

    def verify_recovery(self, mfa_token: str, code: str, **more: Any) -> Answer:
        """Verify with the mfa-recovery-code grant."""
        return self.call(calls.recovery(self.client, mfa_token, code, **more))

    def look(self, bearer: str) -> list[dict[str, Json]]:
        """The listed authenticators, each with at least id, authenticator_type and active."""
        return self.authenticators(bearer).listed()

    def find(self, bearer: str, kind: str) -> str:
        """The id of the user's first authenticator whose id starts with ``kind``: ``totp``, ``email`` ..."""
        for row in self.look(bearer):
            if row["id"].startswith(f"{kind}|"):
                return str(row["id"])
        self.fail_value("$[].id", f"one that starts with {kind}|", "none")

    def nothing_active(self, bearer: str) -> None:
        """Fail if an authenticator is active."""
        if any(row["active"] for row in self.look(bearer)):
            self.fail_value("$[].active", "False: nothing was confirmed", "True")

    # -- judgement -------------------------------------------------------------------------------

    def observe(self, field: str, value: Any, operation: str) -> None:
        """Record the measured value of a profile field."""
        self.observations.append(Observation(field, value, operation))

    def is_new(self, value: str) -> bool:
        """Whether an opaque value is new. It counts as known and as secret from now on."""
        known = value in self._seen
        self._seen.add(value)
        self.secrets.add(value)
        return not known

    def unknown_field(self, field: str, kind: str, answer: AnswerParts) -> None:
        """Fail for an undocumented field: a violation on a fake, drift on a real tenant (unless it is tolerated)."""
        if not self.subject.is_real:
            self.fail(Difference("MFA004", field, "absent", f"present ({kind})"), answer)
        if not self.subject.tolerates(field):
            self.fail(Difference("MFA032", field, "absent", f"present ({kind})"), answer)

    def fail_known(self, field: str) -> NoReturn:
        """Fail because a value is known that should be new."""
        self.fail(Difference("MFA009", field, "a value not seen before", "a known value"))

    def fail_new(self, field: str) -> NoReturn:
        """Fail because a value is new that should be known."""
        self.fail(Difference("MFA009", field, "a known value", "a value not seen before"))

    def fail_value(self, field: str, expected: str, actual: str, finding: str = "MFA008") -> NoReturn:
        """Fail because of a wrong value."""
        self.fail(Difference(finding, field, expected, actual))

    def fail(self, difference: Difference, answer: AnswerParts | None = None) -> NoReturn:
        """Raise ContractViolation with the steps that led to it."""
        __tracebackhide__ = True
        operation = answer.operation if answer is not None else self._last_operation()
        raise self._violation(difference, operation, answer)

    def _last_operation(self) -> str:
        calls = [event for event in self.steps.events if isinstance(event, Exchange)]
        return calls[-1].operation if calls else "none"

    def _violation(self, difference: Difference, operation: str, answer: AnswerParts | None = None) -> AssertionError:
        return violation(
            redacted(difference, self.secrets),
            operation=operation,
            source=answer.row if answer is not None else "",
            steps=self.steps,
            refusal=answer.refusal if answer is not None else "",
            guess=answer.guess if answer is not None else "",
        )


def names(rows: Sequence[str]) -> list[str]:
    """The prefixes of ids: ``totp``, ``email`` ..."""
    return [row.partition("|")[0] for row in rows]


def play_scenario(scenario: Scenario, subject: Subject, coverage: Coverage) -> list[Observation]:
    """Play a scenario. Returns the observations. Raises ContractViolation."""
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
