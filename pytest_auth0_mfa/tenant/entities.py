"""The entities of a tenant: applications, users, authenticators, recovery codes, challenges, demands of MFA."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from pytest_auth0_mfa.errors import ConfigurationError, closest
from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.spec.factors import ALL_FACTORS, Factor, TenantFactor
from pytest_auth0_mfa.spec.operations import CLIENT_CREDENTIALS, GRANTS
from pytest_auth0_mfa.spec.profile import Profile

from .clock import Clock
from .entropy import CODE_LIFETIME
from .limits import Bucket
from .totp import totp

METHODS = ("client_secret_post", "client_secret_basic", "private_key_jwt", "none")
DEVICE = "Ada's phone"  # the name of a confirmed push authenticator


class Conditions(Protocol):
    """The clock and profile that an entity's expiry and appearance depend on."""

    clock: Clock
    rules: Profile


class OwningTenant(Conditions, Protocol):
    """What a user needs of its tenant."""

    def implicit_email(self, user: User) -> Authenticator | None:
        """The authenticator of a verified email that nobody enrolled, or None."""

    def enroll(
        self,
        user: User,
        factor: Factor,
        *,
        email: str | None = None,
        phone_number: str | None = None,
        active: bool = True,
    ) -> Authenticator:
        """Enroll a factor."""

    def add_refresh_token(
        self,
        user: User,
        *,
        scope: str,
        audience: str | None = None,
        client_id: str | None = None,
        token: str | None = None,
    ) -> str:
        """Make a refresh token."""

    def add_access_token(
        self, user: User, *, audience: str | None, scope: str | None, client_id: str | None, jkt: str | None
    ) -> str:
        """Make an access token."""


class Application:
    """A client of the tenant: its credentials and the grants that it may use."""

    __slots__ = (
        "client_id",
        "client_secret",
        "grant_types",
        "name",
        "public_keys",
        "refresh_token_leeway",
        "require_proof_of_possession",
        "rotate_refresh_tokens",
        "token_endpoint_auth_method",
    )

    def __init__(
        self,
        client_id: str,
        client_secret: str | None,
        *,
        token_endpoint_auth_method: str = "client_secret_post",
        grant_types: tuple[str, ...] | None = None,
        public_keys: tuple[str, ...] = (),
        name: str | None = None,
        rotate_refresh_tokens: bool = False,
        refresh_token_leeway: int = 0,
        require_proof_of_possession: bool = False,
    ) -> None:
        if token_endpoint_auth_method not in METHODS:
            raise ConfigurationError(
                f"token_endpoint_auth_method={token_endpoint_auth_method!r}: no such method. "
                f"{closest(str(token_endpoint_auth_method), METHODS)}"
            )
        grants = tuple(GRANTS) if grant_types is None else tuple(grant_types)
        for grant in grants:
            if grant not in GRANTS:
                raise ConfigurationError(f"grant_types: no such grant: {grant!r}. {closest(str(grant), GRANTS)}")
        self.client_id = client_id
        self.client_secret = client_secret
        self.token_endpoint_auth_method = token_endpoint_auth_method
        self.grant_types = frozenset(grants)
        self.public_keys = public_keys
        """PEM public keys, for private_key_jwt."""
        self.name = name or client_id
        self.rotate_refresh_tokens = rotate_refresh_tokens
        """Whether each use of a refresh token returns a new one: entry T15 of the contract."""
        self.refresh_token_leeway = refresh_token_leeway
        """How many seconds the previous refresh token can still be used after it was replaced."""
        self.require_proof_of_possession = require_proof_of_possession
        """Whether the application gets no tokens without a proof of possession: entry B7 of the contract."""

    @property
    def confidential(self) -> bool:
        """Whether the application has to authenticate."""
        return self.token_endpoint_auth_method != "none"

    def may_use(self, grant_type: str) -> bool:
        """Whether a grant is enabled. A public application can never use client_credentials."""
        return grant_type in self.grant_types and (self.confidential or grant_type != CLIENT_CREDENTIALS)

    def __repr__(self) -> str:
        return f"<Application {self.client_id}>"


class User:
    """A user of the tenant. ``mfa``: True always demands MFA, False never does, None follows the policy."""

    __slots__ = (
        "_tenant",
        "attributes",
        "blocked",
        "buckets",
        "claims",
        "created_at",
        "deleted",
        "email",
        "email_verified",
        "entries",
        "failed_logins",
        "id",
        "implicit",
        "mfa",
        "password",
        "phone_number",
        "phone_verified",
        "push_requests",
        "recovery",
    )

    def __init__(
        self,
        tenant: OwningTenant,
        id: str,
        email: str,
        password: str,
        *,
        email_verified: bool,
        phone_number: str,
        mfa: bool | None,
    ) -> None:
        self._tenant = tenant
        self.id = id
        self.email = email
        self.password = password
        self.email_verified = email_verified
        self.phone_number = phone_number
        self.phone_verified = False
        """Whether a passwordless login has verified the number."""
        self.mfa = mfa
        self.blocked = False
        self.deleted = False
        self.created_at = tenant.clock.now()
        self.failed_logins = 0
        self.claims: dict[str, Json] = {}
        """Custom claims of this user's tokens, as an Action would add them."""
        self.attributes: dict[str, Json] = {}
        """Names, metadata and other values that the Management API manages."""
        self.entries: list[Authenticator] = []
        """The enrolled authenticators, oldest first."""
        self.implicit: Authenticator | None = None
        self.recovery: RecoveryCode | None = None
        self.push_requests: list[Challenge] = []
        self.buckets: dict[str, Bucket] = {}

    @property
    def authenticators(self) -> list[Authenticator]:
        """Pending and active authenticators, oldest first, a verified email last (if email is on).

        The recovery code is not included: see `recovery_code`.
        """
        implicit = self._tenant.implicit_email(self)
        return [*self.entries] if implicit is None else [*self.entries, implicit]

    @property
    def recovery_code(self) -> str | None:
        """The current recovery code, or None. It works once a factor is confirmed."""
        return self.recovery.code if self.recovery else None

    @property
    def enrolled(self) -> bool:
        """Whether an enrolled authenticator is active. A verified email alone does not count."""
        return any(a.active for a in self.entries)

    def enroll(
        self, factor: Factor, *, email: str | None = None, phone_number: str | None = None, active: bool = True
    ) -> Authenticator:
        """Add an authenticator of a factor (``otp sms voice email push``) as if the user had enrolled it before.

        The twin and the first recovery code are added too, as by ``/mfa/associate``. Raises ValueError for an unknown
        factor, or one that is off.
        """
        return self._tenant.enroll(self, factor, email=email, phone_number=phone_number, active=active)

    def refresh_token(
        self,
        *,
        scope: str = "openid profile email offline_access",
        audience: str | None = None,
        client_id: str | None = None,
        token: str | None = None,
    ) -> str:
        """A refresh token from an earlier login, for the default application or ``client_id``."""
        return self._tenant.add_refresh_token(self, scope=scope, audience=audience, client_id=client_id, token=token)

    def access_token(
        self,
        *,
        audience: str | None = None,
        scope: str | None = None,
        client_id: str | None = None,
        jkt: str | None = None,
    ) -> str:
        """An access token from an earlier login, for the default application or ``client_id``.

        Without ``scope`` it has the default scopes, and all scopes of the MFA API or My Account API if ``audience``
        is theirs. ``jkt`` is the thumbprint of the key that it is bound to.
        """
        return self._tenant.add_access_token(self, audience=audience, scope=scope, client_id=client_id, jkt=jkt)

    def reset_limits(self) -> None:
        """Clear this user's counts of wrong passwords, wrong codes, messages and push requests."""
        self.failed_logins = 0
        self.buckets.clear()

    def __repr__(self) -> str:
        return f"<User {self.id} {self.email}>"


def masked_phone_number(number: str) -> str:
    """The number with all but its last four characters replaced by X: section 5 of the contract."""
    return "X" * (len(number) - 4) + number[-4:] if len(number) > 4 else "X" * len(number)


def masked_email(address: str, visible: int) -> str:
    """The first ``visible`` characters of the local part and of the domain, the rest as ``*``.

    A part that is not longer than that becomes at least four ``*``: ``foo@example.com`` was recorded as
    ``****@exam*******``.
    """
    local, at, domain = address.rpartition("@")
    return at.join(
        p[:visible] + "*" * (len(p) - visible) if len(p) > visible else "*" * max(4, len(p)) for p in (local, domain)
    )


class Authenticator:
    """One authenticator of a user.

    ``name`` is as in the list of the MFA API: a masked address, a device's name, or None. ``secret`` is the base32
    TOTP secret of an otp authenticator.
    """

    __slots__ = (
        "_tenant",
        "active",
        "address",
        "challenges",
        "created_at",
        "deleted",
        "factor",
        "id",
        "implicit",
        "label",
        "last_step",
        "preferred",
        "secret",
        "twin",
    )

    def __init__(
        self,
        id: str,
        factor: str,
        tenant: Conditions,
        *,
        address: str | None = None,
        secret: str | None = None,
    ) -> None:
        self.id = id
        self.factor = factor
        self.active = False
        self.deleted = False
        self.address = address
        self.secret = secret
        self.label: str | None = None
        """Its name in the Management API; the MFA API does not show it."""
        self.preferred: str | None = None
        """``sms`` or ``voice``: the preferred channel of a phone, set through the Management API."""
        self.challenges: list[Challenge] = []
        """The unanswered challenges, and perhaps some that were answered."""
        self.implicit = False
        """Whether it is a verified email that nobody enrolled."""
        self.twin: Authenticator | None = None
        """The authenticator enrolled together with this one: sms and voice, or push and totp."""
        self.last_step = -1
        """The newest time step of a TOTP that was accepted; -1 if none was."""
        self.created_at = tenant.clock.now()
        self._tenant = tenant

    @property
    def name(self) -> str | None:
        """The name in the list of the MFA API, or None."""
        if self.factor == "email" and self.address is not None:
            return masked_email(self.address, self._tenant.rules.email_mask_visible)
        if self.factor in ("sms", "voice") and self.address is not None:
            return masked_phone_number(self.address)
        if not self.active:
            return None
        if self.factor == "push":
            return DEVICE
        return "Authenticator" if self._tenant.rules.otp_rows_have_name else None

    def code(self) -> str:
        """The current TOTP, by the tenant's clock. Raises ValueError if the authenticator has no TOTP secret."""
        if self.secret is None:
            raise ConfigurationError(
                f"an authenticator of factor {self.factor!r} has no code of its own: "
                "read auth0_mfa.outbox.latest(user).code, or answer with auth0_mfa.push.approve(user)"
            )
        return totp(self.secret, self._tenant.clock.now())

    def activate(self) -> None:
        """Make this authenticator and its twin active."""
        for half in (self, self.twin):
            if half is not None:
                half.active = True

    def __repr__(self) -> str:
        return f"<Authenticator {self.id} {'active' if self.active else 'pending'}>"


class RecoveryCode:
    """A user's one recovery code and its entry in the list."""

    __slots__ = ("active", "code", "created_at", "created_with", "id")

    def __init__(self, id: str, code: str, created_at: float | None = None) -> None:
        self.id = id
        self.code = code
        self.active = False
        self.created_at = created_at
        """When it was enrolled by itself, as on the user's own page."""
        self.created_with: Authenticator | None = None
        """The authenticator that it was issued with; the list shows the recovery code right after it."""

    def __repr__(self) -> str:
        return f"<RecoveryCode {self.id} {'active' if self.active else 'pending'}>"


def life_of_oob_code(tenant: Conditions, code_lifetime: int) -> int:
    """The lifetime of an oob_code in seconds; at least that of its code, if the tenant extended the lifetime of
    codes."""
    life = tenant.rules.oob_code_lifetime
    return max(life, code_lifetime) if code_lifetime > CODE_LIFETIME else life


@dataclass(slots=True, eq=False, repr=False)
class Challenge:
    """One oob_code. ``state``: pending, approved, rejected or used.

    As with sessions, expiry and replacement are judged when the challenge is used, not when it is made.
    """

    oob_code: str
    session: str
    user: User
    authenticator: Authenticator
    code: str | None
    made_at: float
    code_lifetime: int = CODE_LIFETIME
    """Lifetime of the code in the message, in seconds."""
    state: str = "pending"
    superseded: bool = False
    """Whether the authenticator was challenged again since."""
    polls: int = 0
    last_poll: float | None = None
    approve_after: int | None = None

    def expired(self, tenant: Conditions) -> bool:
        """Whether the oob_code has expired: entry V12 of the contract."""
        return tenant.clock.now() >= self.made_at + life_of_oob_code(tenant, self.code_lifetime)

    def code_expired(self, tenant: Conditions) -> bool:
        """Whether the code in the message has expired."""
        return tenant.clock.now() >= self.made_at + self.code_lifetime

    def useless(self, tenant: Conditions) -> bool:
        """Whether it was used, its authenticator was deleted, or a newer challenge replaced it: entries U-4 and
        U-7."""
        if self.state == "used" or self.authenticator.deleted:
            return True
        return self.superseded and tenant.rules.challenge_replaces_earlier


@dataclass(frozen=True, slots=True)
class MfaDemand:
    """What a policy demands: the factors that may be enrolled or challenged; None allows all that are on.

    The lists are answered as ``mfa_requirements``. ``mfa_token=False``: mfa_required comes without an mfa_token, as
    from an Action on a tenant without the feature (entry T3 of the contract). Raises ConfigurationError (a ValueError)
    for an unknown factor.
    """

    enroll: Sequence[TenantFactor] | None = None
    challenge: Sequence[TenantFactor] | None = None
    mfa_token: bool = True

    def __post_init__(self) -> None:
        for argument, factors in (("enroll", self.enroll), ("challenge", self.challenge)):
            if isinstance(factors, str):
                raise ConfigurationError(f"MfaDemand({argument}={factors!r}): expected a list, such as ['otp']")
            for factor in factors or ():
                if factor not in ALL_FACTORS:
                    known = closest(str(factor), ALL_FACTORS)
                    raise ConfigurationError(f"MfaDemand({argument}): no such factor: {factor!r}. {known}")

    @property
    def names_factors(self) -> bool:
        """Whether the demand is answered with ``mfa_requirements``: section 2.3 of the contract."""
        return self.enroll is not None or self.challenge is not None
