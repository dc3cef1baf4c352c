"""Who answers push requests when a tenant really sends them.

An approver is called with the user's address and whether to approve; it raises NoPushError when
no request is open.
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
    """There is no push request to answer, or nobody who answers it."""


class PushApprover(Protocol):
    """The person with the phone."""

    def answer(self, user: str, approve: bool) -> None:
        """Answer the newest open request of this address. Raises NoPushError when there is none."""
        ...


class CommandApprover:
    """A command that gets the address and ``approve`` or ``reject`` as arguments; exit code 0 means done."""

    def __init__(self, command: Sequence[str], *, deadline: float = 60.0) -> None:
        if isinstance(command, str) or not command:
            raise ConfigurationError("CommandApprover: expected a list of arguments; no shell is started")
        self._command = list(command)
        self._deadline = deadline

    def answer(self, user: str, approve: bool) -> None:
        """Run the command."""
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
    """A function of address and whether to approve. False, or LookupError, means that there was no request."""

    def __init__(self, function: Callable[[str, bool], object]) -> None:
        self._function = function

    def answer(self, user: str, approve: bool) -> None:
        """Call the function."""
        if self._function(user, approve) is False:
            raise NoPushError(f"no push request of {user} is open")


class ControlApprover:
    """The control plane of `auth0-mfa serve`; waits up to ``deadline`` seconds for a request to come."""

    def __init__(self, control: ControlClient, *, deadline: float = 0.0, interval: float = 0.05) -> None:
        self._control = control
        self._deadline, self._interval = deadline, interval
        self.close = control.close

    def answer(self, user: str, approve: bool) -> None:
        """Approve or reject there."""
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
    """An approver from what the fixture auth0_mfa_push_approver returned: an approver, a URL, or a function."""
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
