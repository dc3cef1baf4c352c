"""Test users with valid email addresses, passwords and phone numbers that careless code handles wrongly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Person:
    """The values that somebody signs in with."""

    email: str
    password: str
    phone_number: str


_LONG = "maximiliane.featherstonehaugh-von.und.zu.guttenberg-schleswig"  # 61 characters of the 64 allowed

AWKWARD: Final = (
    Person("ada+work@example.com", "a plus + and a percent %2B", "+447911123456"),
    Person("o'hara@example.co.uk", "quotes \" and ' and \\ back", "+353851234567"),
    Person("jörg.müßig@example.com", "Größe & Maß = 10 ½ €", "+4915123456789"),
    Person(f"{_LONG}@mail.department.example.org", "p" * 39 + "ä" + "w" * 39, "+551123456789"),  # 80 bytes
    Person("x_y-z.1@sub.domain.example", " starts and ends with a space ", "+8613812345678"),
    Person("UPPER.Case@Example.com", "null", "+12025550123"),
    Person("ana&co=1@example.com", "a=b&c=d;e#f?g/h", "+5215512345678"),
    Person("李雷@example.cn", "密码-пароль-🔑", "+919876543210"),
)
"""Addresses with plus signs, apostrophes and umlauts, and long ones; passwords with spaces, quotes and separators, of
80 bytes, and with a ½ that NFKC would change; phone numbers of several countries."""


@dataclass(frozen=True, slots=True)
class Sort:
    """A pattern for users. ``{n}`` in the address is replaced by a number, so that each user has an address of their
    own."""

    address: str
    password: str
    phone_number: str = "+15550100123"


PLAIN: Final = Sort("", "")
"""A user with the tenant's default values."""
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
"""The patterns to choose from. A third of the entries are plain."""
