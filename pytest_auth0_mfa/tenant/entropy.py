"""Random tokens, codes and ids, from a seed or from the system, and the length and lifetime of codes."""

from __future__ import annotations

import hashlib
import os
import random
import string
from collections.abc import Callable, Mapping
from typing import TypeAlias

from pytest_auth0_mfa.errors import ConfigurationError, closest
from pytest_auth0_mfa.spec.factors import CODE_CHANNELS, CodeChannel


class Letters:
    """Maps random bytes to the letters of an alphabet. Bytes that would make some letters likelier are left out."""

    __slots__ = ("left_out", "table")

    def __init__(self, alphabet: str) -> None:
        rounds, rest = divmod(256, len(alphabet))
        self.table = (alphabet * rounds).encode().ljust(256)
        self.left_out = bytes(range(256 - rest, 256))


_ID = Letters(string.ascii_letters + string.digits)
# No 0, I or O in 192 published characters: section 1.4 of the contract.
_RECOVERY = Letters("123456789ABCDEFGHJKLMNPQRSTUVWXYZ")
_BASE32 = Letters("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")

MFA_TOKEN_LENGTH, OOB_CODE_LENGTH = 1900, 600
"""About as long as recorded ones: section 1.4 of the contract."""


class Entropy:
    """Random values in the formats of Auth0. Without a seed they come from the operating system and are
    unpredictable."""

    __slots__ = ("_bytes", "_names", "_random")

    def __init__(self, seed: int | None = None) -> None:
        self._random = random.SystemRandom() if seed is None else random.Random(seed)  # noqa: S311 - for tests that ask for it
        self._names = os.urandom(16) if seed is None else str(seed).encode()
        self._bytes: Callable[[int], bytes] = os.urandom if seed is None else self._random.randbytes

    def hexadecimal(self, digits: int) -> str:
        """Random hexadecimal digits, as many as ``digits`` says."""
        return self._bytes((digits + 1) // 2).hex()[:digits]

    def _of(self, letters: Letters, length: int) -> str:
        found = b""
        while len(found) < length:  # one draw is nearly always enough; drawing letter by letter would be slow
            found += self._bytes(length + 8).translate(letters.table, letters.left_out)
        return found[:length].decode()

    def sealed(self, expires_at: float, length: int) -> str:
        """An mfa_token or oob_code: an opaque string with the eight parts of Iron (section 1.4 of the contract)."""
        fixed = f"Fe26.2*SERVER_1726721698**{int(expires_at * 1000)}*"
        h = self.hexadecimal(length - len(fixed) - 3)
        return (
            f"Fe26.2*SERVER_1726721698*{h[:64]}*{h[64:86]}*{h[193:]}*{int(expires_at * 1000)}*{h[86:150]}*{h[150:193]}"
        )

    def opaque(self) -> str:
        """An access token that is not a JWT."""
        return self.hexadecimal(64)

    def refresh_token(self) -> str:
        """A refresh token."""
        return "v1." + self.hexadecimal(64)

    def device_suffix(self) -> str:
        """The part of an authenticator's id after the ``|``."""
        return "dev_" + self._of(_ID, 16)

    def device_suffix_of(self, name: str) -> str:
        """A suffix that depends only on ``name``. It leaves the random values that follow as they are."""
        drawn = hashlib.blake2b(name.encode(), key=hashlib.sha256(self._names).digest()).digest()
        return "dev_" + drawn.translate(_ID.table, _ID.left_out)[:16].decode()

    def transaction(self) -> str:
        """An enrollment_tx_id: 32 letters and digits."""
        return self._of(_ID, 32)

    def nonce(self) -> str:
        """A nonce for proofs of possession."""
        return self.transaction()

    def totp_secret(self) -> str:
        """A TOTP secret of 20 bytes: 32 characters of base32."""
        return self._of(_BASE32, 32)

    def recovery_code(self) -> str:
        """A recovery code: 24 capital letters and digits."""
        return self._of(_RECOVERY, 24)

    def code(self, digits: int = 6) -> str:
        """A one-time code of random digits, which may start with zeros."""
        return f"{self._random.randrange(10**digits):0{digits}d}"

    def phone_number(self) -> str:
        """An E.164 number."""
        return f"+1555{self._random.randrange(10**7):07d}"


CODE_LENGTHS = (4, 10)
CODE_LIFETIMES = (30, 3600)
CODE_LENGTH = 6
CODE_LIFETIME = 300


Given: TypeAlias = "CodeSettings | Mapping[CodeChannel, int] | None"


class CodeSettings(dict[str, int]):
    """A number for each channel that sends codes, within bounds; a channel that is not given has the default.

    SMS and voice belong to one factor, phone: setting one sets both. Raises ConfigurationError (a ValueError) for an
    unknown channel or a number out of bounds.
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
        for name in ("sms", "voice") if channel in ("sms", "voice") else (channel,):
            super().__setitem__(name, number)


def code_lengths(given: Given) -> CodeSettings:
    """The number of digits of a code, by channel."""
    return CodeSettings("code_lengths", CODE_LENGTH, CODE_LENGTHS, given)


def code_lifetimes(given: Given) -> CodeSettings:
    """The lifetime of a code in seconds, by channel."""
    return CodeSettings("code_lifetimes", CODE_LIFETIME, CODE_LIFETIMES, given)
