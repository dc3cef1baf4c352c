"""Completion in bash, zsh and fish, with argcomplete where it is installed: ``pip install argcomplete``.

The shell is told once: ``eval "$(register-python-argcomplete auth0-mfa)"``.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from typing import Protocol


class Completed(Protocol):
    """What completion asks of the module of a command."""

    SUMMARY: str

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the command's arguments."""


def parser_of_all(modules: Mapping[str, Completed]) -> argparse.ArgumentParser:
    """One parser of every command with its arguments."""
    parser = argparse.ArgumentParser(prog="auth0-mfa")
    commands = parser.add_subparsers()
    for name, module in modules.items():
        module.arguments(commands.add_parser(name, help=module.SUMMARY))
    return parser


def complete(parser: Callable[[], argparse.ArgumentParser]) -> None:
    """Answer the shell and end, when it is the shell that asks; without argcomplete nothing is completed."""
    try:
        import argcomplete
    except ImportError:
        return
    argcomplete.autocomplete(parser())
