"""What stands for a person in settings: ``command:[...]``, or ``control:URL`` of a served tenant.

The second is for tests that drive a tenant of `auth0-mfa serve` in another process.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from typing import TypeVar
from urllib.parse import urlsplit

from pytest_auth0_mfa.errors import Auth0MfaError, ConfigurationError
from pytest_auth0_mfa.messages import Handler, Json, Request


class ControlError(Auth0MfaError):
    """The control plane refused. ``status`` is HTTP's."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class ControlClient:
    """The control plane behind a handler."""

    def __init__(self, handler: Handler, token: str) -> None:
        self._handler = handler
        self._token = token

    @classmethod
    def from_environment(cls, url: str, environment: Mapping[str, str]) -> ControlClient:
        """For the server at ``url``; the token is AUTH0_MFA_CONTROL_TOKEN, the CA file SSL_CERT_FILE."""
        from pytest_auth0_mfa.transports.live import live

        token = environment.get("AUTH0_MFA_CONTROL_TOKEN")
        if not token:
            raise ConfigurationError(
                f"control:{url} needs the environment's AUTH0_MFA_CONTROL_TOKEN: the file control_token that "
                "auth0-mfa serve --dir DIR writes."
            )
        return cls(live(url, ca_file=environment.get("SSL_CERT_FILE")), token)

    def close(self) -> None:
        """Hang up."""
        close = getattr(self._handler, "close", None)
        if close is not None:
            close()

    def call(self, method: str, path: str, body: Json = None) -> Json:
        """One call below ``/_auth0_mfa/``. Raises ControlError."""
        content = b"" if body is None else json.dumps(body).encode()
        headers = {"authorization": f"Bearer {self._token}", "content-type": "application/json"}
        response = self._handler(Request(method, f"/_auth0_mfa/{path}", headers, content))
        if response.status >= 400:
            try:
                message = str(response.json()["message"])
            except (ValueError, KeyError, TypeError):
                message = "no message"
            raise ControlError(f"control plane, {method} {path}: {response.status}: {message}", response.status)
        return response.json() if response.body else None


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
        message = str(error) if isinstance(error, Auth0MfaError) else type(error).__name__  # its text may hold anything
        raise SourceError(f"{name} failed: {message}") from error


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
