"""What a contract run takes from pytest's configuration: option, then ini, then environment."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from pytest_auth0_mfa.spec.profile import Profile

from .settings import setting

DEFAULT_EXAMPLES = 100


@dataclass(frozen=True, slots=True)
class Options:
    """The settings of contract runs."""

    max_examples: int = DEFAULT_EXAMPLES
    seed: int | None = None
    target: str = "fake"
    asked_examples: int | None = None
    """How many examples were asked for; None: nobody asked."""
    profile: Profile | None = None
    """The consumer's profile; None: none was given."""
    baseline: Path | None = None
    """The file of accepted findings of client contracts."""

    @property
    def derandomize(self) -> bool:
        """Whether the same examples are played each time; a live tenant gets new ones."""
        return self.target in ("fake", "server")

    @classmethod
    def of(cls, config: pytest.Config) -> Options:
        """The settings in force."""
        examples = setting(config, "max_examples")
        return cls(
            examples or DEFAULT_EXAMPLES,
            setting(config, "seed"),
            str(config.getoption("auth0_mfa_target")),
            examples,
            setting(config, "profile"),
            baseline_of(config),
        )


def baseline_of(config: pytest.Config) -> Path | None:
    """The file of accepted findings that the ini ``auth0_mfa_baseline`` names."""
    name = config.getini("auth0_mfa_baseline")
    return Path(config.rootpath, name) if name else None
