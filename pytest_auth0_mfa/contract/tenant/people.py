"""People whose names, passwords and numbers are right and not what a programmer tries first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Sort:
    """What a user is like; ``{n}`` in the address keeps users apart."""

    address: str
    password: str
    phone_number: str = "+15550100123"


PLAIN: Final = Sort("", "")
"""A user as the tenant makes them."""
SORTS: Final = (
    PLAIN,
    PLAIN,
    PLAIN,
    PLAIN,
    PLAIN,
    Sort("ada+mfa{n}@example.com", "pass word with spaces"),
    Sort("o'brien{n}@example.com", "quotes \" and ' and \\ too"),
    Sort("jörg{n}@example.com", "Straße-äöü-ß-1", "+4915123456789"),
    Sort("UPPER.Case{n}@Example.COM", "CaseMatters1"),
    Sort("a-very-long-local-part-of-an-address-that-is-still-allowed-{n}@mail.subdomain.example.com", "é" * 40),
    Sort("first.last_{n}-x@sub.example.co.uk", "a&b=c+d%20e;f#g?h", "+442071838750"),
    Sort("x{n}@e.io", " leading and trailing ", "+8190123456789"),
    Sort("100%{n}@example.com", "12345678", "+61412345678"),
    Sort("名前{n}@example.com", "パスワード-1", "+919876543210"),
    Sort("{n}@example.com", "p" * 72 + "-the-end", "+353861234567"),
)
"""Half of all people are plain ones."""
