"""Options of a run as they are typed inside ``auth0-mfa``: with the prefix ``--auth0-mfa-`` or without it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from pytest_auth0_mfa.errors import ConfigurationError, closest
from pytest_auth0_mfa.plugin.options import OPTIONS

PREFIX = "--auth0-mfa-"
TARGET, UPDATE = "target", "update-profile"
_WORDS = ("fake", "server")


class RunOption(NamedTuple):
    """An option of ``auth0-mfa verify``, by its short name."""

    name: str
    metavar: str
    help: str


RUN_OPTIONS = (
    RunOption(TARGET, "{fake,server,DOMAIN[:PORT]}", "what is judged (default: fake)"),
    RunOption(UPDATE, "", "save what was measured to the file of --profile"),
    *(RunOption(option.ini.removeprefix("auth0_mfa_").replace("_", "-"), option.metavar, option.help)
      for option in OPTIONS),
)  # fmt: skip
"""Every option of this plugin that a run takes."""


def with_prefix(arguments: Iterable[str]) -> Iterator[str]:
    """The arguments as pytest takes them: ``--target=server`` gets its prefix; what is behind ``--`` stays."""
    names = {option.name for option in RUN_OPTIONS}
    over = False
    for argument in arguments:
        over = over or argument == "--"
        name = argument.removeprefix("--").partition("=")[0]
        ours = not over and argument.startswith("--") and name in names
        yield f"{PREFIX}{argument[2:]}" if ours else argument


def check_target(arguments: Iterable[str]) -> None:
    """Raises ConfigurationError when the target looks like ``server`` or ``fake``, misspelt."""
    given = list(arguments)
    option = f"{PREFIX}{TARGET}"
    for number, argument in enumerate(given):
        if argument == option:
            argument = f"{option}={given[number + 1] if number + 1 < len(given) else ''}"
        if argument.startswith(f"{option}="):
            misspelt(argument.partition("=")[2])


def misspelt(target: str) -> None:
    """Raises ConfigurationError for a target that is no domain and close to another word."""
    if target in _WORDS or re.search(r"[.:]", target) or target == "localhost":
        return
    hint = closest(target, _WORDS)
    raise ConfigurationError(f"--target={target}: no such target. {hint} A real tenant: its domain, DOMAIN[:PORT].")
