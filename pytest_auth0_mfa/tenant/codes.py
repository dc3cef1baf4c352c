"""How long the codes in messages are, and how long they are good: settings of a tenant since 2026 (section 9)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from pytest_auth0_mfa.errors import ConfigurationError, closest
from pytest_auth0_mfa.spec.factors import CODE_CHANNELS, CodeChannel

CODE_LENGTHS = (4, 10)
CODE_LIFETIMES = (30, 3600)
CODE_LENGTH = 6
CODE_LIFETIME = 300


Given: TypeAlias = "CodeSettings | Mapping[CodeChannel, int] | None"


class CodeSettings(dict[str, int]):
    """A number for each channel of messages, within its bounds; what is not given keeps its default.

    SMS and voice are the phone factor's, so that one setting holds for both. Raises ConfigurationError
    (a ValueError) for another channel or number.
    """

    def __init__(self, argument: str, default: int, bounds: tuple[int, int], given: Given) -> None:
        super().__init__(dict.fromkeys(CODE_CHANNELS, default))
        self._argument = argument
        self._bounds = bounds
        if given is not None and not isinstance(given, Mapping):
            raise ConfigurationError(
                f'{argument}={given!r}: expected a number for each channel, as {{"email": {default}}}'
            )
        for channel, number in (given or {}).items():
            self[channel] = number

    def __setitem__(self, channel: str, number: int) -> None:
        if channel not in CODE_CHANNELS:
            raise ConfigurationError(
                f"{self._argument}: no such channel: {channel!r}. {closest(str(channel), CODE_CHANNELS)}"
            )
        low, high = self._bounds
        if isinstance(number, bool) or not isinstance(number, int) or not low <= number <= high:
            raise ConfigurationError(f"{self._argument}[{channel!r}] = {number!r}: expected {low} to {high}")
        for one in ("sms", "voice") if channel in ("sms", "voice") else (channel,):
            super().__setitem__(one, number)


def code_lengths(given: Given) -> CodeSettings:
    """Digits of a code, by channel."""
    return CodeSettings("code_lengths", CODE_LENGTH, CODE_LENGTHS, given)


def code_lifetimes(given: Given) -> CodeSettings:
    """Seconds that a code is good, by channel."""
    return CodeSettings("code_lifetimes", CODE_LIFETIME, CODE_LIFETIMES, given)
