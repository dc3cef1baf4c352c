"""Standard streams that commands can rely on, and completion for bash, zsh and fish."""

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
    """Replace closed standard streams by the null device, and escape characters that a stream cannot encode."""
    descriptor = os.open(os.devnull, os.O_RDWR)
    while descriptor <= 2:  # else the next opened file gets the number, and output goes into it
        descriptor = os.open(os.devnull, os.O_RDWR)
    os.close(descriptor)
    sys.stdout = sys.stdout or open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - for the whole process
    sys.stderr = sys.stderr or open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if (reconfigure := getattr(stream, "reconfigure", None)) is not None:
            reconfigure(errors="backslashreplace")


def flush() -> None:
    """Write buffered output now, while an error can still be reported. Raises UnwritableError or BrokenPipeError."""
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
    """A sentence about an error of the operating system."""
    if error.filename is not None:
        return f"{error.filename}: {in_words(error)}"
    full = error.errno in (errno.ENOSPC, errno.EFBIG, errno.EIO)  # errors of files would have a filename
    return f"standard output: {in_words(error)}" if full else in_words(error)


def _silence(stream: TextIO) -> None:
    """Send what is left in the buffer to the null device; the interpreter would print an error at its end."""
    with contextlib.suppress(OSError):  # a test's stream has no descriptor
        number = stream.fileno()
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, number)
        os.close(null)


class Completed(Protocol):
    """The members of a command's module that completion needs."""

    SUMMARY: str

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the command's arguments."""


def completes(action: argparse.Action, names: Callable[[], Iterable[str]]) -> None:
    """Complete an argument with these names; ``names`` is only called for a completion."""
    setattr(action, "completer", lambda **known: list(names()))  # noqa: B010 - the attribute that argcomplete reads


def parser_of_all(modules: Mapping[str, Completed]) -> argparse.ArgumentParser:
    """One parser for all commands and their arguments."""
    parser = argparse.ArgumentParser(prog="auth0-mfa")
    commands = parser.add_subparsers()
    for name, module in modules.items():
        module.arguments(commands.add_parser(name, help=module.SUMMARY))
    return parser


def complete(parser: Callable[[], argparse.ArgumentParser]) -> None:
    """Complete and exit if the shell asked for a completion. Does nothing without argcomplete."""
    try:
        import argcomplete
    except ImportError:
        return
    argcomplete.autocomplete(parser())
