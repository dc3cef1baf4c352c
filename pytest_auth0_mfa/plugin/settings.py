"""What is in force for a run or a test: option, then marker, then ini, then environment, then the default."""

from __future__ import annotations

import inspect
import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from pytest_auth0_mfa.errors import closest
from pytest_auth0_mfa.spec.profile import Profile

from .setting_values import read

ENVIRONMENT = {"domain": "AUTH0_DOMAIN", "client_id": "AUTH0_CLIENT_ID", "client_secret": "AUTH0_CLIENT_SECRET"}
"""Settings whose variables are named as Auth0's own tools read them; ours are AUTH0_MFA_<NAME>."""

_WITH_OPTION = ("profile", "factors", "max_examples", "seed", "rate_limit", "record_mode", "report", "report_dir")


def for_test(request: pytest.FixtureRequest, name: str) -> Any:
    """The setting ``name`` as it stands for the test that asks, or None."""
    return setting(request.config, name, marker_keywords(request.node))


def setting(config: pytest.Config, name: str, marked: Mapping[str, Any] | None = None) -> Any:
    """The setting ``name``, or None when nobody gave it. Raises UsageError for a value that cannot be read."""
    if name in _WITH_OPTION and (given := config.getoption(f"auth0_mfa_{name}")) is not None:
        return read(name, given, f"--auth0-mfa-{name.replace('_', '-')}", config.invocation_params.dir)
    if marked and name in marked:
        value = marked[name]  # one that is no text is judged by Tenant
        read_it = isinstance(value, str | Path) or name == "factors"
        return read(name, value, f"@pytest.mark.auth0_mfa({name}=...)", config.rootpath) if read_it else value
    if name in _WITH_OPTION and (given := config.getini(f"auth0_mfa_{name}")):
        return read(name, given, f"the ini auth0_mfa_{name}", config.rootpath)
    variable = ENVIRONMENT.get(name, f"AUTH0_MFA_{name.upper()}")
    if given := os.environ.get(variable):
        return read(name, given, f"the environment's {variable}", config.invocation_params.dir)
    return None


# -- the marker --------------------------------------------------------------------------------


@cache
def _tenant_keywords() -> tuple[str, ...]:
    from pytest_auth0_mfa.tenant.tenant import Tenant

    return tuple(inspect.signature(Tenant).parameters)


def check_marker(marker: pytest.Mark, where: str) -> None:
    """Refuse a marker that `Tenant` could not be made from, with the closest keyword."""
    if marker.args:
        raise pytest.UsageError(
            f"{where}: @pytest.mark.auth0_mfa takes keywords of Tenant only, such as factors={{'email'}}; "
            f"it was given {len(marker.args)} positional argument(s)"
        )
    for name in marker.kwargs:
        if name not in _tenant_keywords():
            hint = closest(name, _tenant_keywords())
            raise pytest.UsageError(f"{where}: @pytest.mark.auth0_mfa({name}=...): no such keyword of Tenant. {hint}")


def marker_keywords(node: pytest.Item) -> dict[str, Any]:
    """The keywords of every `auth0_mfa` marker on the test; the one closest to it wins."""
    keywords: dict[str, Any] = {}
    for marker in node.iter_markers("auth0_mfa"):
        check_marker(marker, node.nodeid)
        keywords = {**marker.kwargs, **keywords}
    return keywords


# -- the command line --------------------------------------------------------------------------


def prepare(config: pytest.Config) -> None:
    """Refuse what cannot be meant before the first test; prepare a real tenant as the target, and reports."""
    target = config.option.auth0_mfa_target
    if target != "fake":
        refuse_unless_typed(config, "--auth0-mfa-target")
    if config.option.auth0_mfa_update_profile:
        refuse_unless_typed(config, "--auth0-mfa-update-profile")
        if target in ("fake", "server"):
            raise pytest.UsageError(
                f"--auth0-mfa-update-profile: nothing can be measured of the target {target!r}, whose profile is "
                "known. Name a real tenant with --auth0-mfa-target=DOMAIN, or leave the option out."
            )
    for name in _WITH_OPTION:
        setting(config, name)
    if target not in ("fake", "server"):
        from .live import register as register_live

        register_live(config)
    from .report import register

    register(config)


def refuse_unless_typed(config: pytest.Config, option: str) -> None:
    """Refuse ``option`` unless it stands on the command line itself: a live run never happens by accident."""
    if hasattr(config, "workerinput"):  # under xdist the controller has judged already
        return
    if not any(str(arg).startswith(option) for arg in config.invocation_params.args):
        raise pytest.UsageError(
            f"{option} is taken from the command line only, and here it comes from addopts or PYTEST_ADDOPTS. "
            "Remove it there and type it when you mean it."
        )


def header(config: pytest.Config) -> str:
    """The header's line: what is in force for every test of the run."""
    said = [f"target {config.getoption('auth0_mfa_target')}"]
    for name in _WITH_OPTION:
        value = setting(config, name)
        if isinstance(value, Profile):
            changed = len(value.differences(Profile()))
            said.append(f"profile with {changed} field{'s' if changed != 1 else ''} unlike the default")
        elif isinstance(value, set | tuple):
            said.append(f"{name} {', '.join(sorted(value)) or 'none'}")
        elif value is not None:
            said.append(f"{name.replace('_', '-')} {value}")
    return f"auth0-mfa: {'; '.join(said)}"
