"""Removes the secrets of a live run from what pytest prints, writes, and sends from workers to the controller."""

from __future__ import annotations

import warnings
from typing import Any, TextIO, cast

import pytest

from pytest_auth0_mfa.errors import printable
from pytest_auth0_mfa.live.redaction import Secrets
from pytest_auth0_mfa.messages import Json

from .compat import wrap_terminal
from .keys import CARRIED


class Redaction:
    """A plugin that redacts what is not in a test report: the terminal, internal errors and warnings."""

    def __init__(self, config: pytest.Config, secrets: Secrets) -> None:
        self._config = config
        self._secrets = secrets

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        """Redact everything that is printed from now on."""
        wrap_terminal(self._config, lambda file: cast("TextIO", _Redacting(file, self._secrets)))

    @pytest.hookimpl(tryfirst=True)
    def pytest_internalerror(self, excrepr: Any) -> None:
        """Redact an internal error. A worker must do it, since the controller does not know the worker's secrets."""
        text = self._secrets.hidden(str(excrepr))
        excrepr.toterminal = lambda writer: writer.line(text)

    @pytest.hookimpl(tryfirst=True)
    def pytest_warning_recorded(self, warning_message: warnings.WarningMessage) -> None:
        """Redact a warning, for the same reason."""
        text = str(warning_message.message)
        hidden = self._secrets.hidden(text)
        if hidden != text:
            warning_message.message = UserWarning(hidden)


class _Redacting:
    """A file that writes text without secrets."""

    def __init__(self, file: TextIO, secrets: Secrets) -> None:
        self._file = file
        self._secrets = secrets

    def write(self, text: str) -> int:
        """Write the text without secrets."""
        return self._file.write(self._secrets.hidden(text))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def redact(report: pytest.TestReport, secrets: Secrets) -> None:
    """Remove secrets from a test's report, and control characters from the failure it quotes."""
    if isinstance(report.longrepr, tuple):
        path, line, reason = report.longrepr
        report.longrepr = (path, line, secrets.hidden(printable(reason)))
    elif report.longrepr is not None:
        text = str(report.longrepr)
        hidden = secrets.hidden(printable(text))
        if hidden != text:
            report.longrepr = hidden
    report.sections[:] = [(name, secrets.hidden(text)) for name, text in report.sections]
    report.user_properties[:] = [
        (name, secrets.hidden(value) if isinstance(value, str) else value) for name, value in report.user_properties
    ]
    if hasattr(report, CARRIED):
        setattr(report, CARRIED, _hidden(getattr(report, CARRIED), secrets))


def _hidden(value: Json, secrets: Secrets) -> Json:
    if isinstance(value, str):
        return secrets.hidden(value)
    if isinstance(value, dict):
        return {key: _hidden(member, secrets) for key, member in value.items()}
    return [_hidden(item, secrets) for item in value] if isinstance(value, list) else value
