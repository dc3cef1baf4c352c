"""What is in force for a run or a test: option, then marker, then ini, then environment, then the default."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from pytest_auth0_mfa.spec.profile import Profile

from .options import SETTINGS
from .setting_values import read

DEFAULT_EXAMPLES = 100


class Settings:
    """The settings of a run; made when something of ours is first used, kept in the stash of the configuration."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._given: dict[str, tuple[Any, Any]] = {}
        self._read: dict[tuple[str, str], Any] = {}

    def get(self, name: str, marked: Mapping[str, Any] | None = None) -> Any:
        """The setting ``name``, or None when nobody gave it. Raises UsageError for a value that cannot be read.

        ``marked`` are the keywords of the test's marker.
        """
        option, ini = self._given.get(name) or self._configured(name)
        if option is not None:
            return option
        if marked and name in marked:
            value = marked[name]  # one that is no text is judged by Tenant
            read_it = isinstance(value, str | Path) or name == "factors"
            where = f"@pytest.mark.auth0_mfa({name}=...)"
            return read(name, value, where, self._config.rootpath) if read_it else value
        return ini if ini is not None else self._of_environment(name)

    def _configured(self, name: str) -> tuple[Any, Any]:
        """What option and ini say; read once, and a file that they name too."""
        setting, config, option, ini = SETTINGS[name], self._config, None, None
        if setting.metavar:
            if (given := config.getoption(setting.ini)) is not None:
                option = read(name, given, setting.option, config.invocation_params.dir)
            if given := config.getini(setting.ini):
                ini = read(name, given, f"the ini {setting.ini}", config.rootpath)
        self._given[name] = option, ini
        return option, ini

    def _of_environment(self, name: str) -> Any:
        """A test may change the environment: only what was made of a text is kept."""
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
        """Whether the same examples are played each time; a real tenant gets new ones."""
        return self.target in ("fake", "server")

    @property
    def asked_examples(self) -> int | None:
        """How many examples were asked for; None: nobody asked."""
        asked: int | None = self.get("max_examples")
        return asked

    @property
    def max_examples(self) -> int:
        """How many examples a machine plays."""
        return self.asked_examples or DEFAULT_EXAMPLES

    @property
    def seed(self) -> int | None:
        """The seed that was asked for."""
        seed: int | None = self.get("seed")
        return seed

    @property
    def profile(self) -> Profile | None:
        """The consumer's profile; None: none was given."""
        profile: Profile | None = self.get("profile")
        return profile

    @property
    def baseline(self) -> Path | None:
        """The file of accepted findings of client contracts, which an ini entry names."""
        name = self._config.getini("auth0_mfa_baseline")
        return Path(self._config.rootpath, name) if name else None


_KEY = pytest.StashKey[Settings]()


def settings_of(config: pytest.Config) -> Settings:
    """The settings of the run."""
    found = config.stash.get(_KEY, None)
    if found is None:
        found = config.stash[_KEY] = Settings(config)
    return found
