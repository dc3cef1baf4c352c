"""A fake tenant as a subject, with all controls."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence, Set

from pytest_auth0_mfa.messages import Handler
from pytest_auth0_mfa.spec.factors import CodeChannel
from pytest_auth0_mfa.spec.profile import Profile
from pytest_auth0_mfa.tenant.entities import User
from pytest_auth0_mfa.tenant.policies import in_turn, known_factors, untouched
from pytest_auth0_mfa.tenant.tenant import Tenant
from pytest_auth0_mfa.tenant.totp import PERIOD

from .subjects import CONTROLS, FEATURES, Client, Person, Subject


class FakeSubject(Subject):
    """A fake tenant as a subject: set up through the tenant object, judged only through the handler.

    Its clock is frozen, so that time passes only when the contract advances it.
    """

    controls = CONTROLS

    def __init__(
        self,
        tenant: Tenant,
        handler: Handler,
        on_close: Callable[[], None] | None = None,
        *,
        features: Collection[str] = FEATURES,
    ) -> None:
        self.features = frozenset(features)
        self._tenant = tenant
        self._users: dict[str, User] = {}
        self._on_close = on_close
        self._was = frozenset(tenant.factors)
        self._other: Client | None = None
        self._rotating: dict[int, Client] = {}
        self._with_grants: dict[tuple[str, ...], Client] = {}
        self._public: Client | None = None
        self._rotating_public: Client | None = None
        self._requiring: Client | None = None
        self.handler = handler
        self.domain = tenant.domain
        self.client_id = tenant.client_id
        self.client_secret = tenant.client_secret
        self.profile = tenant.profile
        # At the start of a TOTP step, so that nothing depends on the second in which a run starts.
        tenant.clock.freeze(tenant.clock.now() // PERIOD * PERIOD)

    @property
    def is_real(self) -> bool:
        """False: it is a fake."""
        return False

    @property
    def factors(self) -> Set[str]:
        return frozenset(self._tenant.factors)

    @factors.setter
    def factors(self, factors: Set[str]) -> None:
        self._tenant.factors.clear()
        self._tenant.factors.update(known_factors(factors))

    def new_user(self, *, email_verified: bool = False) -> Person:
        """Add a user with generated address and password."""
        return self._know(self._tenant.add_user(email_verified=email_verified))

    def _know(self, user: User) -> Person:
        self._users[user.email] = user
        return Person(user.email, user.password, user.phone_number or "", user.email_verified)

    def code(self, user: Person, channel: str, since: float) -> str:
        """The newest code that was sent to ``user`` since then. Raises LookupError."""
        message = self._tenant.outbox.latest(self._of(user), channel)  # type: ignore[arg-type]  # checked when it runs
        if message.code is None or message.sent_at < since:
            raise LookupError(f"no code was sent by {channel} to {user.username} since then")
        return message.code

    def _of(self, person: Person) -> User:
        """The tenant's user with this person's address: another one, after the first was deleted and signed up anew."""
        known = self._users[person.username]
        if known.id in self._tenant.users:
            return known
        anew = self._tenant.user_by_email(person.username)
        return anew or self._tenant.user_by_phone_number(person.phone_number) or known

    def answer_push(self, user: Person, approve: bool) -> None:
        """Approve or reject the newest open request. Raises LookupError if there is none."""
        answer = self._tenant.push.approve if approve else self._tenant.push.reject
        answer(self._users[user.username])

    def advance(self, seconds: float) -> None:
        """Advance the frozen clock."""
        self._tenant.clock.advance(seconds)

    def close(self) -> None:
        """Restore the factors, and stop what was started for the subject."""
        self.factors = self._was
        if self._on_close is not None:
            self._on_close()

    def code_lifetime(self, channel: CodeChannel) -> int:
        """The lifetime of codes by this channel, in seconds."""
        return self._tenant.code_lifetimes[channel]

    def oracle_tenant(self, profile: Profile, factors: Set[str], seed: int) -> Tenant:
        """A second tenant with the same settings and applications."""
        mine = self._tenant
        tenant = Tenant(
            domain=self.domain,
            client_id=self.client_id,
            client_secret=self.client_secret,
            factors=known_factors(factors),
            policy=untouched(mine.policy),  # type: ignore[arg-type]  # checked when it runs
            fixed_code=mine.fixed_code,
            audiences=mine.audiences,
            code_lengths=mine.code_lengths,
            code_lifetimes=mine.code_lifetimes,
            profile=profile,
            proof_of_possession=mine.proof_of_possession,
            seed=seed,
        )
        for application in mine.applications.values():
            tenant.applications[application.client_id] = application
        return tenant

    def adopt(self, person: Person) -> None:
        """Add a user of another tenant."""
        self._know(
            self._tenant.add_user(
                person.username,
                person.password,
                email_verified=person.email_verified,
                phone_number=person.phone_number or None,
            )
        )

    # -- what only a fake can do -----------------------------------------------------------------

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
        self._tenant.outbox.fail_next(channel)  # type: ignore[arg-type]  # checked when it runs

    def other_client(self) -> Client:
        """A second application of the tenant."""
        if self._other is None:
            made = self._tenant.add_application()
            self._other = Client(made.client_id, made.client_secret)
        return self._other

    def rotating_client(self, leeway: int = 10) -> Client:
        """An application with rotating refresh tokens; a replaced one works for another ``leeway`` seconds."""
        if leeway not in self._rotating:
            made = self._tenant.add_application(rotate_refresh_tokens=True, refresh_token_leeway=leeway)
            self._rotating[leeway] = Client(made.client_id, made.client_secret)
        return self._rotating[leeway]

    def demand_in_turn(self, person: Person, factors: Sequence[str]) -> None:
        """Demand several factors of a user in turn, by the tenant's policy."""
        self._tenant.policy = in_turn(self._tenant.policy, person.username, factors)

    def block(self, person: Person, blocked: bool) -> None:
        """Block a user, or end that."""
        self._users[person.username].blocked = blocked

    def delete_user(self, person: Person) -> None:
        """Delete a user."""
        self._tenant.remove_user(self._users[person.username])

    def client_with_grants(self, *grant_types: str) -> Client:
        """An application that may only use these grants."""
        if grant_types not in self._with_grants:
            made = self._tenant.add_application(grant_types=grant_types)
            self._with_grants[grant_types] = Client(made.client_id, made.client_secret)
        return self._with_grants[grant_types]

    def rotating_public_client(self) -> Client:
        """An application without a secret that rotates its refresh tokens, without a leeway."""
        if self._rotating_public is None:
            made = self._tenant.add_application(
                token_endpoint_auth_method="none", rotate_refresh_tokens=True, refresh_token_leeway=0
            )
            self._rotating_public = Client(made.client_id, None)
        return self._rotating_public

    def requiring_client(self) -> Client:
        """An application that demands a proof of possession with each token request."""
        if self._requiring is None:
            made = self._tenant.add_application(require_proof_of_possession=True)
            self._requiring = Client(made.client_id, made.client_secret)
        return self._requiring

    @property
    def apis_that_bind(self) -> Mapping[str, bool] | None:
        """The audiences whose tokens can be bound to a key, and whether they have to be; None: all can be."""
        return self._tenant.proof_of_possession

    @apis_that_bind.setter
    def apis_that_bind(self, apis: Mapping[str, bool] | None) -> None:
        self._tenant.proof_of_possession = None if apis is None else dict(apis)

    def public_client(self) -> Client:
        """An application without a secret."""
        if self._public is None:
            self._public = Client(self._tenant.add_application(token_endpoint_auth_method="none").client_id, None)
        return self._public


def fake_subject(
    tenant: Tenant, *, handler: Handler | None = None, features: Collection[str] = FEATURES
) -> FakeSubject:
    """A subject with all controls over a fake tenant.

    ``handler`` is judged, by default the tenant's own; wrap that one to see what the contract catches. The contract
    sets up users and reads messages directly on the tenant, but judges only the answers of the handler.

    ``features``: what the handler has of ``my-account`` and ``dpop``. The contract leaves out what it lacks.
    """
    if handler is None:
        from pytest_auth0_mfa.app import handler as handler_of

        handler = handler_of(tenant)
    return FakeSubject(tenant, handler, features=features)
