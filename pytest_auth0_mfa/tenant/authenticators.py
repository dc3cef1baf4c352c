"""Authenticators: none -> pending -> active -> deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_auth0_mfa.errors import ConfigurationError, closest
from pytest_auth0_mfa.spec.factors import FACTORS

from .totp import totp

if TYPE_CHECKING:
    from .challenges import Challenge
    from .tenant import Tenant

DEVICE = "Ada's phone"  # what a confirmed push authenticator is called


def check_factor(factor: str) -> None:
    """Refuse what is no factor."""
    if factor not in FACTORS:
        raise ConfigurationError(f"no such factor: {factor!r}. {closest(str(factor), FACTORS)}")


def masked_phone_number(number: str) -> str:
    """Everything but the last four characters as X: section 5 of the contract."""
    return "X" * (len(number) - 4) + number[-4:] if len(number) > 4 else "X" * len(number)


def masked_email(address: str, visible: int) -> str:
    """The first ``visible`` characters of local part and domain, the rest as ``*``.

    A short part is four of them at least: a recorded ``foo@example.com`` is ``****@exam*******``.
    """
    local, at, domain = address.rpartition("@")
    return at.join(
        p[:visible] + "*" * (len(p) - visible) if len(p) > visible else "*" * max(4, len(p)) for p in (local, domain)
    )


class Authenticator:
    """One entry of a user's list.

    ``name`` is as in list rows: a masked address, a device's name, or None. ``secret`` is the
    base32 TOTP secret of an otp authenticator.
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
        tenant: Tenant,
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
        """What the Management API calls it; the MFA API does not show it."""
        self.preferred: str | None = None
        """``sms`` or ``voice``: how the Management API says a phone is to be reached."""
        self.challenges: list[Challenge] = []
        """Those that nothing has answered yet, and perhaps others."""
        self.implicit = False
        """A verified email that nobody enrolled."""
        self.twin: Authenticator | None = None
        """The other half of sms and voice, or of push and its totp."""
        self.last_step = -1
        """The newest TOTP step that was accepted."""
        self.created_at = tenant.clock.now()
        self._tenant = tenant

    @property
    def name(self) -> str | None:
        """What list rows call it, or None."""
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
        """The TOTP of this moment. Raises ValueError for other factors."""
        if self.secret is None:
            raise ConfigurationError(
                f"an authenticator of factor {self.factor!r} has no code of its own: "
                "read auth0_mfa.outbox.latest(user).code, or answer with auth0_mfa.push.approve(user)"
            )
        return totp(self.secret, self._tenant.clock.now())

    def activate(self) -> None:
        """Confirm it and its twin."""
        for one in (self, self.twin):
            if one is not None:
                one.active = True

    def __repr__(self) -> str:
        return f"<Authenticator {self.id} {'active' if self.active else 'pending'}>"


class RecoveryCode:
    """A user's one recovery code and its entry in the list."""

    __slots__ = ("active", "code", "created_with", "id")

    def __init__(self, id: str, code: str) -> None:
        self.id = id
        self.code = code
        self.active = False
        self.created_with: Authenticator | None = None
        """The authenticator that brought it: its row stands right behind that one's."""

    def __repr__(self) -> str:
        return f"<RecoveryCode {self.id} {'active' if self.active else 'pending'}>"
