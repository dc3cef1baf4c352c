"""``auth0-mfa run -- COMMAND``: run a command while a tenant is served for it."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pytest_auth0_mfa.errors import ConfigurationError, printable

from . import serving

if TYPE_CHECKING:
    from pytest_auth0_mfa.tenant.tenant import Tenant

SUMMARY = "run a command, such as the tests of another language, with a tenant of its own"
PASSES_ARGUMENTS_ON = False
NOT_FOUND, NOT_EXECUTABLE = 127, 126
"""The exit codes of shells for a command that does not exist or cannot be executed."""

_LAST = 20


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `serving`, and the command after ``--``."""
    parser.usage = "auth0-mfa run [--config FILE] [--state DIR] [--seed N] [--demo] -- COMMAND ..."
    parser.description = (
        f"{SUMMARY[0].upper()}{SUMMARY[1:]}.\n\n"
        "The command finds the tenant in its environment: AUTH0_DOMAIN, AUTH0_CLIENT_ID, AUTH0_CLIENT_SECRET,\n"
        "AUTH0_MFA_CONTROL_TOKEN, and the variables by which Node, Python, Go, Ruby and curl trust its certificate.\n"
        "The exit code is the command's; when it is not 0, the calls that the tenant had are printed."
    )
    serving.arguments(parser)
    parser.add_argument("command", nargs="+", metavar="COMMAND", help="the command, after --")


def run(options: argparse.Namespace) -> int:
    """Serve a tenant, run the command and return its exit code: 128 plus the signal's number if a signal ended it."""
    with serving.served(options) as (tenant, _):
        code = _played(options.command, {**os.environ, **tenant.env})
        if code and (tenant.calls or code != NOT_FOUND):  # a command that does not exist has made no calls
            print(_what_was_called(tenant), file=sys.stderr, flush=True)
    return code


def _played(command: list[str], environment: dict[str, str]) -> int:
    try:
        started = subprocess.Popen(command, env=environment)
    except FileNotFoundError:
        print(f"auth0-mfa run: {command[0]}: no such command", file=sys.stderr)
        return NOT_FOUND
    except OSError as error:
        raise ConfigurationError(f"{command[0]}: cannot be started: {error.strerror}") from None
    with _signals_handed_on(started):
        code = started.wait()
    return 128 - code if code < 0 else code


@contextmanager
def _signals_handed_on(started: subprocess.Popen[bytes]) -> Iterator[None]:
    """Pass SIGTERM on to the command. Ctrl-C reaches it anyway, since it is in the same process group."""

    def hand_on(signum: int, _frame: Any) -> None:
        if signum != signal.SIGINT:
            started.send_signal(signum)

    before = {number: signal.signal(number, hand_on) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _what_was_called(tenant: Tenant) -> str:
    """The last calls, one per line, with the reason of each refusal and without secrets."""
    calls = list(tenant.calls)
    if not calls:
        return (
            "auth0-mfa run: the tenant had no call. Does the command read AUTH0_DOMAIN, and trust NODE_EXTRA_CA_CERTS, "
            "SSL_CERT_FILE or the like?"
        )
    from pytest_auth0_mfa.app.reasons import in_a_line

    totals = ", ".join(f"{name} {count}" for name, count in Counter(c.operation or "unknown" for c in calls).items())
    shown = [f"  {printable(in_a_line(call, calls, [tenant]))}" for call in calls[-_LAST:]]
    told = f"the tenant had {len(calls)} call{'s' if len(calls) > 1 else ''} ({totals})"
    return "\n".join([f"auth0-mfa run: {told}{'. The last of them' if len(calls) > _LAST else ''}:", *shown])
