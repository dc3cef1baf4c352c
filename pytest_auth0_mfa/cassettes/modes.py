"""The record modes: what may be sent, and what is written."""

from __future__ import annotations

from pytest_auth0_mfa.errors import ConfigurationError, closest

MODES = ("none", "once", "new_episodes", "all", "rewrite")


def checked_mode(mode: str) -> str:
    """A known mode. Raises ConfigurationError that names the closest one."""
    if mode not in MODES:
        raise ConfigurationError(f"no such record mode: {mode!r}. {closest(mode, MODES)}")
    return mode
