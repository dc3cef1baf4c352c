"""What a contract is held against: a handler, and what is needed to act on it as a person would."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Set
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from pytest_auth0_mfa.errors import ConfigurationError
from pytest_auth0_mfa.messages import Handler
from pytest_auth0_mfa.profile import Profile
from pytest_auth0_mfa.totp import PERIOD

if TYPE_CHECKING:
    from pytest_auth0_mfa.tenant import Tenant
    from pytest_auth0_mfa.tenant.directory import User

CONTROLS = frozenset({"clock", "outbox", "push", "factors"})
"""What a harness may be able to do besides calling: move the clock, read messages, answer push
requests, switch factors."""


@dataclass(frozen=True, slots=True)
class Person:
    """A user as the contract knows one. ``username`` is an email address."""

    username: str
    password: str = field(repr=False)
    phone_number: str
    email_verified: bool = False


@dataclass(frozen=True, slots=True)
class Client:
    """How an application names itself."""

    client_id: str
    client_secret: str | None = field(repr=False)


class Subject(Protocol):
    """A tenant under contract."""

    factors: Set[str]
    """What is on. Can be set when ``factors`` is among the controls."""

    @property
    def handler(self) -> Handler:
        """What is judged."""
        ...

    @property
    def domain(self) -> str:
        """Host, and port if there is one."""
        ...

    @property
    def client_id(self) -> str:
        """The application."""
        ...

    @property
    def client_secret(self) -> str | None:
        """Its secret, or None for an application that has none."""
        ...

    @property
    def profile(self) -> Profile | None:
        """Its disputed behaviour; None: unknown, and then it is measured."""
        ...

    @property
    def controls(self) -> frozenset[str]:
        """What a harness can do: a subset of ``clock outbox push factors``."""
        ...

    def new_user(self, *, email_verified: bool = False) -> Person:
        """A user who never logged in."""
        ...

    def code(self, user: Person, channel: str, since: float) -> str:
        """The newest code sent to ``user`` by ``channel`` (``email sms voice``) since that moment (epoch seconds)."""
        ...

    def answer_push(self, user: Person, approve: bool) -> None:
        """Answer the newest open push request. Raises LookupError when there is none."""
        ...

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        ...

    def close(self) -> None:
        """Give back what it holds."""
        ...


class FakeSubject:
    """A fake tenant under contract: arranged through the tenant, judged through the handler alone.

    Its clock is held, so that time passes only when the contract says so.
    """

    controls = CONTROLS

    def __init__(self, tenant: Tenant, handler: Handler, on_close: Callable[[], None] | None = None) -> None:
        self._tenant = tenant
        self._users: dict[str, User] = {}
        self._on_close = on_close
        self._was = frozenset(tenant.factors)
        self._other: Client | None = None
        self.handler = handler
        # The start of a TOTP step: nothing depends on the second at which a run starts.
        tenant.clock.freeze(tenant.clock.now() // PERIOD * PERIOD)

    @property
    def domain(self) -> str:
        return self._tenant.domain

    @property
    def client_id(self) -> str:
        return self._tenant.client_id

    @property
    def client_secret(self) -> str | None:
        return self._tenant.client_secret

    @property
    def profile(self) -> Profile | None:
        return self._tenant.profile

    @property
    def factors(self) -> Set[str]:
        return frozenset(self._tenant.factors)

    @factors.setter
    def factors(self, factors: Set[str]) -> None:
        self._tenant.factors.clear()
        self._tenant.factors.update(factors)

    def new_user(self, *, email_verified: bool = False) -> Person:
        """A user of the tenant, with generated address and password."""
        return self._know(self._tenant.add_user(email_verified=email_verified))

    def _know(self, user: User) -> Person:
        self._users[user.email] = user
        return Person(user.email, user.password, user.phone_number or "", user.email_verified)

    def code(self, user: Person, channel: str, since: float) -> str:
        """The newest code sent to ``user``. Raises LookupError that says what was sent."""
        message = self._tenant.outbox.latest(self._users[user.username], channel)
        if message.code is None or message.sent_at < since:
            raise LookupError(f"no code was sent by {channel} to {user.username} since then")
        return message.code

    def answer_push(self, user: Person, approve: bool) -> None:
        """Approve or reject the newest open request."""
        answer = self._tenant.push.approve if approve else self._tenant.push.reject
        answer(self._users[user.username])

    def advance(self, seconds: float) -> None:
        """Move the held clock."""
        self._tenant.clock.advance(seconds)

    def close(self) -> None:
        """Restore the factors, and stop what was started for it."""
        self.factors = self._was
        if self._on_close is not None:
            self._on_close()

    def adopt(self, person: Person) -> None:
        """Have a user of another tenant here too."""
        self._know(
            self._tenant.add_user(
                person.username,
                person.password,
                email_verified=person.email_verified,
                phone_number=person.phone_number or None,
            )
        )

    # -- beyond the protocol: what only a fake can do --------------------------------------------

    def now(self) -> float:
        """The tenant's time in epoch seconds."""
        return self._tenant.clock.now()

    def sent(self, start: int) -> list[tuple[str, str]]:
        """Channel and address of every message from number ``start`` on."""
        return [(m.channel, m.to if m.channel != "push" else "") for m in self._tenant.outbox[start:]]

    def sent_count(self) -> int:
        """How many messages were sent."""
        return len(self._tenant.outbox)

    def fail_message(self, channel: str) -> None:
        """Let the provider of ``channel`` fail once."""
        self._tenant.outbox.fail_next(channel)

    def other_client(self) -> Client:
        """A second application of the tenant."""
        if self._other is None:
            made = self._tenant.add_application()
            self._other = Client(made.client_id, made.client_secret)
        return self._other

    def client_without_grants(self) -> Client:
        """An application with no grant but client_credentials."""
        made = self._tenant.add_application(grant_types=["client_credentials"])
        return Client(made.client_id, made.client_secret)

    def public_client(self) -> Client:
        """An application that has no secret."""
        made = self._tenant.add_application(token_endpoint_auth_method="none")
        return Client(made.client_id, None)


def fake_subject(tenant: Tenant, *, handler: Handler | None = None) -> FakeSubject:
    """A subject with all controls over a fake tenant.

    ``handler`` is what is judged, by default the tenant's own; wrap that one to see what the
    contract catches. The tenant is arranged directly, but everything is learned through the handler.
    """
    if handler is None:
        from pytest_auth0_mfa.app import handler as handler_of

        handler = handler_of(tenant)
    return FakeSubject(tenant, handler)


class LiveSubject:
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

    def advance(self, seconds: float) -> None:
        """Refuse: nobody moves a real tenant's clock."""
        raise ConfigurationError("a live tenant's clock cannot be moved: clock is not among its controls")

    def now(self) -> float:
        """Real time in epoch seconds."""
        return time.time()

    def close(self) -> None:
        """Nothing is held."""


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
