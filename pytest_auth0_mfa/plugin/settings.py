"""Reads settings and decides which value applies: the option, then the marker, the ini and the environment."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from pytest_auth0_mfa.errors import ConfigurationError, closest
from pytest_auth0_mfa.spec.profile import Profile

from .options import SETTINGS


def read(name: str, given: Any, where: str, folder: Path) -> Any:
    """The value of the setting ``name`` from ``given``. Raises UsageError, whose message starts with ``where``.

    File names are relative to ``folder``.
    """
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
    from pytest_auth0_mfa.report.store import FORMATS

    return tuple(_names(given, where, "format", FORMATS))


def _names(given: Any, where: str, what: str, known: Collection[str]) -> list[str]:
    """The names in a list or a comma-separated text, each once. Raises UsageError for one that is not ``known``."""
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
"""The readers of settings that are not plain text."""


DEFAULT_EXAMPLES = 100


class Settings:
    """The settings of a run."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._given: dict[str, tuple[Any, Any]] = {}
        self._read: dict[tuple[str, str], Any] = {}

    def get(self, name: str, marked: Mapping[str, Any] | None = None) -> Any:
        """The value of the setting ``name``; None when it is not set. Raises UsageError for a wrong value.

        ``marked`` are the keywords of the test's markers.
        """
        option, ini = self._given.get(name) or self._configured(name)
        if option is not None:
            return option
        if marked and name in marked:
            value = marked[name]  # `Tenant` checks values that are not text
            read_it = isinstance(value, str | Path) or name == "factors"
            where = f"@pytest.mark.auth0_mfa({name}=...)"
            return read(name, value, where, self._config.rootpath) if read_it else value
        return ini if ini is not None else self._of_environment(name)

    def _configured(self, name: str) -> tuple[Any, Any]:
        """The values of option and ini. They, and the files they name, are read once."""
        setting, config, option, ini = SETTINGS[name], self._config, None, None
        if setting.metavar:
            if (given := config.getoption(setting.ini)) is not None:
                option = read(name, given, setting.option, config.invocation_params.dir)
            if given := config.getini(setting.ini):
                ini = read(name, given, f"the ini {setting.ini}", config.rootpath)
        self._given[name] = option, ini
        return option, ini

    def _of_environment(self, name: str) -> Any:
        """The value of the environment variable, looked up each time since a test may change it. Its reading is
        cached."""
        variable = SETTINGS[name].environment
        given = os.environ.get(variable)
        if not given:
            return None
        if (name, given) not in self._read:
            folder = self._config.invocation_params.dir
            self._read[name, given] = read(name, given, f"the environment's {variable}", folder)
        return self._read[name, given]

    # -- of contract runs ------------------------------------------------------------------------

    @cached_property
    def target(self) -> str:
        """``fake``, ``server`` or a domain."""
        return str(self._config.getoption("auth0_mfa_target"))

    @property
    def derandomize(self) -> bool:
        """Whether each run plays the same examples; for a real tenant they differ."""
        return self.target in ("fake", "server")

    @property
    def asked_examples(self) -> int | None:
        """The number of examples that is set; None when it is not set."""
        asked: int | None = self.get("max_examples")
        return asked

    @property
    def max_examples(self) -> int:
        """How many examples a random walk plays."""
        return self.asked_examples or DEFAULT_EXAMPLES

    @property
    def seed(self) -> int | None:
        """The seed; None when it is not set."""
        seed: int | None = self.get("seed")
        return seed

    @property
    def profile(self) -> Profile | None:
        """The profile; None when it is not set."""
        profile: Profile | None = self.get("profile")
        return profile

    @property
    def baseline(self) -> Path | None:
        """The file with the accepted findings of client contracts, from the ini; None when it is not set."""
        name = self._config.getini("auth0_mfa_baseline")
        return Path(self._config.rootpath, name) if name else None


_KEY = pytest.StashKey[Settings]()


def settings_of(config: pytest.Config) -> Settings:
    """The settings of the run, made on first use and kept in the configuration's stash."""
    found = config.stash.get(_KEY, None)
    if found is None:
        found = config.stash[_KEY] = Settings(config)
    return found
