"""Secret -> placeholder, the same one every time; and the values that a recording knows."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from functools import cache

from pytest_auth0_mfa.spec.operations import OPERATIONS
from pytest_auth0_mfa.spec.refusals import REFUSALS
from pytest_auth0_mfa.tenant.authenticators import FACTORS

from .fields import PLAIN_FIELDS, SECRET_FIELDS
from .placeholders import DOMAIN, WRONG, is_placeholder, placeholder

SHORTEST = 4
"""Characters of a value that is looked for in texts; a shorter one is replaced only where a field holds it."""


_BASE32 = re.compile(r"[A-Z2-7]{16,}")


class Vault:
    """What a recording has learned. ``off`` names kinds that are left as they are: for tests of the leak check."""

    def __init__(self, off: Collection[str] = ()) -> None:
        self.off = frozenset(off)
        self._placeholders: dict[str, str] = {}
        self._counts: dict[str, int] = {}
        self._known: re.Pattern[str] | None = None
        self.totp_secrets: dict[str, int] = {}
        """Raw secret -> number: codes are told by them."""

    def domain(self, *names: str) -> None:
        """Names of the tenant's host; all of them are one."""
        for name in names:
            if name and "host" not in self.off:
                self._remember(name, DOMAIN)

    def put(self, kind: str, raw: str, number: int) -> str:
        """Give a value a number of its own, as the environment numbers users."""
        self._counts[kind] = max(self._counts.get(kind, 0), number)
        return self.get(kind, raw, number)

    def skip(self, kind: str, number: int) -> None:
        """Numbers up to this one are taken."""
        self._counts[kind] = max(self._counts.get(kind, 0), number)

    def get(self, kind: str, raw: str, number: int | None = None) -> str:
        """The placeholder of a value; a new one when it is met for the first time."""
        return self.custom(kind, raw, lambda n: placeholder(kind, n), number)

    def custom(self, kind: str, raw: str, make: Callable[[int], str], number: int | None = None) -> str:
        """As `get`, for kinds whose placeholders need more than a number."""
        known = self._placeholders.get(raw)
        if known is not None:
            return known
        if not raw or kind in self.off or is_placeholder(raw) or (kind == "code" and is_placeholder(raw, kind)):
            return raw
        if number is None:
            self._counts[kind] = number = self._counts.get(kind, 0) + 1
        if kind == "totp_secret" and _BASE32.fullmatch(raw):
            self.totp_secrets[raw] = number
        return self._remember(raw, make(number))

    def wrong(self, kind: str, raw: str) -> str:
        """The placeholder of a value that was never right; it is not remembered."""
        if kind in self.off or is_placeholder(raw) or is_placeholder(raw, kind):
            return raw
        return placeholder(kind, WRONG)

    def known(self, raw: str) -> str | None:
        """The placeholder of a value that is known already, or None."""
        return self._placeholders.get(raw)

    @property
    def secrets(self) -> list[str]:
        """Every value that was replaced."""
        return [raw for raw, made in self._placeholders.items() if not _is_dull(raw, made)]

    @property
    def counts(self) -> dict[str, int]:
        """The highest number of each kind."""
        return dict(self._counts)

    def replace(self, text: str) -> str:
        """``text`` with every known value in it replaced."""
        if self._known is None:
            self._known = searched(self.secrets)
        return self._known.sub(lambda found: self._placeholders[found[0]], text)

    def _remember(self, raw: str, made: str) -> str:
        self._placeholders[raw] = made
        self._known = None
        return made


def searched(values: Collection[str]) -> re.Pattern[str]:
    """Finds any of ``values`` in a text: longest first, none that is a word of the API itself.

    What has only letters is found as a word of its own, and not in a name that is made of words.
    """
    worth = sorted((v for v in values if len(v) >= SHORTEST and not is_public(v)), key=len, reverse=True)
    drawn = "|".join(re.escape(value) for value in worth if not value.isalpha())
    words = "|".join(re.escape(value) for value in worth if value.isalpha())
    found = [rf"(?<![A-Za-z0-9])(?:{drawn})(?![A-Za-z0-9])"] if drawn else []
    found += [rf"(?<![\w|-])(?:{words})(?![\w|-])"] if words else []
    return re.compile("|".join(found) or r"(?!)")


def _is_dull(raw: str, made: str) -> bool:
    """Whether a value of an unknown field is an ordinary word: replaced there, and nowhere else."""
    return made.startswith("placeholder-value") and raw.isalpha() and raw.islower() and len(raw) <= 12


def is_public(value: str) -> bool:
    """Whether a value is a word that every recording of this API has: a password may be ``password``."""
    return value.lower() in _public_words()


@cache
def _public_words() -> frozenset[str]:
    texts = [refusal.description for refusal in REFUSALS.values()]
    texts += [refusal.answer for refusal in REFUSALS.values()]
    texts += [row.grant_type or "" for row in OPERATIONS.values()]
    texts += [*PLAIN_FIELDS, *SECRET_FIELDS, "application json charset utf-8 Bearer openid profile email"]
    words = {word.lower() for text in texts for word in re.findall(r"[A-Za-z0-9]+", text)}
    return frozenset(
        words | {text.lower() for text in texts} | {*FACTORS, "auth0", "totp", "true", "false", "null", "localhost"}
    )
