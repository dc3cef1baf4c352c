"""``auth0-mfa export``: save an existing tenant as a file for ``serve --config`` and ``run --config``."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from pytest_auth0_mfa.errors import ConfigurationError
from pytest_auth0_mfa.files import write_atomically
from pytest_auth0_mfa.messages import Json

SUMMARY = "save a tenant, from a running server or a --state folder, as a file for serve --config"
PASSES_ARGUMENTS_ON = False


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options for the tenant and the output."""
    parser.description = (
        f"{SUMMARY[0].upper()}{SUMMARY[1:]}.\n\n"
        "The file holds applications, settings, users with passwords, secrets of authenticator apps, recovery codes\n"
        "and refresh tokens; not what was sent or called, the clock, logins under way, or access tokens."
    )
    parser.epilog = (
        "auth0-mfa export --state DIR                 a folder of `serve --state` whose server is stopped\n"
        "auth0-mfa export https://localhost:41234     a server that runs, with the environment that it printed\n"
        "                                             (AUTH0_MFA_CONTROL_TOKEN and SSL_CERT_FILE)"
    )
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("url", metavar="URL", nargs="?", help="the address of a running server")
    where.add_argument("--state", metavar="DIR", type=Path, help="the folder of `serve --state`")
    parser.add_argument(
        "-o", "--output", metavar="FILE", type=Path, help="write this file, readable for you alone (default: stdout)"
    )


def run(options: argparse.Namespace) -> int:
    """Write the tenant as JSON, to the file or to standard output. Raises ConfigurationError."""
    document = _of_server(options.url) if options.url else _of_folder(options.state)
    text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    if options.output is None:
        sys.stdout.write(text)
    else:
        write_atomically(options.output, text, private=True)
    return 0


def _of_server(url: str) -> Json:
    from pytest_auth0_mfa.live.people.settings import ControlClient, ControlError, control

    client: ControlClient = control(url.removesuffix("/"), "URL")
    try:
        return client.call("GET", "config")
    except ControlError as error:
        raise ConfigurationError(str(error)) from None
    finally:
        client.close()


def _of_folder(folder: Path) -> Json:
    from pytest_auth0_mfa.app.control.export import config_of

    from . import serving, state

    if not folder.is_dir():
        raise ConfigurationError(f"{folder}: no such folder. Expected one that `auth0-mfa serve --state` made.")
    with state.opened(folder) as opened:
        kept = opened.kept()
        if kept is None:
            raise ConfigurationError(f"{folder}: no tenant is kept here. `auth0-mfa serve --state` keeps one.")
        clock = state.Timekeeper()
        tenant, _ = serving.restored(opened, kept, clock, kept.domain)
        return config_of(tenant)
