"""The pages of what a user of pytest can type: options, ini, environment, markers and fixtures."""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator

from page_parts import NOTE, table

from pytest_auth0_mfa import plugin


class _Recorder:
    """Stands for pytest's parser and configuration, and remembers what the plugin declares."""

    def __init__(self) -> None:
        self.options: dict[str, tuple[str, str]] = {}
        self.inis: dict[str, str] = {}
        self.markers: list[str] = []
        plugin.pytest_addoption(self)  # type: ignore[arg-type]
        self.option = argparse.Namespace(auth0_mfa_target="fake", auth0_mfa_update_profile=False)
        plugin.pytest_configure(self)  # type: ignore[arg-type]

    def getgroup(self, *_: object) -> _Recorder:
        return self

    def addoption(self, name: str, *, help: str, metavar: str = "", **_: object) -> None:
        self.options[name] = (metavar, help)

    def addini(self, name: str, help: str, **_: object) -> None:
        self.inis[name] = help

    def addinivalue_line(self, name: str, line: str) -> None:
        self.markers.append(line)

    def __getattr__(self, name: str) -> Callable[..., None]:
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *_, **__: None  # whatever else a configuration is asked for


ENVIRONMENT = {
    "AUTH0_DOMAIN": "the domain of the tenant in process; of the real tenant in a live run",
    "AUTH0_CLIENT_ID": "the application's client_id",
    "AUTH0_CLIENT_SECRET": "its client_secret",
    "AUTH0_MFA_USERNAME, AUTH0_MFA_PASSWORD": "in a reproducer: the user who logs in (further users have a number at "
    "the end)",
    "AUTH0_MFA_RECOVERY_CODE": "in a reproducer: a recovery code of the user",
    "AUTH0_MFA_REFRESH_TOKEN": "in a reproducer: a refresh token of an earlier login (further ones have a "
    "number at the end)",
}


def settings() -> Iterator[str]:
    """The page of options, ini, environment and markers."""
    said = _Recorder()
    yield from (
        "# Options, ini, environment and markers",
        "",
        NOTE,
        "",
        "A setting is taken from the first of these that has it: option, marker, ini, environment, default. An",
        "overridden [fixture](reference-fixtures.md) replaces all of them.",
        "",
        "## Options",
        "",
        *table(
            ("option", "what it says", "ini", "environment"),
            [_option(name, metavar, text, said.inis) for name, (metavar, text) in said.options.items()],
        ),
        "",
        "An option without ini and environment has to be on the command line itself: it is refused if it comes from",
        "`addopts` or `PYTEST_ADDOPTS`.",
        "",
        "## Ini",
        "",
        "In `pytest.ini`, or in `pyproject.toml` below `[tool.pytest.ini_options]`.",
        "",
        *table(("ini", "what it says"), [(f"`{name}`", _sentence(text)) for name, text in said.inis.items()]),
        "",
        "## Environment",
        "",
        "Besides those that stand beside an option:",
        "",
        *table(
            ("variable", "what it says"),
            [(f"`{name}`".replace(", ", "`, `"), text) for name, text in ENVIRONMENT.items()],
        ),
        "",
        "What a live run needs is on its [own page](howto-staging.md), what a recording needs on",
        "[another](howto-cassettes.md).",
        "",
        "## Markers",
        "",
        *table(("marker", "what it says"), [_marker(line) for line in said.markers]),
    )


def _option(name: str, metavar: str, text: str, inis: dict[str, str]) -> tuple[str, str, str, str]:
    ini = name.removeprefix("--").replace("-", "_")
    variable = ini.upper() if ini.upper() in inis.get(ini, "") else ""
    shown = f"`{name}={metavar}`" if metavar else f"`{name}`"
    return shown, _sentence(text), f"`{ini}`" if ini in inis else "", f"`{variable}`" if variable else ""


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:] + ("" if text.endswith(".") else ".")


def _marker(line: str) -> tuple[str, str]:
    name, _, text = line.partition(": ")
    return f"`@pytest.mark.{name}`", _sentence(text)


_TO_USE = (
    *("auth0_mfa", "auth0_mfa_server", "make_auth0_mfa_server", "auth0_mfa_session_server"),
    *("auth0_mfa_cassette", "auth0_mfa_schemas"),
)


def fixtures() -> Iterator[str]:
    """The page of fixtures, as pytest itself lists them."""
    shown = _shown_fixtures()
    override = {name: row for name, row in shown.items() if name not in _TO_USE}
    yield from (
        "# Fixtures",
        "",
        NOTE,
        "",
        "## To use",
        "",
        *table(("fixture", "scope", "what it is"), [_fixture(name, *shown[name]) for name in _TO_USE]),
        "",
        "A test that asks for both `auth0_mfa` and `auth0_mfa_server` has one tenant, with the server's domain. What a",
        "tenant can do is on the page of [its methods](reference-api.md).",
        "",
        "## To override",
        "",
        "Define a fixture of the same name in `conftest.py` or in the test's module; what it returns counts, whatever",
        "option, marker, ini and environment say.",
        "",
        *table(("fixture", "scope", "what it says"), [_fixture(name, *row) for name, row in override.items()]),
    )


def _fixture(name: str, scope: str, text: str) -> tuple[str, str, str]:
    return f"`{name}`", scope or "function", text


def _shown_fixtures() -> dict[str, tuple[str, str]]:
    """Name: scope and help, of this plugin's fixtures."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "AUTH0_"))}
    with tempfile.TemporaryDirectory() as folder:
        # An importable plugin is loaded by its entry point; a mere checkout has none.
        loading = (
            "import os, pytest, sys; sys.exit(pytest.main(['--fixtures', '-p', 'no:cacheprovider', '-c', os.devnull]))"
        )
        command = [sys.executable, "-c", loading]
        output = subprocess.run(command, cwd=folder, env=clean, capture_output=True, text=True, check=False).stdout
    found = re.findall(r"^(\w*auth0_mfa\w*)(?: \[(\w+) scope\])? -- .*\n((?:    .*\n)+)", output, re.MULTILINE)
    return {name: (scope, " ".join(text.split())) for name, scope, text in sorted(found)}
