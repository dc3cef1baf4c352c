"""What a contract is held against: a handler, and what is needed to act on it as a person would."""

from __future__ import annotations

import time
from collections.abc import Callable, Container, Coroutine, Iterator, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from pytest_auth0_mfa.contract.coverage import Coverage, Observation
from pytest_auth0_mfa.contract.driver import Plan
from pytest_auth0_mfa.errors import ConfigurationError, closest
from pytest_auth0_mfa.messages import Handler, Request, Response
from pytest_auth0_mfa.spec.factors import ALL_FACTORS, CodeChannel
from pytest_auth0_mfa.spec.profile import Profile
from pytest_auth0_mfa.tenant.policies import known_factors
from pytest_auth0_mfa.tenant.tenant import Tenant

CONTROLS = frozenset({"clock", "outbox", "push", "factors"})
"""What a harness may be able to do besides calling: move the clock, read messages, answer push
requests, switch factors."""


@dataclass(frozen=True, slots=True)
class Person:
    """A user as the contract knows one. ``username`` is an email address; the phone number has a plus sign."""

    username: str
    password: str = field(repr=False)
    phone_number: str
    email_verified: bool = False


@dataclass(frozen=True, slots=True)
class Client:
    """An application, as it names itself."""

    client_id: str
    client_secret: str | None = field(repr=False)


class Subject:
    """A tenant under contract: set the attributes, override what yours can do. The defaults are a real tenant's."""

    handler: Handler
    """What is judged."""
    domain: str
    """Host, and port if there is one."""
    client_id: str
    """The application that the contract logs in with: it may use the password, refresh token and MFA grants."""
    client_secret: str | None = None
    """The application's secret, or None for an application that has none."""
    profile: Profile | None = None
    """Its disputed behaviour; None: unknown, and then it is measured."""
    factors: Set[str] = frozenset()
    """What is on. Can be set when ``factors`` is among the controls."""
    controls: frozenset[str] = frozenset()
    """What a harness can do: a subset of ``clock outbox push factors``."""
    unplayable: Container[str] = ()
    """Factors that are on and cannot be played: nobody reads their codes."""
    waits = False
    """Whether `advance` really waits: scenarios that would wait for long are not played."""
    _guesses_bind = False
    """Whether another answer than a guessed one is a violation: so it is for our own broken tenants."""

    @property
    def _is_lenient(self) -> bool:
        """Whether what no document forbids passes unseen: on somebody's own fake. Of a real tenant it is observed."""
        return not self.is_real and not self._guesses_bind

    @property
    def is_real(self) -> bool:
        """Whether somebody's real tenant may answer: it has limits and a clock of its own, and each call costs."""
        return True

    # -- people ----------------------------------------------------------------------------------

    def new_user(self, *, email_verified: bool = False) -> Person:
        """A user who never logged in."""
        raise ConfigurationError(f"{type(self).__name__} makes no users: override new_user, and return a Person")

    def code(self, user: Person, channel: str, since: float) -> str:
        """The newest code sent to ``user`` by ``channel`` (``email sms voice``) since that moment (epoch seconds).

        Raises LookupError when there is none.
        """
        raise LookupError("codes cannot be read here: override code")

    def answer_push(self, user: Person, approve: bool) -> None:
        """Answer the newest open push request. Raises LookupError when there is none."""
        raise LookupError("push requests cannot be answered here: override answer_push")

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        raise ConfigurationError("this tenant's clock cannot be moved: clock is not among its controls")

    def now(self) -> float:
        """Its time in epoch seconds."""
        return time.time()

    def code_lifetime(self, channel: CodeChannel) -> int:
        """How many seconds a code lives that is sent by ``channel``: a setting of the tenant, entry N1."""
        return 300

    def start_over(self) -> None:
        """Go on with fresh users: the network disturbed a call, and nobody knows whether it was performed."""

    def close(self) -> None:
        """Give back what it holds."""

    # -- how it is played ------------------------------------------------------------------------

    def ready(self, *, for_otp: bool = False) -> None:
        """Wait until a call may be made, and for a one-time password not to change under way."""

    def plan(self, plan: Plan) -> Plan:
        """How much the machine plays here."""
        return plan

    def why_unplayable(self, scenario: Scenario) -> str | None:
        """Why a scenario cannot be played here, with the setting to change, or None."""
        return None

    def measure(self, scenario: Scenario, coverage: Coverage) -> list[Observation] | None:
        """Play a scenario, measuring what is disputed; None: it is played once, by the profile."""
        return None

    def check_drift(self, observations: Sequence[Observation]) -> None:
        """Raise ContractViolation when what was measured differs from what the tenant's profile says."""

    @property
    def expected_profile(self) -> Profile:
        """What is expected of it until something else is measured."""
        return self.profile or Profile()

    def tolerates(self, field: str) -> bool:
        """Whether a field that nobody documented is known to be in its answers."""
        return True

    def oracle_tenant(self, profile: Profile, factors: Set[str], seed: int) -> Tenant:
        """A fresh fake configured like it."""
        return Tenant(
            domain=self.domain,
            client_id=self.client_id,
            client_secret=self.client_secret,
            factors=known_factors(factors),
            profile=profile,
            seed=seed,
        )

    # -- what only a fake can do: asked for where `is_real` is false -------------------------------

    def sent(self, start: int) -> list[tuple[str, str]]:
        """Channel and address of every message from number ``start`` on."""
        return []

    def sent_count(self) -> int:
        """How many messages were sent."""
        return 0

    def fail_message(self, channel: str) -> None:
        """Let the provider of ``channel`` fail once."""
        raise NotImplementedError

    def other_client(self) -> Client | None:
        """A second application of the tenant, if there is one."""
        return None

    def client_without_grants(self) -> Client:
        """An application with no grant but client_credentials."""
        raise NotImplementedError

    def rotating_client(self) -> Client | None:
        """An application that rotates its refresh tokens, if there is one."""
        return None

    def demand_in_turn(self, person: Person, factors: Sequence[str]) -> None:
        """Demand several factors of somebody, one after the other."""
        raise NotImplementedError

    def public_client(self) -> Client:
        """An application that has no secret."""
        raise NotImplementedError

    def adopt(self, person: Person) -> None:
        """Have this very user."""
        raise NotImplementedError


_MADE_BY: Final = {"outbox": ("code",), "push": ("answer_push",), "clock": ("advance", "now")}
"""The methods that a control needs."""


def _told(value: object) -> str:
    """What was returned instead, without its value: that may be a secret."""
    return "None" if value is None else f"an object of type {type(value).__name__}"


def checked_subject(subject: object, maker: str) -> Subject:
    """The subject that ``maker`` returned. Raises ConfigurationError that says what it lacks."""
    if not isinstance(subject, Subject):
        told = _told(subject)
        use = "return fake_subject(tenant, handler=yours), or a Subject of your own"
        if isinstance(subject, Tenant):
            use = "return fake_subject(tenant)"
        elif callable(subject):
            use = "a handler is judged as fake_subject(tenant, handler=yours)"
        raise ConfigurationError(f"{maker} returned {told}, expected a Subject: {use}")
    name = type(subject).__name__
    if missing := [attribute for attribute in ("handler", "domain", "client_id") if not hasattr(subject, attribute)]:
        raise ConfigurationError(f"{name} has no {', '.join(missing)}: a Subject has to set them")
    if not callable(subject.handler):
        given = _told(subject.handler)
        raise ConfigurationError(f"the handler of {name} is {given}, expected a function of a Request: handler(tenant)")
    for what, known in (("controls", CONTROLS), ("factors", frozenset(ALL_FACTORS))):
        if unknown := sorted(set(getattr(subject, what)) - known):
            raise ConfigurationError(f"{name}.{what} has {unknown[0]!r}. {closest(unknown[0], known)}")
    for control, methods in _MADE_BY.items():
        for method in methods:
            if control in subject.controls and getattr(type(subject), method) is getattr(Subject, method):
                raise ConfigurationError(f"{name}.controls has {control!r}, so {name} has to override {method}()")
    return subject


def checked_person(person: object, subject: Subject) -> Person:
    """The user that a subject made. Raises ConfigurationError when it is no Person."""
    if isinstance(person, Person):
        return person
    raise ConfigurationError(
        f"{type(subject).__name__}.new_user() returned {_told(person)}, expected "
        "Person(username, password, phone_number)"
    )


def checked_code(code: object, subject: Subject) -> str:
    """The code that a subject read. Raises ConfigurationError when it is no text, and keeps it out of the message."""
    if isinstance(code, str):
        return code
    raise ConfigurationError(
        f"{type(subject).__name__}.code() returned {_told(code)}, expected the digits as a str, or LookupError when "
        "no code came"
    )


def checked_handler(handler: Handler) -> Handler:
    """A handler that is held to answer with a Response. Raises ConfigurationError when it does not."""

    def answer(request: Request) -> Response:
        response: object = handler(request)
        if isinstance(response, Response) and isinstance(response.body, bytes) and isinstance(response.status, int):
            return response
        if isinstance(response, Coroutine):
            response.close()  # else Python warns that nobody awaited it
            told = "a coroutine: it has to be a plain function, not an async one"
        elif isinstance(response, Response):
            told = f"Response({type(response.status).__name__}, headers, {type(response.body).__name__})"
        else:
            told = _told(response)
        raise ConfigurationError(f"the handler returned {told}. Expected Response(int, headers, bytes)")

    return answer


@dataclass(frozen=True, slots=True)
class Scenario:
    """One documented flow or error."""

    name: str
    title: str
    """What a right tenant does, in a sentence."""
    rows: tuple[str, ...]
    act: Callable[[Any], None]
    """Plays it with a ScenarioContext."""
    needs: frozenset[str]
    """Factors that are on."""
    without: frozenset[str]
    """Factors that are off."""
    controls: frozenset[str]
    fake: bool
    """Whether it arranges what only a fake can: a second application, a provider's failure."""

    def missing(self, subject: Subject) -> str | None:
        """Why a subject cannot play it, with the setting to change, or None."""
        if self.fake and subject.is_real:
            return "needs a fake tenant"
        if "factors" not in subject.controls:
            off = sorted(self.needs - subject.factors)
            if off:
                return f"needs the factor to be on: {', '.join(off)} (--auth0-mfa-factors says what is on)"
            on = sorted(self.without & subject.factors)
            if on:
                return f"needs the factor to be off: {', '.join(on)}"
        if reason := subject.why_unplayable(self):
            return reason
        given = subject.controls | {"clock"} if subject.waits else subject.controls
        absent = sorted(self.controls - given)
        return f"needs control of: {', '.join(absent)}" if absent else None

    def factors(self, subject: Subject) -> frozenset[str]:
        """The factors it is played with."""
        return (frozenset(subject.factors) | self.needs) - self.without


@contextmanager
def factors_on(subject: Subject, factors: Set[str]) -> Iterator[None]:
    """Switch the subject's factors and restore them afterwards."""
    before = subject.factors
    if factors != before:
        subject.factors = factors
    try:
        yield
    finally:
        if subject.factors != before:
            subject.factors = before


class LiveSubject(Subject):
    """A tenant behind a base URL. What it cannot do is not among its controls."""

    def __init__(
        self,
        handler: Handler,
        domain: str,
        client_id: str,
        client_secret: str | None,
        users: Iterator[Person],
        *,
        factors: Set[str],
        profile: Profile | None,
        code: Callable[[Person, str, float], str] | None,
        answer_push: Callable[[Person, bool], None] | None,
    ) -> None:
        self.handler = handler
        self.domain = domain
        self.client_id = client_id
        self.client_secret = client_secret
        self.profile = profile
        self.factors: Set[str] = frozenset(factors)
        self._users = users
        self._code = code
        self._answer_push = answer_push
        able = {"outbox": code, "push": answer_push}
        self.controls = frozenset(name for name, way in able.items() if way is not None)

    def new_user(self, *, email_verified: bool = False) -> Person:
        """The next of the given users. Raises LookupError when all were used."""
        for person in self._users:
            if person.email_verified == email_verified:
                return person
        raise LookupError("no user is left for this run: give more users, or credentials that may create them")

    def code(self, user: Person, channel: str, since: float) -> str:
        """The code, from where messages arrive."""
        if self._code is None:
            raise LookupError("codes cannot be read here: override the fixture auth0_mfa_otp_source")
        return self._code(user, channel, since)

    def answer_push(self, user: Person, approve: bool) -> None:
        """Let somebody answer."""
        if self._answer_push is None:
            raise LookupError("push requests cannot be answered here: override auth0_mfa_push_approver")
        self._answer_push(user, approve)


def live_subject(
    domain: str,
    client_id: str,
    client_secret: str | None = None,
    *,
    users: Iterator[Person],
    handler: Handler | None = None,
    factors: Set[str] = frozenset({"otp", "recovery-code"}),
    profile: Profile | None = None,
    code: Callable[[Person, str, float], str] | None = None,
    answer_push: Callable[[Person, bool], None] | None = None,
    ca_file: str | None = None,
) -> LiveSubject:
    """A subject over ``https://{domain}``; ``profile=None`` measures its disputed behaviour."""
    if handler is None:
        from pytest_auth0_mfa.transports.live import live

        handler = live(f"https://{domain}", ca_file=ca_file)
    return LiveSubject(
        handler,
        domain,
        client_id,
        client_secret,
        users,
        factors=factors,
        profile=profile,
        code=code,
        answer_push=answer_push,
    )
