"""``auth0-mfa openapi``: print the MFA API as an OpenAPI document."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from pytest_auth0_mfa.files import write_atomically

SUMMARY = "print the MFA API as an OpenAPI 3.1 document"
PASSES_ARGUMENTS_ON = False


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare ``--output``."""
    parser.description = f"{SUMMARY[0].upper()}{SUMMARY[1:]}."
    parser.add_argument("-o", "--output", metavar="FILE", type=Path, help="write it to FILE instead")


def run(options: argparse.Namespace) -> int:
    """Print or write the document."""
    from pytest_auth0_mfa.spec.openapi import document

    text = json.dumps(document(), indent=2, ensure_ascii=False) + "\n"
    if options.output is None:
        print(text, end="")
    else:
        write_atomically(options.output, text)
    return 0
