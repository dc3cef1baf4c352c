"""Subjects, the tenants that the contract judges: a handler, and ways to act as users and operators do."""

from __future__ import annotations

import time
from collections.abc import Callable, Container, Coroutine, Iterator, Mapping, Sequence, Set
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
"""What a subject may be able to do besides answering calls: advance its clock, read messages, answer push requests,
switch factors."""
FEATURES: Final = ("my-account", "dpop")
"""What a fake may lack: the My Account API, and tokens that are bound to a key."""


@dataclass(frozen=True, slots=True)
class Person:
    """A user. ``username`` is an email address; the phone number is in E.164 format, with a plus sign."""

    username: str
    password: str = field(repr=False)
    phone_number: str
    email_verified: bool = False


@dataclass(frozen=True, slots=True)
class Client:
    """The credentials of an application. ``client_secret`` is None if it has none."""

    client_id: str
    client_secret: str | None = field(repr=False)


class Subject:
    """A tenant that the contract judges. Set the attributes, and override what yours can do.

    The defaults are for a real tenant.
    """

    handler: Handler
    """The function of a Request that is judged."""
    domain: str
    """The host, with a port if there is one."""
    client_id: str
    """The application that the contract uses. It needs the password, refresh token and MFA grants."""
    client_secret: str | None = None
    """The application's secret, or None if it has none."""
    profile: Profile | None = None
    """The disputed behaviour; None: it is unknown, and will be measured."""
    factors: Set[str] = frozenset()
    """The factors that are on. The contract sets the attribute if ``factors`` is among the controls."""
    controls: frozenset[str] = frozenset()
    """What the subject can do: a subset of ``clock outbox push factors``."""
    features: Set[str] = frozenset()
    """What of ``my-account dpop`` the contract plays. On a real tenant neither is played."""
    unplayable: Container[str] = ()
    """Factors that are on but cannot be played, because their codes cannot be read."""
    waits = False
    """Whether `advance` really waits. Scenarios with long waits are then not played."""
    _guesses_bind = False
    """Whether an answer that differs from a guessed one is a violation, as for our own broken tenants."""

    @property
    def _is_lenient(self) -> bool:
        """Whether what no document forbids is ignored, as on somebody's own fake. On a real tenant it is observed."""
        return not self.is_real and not self._guesses_bind

    @property
    def is_real(self) -> bool:
        """Whether it may be a real tenant, with limits and a clock of its own, on which every call costs
        something."""
        return True

    # -- people ----------------------------------------------------------------------------------

    def new_user(self, *, email_verified: bool = False) -> Person:
        """Make a user who has never logged in."""
        raise ConfigurationError(f"{type(self).__name__} makes no users: override new_user, and return a Person")

    def code(self, user: Person, channel: str, since: float) -> str:
        """The newest code that was sent to ``user`` by ``channel`` (``email sms voice``) after ``since`` (epoch
        seconds).

        Raises LookupError if there is none.
        """
        raise LookupError("codes cannot be read here: override code")

    def answer_push(self, user: Person, approve: bool) -> None:
        """Approve or reject the newest open push request. Raises LookupError if there is none."""
        raise LookupError("push requests cannot be answered here: override answer_push")

    def advance(self, seconds: float) -> None:
        """Let ``seconds`` pass."""
        raise ConfigurationError("this tenant's clock cannot be moved: clock is not among its controls")

    def now(self) -> float:
        """The tenant's time in epoch seconds."""
        return time.time()

    def code_lifetime(self, channel: CodeChannel) -> int:
        """The lifetime of a code sent by ``channel``, in seconds. Tenants can set it: entry N1 of the contract."""
        return 300

    def start_over(self) -> None:
        """Go on with new users, after a network fault: the tenant may have performed the call or not."""

    def close(self) -> None:
        """Release resources."""

    # -- how it is played ------------------------------------------------------------------------

    def ready(self, *, for_otp: bool = False) -> None:
        """Wait until a call may be made. With ``for_otp``, also until the current TOTP is valid for long enough."""

    def plan(self, plan: Plan) -> Plan:
        """The settings of the random walk for this subject."""
        return plan

    def why_unplayable(self, scenario: Scenario) -> str | None:
        """Why a scenario cannot be played on this subject, with the setting to change; or None."""
        return None

    def measure(self, scenario: Scenario, coverage: Coverage) -> list[Observation] | None:
        """Play a scenario while measuring the profile. None: the scenario is played once, with the known profile."""
        return None

    def check_drift(self, observations: Sequence[Observation]) -> None:
        """Raise ContractViolation if the observations differ from the tenant's profile."""

    @property
    def expected_profile(self) -> Profile:
        """The profile to expect until something else is measured."""
        return self.profile or Profile()

    def tolerates(self, field: str) -> bool:
        """Whether an undocumented field is allowed in answers."""
        return True

    def oracle_tenant(self, profile: Profile, factors: Set[str], seed: int) -> Tenant:
        """Make a fresh fake with the same configuration."""
        return Tenant(
            domain=self.domain,
            client_id=self.client_id,
            client_secret=self.client_secret,
            factors=known_factors(factors),
            profile=profile,
            seed=seed,
        )

    # -- what only a fake can do: called if `is_real` is false -------------------------------

    def sent(self, start: int) -> list[tuple[str, str]]:
        """(channel, address) of every message from number ``start`` on."""
        return []

    def sent_count(self) -> int:
        """The number of messages that were sent."""
        return 0

    def fail_message(self, channel: str) -> None:
        """Let the provider of ``channel`` fail for the next message."""
        raise NotImplementedError

    def other_client(self) -> Client | None:
        """A second application of the tenant, or None."""
        return None

    def client_with_grants(self, *grant_types: str) -> Client:
        """An application that may only use these grants."""
        raise NotImplementedError

    def rotating_client(self, leeway: int = 10) -> Client | None:
        """An application with rotating refresh tokens, or None. A replaced one works for another ``leeway`` seconds."""
        return None

    def demand_in_turn(self, person: Person, factors: Sequence[str]) -> None:
        """Demand several factors of a user in turn."""
        raise NotImplementedError

    def block(self, person: Person, blocked: bool) -> None:
        """Block a user, as an administrator does, or end that."""
        raise NotImplementedError

    def delete_user(self, person: Person) -> None:
        """Delete a user, as an administrator does."""
        raise NotImplementedError

    def public_client(self) -> Client:
        """An application without a secret."""
        raise NotImplementedError

    def rotating_public_client(self) -> Client:
        """An application without a secret that rotates its refresh tokens, without a leeway."""
        raise NotImplementedError

    def requiring_client(self) -> Client:
        """An application that demands a proof of possession with each token request."""
        raise NotImplementedError

    @property
    def apis_that_bind(self) -> Mapping[str, bool] | None:
        """The audiences whose tokens can be bound to a key, and whether they have to be; None: all can be."""
        return None

    @apis_that_bind.setter
    def apis_that_bind(self, apis: Mapping[str, bool] | None) -> None:
        raise NotImplementedError

    def adopt(self, person: Person) -> None:
        """Add this user."""
        raise NotImplementedError


_MADE_BY: Final = {"outbox": ("code",), "push": ("answer_push",), "clock": ("advance", "now")}
"""Control -> methods that it needs."""


def _told(value: object) -> str:
    """A description of a value by its type, since the value may be a secret."""
    return "None" if value is None else f"an object of type {type(value).__name__}"


def checked_subject(subject: object, maker: str) -> Subject:
    """The subject that ``maker`` returned. Raises ConfigurationError, which says what it lacks."""
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
    for what, known in (("controls", CONTROLS), ("factors", frozenset(ALL_FACTORS)), ("features", frozenset(FEATURES))):
        if unknown := sorted(set(getattr(subject, what)) - known):
            raise ConfigurationError(f"{name}.{what} has {unknown[0]!r}. {closest(unknown[0], known)}")
    for control, methods in _MADE_BY.items():
        for method in methods:
            if control in subject.controls and getattr(type(subject), method) is getattr(Subject, method):
                raise ConfigurationError(f"{name}.controls has {control!r}, so {name} has to override {method}()")
    return subject


def checked_person(person: object, subject: Subject) -> Person:
    """The user that a subject made. Raises ConfigurationError if it is not a `Person`."""
    if isinstance(person, Person):
        return person
    raise ConfigurationError(
        f"{type(subject).__name__}.new_user() returned {_told(person)}, expected "
        "Person(username, password, phone_number)"
    )


def checked_code(code: object, subject: Subject) -> str:
    """The code that a subject read. Raises ConfigurationError if it is not a str; the message does not contain it."""
    if isinstance(code, str):
        return code
    raise ConfigurationError(
        f"{type(subject).__name__}.code() returned {_told(code)}, expected the digits as a str, or LookupError when "
        "no code came"
    )


def checked_handler(handler: Handler) -> Handler:
    """The handler, wrapped so that it raises ConfigurationError if it does not return a valid `Response`."""

    def answer(request: Request) -> Response:
        response: object = handler(request)
        if isinstance(response, Response) and isinstance(response.body, bytes) and isinstance(response.status, int):
            return response
        if isinstance(response, Coroutine):
            response.close()  # otherwise Python warns that it was not awaited
            told = "a coroutine: it has to be a plain function, not an async one"
        elif isinstance(response, Response):
            told = f"Response({type(response.status).__name__}, headers, {type(response.body).__name__})"
        else:
            told = _told(response)
        raise ConfigurationError(f"the handler returned {told}. Expected Response(int, headers, bytes)")

    return answer


@dataclass(frozen=True, slots=True)
class Scenario:
    """A named scenario: one documented flow or error."""

    name: str
    title: str
    """A sentence on what a correct tenant does."""
    rows: tuple[str, ...]
    act: Callable[[Any], None]
    """The function that plays it, with a `ScenarioContext`."""
    needs: frozenset[str]
    """Factors that must be on."""
    without: frozenset[str]
    """Factors that must be off."""
    controls: frozenset[str]
    fake: bool
    """Whether it needs what only a fake can do, such as a second application or a failing provider."""
    feature: str = ""
    """What a fake has to have for it: words of ``my-account dpop``."""

    def missing(self, subject: Subject) -> str | None:
        """Why the scenario cannot be played on a subject, with the setting to change; or None."""
        if self.fake and subject.is_real:
            return "needs a fake tenant"
        if lacks := lacking(subject, self.feature):
            return f"needs the feature {', '.join(lacks)}: fake_subject(features=...) says what the fake has"
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
        """The factors that the scenario is played with."""
        return (frozenset(subject.factors) | self.needs) - self.without


def lacking(subject: Subject, feature: str) -> list[str]:
    """The features that a subject lacks of those that something needs: words in one string."""
    return [one for one in feature.split() if one not in subject.features]


@contextmanager
def factors_on(subject: Subject, factors: Set[str]) -> Iterator[None]:
    """Switch the subject's factors until the block ends."""
    before = subject.factors
    if factors != before:
        subject.factors = factors
    try:
        yield
    finally:
        if subject.factors != before:
            subject.factors = before


class LiveSubject(Subject):
    """A tenant behind a base URL. Its controls are those that the arguments make possible."""

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
        """The next of the given users. Raises LookupError if all were used."""
        for person in self._users:
            if person.email_verified == email_verified:
                return person
        raise LookupError("no user is left for this run: give more users, or credentials that may create them")

    def code(self, user: Person, channel: str, since: float) -> str:
        """The newest code, from the function that was given. Raises LookupError."""
        if self._code is None:
            raise LookupError("codes cannot be read here: override the fixture auth0_mfa_otp_source")
        return self._code(user, channel, since)

    def answer_push(self, user: Person, approve: bool) -> None:
        """Approve or reject, by the function that was given. Raises LookupError."""
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
    """A subject for the tenant at ``https://{domain}``. ``profile=None`` measures its disputed behaviour."""
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
