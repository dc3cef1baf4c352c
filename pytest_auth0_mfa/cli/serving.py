"""A tenant served outside pytest, as ``auth0-mfa serve`` and ``auth0-mfa run`` do it."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_auth0_mfa.app.control.json_node import Node
from pytest_auth0_mfa.errors import ConfigurationError

if TYPE_CHECKING:
    from pytest_auth0_mfa.tenant.tenant import Tenant

LOOPBACK = "localhost"


def arguments(parser: argparse.ArgumentParser) -> None:
    """What both commands take: ``--config``, ``--state``, ``--seed``, ``--demo``."""
    parser.add_argument("--config", metavar="FILE", type=Path, help="JSON that seeds applications, users and factors")
    parser.add_argument(
        "--state",
        metavar="DIR",
        type=Path,
        help="keep the tenant in this folder: keys, tokens, users, clock, port; the next start goes on from there",
    )
    parser.add_argument("--seed", metavar="N", type=int, help="same seed, same ids, tokens and codes")
    parser.add_argument("--demo", action="store_true", help="begin with two users who have factors")


@contextmanager
def served(
    options: argparse.Namespace, *, port: int = 0, listen: str = LOOPBACK, names: tuple[str, ...] = ()
) -> Iterator[tuple[Tenant, int]]:
    """The tenant that the options describe, and its port, until the block ends."""
    from pytest_auth0_mfa.app import handler as answering
    from pytest_auth0_mfa.transports.certificates import PrivateAuthority
    from pytest_auth0_mfa.transports.server import Server

    from . import state

    with ExitStack() as stack:
        if options.state is None:
            tenant = _made(_config(options.config), seed=options.seed, demo=options.demo)
            server = stack.enter_context(Server(listen_address=(listen, port), names=names))
            yield stack.enter_context(server.serving(tenant)), server.port
            return
        folder = stack.enter_context(state.opened(options.state))
        kept = _agreed(folder, options)
        clock = state.Timekeeper()
        tenant = _made(json.loads(kept.config) if kept.config else None, seed=kept.seed, demo=kept.demo, clock=clock)
        state.equip(tenant, kept)
        authority = stack.enter_context(PrivateAuthority(kept.authority, kept.authority_key, options.state / "ca.pem"))
        server = stack.enter_context(
            Server(
                authority.context(names),
                (listen, port or kept.port),
                ca_file=str(options.state.resolve() / "ca.pem"),
                names=names,
            )
        )
        if server.port != kept.port:
            folder.keep(replace(kept, port=server.port))
        tenant.domain = server.domain  # tokens of the calls that are played again name it
        performing = answering(tenant)
        folder.played_again(performing, clock)
        yield stack.enter_context(server.serving(tenant, folder.recording(performing, tenant, clock))), server.port


def _config(file: Path | None) -> object:
    """The decoded config, with a profile that it names by file put in its place."""
    from pytest_auth0_mfa.spec.profile import Profile

    if file is None:
        return None
    config = Node.load(file).value
    if isinstance(config, dict) and isinstance(config.get("profile"), str):
        profile = Profile.load(file.parent / config["profile"])
        return {**config, "profile": {name: here for name, (here, _) in profile.differences(Profile()).items()}}
    return config


def _agreed(folder: object, options: argparse.Namespace) -> object: ...
