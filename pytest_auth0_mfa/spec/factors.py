"""The one table of factors and of the channels they are reached by: data only.

A factor has one name here and several in Auth0's API: the kind in front of an authenticator's id, the
``authenticator_type`` and ``oob_channel`` of a row, and the ``type`` of customizable MFA (sections 1.4,
2.3 and 5 of the contract).
"""

from __future__ import annotations

from typing import Literal, get_args

Factor = Literal["otp", "sms", "voice", "email", "push"]
"""What can be enrolled."""
TenantFactor = Literal["otp", "sms", "voice", "email", "push", "recovery-code"]
"""What can be switched on."""
Channel = Literal["email", "sms", "voice", "push"]
"""What sends something."""
CodeChannel = Literal["email", "sms", "voice"]
"""What sends a code."""
Policy = Literal["all-applications", "never"]
"""Who has to give a second factor."""

RECOVERY = "recovery-code"

# factor: kind of id, authenticator_type, oob_channel, type
_TABLE: dict[str, tuple[str, str, str | None, str]] = {
    "otp": ("totp", "otp", None, "otp"),
    "sms": ("sms", "oob", "sms", "phone"),
    "voice": ("voice", "oob", "voice", "phone"),
    "email": ("email", "oob", "email", "email"),
    "push": ("push", "oob", "auth0", "push-notification"),
    RECOVERY: ("recovery-code", "recovery-code", None, "recovery-code"),
}

ALL_FACTORS: tuple[TenantFactor, ...] = get_args(TenantFactor)
"""What can be switched on, the recovery code last."""
FACTORS: tuple[Factor, ...] = get_args(Factor)
"""What can be enrolled; the recovery code comes along."""
CHANNELS: tuple[Channel, ...] = get_args(Channel)
"""The factors that send something."""
CODE_CHANNELS: tuple[CodeChannel, ...] = get_args(CodeChannel)
"""The factors that send a code."""
DEFAULT_FACTORS: frozenset[TenantFactor] = frozenset(ALL_FACTORS) - {"voice"}

KIND = {factor: row[0] for factor, row in _TABLE.items()}
TYPE = {factor: row[1] for factor, row in _TABLE.items()}
CHANNEL = {factor: row[2] for factor, row in _TABLE.items() if row[2] is not None}
CUSTOMIZABLE_TYPE = {factor: row[3] for factor, row in _TABLE.items()}
FACTOR_OF_CHANNEL = {channel: factor for factor, channel in CHANNEL.items()}
