"""``auth0-mfa explain MFA104``: what a finding means and what to do."""

from __future__ import annotations

import argparse
import sys

from pytest_auth0_mfa.errors import UnknownOperationError

SUMMARY = "say what a finding of a contract run means, on which source it rests and what to do"
PASSES_ARGUMENTS_ON = False


def arguments(parser: argparse.ArgumentParser) -> None:
    """The finding's id."""
    parser.description = SUMMARY
    parser.add_argument("finding", metavar="ID", help="such as MFA104, as the report names it")


def run(options: argparse.Namespace) -> int:
    """Print the explanation; exit code 2 for an id that does not exist."""
    from pytest_auth0_mfa.contract.findings.catalogue import explain

    try:
        print(explain(options.finding), end="")
    except UnknownOperationError as error:
        print(f"auth0-mfa explain: {error}", file=sys.stderr)
        return 2
    return 0
