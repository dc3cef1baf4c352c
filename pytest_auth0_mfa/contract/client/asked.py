"""What a caller asked of a client in one call: what its requests and its conclusion are held against."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pytest_auth0_mfa.tenant.entities import User

LOGINS = ("password", "password-realm")
OPERATIONS_OF = {
    "log_in": LOGINS,
    "refresh": ("refresh-token",),
    "list_authenticators": ("list-authenticators",),
    "associate": ("associate",),
    "challenge": ("challenge",),
    "verify_otp": ("mfa-otp",),
    "verify_oob": ("mfa-oob",),
    "verify_recovery_code": ("mfa-recovery-code",),
    "delete_authenticator": ("delete-authenticator",),
    "start_passwordless": ("passwordless-start",),
    "log_in_passwordless": ("passwordless-otp",),
    "revoke": ("revoke",),
}
"""The operations that a method is about."""
SECOND_FACTOR_CODES = {"mfa-otp": "otp", "mfa-oob": "binding_code", "mfa-recovery-code": "recovery_code"}
CODES = {**SECOND_FACTOR_CODES, "passwordless-otp": "otp"}
"""The parameter that holds the code."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One call of a method, with the values that should reach the tenant."""

    method: str
    arguments: str
    """As a message shows them: names and harmless values, no secrets."""
    user: User | None = None
    bearer: str | None = field(default=None, repr=False)
    params: Mapping[str, str | None] = field(default_factory=dict, repr=False)
    """Parameters by Auth0's names; None: the caller named none."""
    factor: str | None = None
    authenticator_id: str | None = None
    earlier: Mapping[str, frozenset[str]] = field(default_factory=dict, repr=False)
    """What the caller gave in earlier calls, by Auth0's name."""
    typed: list[str] | None = field(default=None, repr=False)
    """In sign_in: every code that the person typed so far."""

    @property
    def operations(self) -> tuple[str, ...]:
        """The operations it is about; all of them for sign_in."""
        return OPERATIONS_OF.get(self.method, tuple(o for group in OPERATIONS_OF.values() for o in group))

    @property
    def decides(self) -> bool:
        """Whether the client decides by itself what to call."""
        return self.method == "sign_in"

    def __str__(self) -> str:
        return f"{self.method}({self.arguments})"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong; shown values are never secrets."""

    finding: str
    field: str
    expected: str
    got: str
    operation: str
    remedy: str = ""
    """What to do in this very case; empty: what the finding advises."""
