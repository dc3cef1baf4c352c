"""What stands for a person in settings: ``command:[...]``, or ``control:URL`` of a served tenant."""

from __future__ import annotations

import json
import os
from urllib.parse import urlsplit

from pytest_auth0_mfa.errors import ConfigurationError

from .control import ControlClient


def command(rest: str, whose: str) -> list[str]:
    """The arguments of a command. Raises ConfigurationError."""
    try:
        given = json.loads(rest)
    except (ValueError, RecursionError):
        given = None
    if not isinstance(given, list) or not given or not all(isinstance(part, str) for part in given):
        raise ConfigurationError(f'{whose}: expected command:["PROGRAM", "ARGUMENT", ...], a JSON list of strings')
    return given


def control(url: str, whose: str) -> ControlClient:
    """The control plane of `auth0-mfa serve`, with the token of the environment. Raises ConfigurationError."""
    try:
        parts = urlsplit(url)
        right = url.isprintable() and parts.hostname and parts.port != 0  # urlsplit drops line ends
    except ValueError:
        right = False
    if not right:
        raise ConfigurationError(f"{whose}: expected control:https://localhost:PORT")
    return ControlClient.from_environment(url, os.environ)
