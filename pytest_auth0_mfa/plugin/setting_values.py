"""What settings stand for: text from options, ini and environment, read and held to what is known.

Every reader takes what was given, where it stands and the folder that paths are relative to, and
raises UsageError: where, what, and what was expected.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import pytest

from pytest_auth0_mfa.errors import ConfigurationError, closest
from pytest_auth0_mfa.spec.profile import Profile


def read(name: str, given: Any, where: str, folder: Path) -> Any:
    """``given`` as the value of the setting ``name``. Raises UsageError."""
    reader = READERS.get(name, _text)
    return reader(given, where, folder)


def _profile(given: Any, where: str, folder: Path) -> Profile:
    try:
        return Profile.load(folder / _text(given, where, folder))
    except ConfigurationError as error:
        raise pytest.UsageError(f"{where}: {error}") from None


def _factors(given: Any, where: str, folder: Path) -> frozenset[str]:
    from pytest_auth0_mfa.spec.factors import ALL_FACTORS

    return frozenset(_names(given, where, "factor", ALL_FACTORS))


def _report(given: Any, where: str, folder: Path) -> tuple[str, ...]:
    from pytest_auth0_mfa.report.files import FORMATS

    return tuple(_names(given, where, "format", FORMATS))


def _names(given: Any, where: str, what: str, known: Collection[str]) -> list[str]:
    """The names of a list, each once; a text has commas between them."""
    try:
        names = [name.strip() for name in given.split(",")] if isinstance(given, str) else list(given)
    except TypeError:
        raise pytest.UsageError(f"{where}: {given!r}: expected a list of names: {', '.join(sorted(known))}") from None
    names = [name for name in names if name != ""]
    for name in names:
        if name not in known:
            raise pytest.UsageError(f"{where}: no such {what}: {name!r}. {closest(str(name), known)}")
    return list(dict.fromkeys(names))


def _whole_number(given: Any, where: str, folder: Path) -> int:
    try:
        return int(given)
    except (ValueError, TypeError):
        raise pytest.UsageError(f"{where}: {given!r} is no whole number") from None


def _examples(given: Any, where: str, folder: Path) -> int:
    number = _whole_number(given, where, folder)
    if number < 1:
        raise pytest.UsageError(f"{where}: {number}: expected a whole number of at least 1")
    return number


def _rate_limit(given: Any, where: str, folder: Path) -> str:
    from pytest_auth0_mfa.tenant.limits import Rate

    text: str = _text(given, where, folder)
    try:
        if text != "auto":
            Rate.parse(text)
    except ConfigurationError:
        raise pytest.UsageError(f"{where}: {given!r}: expected auto, or such as 60/m or 2/s") from None
    return text


def _record_mode(given: Any, where: str, folder: Path) -> str:
    from pytest_auth0_mfa.cassettes.session import checked_mode

    try:
        return checked_mode(_text(given, where, folder))
    except ConfigurationError as error:
        raise pytest.UsageError(f"{where}: {error}") from None


def _reproducer(given: Any, where: str, folder: Path) -> str:
    from pytest_auth0_mfa.contract.reproducer import LANGUAGES

    language: str = _text(given, where, folder)
    if language not in LANGUAGES:
        raise pytest.UsageError(f"{where}: no such language: {language!r}. {closest(str(language), LANGUAGES)}")
    return language


def _text(given: Any, where: str, folder: Path) -> Any:
    if isinstance(given, list):
        raise pytest.UsageError(f"{where}: {given!r}: expected one value, not a list")
    return given


READERS: dict[str, Callable[[Any, str, Path], Any]] = {
    "profile": _profile,
    "factors": _factors,
    "seed": _whole_number,
    "max_examples": _examples,
    "rate_limit": _rate_limit,
    "record_mode": _record_mode,
    "report": _report,
    "reproducer": _reproducer,
}
"""Of settings that are more than a text."""
