"""Disputed behaviour, measured."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from pytest_auth0_mfa.spec.profile import Profile


@dataclass(frozen=True, slots=True)
class Observation:
    """What a field of the profile turned out to be, and at which operation it showed."""

    field: str
    value: Any
    operation: str


def last_words(observed: Iterable[Iterable[Any]], base: Profile | None = None) -> Iterator[tuple[str, Any, str]]:
    """Of what was observed, in order: the last word on each field, where it differs from ``base`` (the default).

    Later evidence may take back an earlier one: then the field is as it was expected.
    """
    last = {name: (value, operation) for name, value, operation in observed}
    for name in sorted(last):
        value, operation = last[name]
        if str(value) != str(getattr(base or Profile(), name, None)):
            yield name, value, operation
