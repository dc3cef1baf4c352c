"""The terminal as commands need it: output that is open and says everything, and completion in bash, zsh and fish."""

from __future__ import annotations

import argparse
import contextlib
import errno
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Protocol, TextIO

from pytest_auth0_mfa.errors import UnwritableError, in_words


def prepare() -> None:
    """A stream that was closed leads nowhere from now on; a character that an encoding lacks is escaped."""
    descriptor = os.open(os.devnull, os.O_RDWR)
    while descriptor <= 2:  # else the next file or socket takes the number, and what is printed ends up in it
        descriptor = os.open(os.devnull, os.O_RDWR)
    os.close(descriptor)
    sys.stdout = sys.stdout or open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - for the whole process
    sys.stderr = sys.stderr or open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if (reconfigure := getattr(stream, "reconfigure", None)) is not None:
            reconfigure(errors="backslashreplace")


def flush() -> None:
    """Write what still waits, while it can be told that it fails. Raises UnwritableError, or BrokenPipeError."""
    failed: list[tuple[str, OSError]] = []
    for name, stream in (("standard output", sys.stdout), ("standard error", sys.stderr)):
        try:
            stream.flush()
        except OSError as error:
            failed.append((name, error))
            _silence(stream)
    for name, trouble in failed:
        if isinstance(trouble, BrokenPipeError):
            raise trouble
        raise UnwritableError(f"{name} cannot be written to: {in_words(trouble)}")


def sentence_of(error: OSError) -> str:
    """A sentence about what the system refused."""
    if error.filename is not None:
        return f"{error.filename}: {in_words(error)}"
    full = error.errno in (errno.ENOSPC, errno.EFBIG, errno.EIO)  # our files have names
    return f"standard output: {in_words(error)}" if full else in_words(error)


def _silence(stream: TextIO) -> None:
    """What is left in its buffer goes nowhere: the interpreter would complain when it ends."""
    with contextlib.suppress(OSError):  # a stream of a test has no number
        number = stream.fileno()
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, number)
        os.close(null)


class Completed(Protocol):
    """What completion asks of the module of a command."""

    SUMMARY: str

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the command's arguments."""


def completes(action: argparse.Action, names: Callable[[], Iterable[str]]) -> None:
    """Complete an argument by these names, which are asked for when the shell wants them."""
    setattr(action, "completer", lambda **known: list(names()))  # noqa: B010 - argcomplete's own attribute


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
