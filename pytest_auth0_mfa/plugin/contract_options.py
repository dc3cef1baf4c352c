"""What a contract run takes from pytest's configuration: option, then ini, then environment."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from .settings import setting

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
        """The settings in force; without the plugin (``-p no:auth0_mfa``), the defaults."""
        target = config.getoption("auth0_mfa_target", None)
        if target is None:
            return cls()
        return cls(setting(config, "max_examples") or DEFAULT_EXAMPLES, setting(config, "seed"), str(target))
