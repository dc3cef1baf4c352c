"""Serves a tenant outside pytest, for ``auth0-mfa serve`` and ``auth0-mfa run``."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_auth0_mfa.app.control.call import Node
from pytest_auth0_mfa.errors import ConfigurationError
from pytest_auth0_mfa.files import write_atomically

if TYPE_CHECKING:
    from pytest_auth0_mfa.messages import Handler, Json
    from pytest_auth0_mfa.tenant.tenant import Tenant

    from .state import Kept, StateFolder, Timekeeper

LOOPBACK = "localhost"
DEMO_USERS = (
    ("ada@example.com", "ada-password", ("email", "otp")),
    ("grace@example.com", "grace-password", ("sms", "push")),
)
"""Email, password and factors of the users of ``--demo``."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of both commands: ``--config``, ``--state``, ``--seed``, ``--demo``."""
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
    """Serve the tenant that the options describe until the block ends; gives the tenant and its port.

    Raises ConfigurationError.
    """
    from pytest_auth0_mfa.transports.server import Server

    with ExitStack() as stack:
        if options.state is None:
            tenant = _made(_config(options.config), seed=options.seed, demo=options.demo, source=options.config)
            server = stack.enter_context(Server(listen_address=(listen, port), names=names))
            yield stack.enter_context(server.serving(tenant)), server.port
            return
        from pytest_auth0_mfa.transports.certificates import context_of, kept_authority

        from . import state

        folder = stack.enter_context(state.opened(options.state))
        kept = _agreed(folder, options)
        clock = state.Timekeeper()
        trusted = options.state.resolve() / "ca.pem"
        write_atomically(trusted, kept.authority, private=True)
        context = context_of(kept_authority(kept.authority, kept.authority_key), names)
        server = stack.enter_context(Server(context, (listen, port or kept.port), ca_file=str(trusted), names=names))
        if (server.port, server.domain) != (kept.port, kept.domain):
            folder.keep(replace(kept, port=server.port, domain=server.domain))
        tenant, performing = restored(folder, kept, clock, server.domain)
        yield stack.enter_context(server.serving(tenant, folder.recording(performing, tenant, clock))), server.port


def restored(folder: StateFolder, kept: Kept, clock: Timekeeper, domain: str) -> tuple[Tenant, Handler]:
    """A tenant in the state in which it was left, and its handler: it is built again and all calls are repeated."""
    from pytest_auth0_mfa.app import handler as answering

    from . import state

    tenant = _made(json.loads(kept.config) if kept.config else None, seed=kept.seed, demo=kept.demo, clock=clock)
    state.equip(tenant, kept)
    tenant.domain = domain  # set before: the repeated calls issue tokens that name the domain
    performing = answering(tenant)
    folder.played_again(performing, clock)
    return tenant, performing


def _config(file: Path | None) -> Json:
    """The decoded config file; a profile that it names by file is loaded into it."""
    from pytest_auth0_mfa.spec.profile import Profile

    if file is None:
        return None
    config = Node.load(file).value
    if isinstance(config, dict) and isinstance(config.get("profile"), str):
        profile = Profile.load(file.parent / config["profile"])
        return {**config, "profile": {name: here for name, (here, _) in profile.differences(Profile()).items()}}
    return config


def _agreed(folder: StateFolder, options: argparse.Namespace) -> Kept:
    """What the folder's tenant was made of, stored now if the folder is new.

    Raises ConfigurationError when the options differ from those that the tenant was made with.
    """
    from .state import new

    given = _config(options.config)
    config = None if given is None else json.dumps(given)
    kept = folder.kept()
    if kept is None:
        _made(given, seed=options.seed, demo=options.demo, source=options.config)  # to refuse a wrong config
        kept = new(config, seed=options.seed, demo=options.demo)
        folder.keep(kept)
        return kept
    for name, differs in (
        ("--config", config is not None and config != kept.config),
        ("--seed", options.seed is not None and options.seed != kept.seed),
        ("--demo", options.demo and not kept.demo),
    ):
        if differs:
            raise ConfigurationError(
                f"{folder.folder}: its tenant was made with another {name}. Leave {name} out, or name a new folder."
            )
    return kept


def _made(
    config: Json, *, seed: int | None, demo: bool, source: Path | None = None, clock: Callable[[], float] | None = None
) -> Tenant:
    from pytest_auth0_mfa.tenant.tenant import Tenant

    from .tenant_file import build

    try:
        tenant = Tenant(seed=seed, clock=clock) if config is None else build(Node(config), seed=seed, clock=clock)
    except ConfigurationError as error:
        raise ConfigurationError(f"{source}: {error}" if source else str(error)) from None
    if demo:
        for email, password, factors in DEMO_USERS:
            user = tenant.add_user(email, password, email_verified=True)
            for factor in factors:
                user.enroll(factor)  # type: ignore[arg-type]  # checked when it runs
    return tenant
