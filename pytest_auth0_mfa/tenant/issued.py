"""What a tenant has issued: sessions that wait for a second factor, tokens, codes and nonces; and how many of them it
keeps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar

from pytest_auth0_mfa.messages import Json

from .entities import Authenticator, Challenge, Conditions, MfaDemand, RecoveryCode, User

T = TypeVar("T")


@dataclass(slots=True, eq=False, repr=False)
class Session:
    """What belongs to an mfa_token, or to an access token that manages authenticators.

    Expiry is judged when the token is used, not when it is issued: so the journal of that call names the disputed
    behaviour that the answer depends on.
    """

    token: str
    user: User
    client_id: str
    scope: str | None
    audience: str | None
    born_at: float
    nonce: str | None = None
    is_mfa_token: bool = True
    challenged_at: float | None = None
    succeeded: bool = False
    renewing: RefreshToken | None = None
    """The refresh token whose use demanded the second factor."""
    demand: MfaDemand = field(default_factory=MfaDemand)
    """Which factors may be enrolled or challenged."""
    following: tuple[MfaDemand, ...] = ()
    """What is demanded after this factor is verified: entry V20 of the contract."""
    methods: tuple[str, ...] = ("password",)
    """How the user has signed in so far."""
    recovery_code: str | None = None
    """The new recovery code, if an earlier factor of this login was a recovery code; it is returned with the
    tokens."""

    def expired(self, tenant: Conditions) -> bool:
        """Whether the mfa_token has expired: entries V13 and U-3. The expiry of access tokens is checked
        elsewhere."""
        return self.is_mfa_token and tenant.clock.now() >= self.ends_at(tenant)

    def ends_at(self, tenant: Conditions) -> float:
        """When the mfa_token expires, in epoch seconds."""
        born_at = self.born_at
        if self.challenged_at is not None and tenant.rules.challenge_extends_mfa_token:
            born_at = self.challenged_at
        return born_at + tenant.rules.mfa_token_lifetime

    def dead(self, tenant: Conditions) -> bool:
        """Whether the mfa_token has completed a login and cannot be used again: entry U-4."""
        return self.succeeded and self.is_mfa_token and tenant.rules.mfa_token_after_success == "dead"


@dataclass(slots=True, eq=False, repr=False)
class AccessToken:
    """An access token. ``user`` is None for client_credentials."""

    token: str
    user: User | None
    client_id: str
    scopes: tuple[str, ...]
    audiences: tuple[str, ...]
    expires_at: float
    claims: dict[str, Json] = field(default_factory=dict)
    """The custom claims of the ID token, which /userinfo returns too."""
    jkt: str | None = None
    """The thumbprint of the key that the token is bound to, or None."""


@dataclass(slots=True, eq=False, repr=False)
class RefreshToken:
    """A refresh token. ``methods``: how the user signed in.

    All tokens that rotation made from one login are a family; ``family`` is the first of them.
    """

    token: str
    user: User
    client_id: str
    scope: str
    audience: str | None
    methods: tuple[str, ...]
    family: str = ""
    successor: str | None = None
    """The token that replaced this one by rotation, the newest if there are several."""
    replaced_at: float | None = None
    revoked: bool = False
    jkt: str | None = None
    """The thumbprint of the key that the login proved, or None."""

    @property
    def verified(self) -> bool:
        """Whether the token is from a login with MFA."""
        return "mfa" in self.methods

    def usable(self, now: float, leeway: int, known: Mapping[str, RefreshToken]) -> bool:
        """Whether it can still be used: the newest token can, and within the leeway (seconds) the previous one: entry
        T16."""
        if self.revoked:
            return False
        if self.replaced_at is None:
            return True
        newer = known.get(self.successor or "")
        return now < self.replaced_at + leeway and newer is not None and newer.replaced_at is None


@dataclass(slots=True, eq=False, repr=False)
class PasswordlessCode:
    """A code that was sent as the first factor."""

    user: User
    code: str
    made_at: float


@dataclass(slots=True, eq=False, repr=False)
class AuthSession:
    """An enrollment on the user's own page, from its beginning to its verification: entries M6 to M10.

    It enrolls an authenticator, or a recovery code that so far nobody but its user knows.
    """

    token: str
    user: User
    made_at: float
    authenticator: Authenticator | None = None
    challenge: Challenge | None = None
    """The code that was sent or the push request, if the authenticator has one."""
    recovery: RecoveryCode | None = None
    used: bool = False

    def expired(self, tenant: Conditions) -> bool:
        """Whether the enrollment can no longer be verified."""
        return tenant.clock.now() >= self.made_at + tenant.rules.me_auth_session_lifetime


NEWEST = 10_000
"""How many tokens, challenges and messages a tenant keeps at least. Older ones are dropped, so memory stays
bounded."""


class Newest(dict[str, T]):
    """A dict that keeps at least the `NEWEST` newest entries; the oldest are dropped, many at a time."""

    __slots__ = ()

    def __setitem__(self, key: str, value: T) -> None:
        super().__setitem__(key, value)
        if len(self) > NEWEST + NEWEST // 4:
            for old in list(islice(self, len(self) - NEWEST)):
                del self[old]


@dataclass(slots=True, eq=False, repr=False)
class TokenStore:
    """The newest tokens of each kind since the last reset, by their strings."""

    mfa: Newest[Session] = field(default_factory=Newest)
    access: Newest[AccessToken] = field(default_factory=Newest)
    refresh: Newest[RefreshToken] = field(default_factory=Newest)
    nonces: Newest[float] = field(default_factory=Newest)
    """The nonces for proofs of possession, and when each was made."""
    proofs: Newest[float] = field(default_factory=Newest)
    """The proofs of possession that were used, by key and `jti`, and until when each would be accepted."""
    enrollments: Newest[AuthSession] = field(default_factory=Newest)

    def clear(self) -> None:
        """Remove all tokens."""
        self.mfa.clear()
        self.access.clear()
        self.refresh.clear()
        self.nonces.clear()
        self.proofs.clear()
        self.enrollments.clear()
