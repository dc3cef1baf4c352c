"""Token buckets for users and for the whole tenant, and the limits of Auth0."""

from __future__ import annotations

import math
from dataclasses import dataclass

from pytest_auth0_mfa.errors import ConfigurationError

# (messages at once, seconds until one more is allowed): section 9 of the contract.
MESSAGES = {"sms": (10, 3600.0), "voice": (10, 3600.0), "email": (20, 60.0), "push": (5, 12.0)}
RECOVERY_CODES = (10, 360.0)
AUTHENTICATORS = 50
WRONG_PASSWORDS = 10
_MOST_DIGITS = 12


class Bucket:
    """A token bucket: it holds ``capacity`` tokens and gets a new one every ``refill`` seconds."""

    __slots__ = ("_at", "_level", "capacity", "refill")

    def __init__(self, capacity: int, refill: float, now: float) -> None:
        self.capacity = capacity
        self.refill = refill
        self._level = float(capacity)
        self._at = now

    def level(self, now: float) -> float:
        """How many tokens the bucket holds at ``now`` (epoch seconds)."""
        if now > self._at:
            self._level = min(self.capacity, self._level + (now - self._at) / self.refill)
            self._at = now
        return self._level

    def take(self, now: float) -> bool:
        """Take one token. Returns False if there is none."""
        if self.level(now) < 1 - 1e-9:
            return False
        self._level -= 1
        return True

    def fill(self) -> None:
        """Fill the bucket."""
        self._level = float(self.capacity)

    def seconds_until_next(self, now: float) -> int:
        """Whole seconds until a token can be taken; 0 if there is one."""
        missing = 1 - self.level(now)
        return max(0, math.ceil(missing * self.refill - 1e-6))


@dataclass(frozen=True, slots=True)
class Rate:
    """A tenant-wide limit: ``count`` requests per ``seconds``."""

    count: int
    seconds: float

    @classmethod
    def parse(cls, text: str | int) -> Rate:
        """A rate from ``"300/m"``, ``"30/s"`` or a number of requests per minute. Raises ConfigurationError."""
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
    """Parse the profile's ``wrong_codes``: capacity, and seconds until one more is allowed."""
    count, _, seconds = text.partition("/")
    return int(count), float(seconds)


def plenty(now: float) -> dict[str, str]:
    """The headers of a limit that is far away: a hundred requests, as recorded."""
    return {"x-ratelimit-limit": "100", "x-ratelimit-remaining": "99", "x-ratelimit-reset": str(int(now) + 1)}
