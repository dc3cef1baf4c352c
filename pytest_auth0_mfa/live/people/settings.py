"""What stands for a person in settings: ``command:[...]``, or ``control:URL`` of a served tenant."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import TypeVar
from urllib.parse import urlsplit

from pytest_auth0_mfa.errors import Auth0MfaError, ConfigurationError

from .control import ControlClient

T = TypeVar("T")


class SourceError(Auth0MfaError):
    """A source of codes or an approver of pushes failed itself, so that nothing is known of the tenant."""


def reached(name: str, action: Callable[[], T], *, passing: type[Exception]) -> T:
    """What ``action`` gives. Raises SourceError with the name for whatever it raises but ``passing``."""
    try:
        return action()
    except passing:
        raise
    except SourceError as error:
        raise SourceError(f"{name}: {error}") from error
    except Exception as error:
        said = str(error) if isinstance(error, Auth0MfaError) else type(error).__name__  # its text may hold anything
        raise SourceError(f"{name} failed: {said}") from error


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
