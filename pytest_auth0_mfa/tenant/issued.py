"""What a tenant handed out: sessions that wait for a second factor, tokens, codes, and how many it remembers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar

from pytest_auth0_mfa.messages import Json

from .entities import Conditions, MfaDemand, User

T = TypeVar("T")


@dataclass(slots=True, eq=False, repr=False)
class Session:
    """What a token that stands for a half-done or MFA-managing session remembers.

    Its life is judged when it is used, not when it is made: then the journal of that call names
    the disputed behaviour that the answer rests on.
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
    """What is demanded once this factor is verified: row V20."""
    methods: tuple[str, ...] = ("password",)
    """How the user signed in so far."""
    recovery_code: str | None = None
    """The code that took the place of the one used for an earlier factor: the tokens bring it."""

    def expired(self, tenant: Conditions) -> bool:
        """Whether its time is over: rows V13 and U-3. Those of access tokens were checked before."""
        return self.is_mfa_token and tenant.clock.now() >= self.ends_at(tenant)

    def ends_at(self, tenant: Conditions) -> float:
        """When the time of the mfa_token is over."""
        born_at = self.born_at
        if self.challenged_at is not None and tenant.rules.challenge_extends_mfa_token:
            born_at = self.challenged_at
        return born_at + tenant.rules.mfa_token_lifetime

    def dead(self, tenant: Conditions) -> bool:
        """Whether it gave tokens already and is of no more use: row U-4."""
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
    """The custom claims of the ID token, which /userinfo shows too."""


@dataclass(slots=True, eq=False, repr=False)
class RefreshToken:
    """A refresh token. ``methods``: how the user signed in.

    What came out of one login by rotation is a family, ``family`` names it by its first token.
    """

    token: str
    user: User
    client_id: str
    scope: str
    audience: str | None
    methods: tuple[str, ...]
    family: str = ""
    successor: str | None = None
    """The token that rotation replaced this one by, the newest if there are several."""
    replaced_at: float | None = None
    revoked: bool = False

    @property
    def verified(self) -> bool:
        """Whether it came from a login with MFA."""
        return "mfa" in self.methods

    def usable(self, now: float, leeway: int, known: Mapping[str, RefreshToken]) -> bool:
        """Whether it still gives tokens: the newest one, and within the leeway the one before: row T16."""
        if self.revoked:
            return False
        if self.replaced_at is None:
            return True
        newer = known.get(self.successor or "")
        return now < self.replaced_at + leeway and newer is not None and newer.replaced_at is None


@dataclass(slots=True, eq=False, repr=False)
class PasswordlessCode:
    """A code that was sent as first factor."""

    user: User
    code: str
    made_at: float


NEWEST = 10_000
"""How many tokens, challenges and messages a tenant remembers at least, so that a server may run for ever."""


class Newest(dict[str, T]):
    """A table of the newest entries, `NEWEST` of them at least; the oldest are forgotten, many at a time."""

    __slots__ = ()

    def __setitem__(self, key: str, value: T) -> None:
        super().__setitem__(key, value)
        if len(self) > NEWEST + NEWEST // 4:
            for old in list(islice(self, len(self) - NEWEST)):
                del self[old]


@dataclass(slots=True, eq=False, repr=False)
class TokenStore:
    """The tokens issued since the last reset, by their strings; of each kind the newest."""

    mfa: Newest[Session] = field(default_factory=Newest)
    access: Newest[AccessToken] = field(default_factory=Newest)
    refresh: Newest[RefreshToken] = field(default_factory=Newest)

    def clear(self) -> None:
        """Forget all."""
        self.mfa.clear()
        self.access.clear()
        self.refresh.clear()
