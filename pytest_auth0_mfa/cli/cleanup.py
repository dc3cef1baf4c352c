"""``auth0-mfa cleanup``: remove what contract runs left in a real tenant."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from pytest_auth0_mfa.errors import ConfigurationError, printable
from pytest_auth0_mfa.live.ledger import PATH, Ledger

SUMMARY = "remove users and authenticators that contract runs left in a real tenant: only what the ledger names"
PASSES_ARGUMENTS_ON = False


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options for the tenant and the ledger."""
    parser.description = (
        f"{SUMMARY.capitalize()}.\nCredentials come from the environment, as for verify. To clean up users that were "
        "given by name,\nset AUTH0_MFA_USERS as it was for the run."
    )
    parser.add_argument(
        "--target", "--auth0-mfa-target", metavar="DOMAIN", help="only this tenant (default: the only one)"
    )
    parser.add_argument("--ledger", metavar="FILE", type=Path, default=PATH, help=f"the ledger (default: {PATH})")


def run(options: argparse.Namespace) -> int:
    """Clean up; exit code 0 when nothing is left, 1 when something could not be removed."""
    from pytest_auth0_mfa.live.cleanup import clean_up
    from pytest_auth0_mfa.live.run import secrets_of_environment
    from pytest_auth0_mfa.live.settings import from_environment

    ledger = Ledger(options.ledger)
    domain = options.target or _only_domain(ledger)
    if domain is None or not ledger.open_entries(domain):
        print(f"auth0-mfa cleanup: {options.ledger} names nothing that is left{f' in {domain}' if domain else ''}")
        return 0
    with ledger.alone() as alone:
        if not alone:
            raise ConfigurationError("a run is under way here, and what it created is in use. Wait until it ends.")
        message = clean_up(from_environment(domain, os.environ), ledger, secrets_of_environment())
    print(printable(message))
    return 1 if "\n" in message or "no credentials" in message else 0


def _only_domain(ledger: Ledger) -> str | None:
    domains = sorted({entry.domain for entry in ledger.open_entries()})
    if len(domains) > 1:
        raise ConfigurationError(
            f"{ledger.path} names several tenants ({', '.join(domains)}) and the credentials are for one: say which "
            "with --target=DOMAIN"
        )
    return domains[0] if domains else None
