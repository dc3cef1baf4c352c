"""Completion in bash, zsh and fish, with argcomplete where it is installed: ``pip install argcomplete``.

The shell is told once: ``eval "$(register-python-argcomplete auth0-mfa)"``.
"""

from __future__ import annotations

import argparse


def parser_of_all() -> argparse.ArgumentParser:
    """One parser of every command with its arguments."""
    from . import COMMANDS, command

    parser = argparse.ArgumentParser(prog="auth0-mfa")
    commands = parser.add_subparsers()
    for name in COMMANDS:
        module = command(name)
        module.arguments(commands.add_parser(name, help=module.SUMMARY))
    return parser


def complete() -> None:
    """Answer the shell and end, when it is the shell that asks; without argcomplete nothing is completed."""
    try:
        import argcomplete
    except ImportError:
        return
    argcomplete.autocomplete(parser_of_all())
