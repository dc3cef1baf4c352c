"""The options of ``auth0-mfa verify``, and the folder's pytest configuration, read without pytest."""

from __future__ import annotations

import configparser
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import NamedTuple

from pytest_auth0_mfa.errors import ConfigurationError, UnwritableError, closest
from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.plugin.options import OPTIONS
from pytest_auth0_mfa.tenant.arguments import checked_domain

_FILES = {  # in pytest's order: file name -> (section, whether the file counts without that section)
    "pytest.toml": ("pytest", True),
    ".pytest.toml": ("pytest", True),
    "pytest.ini": ("pytest", True),
    ".pytest.ini": ("pytest", True),
    "pyproject.toml": ("tool.pytest", False),
    "tox.ini": ("pytest", False),
    "setup.cfg": ("tool:pytest", False),
}


@dataclass(frozen=True, slots=True)
class ConfigurationFound:
    """The folder that holds pytest's configuration, and the settings of this plugin in it, as ``-o`` takes them."""

    folder: Path
    ours: Mapping[str, str] = field(default_factory=dict)


def here() -> ConfigurationFound:
    """The configuration that pytest would use in the current folder. Raises UnwritableError if that was deleted."""
    try:
        folder = Path.cwd()
    except FileNotFoundError:
        raise UnwritableError("the current folder was deleted: go to another one") from None
    return find(folder)


def find(start: Path) -> ConfigurationFound:
    """The configuration that pytest would use in ``start``; ``start`` without settings when there is none.

    Raises ConfigurationError.
    """
    for folder in (start, *start.parents):
        for name, (section, alone) in _FILES.items():
            file = folder / name
            if file.is_file() and (values := _section(file, section, alone)) is not None:
                ours = {key: _as_ini(value) for key, value in values.items() if key.startswith("auth0_mfa_")}
                return ConfigurationFound(folder, ours)
    return ConfigurationFound(start)


def _section(file: Path, section: str, alone: bool) -> Mapping[str, Json] | None:
    try:
        text = file.read_text(encoding="utf-8-sig")
        if file.suffix == ".toml":
            return _toml(tomllib.loads(text), section, alone)
        parser = configparser.RawConfigParser(strict=False, allow_no_value=True)
        parser.read_string(text)
    except (OSError, ValueError, RecursionError, configparser.Error) as error:  # TOMLDecodeError is a ValueError
        raise ConfigurationError(f"{file}: cannot be read: {error}") from None
    if parser.has_section(section):
        return dict(parser.items(section))
    return {} if alone else None


def _toml(document: Mapping[str, Json], section: str, alone: bool) -> Mapping[str, Json] | None:
    table: Json = document
    for part in section.split("."):
        table = table.get(part, {}) if isinstance(table, dict) else {}
    table = table.get("ini_options", table) if isinstance(table, dict) else {}
    return table if table or alone else None


def _as_ini(value: Json) -> str:
    if isinstance(value, list):
        return "\n".join(str(item) for item in value)
    return str(value).lower() if isinstance(value, bool) else str(value)


PREFIX = "--auth0-mfa-"
TARGET, UPDATE = "target", "update-profile"
_WORDS = ("fake", "server")


class RunOption(NamedTuple):
    """An option of ``auth0-mfa verify``. ``name`` is without prefix and dashes: ``target``."""

    name: str
    metavar: str
    help: str


RUN_OPTIONS = (
    RunOption(TARGET, "{fake,server,DOMAIN[:PORT]}", "what is judged (default: fake)"),
    RunOption(UPDATE, "", "save what was measured to the file of --profile"),
    *(RunOption(option.ini.removeprefix("auth0_mfa_").replace("_", "-"), option.metavar, option.help)
      for option in OPTIONS),
)  # fmt: skip
"""All options of this plugin that ``auth0-mfa verify`` takes."""


def with_prefix(arguments: Iterable[str]) -> Iterator[str]:
    """The arguments for pytest: options such as ``--target=server`` get their prefix, unless they follow ``--``."""
    names = {option.name for option in RUN_OPTIONS}
    over = False
    for argument in arguments:
        over = over or argument == "--"
        name = argument.removeprefix("--").partition("=")[0]
        ours = not over and argument.startswith("--") and name in names
        yield f"{PREFIX}{argument[2:]}" if ours else argument


def misspelt_option(arguments: Iterable[str]) -> str:
    """A sentence about the first option that looks like a misspelt one of `RUN_OPTIONS`; empty without one."""
    known = [f"--{option.name}" for option in RUN_OPTIONS]
    for argument in arguments:
        name = argument.partition("=")[0].replace(PREFIX, "--")
        if name.startswith("--") and name not in known and (close := get_close_matches(name, known, 1, 0.75)):
            return f"{argument.partition('=')[0]}: no such option. Did you mean {close[0]}?"
    return ""


def check_target(arguments: Iterable[str]) -> None:
    """Check the target among the arguments. Raises ConfigurationError as `misspelt` does."""
    given = list(arguments)
    option = f"{PREFIX}{TARGET}"
    for number, argument in enumerate(given):
        if argument == option:
            argument = f"{option}={given[number + 1] if number + 1 < len(given) else ''}"
        if argument.startswith(f"{option}="):
            misspelt(argument.partition("=")[2])


def misspelt(target: str) -> None:
    """Check a target. Raises ConfigurationError if it is neither ``fake``, ``server`` nor a domain."""
    if target in _WORDS or target == "localhost":
        return
    if re.search(r"[.:]", target):
        try:
            checked_domain(target)
        except ConfigurationError as error:
            raise ConfigurationError(f"--target: {error}") from None
        return
    hint = closest(target, _WORDS)
    raise ConfigurationError(f"--target={target}: no such target. {hint} A real tenant: its domain, DOMAIN[:PORT].")
