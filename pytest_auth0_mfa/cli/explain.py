"""``auth0-mfa explain NAME``: what a finding, an entry of the contract, a refusal or a profile field means."""

from __future__ import annotations

import argparse
import sys

from pytest_auth0_mfa.errors import closest
from pytest_auth0_mfa.spec import explanations

from .streams import completes

SUMMARY = "explain a finding, an entry of the contract, a refusal, an error or a profile field, with its source"
PASSES_ARGUMENTS_ON = False


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare NAME and ``--list``."""
    parser.description = f"{SUMMARY[0].upper()}{SUMMARY[1:]}."
    what = parser.add_mutually_exclusive_group(required=True)
    name = what.add_argument(
        "name", metavar="NAME", nargs="?", help="such as MFA104, V8, wrong_binding_code, challenge or 1.4"
    )
    completes(name, lambda: [name for titles in _known().values() for name in titles])
    what.add_argument("--list", action="store_true", help="list every name with its title")
    parser.epilog = (
        "auth0-mfa explain MFA104                a finding of a contract run\n"
        "auth0-mfa explain V8                    an entry of the contract: fact, grade, source, link\n"
        "auth0-mfa explain wrong_binding_code    a refusal, and the profile field that changes it\n"
        "auth0-mfa explain expired_token         an error, and the refusals with that error"
    )


def run(options: argparse.Namespace) -> int:
    """Print the explanation; exit code 2 for a name that does not exist."""
    known = _known()
    if options.list:
        for kind, titles in known.items():
            print(f"{kind}:")
            print("".join(f"  {name:28}{title}\n" for name, title in titles.items()))
        return 0
    text = _finding(options.name) or explanations.explanation(options.name)
    if text is None:
        names = [name for titles in known.values() for name in titles]
        near = closest(options.name, names).partition("Known: ")[0]  # there are hundreds of names
        message = " ".join(f"nothing is called {options.name!r}. {near}".split())
        print(f"auth0-mfa explain: {message} All names: auth0-mfa explain --list", file=sys.stderr)
        return 2
    print(text, end="")
    return 0


def _known() -> dict[str, dict[str, str]]:
    """Every name with its title, by kind."""
    return {"findings": _findings(), **explanations.names()}


def _findings() -> dict[str, str]:
    from pytest_auth0_mfa.contract.findings.violation import FINDINGS

    return {id: finding.title for id, finding in FINDINGS.items()}


def _finding(name: str) -> str | None:
    from pytest_auth0_mfa.contract.findings.violation import FINDINGS, explain

    return explain(name) if name.strip().upper() in FINDINGS else None
