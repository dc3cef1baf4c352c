"""What a contract run takes from pytest's configuration: option, then ini, then environment."""

from __future__ import annotations

import os
from dataclasses import dataclass

import pytest

DEFAULT_EXAMPLES = 100


@dataclass(frozen=True, slots=True)
class Options:
    """The settings of contract runs."""

    max_examples: int = DEFAULT_EXAMPLES
    seed: int | None = None
    target: str = "fake"

    @property
    def derandomize(self) -> bool:
        """Whether the same examples are played each time; a live tenant gets new ones."""
        return self.target in ("fake", "server")

    @classmethod
    def of(cls, config: pytest.Config) -> Options:
        """The settings in force; without the plugin, the defaults."""
        examples, seed = _number(config, "max_examples"), _number(config, "seed")
        if examples is not None and examples < 1:
            raise pytest.UsageError(f"--auth0-mfa-max-examples={examples}: expected a whole number of at least 1")
        target = config.getoption("auth0_mfa_target", "fake")
        return cls(DEFAULT_EXAMPLES if examples is None else examples, seed, str(target))


def _number(config: pytest.Config, name: str) -> int | None:
    value = config.getoption(f"auth0_mfa_{name}", None)
    where = f"--auth0-mfa-{name.replace('_', '-')}"
    if value is None:
        try:
            value = config.getini(f"auth0_mfa_{name}") or None
        except ValueError:  # our plugin is off: -p no:auth0_mfa
            return None
        where = f"the ini auth0_mfa_{name}"
    if value is None:
        where = f"AUTH0_MFA_{name.upper()}"
        value = os.environ.get(where) or None
    try:
        return None if value is None else int(value)
    except ValueError:
        raise pytest.UsageError(f"{where}={value!r}: expected a whole number") from None
