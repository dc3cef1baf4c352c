# ruff: noqa: N999 - it bears the name of its command; `import_module` loads it
"""``auth0-mfa import FILE``: make a scrubbed cassette from a plain vcrpy cassette or a HAR file."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

SUMMARY = "make a scrubbed cassette from a plain vcrpy cassette or a HAR file"
PASSES_ARGUMENTS_ON = False


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare FILE and the options for the cassette."""
    parser.description = (
        f"{SUMMARY[0].upper()}{SUMMARY[1:]}.\n\n"
        "Every token, code, secret, password, address and host is replaced by a placeholder; when anything that looks\n"
        "like a secret is left, nothing is written. FILE itself is not touched: delete it when you are done."
    )
    parser.add_argument("file", metavar="FILE", type=Path, help="a vcrpy cassette (YAML or JSON) or a HAR file")
    parser.add_argument(
        "-o", "--output", metavar="FILE", type=Path, help="the cassette (default: the name of FILE with .scrubbed.yaml)"
    )
    parser.add_argument("--domain", help="the tenant, if FILE has calls to several")
    parser.add_argument("--force", action="store_true", help="replace the output if it exists")


def run(options: argparse.Namespace) -> int:
    """Import the file. Exit code 2 when the output already exists."""
    from pytest_auth0_mfa.cassettes.importing import import_file

    target: Path = options.output or options.file.with_suffix(".scrubbed.yaml")
    if target.exists() and not options.force:
        print(f"auth0-mfa import: {target} exists. Name another with --output, or replace it: --force", file=sys.stderr)
        return 2
    done = import_file(options.file, target, domain=options.domain)
    left_out = f"; {done.dropped} other{'s' if done.dropped != 1 else ''} left out" if done.dropped else ""
    print(f"{done.target}: {done.kept} call{'s' if done.kept != 1 else ''}{left_out}")
    return 0
