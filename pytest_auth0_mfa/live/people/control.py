"""Calls of the control plane of `auth0-mfa serve`, for tests that drive a tenant in another process."""

from __future__ import annotations

import json
from collections.abc import Mapping

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
                said = str(response.json()["message"])
            except (ValueError, KeyError, TypeError):
                said = "no message"
            raise ControlError(f"control plane, {method} {path}: {response.status}: {said}", response.status)
        return response.json() if response.body else None
