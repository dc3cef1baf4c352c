"""Checks the options of a run before its first test, and prepares a real tenant and reports."""

from __future__ import annotations

import pytest

from pytest_auth0_mfa.spec.profile import Profile

from .options import OPTIONS
from .settings import settings_of


def prepare(config: pytest.Config) -> None:
    """Check all options and prepare a real tenant and reports. Raises UsageError."""
    settings = settings_of(config)
    if settings.target != "fake":
        refuse_unless_typed(config, "--auth0-mfa-target")
    if config.option.auth0_mfa_update_profile:
        refuse_unless_typed(config, "--auth0-mfa-update-profile")
        if settings.target in ("fake", "server"):
            raise pytest.UsageError(
                f"--auth0-mfa-update-profile: nothing can be measured of the target {settings.target!r}, whose profile "
                "is known. Name a real tenant with --auth0-mfa-target=DOMAIN, or leave the option out."
            )
    for setting in OPTIONS:
        settings.get(setting.name)
    if settings.target not in ("fake", "server"):
        from .live import register as register_live

        register_live(config)
    from .report import register

    register(config)


def refuse_unless_typed(config: pytest.Config, option: str) -> None:
    """Raise UsageError for an option from addopts or PYTEST_ADDOPTS, so that no live run happens by accident."""
    if hasattr(config, "workerinput"):  # under xdist the controller has checked it
        return
    if not any(str(arg).startswith(option) for arg in config.invocation_params.args):
        raise pytest.UsageError(
            f"{option} is taken from the command line only, and here it comes from addopts or PYTEST_ADDOPTS. "
            "Remove it there and type it when you mean it."
        )


def header(config: pytest.Config) -> str:
    """The line in pytest's header: the settings of the run."""
    settings = settings_of(config)
    parts = [f"target {settings.target}"]
    for setting in OPTIONS:
        value = settings.get(setting.name)
        if isinstance(value, Profile):
            changed = len(value.differences(Profile()))
            parts.append(f"profile with {changed} field{'s' if changed != 1 else ''} unlike the default")
        elif isinstance(value, frozenset | tuple):
            parts.append(f"{setting.name} {', '.join(sorted(value)) or 'none'}")
        elif value is not None:
            parts.append(f"{setting.name.replace('_', '-')} {value}")
    return f"auth0-mfa: {'; '.join(parts)}"
