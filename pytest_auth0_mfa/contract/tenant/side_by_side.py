"""Plays the same steps on the subject and on the oracle, a fresh fake with the same configuration."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Protocol

from pytest_auth0_mfa.app import handler as handler_of
from pytest_auth0_mfa.contract.findings.violation import Difference
from pytest_auth0_mfa.contract.reproducer.trace import Steps
from pytest_auth0_mfa.messages import Handler, Json, Request, Response, encode
from pytest_auth0_mfa.spec.profile import Profile
from pytest_auth0_mfa.tenant.entities import User as TenantUser
from pytest_auth0_mfa.tenant.journal import Call
from pytest_auth0_mfa.tenant.policies import in_turn
from pytest_auth0_mfa.tenant.signing import run_signer
from pytest_auth0_mfa.tenant.totp import PERIOD

from .extra_members import Repeated
from .forms import redacted
from .renaming import Differs, Renaming
from .subjects import CONTROLS, Person, Subject, checked_handler
from .tokens import Keys
from .values import ORACLE, SUBJECT, Pair, UserSymbol

_SEED = 0x0A0C1E  # unlike a subject's seed, so that values are not equal by chance

_HEADER = base64.urlsafe_b64encode(b'{"alg":"RS256","typ":"JWT"}').decode().rstrip("=")


class Unsigned:
    """A signer that does not sign. The oracle's tokens are only read, and a signature costs as much as ten calls."""

    def sign(self, claims: dict[str, Json]) -> str:
        """A token with these claims in the format of a JWT."""
        return f"{_HEADER}.{base64.urlsafe_b64encode(encode(claims).encode()).decode().rstrip('=')}.unsigned"

    def jwks(self) -> dict[str, Json]:
        """A real key set, since key sets are compared."""
        return run_signer().jwks()

    def assertion(self, token: str, keys: tuple[str, ...], audiences: list[str], at: float) -> dict[str, Json] | None:
        """As the real signer."""
        return run_signer().assertion(token, keys, audiences, at)

    def proven(self, proof: str, jwk: dict[str, Json]) -> bool:
        """As the real signer."""
        return run_signer().proven(proof, jwk)


class Oracle:
    """The side with the right answers: a fake tenant."""

    index = ORACLE

    def __init__(self, subject: Subject, profile: Profile, factors: frozenset[str], at: float) -> None:
        self.domain = subject.domain
        self.tenant = tenant = subject.oracle_tenant(profile, factors, _SEED)
        tenant.signer = Unsigned()
        tenant.clock.freeze(at)
        self.handler: Handler = handler_of(tenant)
        self._users: dict[str, TenantUser] = {}

    def now(self) -> float:
        """The tenant's time in epoch seconds."""
        return self.tenant.clock.now()

    def adopt(self, person: Person) -> None:
        """Add a user of the subject to the oracle."""
        number = person.phone_number or None
        self._users[person.username] = self.tenant.add_user(
            person.username, person.password, email_verified=person.email_verified, phone_number=number
        )

    def answer_push(self, person: Person, approve: bool) -> None:
        """Answer the newest open push request. Raises LookupError if there is none."""
        push = self.tenant.push
        (push.approve if approve else push.reject)(self._users[person.username])

    def demand_in_turn(self, person: Person, factors: Sequence[str]) -> None:
        """Demand several factors of a user in turn."""
        self.tenant.policy = in_turn(self.tenant.policy, person.username, factors)

    def block(self, person: Person, blocked: bool) -> None:
        """Block a user, or end that."""
        self._users[person.username].blocked = blocked

    def delete_user(self, person: Person) -> None:
        """Delete a user."""
        self.tenant.remove_user(self._users[person.username])

    def play(self, request: Request) -> tuple[Response, Call]:
        """The right answer to a request, and its call in the journal."""
        response = self.handler(request)
        return response, self.tenant.calls[-1]


@dataclass(slots=True)
class Played:
    """A step that was played. When it is played again, its pairs stay the same objects."""

    action: Action
    at: float = 0.0
    """The subject's time before the step."""
    until: float = 0.0
    """The subject's time after the step. A call is performed at any moment in between."""
    new: Sequence[Pair] = ()
    slots: Sequence[Pair] = ()
    """The pairs of this step from all its plays, to be reused."""
    plain: bool = False
    """Whether its request is sent without `rewrite`, which would change one side only."""
    request: Request | None = None
    response: Response | None = None
    refusal_id: str | None = None
    fields: frozenset[str] = frozenset()
    status: int = 0
    body: Json = None
    found: Mapping[str, Pair] = field(default_factory=dict)
    rows: Sequence[Pair] = ()
    channel: str = ""
    """The channel of the message that was sent; ``""`` if there was none."""
    owner: UserSymbol | None = None
    """The user to whom the message was sent."""
    code: Pair | None = None
    codes: Sequence[str] = ()
    sent: Sequence[tuple[str, str]] = ()
    """The messages that a fake sent: channel and address."""
    operation: str = ""
    """The operation that the oracle recognised."""
    failed: bool = False
    """Whether the sides differed in this step, without an explanation."""
    guess: str = ""
    """Why a difference in this step would break only a guess; ``""`` if it would break a documented fact."""
    excused: bool = False
    """Whether the example went on after such a difference."""

    @property
    def granted(self) -> bool:
        """Whether the call succeeded."""
        return self.status < 400


class Action(Protocol):
    """Something that is done on both sides."""

    @property
    def operation(self) -> str:
        """The name of the step in a finding."""
        ...

    def play(self, sides: SideBySide, played: Played) -> None:
        """Perform the step on both sides. Raises Differs."""
        ...

    def tell(self, played: Played, steps: Steps) -> None:
        """Add what happened on the subject to the trace."""
        ...


class SubjectSide:
    """The side that is judged."""

    index = SUBJECT

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self.domain = subject.domain
        self.handler: Handler = checked_handler(subject.handler)
        self.now = subject.now


class SideBySide:
    """One example: the steps that were played on both sides."""

    def __init__(
        self,
        subject: Subject,
        profile: Profile,
        keys: Keys,
        *,
        on_difference: Callable[[SideBySide, Difference], bool] = lambda sides, difference: False,
        factors: frozenset[str] | None = None,
        recorded: bool = False,
        serials: Iterator[int] | None = None,
    ) -> None:
        self.side = SubjectSide(subject)
        self.serials = serials or count(1)
        """Numbers that make the addresses of users unique."""
        if "clock" in subject.controls and not subject.is_real and not recorded and (late := -subject.now() % PERIOD):
            subject.advance(late)  # start at a TOTP step, so that earlier examples have no influence
        self.subject = subject
        self.keys = keys
        self.on_difference = on_difference
        """Called for a difference. Returns True if it is explained and the oracle now answers as the subject does."""
        self.recorded = recorded
        """Whether the subject's answers are taken from the history, without calling it."""
        self.factors = frozenset(subject.factors) if factors is None else factors
        self.other = subject.other_client()
        """A second application. It is made before the oracle, so that the oracle has it too."""
        self.rotating = {leeway: made for leeway in (0, 10) if (made := subject.rotating_client(leeway))}
        """Leeway in seconds -> an application that rotates its refresh tokens."""
        arranges = not subject.is_real and subject.controls >= CONTROLS
        self.grantless = subject.client_with_grants("client_credentials") if arranges else None
        """An application that may only use client_credentials."""
        self.only_logs_in = subject.client_with_grants("password") if arranges else None
        """An application that may only use the password grant, so not the MFA grants."""
        self.public = subject.public_client() if arranges else None
        """An application without a secret."""
        binds = arranges and "dpop" in subject.features
        self.rotating_public = subject.rotating_public_client() if binds else None
        """An application without a secret that rotates its refresh tokens, without a leeway."""
        self.requiring = subject.requiring_client() if binds else None
        """An application that demands a proof of possession with each token request."""
        self.oracle = Oracle(subject, profile, self.factors, self.side.now())
        self.renaming = Renaming()
        if subject.client_secret:
            self.renaming.secrets.add(subject.client_secret)
        self.numbers = Repeated()
        """Recognises codes in undocumented members of the subject's answers."""
        self.history: list[Played] = []
        self.people: dict[str, UserSymbol] = {}
        """Username -> user of the example."""
        self.reads_codes = "outbox" in subject.controls

    def play(self, action: Action) -> Played:
        """Play a new step. Raises Differs if the sides differ and nothing explains it."""
        played = Played(action)
        self.history.append(played)
        try:
            self._do(played)
        except Differs as differs:
            if not self.on_difference(self, differs.difference):
                played.failed = True
                raise
        return played

    def again(self, history: Sequence[Played]) -> None:
        """Play these steps again. Raises Differs."""
        for played in history:
            self.history.append(played)
            self._do(played)

    def _do(self, played: Played) -> None:
        if not self.recorded:
            self.subject.ready(for_otp=played.action.operation == "mfa-otp")  # before the time is read
            played.at = self.side.now()
        self.oracle.tenant.clock.freeze(played.at)
        try:
            played.action.play(self, played)
        except Differs as differs:
            differs.difference = redacted(differs.difference, self.renaming.secrets)
            raise
        finally:
            if not self.recorded:
                played.until = self.side.now()

    def steps(self) -> Steps:
        """The trace of what happened on the subject, for a reproducer."""
        steps = Steps()
        steps.give(self.subject.client_id, "AUTH0_CLIENT_ID")
        steps.give(self.subject.client_secret, "AUTH0_CLIENT_SECRET")
        for played in self.history:
            played.action.tell(played, steps)
        return steps
