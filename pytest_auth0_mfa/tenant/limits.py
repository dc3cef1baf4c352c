"""Token buckets: per user and factor, and one for the whole tenant."""

from __future__ import annotations

import math
from dataclasses import dataclass

from pytest_auth0_mfa.errors import ConfigurationError

# Sent messages at once, and seconds until one more: section 9 of the contract.
MESSAGES = {"sms": (10, 3600.0), "voice": (10, 3600.0), "email": (20, 60.0), "push": (5, 12.0)}
RECOVERY_CODES = (10, 360.0)
AUTHENTICATORS = 50
WRONG_PASSWORDS = 10
_MOST_DIGITS = 12


class Bucket:
    """``capacity`` tokens at once; one more every ``refill`` seconds."""

    __slots__ = ("_at", "_level", "capacity", "refill")

    def __init__(self, capacity: int, refill: float, now: float) -> None:
        self.capacity = capacity
        self.refill = refill
        self._level = float(capacity)
        self._at = now

    def level(self, now: float) -> float:
        """How many tokens there are at ``now`` (epoch seconds)."""
        if now > self._at:
            self._level = min(self.capacity, self._level + (now - self._at) / self.refill)
            self._at = now
        return self._level

    def take(self, now: float) -> bool:
        """Take one token; False when there is none."""
        if self.level(now) < 1 - 1e-9:
            return False
        self._level -= 1
        return True

    def fill(self) -> None:
        """Make it full again."""
        self._level = float(self.capacity)

    def seconds_until_next(self, now: float) -> int:
        """Whole seconds until a token can be taken; 0 when one is there."""
        missing = 1 - self.level(now)
        return max(0, math.ceil(missing * self.refill - 1e-6))


@dataclass(frozen=True, slots=True)
class Rate:
    """A tenant-wide limit: ``count`` requests per ``seconds``."""

    count: int
    seconds: float

    @classmethod
    def parse(cls, text: str | int) -> Rate:
        """From ``"300/m"``, ``"30/s"`` or a number of requests per minute."""
        count, _, unit = (str(text) + ("" if "/" in str(text) else "/m")).partition("/")
        seconds = {"s": 1.0, "m": 60.0, "h": 3600.0}.get(unit.strip())
        if (
            isinstance(text, bool)
            or seconds is None
            or not count.strip().isascii()
            or not count.strip().isdigit()
            or len(count) > _MOST_DIGITS
            or int(count) < 1
        ):
            raise ConfigurationError(
                f"rate_limit={text!r}: expected requests per second, minute or hour, such as '300/m' or '30/s'"
            )
        return cls(int(count), seconds)


def attempts(text: str) -> tuple[int, float]:
    """The profile's ``wrong_codes``: tokens and seconds of refill."""
    count, _, seconds = text.partition("/")
    return int(count), float(seconds)
