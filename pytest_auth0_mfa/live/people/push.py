"""Approvers: they answer the push requests that a tenant really sends.

An approver is called with the user's email address and whether to approve. It raises NoPushError when no request is
open.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Sequence
from typing import Protocol

from pytest_auth0_mfa.errors import Auth0MfaError, ConfigurationError

from . import settings as outside
from .settings import ControlClient, ControlError


class NoPushError(Auth0MfaError, LookupError):
    """There is no push request to answer, or nothing to answer it with."""


class PushApprover(Protocol):
    """Takes the place of the person with the phone."""

    def answer(self, user: str, approve: bool) -> None:
        """Answer the newest open request of the user with this address. Raises NoPushError when there is none."""
        ...


class CommandApprover:
    """A command whose last arguments are the address and ``approve`` or ``reject``; exit code 0 means answered."""

    def __init__(self, command: Sequence[str], *, deadline: float = 60.0) -> None:
        if isinstance(command, str) or not command:
            raise ConfigurationError("CommandApprover: expected a list of arguments; no shell is started")
        self._command = list(command)
        self._deadline = deadline

    def answer(self, user: str, approve: bool) -> None:
        """Run the command. Raises SourceError when it fails or takes longer than the deadline."""
        name = self._command[0]
        try:
            done = subprocess.run(
                [*self._command, user, "approve" if approve else "reject"],
                capture_output=True, timeout=self._deadline, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise outside.SourceError(f"{name}: no answer within {self._deadline:g} s") from None
        except OSError as error:
            raise outside.SourceError(f"{name}: cannot be started: {error.strerror}") from None
        if done.returncode:
            raise outside.SourceError(f"{name}: exit code {done.returncode}: the push request was not answered")


class CallableApprover:
    """A function that takes the address and whether to approve. It returns False if no request is open."""

    def __init__(self, function: Callable[[str, bool], object]) -> None:
        self._function = function

    def answer(self, user: str, approve: bool) -> None:
        """Call the function. Raises NoPushError when it returns False."""
        if self._function(user, approve) is False:
            raise NoPushError(f"no push request of {user} is open")


class ControlApprover:
    """Answers through the control plane of `auth0-mfa serve`, waiting up to ``deadline`` seconds for a request."""

    def __init__(self, control: ControlClient, *, deadline: float = 0.0, interval: float = 0.05) -> None:
        self._control = control
        self._deadline, self._interval = deadline, interval
        self.close = control.close

    def answer(self, user: str, approve: bool) -> None:
        """Approve or reject the request. Raises NoPushError at the deadline, ControlError for any other refusal."""
        end = time.monotonic() + self._deadline
        while True:
            try:
                self._control.call("POST", f"push/{'approve' if approve else 'reject'}", {"user": user})
                return
            except ControlError as error:
                if error.status != 404:
                    raise
            if time.monotonic() >= end:
                raise NoPushError(f"no push request of {user} is open")
            time.sleep(self._interval)


def from_url(url: str) -> PushApprover:
    """An approver from a setting: ``command:["PROGRAM", "ARGUMENT"]`` or ``control:https://localhost:PORT``.

    Raises ConfigurationError.
    """
    scheme, _, rest = url.partition(":")
    if scheme == "command":
        return CommandApprover(outside.command(rest, "push approver"))
    if scheme == "control":
        return ControlApprover(outside.control(rest, "push approver"))
    raise ConfigurationError(
        "push approver: expected command:[...] or control:https://localhost:PORT"
        + (f"; got something that starts with {scheme!r}" if rest else "")
    )


def as_approver(given: object) -> PushApprover:
    """An approver from what the fixture auth0_mfa_push_approver returned: an approver, a URL or a function.

    Raises ConfigurationError.
    """
    if isinstance(given, str):
        return from_url(given)
    if hasattr(given, "answer"):
        return given
    if callable(given):
        return CallableApprover(given)
    raise ConfigurationError(
        f"auth0_mfa_push_approver returned {type(given).__name__}: expected an approver of "
        "pytest_auth0_mfa.live.people.push, a setting such as 'command:[...]', or a function of (address, approve)"
    )
