"""The worlds that examples are played in: what the tenant is like, within what is documented."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.spec.factors import ALL_FACTORS
from pytest_auth0_mfa.spec.profile import Profile
from pytest_auth0_mfa.tenant.entropy import Entropy, Letters
from pytest_auth0_mfa.tenant.tenant import Tenant
from pytest_auth0_mfa.tenant.totp import other_code, totp

FACTORS: Final = frozenset(ALL_FACTORS)
_DIGITS = Letters("123456789")


@dataclass(frozen=True, slots=True)
class World:
    """What the tenant of an example is like, within what is documented."""

    profile: Mapping[str, Json] = field(default_factory=dict)
    factors: frozenset[str] = FACTORS - {"voice"}
    policy: str = "all-applications"
    unknown: bool = False
    """Answers hold fields, and lists a row, that nobody announced."""
    behind: float = 0
    """Seconds by which the tenant's clock starts in the past, so that nothing lies in the client's future."""
    public: bool = False
    """The application has no secret."""
    codes: int = 0
    """Where in the round of awkward codes to start."""

    def tenant(self, seed: int) -> Tenant:
        """A fresh tenant of this world."""
        behind = self.behind
        tenant = Tenant(
            profile=Profile().with_(**self.profile) if self.profile else None,
            factors=self.factors,
            policy=self.policy,
            clock=(lambda: time.time() - behind) if behind else None,
            seed=seed,
        )
        tenant.entropy = AwkwardEntropy(-1 - seed, self.codes, tenant.clock.now)
        if self.public:
            application = tenant.add_application(token_endpoint_auth_method="none")
            tenant.client_id, tenant.client_secret = application.client_id, None
        return tenant


class AwkwardEntropy(Entropy):
    """Codes as an adversary would choose them: leading zeros, all digits alike, digits only."""

    __slots__ = ("_last", "_now", "_turn")

    def __init__(self, seed: int, turn: int, now: Callable[[], float]) -> None:
        super().__init__(seed)
        self._turn = turn
        self._now = now
        self._last = ""

    def code(self) -> str:
        """Six digits, never those of the code before."""
        plain = super().code()
        self._turn += 1
        shapes = ("00" + plain[2:], plain[0] * 6, "0" + plain[1:], plain)
        code = shapes[self._turn % 4]
        if code == self._last:
            code = other_code(code)
        self._last = code
        return code

    def totp_secret(self) -> str:
        """A secret whose code starts with zero now, if one is found soon."""
        secret = ""
        for _ in range(100):
            secret = super().totp_secret()
            if totp(secret, self._now()).startswith("0"):
                return secret
        return secret

    def recovery_code(self) -> str:
        """Digits only, every second time."""
        self._turn += 1
        return self._of(_DIGITS, 24) if self._turn % 2 else super().recovery_code()
