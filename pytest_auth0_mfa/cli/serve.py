"""``auth0-mfa serve``: serve a tenant over HTTPS, for people and programs outside pytest."""

from __future__ import annotations

import argparse
import gc
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

from pytest_auth0_mfa.errors import ConfigurationError
from pytest_auth0_mfa.files import write_atomically

from . import serving

if TYPE_CHECKING:
    from pytest_auth0_mfa.tenant.tenant import Tenant

_REACHABLE = (
    "auth0-mfa serve: listening on {listen} for {names}: whoever reaches this address can log in and, with the control "
    "token, change everything. Use it on a container network or a test machine only."
)
SUMMARY = "serve a tenant over HTTPS on this machine, until SIGTERM or Ctrl-C"
PASSES_ARGUMENTS_ON = False


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `serving` and those for the address, the files and emails."""
    parser.description = f"{SUMMARY[0].upper()}{SUMMARY[1:]}."
    serving.arguments(parser)
    parser.add_argument("--port", metavar="N", type=_port, default=0, help="the port (default: any free one)")
    parser.add_argument(
        "--dir",
        metavar="DIR",
        type=Path,
        help="a folder for ca.pem (which clients have to trust), control_token and port, while the server runs",
    )
    parser.add_argument(
        "--smtp", metavar="HOST:PORT", type=_smtp, help="really send the emails, through this mail server"
    )
    parser.add_argument(
        "--listen",
        metavar="ADDRESS",
        default=serving.LOOPBACK,
        help="listen on this address, so that containers reach it; needs --name (default: this machine only)",
    )
    parser.add_argument(
        "--name",
        metavar="HOST",
        action="append",
        default=[],
        help="a host name that clients use; repeatable, the first one is the tenant's domain",
    )


def run(options: argparse.Namespace) -> int:
    """Serve until SIGTERM or Ctrl-C. Exit code 0. Raises ConfigurationError."""
    from pytest_auth0_mfa.transports.smtp import delivering

    names = tuple(options.name)
    if options.listen != serving.LOOPBACK and not names:
        raise ConfigurationError(
            f"--listen {options.listen}: name the host that clients will use, such as --name auth0: "
            "the certificate has to cover it."
        )
    with (
        _stopped_by_signal(),
        serving.served(options, port=options.port, listen=options.listen, names=names) as (tenant, port),
        delivering(tenant, *options.smtp) if options.smtp else nullcontext(),
        _written(options.dir, tenant, port),
    ):
        if names:
            print(_REACHABLE.format(listen=options.listen, names=", ".join(names)), file=sys.stderr, flush=True)
        print(_welcome(tenant, demo=options.demo), flush=True)
        gc.freeze()  # a garbage collection holds up every answer: leave out what lives as long as the process anyway
        threading.Event().wait()
    print("auth0-mfa serve: stopped", flush=True)
    return 0


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 5 or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r}: expected a port, from 0 (any free one) to 65535")
    return int(text)


def _smtp(text: str) -> tuple[str, int]:
    from pytest_auth0_mfa.transports.smtp import address

    try:
        return address(text)
    except ConfigurationError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


class _Stop(Exception):  # noqa: N818 - a signal, no error
    """SIGTERM arrived."""


@contextmanager
def _stopped_by_signal() -> Iterator[None]:
    """End the block without an error on SIGTERM and Ctrl-C."""

    def stop(signum: int, frame: FrameType | None) -> NoReturn:
        raise _Stop

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    except (KeyboardInterrupt, _Stop):
        pass
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _written(folder: Path | None, tenant: Tenant, port: int) -> Iterator[None]:
    """Write the files for other programs. They are removed when the server stops, so that nobody reads an old
    port."""
    if folder is None:
        yield
        return
    authority, token, number = folder / "ca.pem", folder / "control_token", folder / "port"
    try:
        write_atomically(authority, Path(str(tenant.ca_file)).read_bytes())
        tenant.ca_file = str(authority.resolve())
        write_atomically(token, f"{tenant.control_token}\n", private=True)  # the token opens the whole tenant
        write_atomically(number, f"{port}\n")  # last, for programs that wait for it
        yield
    finally:
        for file in (number, token, authority):
            with suppress(FileNotFoundError, NotADirectoryError):  # the folder may be gone
                file.unlink()


def _welcome(tenant: Tenant, *, demo: bool) -> str:
    variables = "\n".join(f"  export {name}={value}" for name, value in tenant.env.items())
    return (
        f"auth0-mfa serve: {tenant.url} answers as an Auth0 tenant (a fake, not a product of Auth0)\n"
        f"\nWhere it is, its application, and how clients trust its certificate:\n{variables}\n"
        f"\nTry it:\n  curl --cacert {tenant.ca_file} {tenant.url}/.well-known/openid-configuration\n"
        "\nSee users, codes and calls, move the clock, switch faults on (this address opens everything):\n"
        f"  {tenant.url}/_auth0_mfa/#token={tenant.control_token}\n"
        f"{_demo(tenant) if demo else ''}"
        "\nStop it with Ctrl-C or SIGTERM."
    )


def _demo(tenant: Tenant) -> str:
    """The demo users, and a complete login to paste into a shell."""
    email, password, _ = serving.DEMO_USERS[0]
    users = "\n".join(f"  {email}  {password}  ({', '.join(on)})" for email, password, on in serving.DEMO_USERS)
    call = f"curl -s --cacert '{tenant.ca_file}' -H 'Content-Type: application/json'"
    known = f'"client_id": "{tenant.client_id}", "client_secret": "{tenant.client_secret}"'
    login = f'{{{known}, "grant_type": "password", "username": "{email}", "password": "{password}"}}'
    challenge = f'{{{known}, "mfa_token": "\'$mfa_token\'", "challenge_type": "oob"}}'
    oob = '"grant_type": "http://auth0.com/oauth/grant-type/mfa-oob", "mfa_token": "\'$mfa_token\'"'
    proof = f'{{{known}, {oob}, "oob_code": "\'$oob_code\'", "binding_code": "\'$code\'"}}'
    control = f"{tenant.url}/_auth0_mfa/outbox/latest?user={email}"
    lines = (
        """field() { sed -n 's/.*"'$1'": *"\\([^"]*\\)".*/\\1/p'; }""",
        f"mfa_token=$({call} {tenant.url}/oauth/token -d '{login}' | field mfa_token)",
        f"oob_code=$({call} {tenant.url}/mfa/challenge -d '{challenge}' | field oob_code)",
        f"code=$({call} -H 'Authorization: Bearer {tenant.control_token}' '{control}' | field code)",
        f"{call} {tenant.url}/oauth/token -d '{proof}'",
    )
    return f"\nUsers:\n{users}\n\nA login with a code by email; paste it:\n\n" + "\n".join(lines) + "\n"
