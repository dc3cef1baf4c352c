"""The one table of factors and their channels: data only.

A factor has one name here and several in Auth0's API: the prefix of an authenticator's id, the ``authenticator_type``
and ``oob_channel`` of a listed authenticator, and the ``type`` of customizable MFA (sections 1.4, 2.3 and 5 of the
contract).
"""

from __future__ import annotations

from typing import Literal, get_args

Factor = Literal["otp", "sms", "voice", "email", "push"]
"""A factor that a user can enroll."""
TenantFactor = Literal["otp", "sms", "voice", "email", "push", "recovery-code"]
"""A factor that a tenant can switch on."""
Channel = Literal["email", "sms", "voice", "push"]
"""A factor that sends a message or push request."""
CodeChannel = Literal["email", "sms", "voice"]
"""A factor that sends a code."""
Policy = Literal["all-applications", "never"]
"""Which logins need a second factor."""

RECOVERY = "recovery-code"

# factor: prefix of the id, authenticator_type, oob_channel, type
_TABLE: dict[str, tuple[str, str, str | None, str]] = {
    "otp": ("totp", "otp", None, "otp"),
    "sms": ("sms", "oob", "sms", "phone"),
    "voice": ("voice", "oob", "voice", "phone"),
    "email": ("email", "oob", "email", "email"),
    "push": ("push", "oob", "auth0", "push-notification"),
    RECOVERY: ("recovery-code", "recovery-code", None, "recovery-code"),
}

ALL_FACTORS: tuple[TenantFactor, ...] = get_args(TenantFactor)
"""The factors that a tenant can switch on, the recovery code last."""
FACTORS: tuple[Factor, ...] = get_args(Factor)
"""The factors that a user can enroll. A recovery code is issued with the first one."""
CHANNELS: tuple[Channel, ...] = get_args(Channel)
"""The factors that send a message or push request."""
CODE_CHANNELS: tuple[CodeChannel, ...] = get_args(CodeChannel)
"""The factors that send a code."""
DEFAULT_FACTORS: frozenset[TenantFactor] = frozenset(ALL_FACTORS) - {"voice"}

KIND = {factor: row[0] for factor, row in _TABLE.items()}
TYPE = {factor: row[1] for factor, row in _TABLE.items()}
CHANNEL = {factor: row[2] for factor, row in _TABLE.items() if row[2] is not None}
CUSTOMIZABLE_TYPE = {factor: row[3] for factor, row in _TABLE.items()}
FACTOR_OF_CHANNEL = {channel: factor for factor, channel in CHANNEL.items()}
