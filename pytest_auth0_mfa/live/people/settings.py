"""Settings that name a source of codes or an approver: ``command:[...]`` or ``control:URL``.

``control:`` is for tests of a tenant that `auth0-mfa serve` runs in another process.
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
    """The control plane refused a call. ``status`` is the HTTP status."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class ControlClient:
    """A client for the control plane behind a handler."""

    def __init__(self, handler: Handler, token: str) -> None:
        self._handler = handler
        self._token = token

    @classmethod
    def from_environment(cls, url: str, environment: Mapping[str, str]) -> ControlClient:
        """A client for the server at ``url``, with AUTH0_MFA_CONTROL_TOKEN and SSL_CERT_FILE from the environment.

        Raises ConfigurationError when the token is not set.
        """
        from pytest_auth0_mfa.transports.live import live

        token = environment.get("AUTH0_MFA_CONTROL_TOKEN")
        if not token:
            raise ConfigurationError(
                f"control:{url} needs the environment's AUTH0_MFA_CONTROL_TOKEN: the file control_token that "
                "auth0-mfa serve --dir DIR writes."
            )
        return cls(live(url, ca_file=environment.get("SSL_CERT_FILE")), token)

    def close(self) -> None:
        """Close the connection."""
        close = getattr(self._handler, "close", None)
        if close is not None:
            close()

    def call(self, method: str, path: str, body: Json = None) -> Json:
        """Make a call; ``path`` is below ``/_auth0_mfa/``. Returns the decoded body. Raises ControlError."""
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
    """A source of codes or an approver of pushes failed, so nothing can be said about the tenant."""


def reached(name: str, action: Callable[[], T], *, passing: type[Exception]) -> T:
    """The result of ``action``. Any exception but ``passing`` becomes a SourceError with this name."""
    try:
        return action()
    except passing:
        raise
    except SourceError as error:
        raise SourceError(f"{name}: {error}") from error
    except Exception as error:
        message = str(error) if isinstance(error, Auth0MfaError) else type(error).__name__  # may hold secrets
        raise SourceError(f"{name} failed: {message}") from error


def command(rest: str, whose: str) -> list[str]:
    """The command and its arguments from a JSON list. ``whose`` begins the message. Raises ConfigurationError."""
    try:
        given = json.loads(rest)
    except (ValueError, RecursionError):
        given = None
    if not isinstance(given, list) or not given or not all(isinstance(part, str) for part in given):
        raise ConfigurationError(f'{whose}: expected command:["PROGRAM", "ARGUMENT", ...], a JSON list of strings')
    return given


def control(url: str, whose: str) -> ControlClient:
    """A client for the control plane at ``url``. ``whose`` begins the message. Raises ConfigurationError."""
    try:
        parts = urlsplit(url)
        right = url.isprintable() and parts.hostname and parts.port != 0  # printable: urlsplit would drop line ends
    except ValueError:
        right = False
    if not right:
        raise ConfigurationError(f"{whose}: expected control:https://localhost:PORT")
    return ControlClient.from_environment(url, os.environ)
