"""``auth0-mfa serve``: a tenant over HTTPS, for people and programs outside pytest."""

from __future__ import annotations

import argparse
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

from pytest_auth0_mfa.errors import ConfigurationError
from pytest_auth0_mfa.files import write_atomically

if TYPE_CHECKING:
    from pytest_auth0_mfa.tenant.tenant import Tenant

SUMMARY = "serve a tenant over HTTPS on this machine, until SIGTERM or Ctrl-C"
PASSES_ARGUMENTS_ON = False


def arguments(parser: argparse.ArgumentParser) -> None:
    """``--config``, ``--port``, ``--dir`` and ``--smtp``."""
    parser.description = f"{SUMMARY[0].upper()}{SUMMARY[1:]}. Only loopback addresses are listened on."
    parser.add_argument("--config", metavar="FILE", type=Path, help="JSON that seeds applications, users and factors")
    parser.add_argument("--port", metavar="N", type=_port, default=0, help="the port (default: any free one)")
    parser.add_argument(
        "--dir",
        metavar="DIR",
        type=Path,
        help="write ca.pem (what clients have to trust), control_token and port there while the server runs",
    )
    parser.add_argument("--smtp", metavar="HOST:PORT", type=_smtp, help="send the emails for real, by this mail server")


def run(options: argparse.Namespace) -> int:
    """Serve until told to stop; exit code 0 then."""
    from pytest_auth0_mfa import Tenant
    from pytest_auth0_mfa.transports.server import Server
    from pytest_auth0_mfa.transports.smtp import delivering

    from .tenant_file import load

    tenant = load(options.config) if options.config else Tenant()
    with (
        _stopped_by_signal(),
        Server(listen_address=("localhost", options.port)) as server,
        server.serving(tenant),
        delivering(tenant, *options.smtp) if options.smtp else nullcontext(),
        _written(options.dir, tenant, server.port),
    ):
        print(_welcome(tenant), flush=True)
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
    """SIGTERM came."""


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
    """The files for other programs; gone when the server is, so that nobody reads an old port."""
    if folder is None:
        yield
        return
    authority, token, number = folder / "ca.pem", folder / "control_token", folder / "port"
    try:
        write_atomically(authority, Path(str(tenant.ca_file)).read_bytes())
        tenant.ca_file = str(authority.resolve())
        write_atomically(
            token, f"{tenant.control_token}\n", private=True
        )  # who reads it can do everything to the tenant
        write_atomically(number, f"{port}\n")  # last: who waits for it finds everything there
        yield
    finally:
        for file in (number, token, authority):
            with suppress(FileNotFoundError, NotADirectoryError):  # the folder may be gone
                file.unlink()


def _welcome(tenant: Tenant) -> str:
    variables = "\n".join(f"  export {name}={value}" for name, value in tenant.env.items())
    return (
        f"auth0-mfa serve: {tenant.url} answers as an Auth0 tenant (a fake; no product of Auth0's)\n"
        f"\nWhere it is, its application, and how clients trust its certificate:\n{variables}\n"
        f"\nTry it:\n  curl --cacert {tenant.ca_file} {tenant.url}/.well-known/openid-configuration\n"
        "\nSee users, codes and calls, move the clock, switch faults on (this address opens everything):\n"
        f"  {tenant.url}/_auth0_mfa/#token={tenant.control_token}\n"
        "\nStop it with Ctrl-C or SIGTERM."
    )
