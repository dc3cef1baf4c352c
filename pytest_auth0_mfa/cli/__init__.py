"""The console script ``auth0-mfa``. Each command is a module of this package.

A command's module has ``SUMMARY`` (one line), ``arguments(parser)`` and ``run(options) -> exit code``. If its
``PASSES_ARGUMENTS_ON`` is true, it gets all arguments after its name unparsed, as ``options.rest``.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from itertools import takewhile
from typing import NoReturn, Protocol, cast

from pytest_auth0_mfa.errors import Auth0MfaError, ConfigurationError, MissingExtraError, closest
from pytest_auth0_mfa.spec.outcomes import Outcome

from . import streams

COMMANDS = ("verify", "serve", "run", "export", "init", "openapi", "explain", "doctor", "drift", "cleanup", "import")
"""The commands in the order of the help, most used first."""


class Command(Protocol):
    """The members of a command's module."""

    SUMMARY: str
    PASSES_ARGUMENTS_ON: bool

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the command's arguments, its description and its epilog."""

    def run(self, options: argparse.Namespace) -> int:
        """Run the command; return the exit code."""


def command(name: str) -> Command:
    """Import and return the module of a command."""
    return cast(Command, import_module(f".{name}", __name__))


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; return the exit code.

    `spec.outcomes.OF_COMMANDS` says what each code means. When the reader of the output is gone, nothing more is
    printed.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    name = next((a for a in arguments if not a.startswith("-")), None)
    if "_ARGCOMPLETE" in os.environ:
        from .streams import complete, parser_of_all

        complete(lambda: parser_of_all({name: command(name) for name in COMMANDS}))
    streams.prepare()
    try:
        try:
            return _run(name, arguments)
        finally:
            streams.flush()
    except BrokenPipeError:
        return Outcome.READER_GONE.exit_code
    except KeyboardInterrupt:
        print(f"auth0-mfa{f' {name}' if name else ''}: interrupted", file=sys.stderr)
        return Outcome.INTERRUPTED.exit_code
    except (Auth0MfaError, OSError) as error:
        return _said(name, error)


def _run(name: str | None, arguments: list[str]) -> int:
    if name is not None and name not in COMMANDS:
        print(f"auth0-mfa: no such command: {name!r}. {closest(name, COMMANDS)}", file=sys.stderr)
        return Outcome.WRONG_USAGE.exit_code
    if name is None or arguments[0] != name:
        _help().parse_args(arguments or ["--help"])
        return Outcome.WRONG_USAGE.exit_code
    module = command(name)
    parser = Parser(prog=f"auth0-mfa {name}", allow_abbrev=False, formatter_class=argparse.RawDescriptionHelpFormatter)
    module.arguments(parser)
    if module.PASSES_ARGUMENTS_ON and not {"-h", "--help"} & set(arguments):
        return module.run(argparse.Namespace(rest=arguments[1:]))
    parser.given = arguments[1:]
    return module.run(parser.parse_args(parser.given))


class Parser(argparse.ArgumentParser):
    """A parser that suggests the closest name for a misspelt option or choice."""

    given: Sequence[str] = ()

    def error(self, message: str) -> NoReturn:
        """Print the usage, the message and the closest name. Raises SystemExit with code 2."""
        known = [name for action in self._actions for name in action.option_strings if name.startswith("--")]
        options = [word.partition("=")[0] for word in takewhile("--".__ne__, self.given) if word.startswith("--")]
        if unknown := next((name for name in options if name not in known), None):
            named = "" if message.startswith("unrecognized arguments") else f" {unknown}: no such option."
            message = f"{message}.{named} {closest(unknown, known)}"
        super().error(message.rstrip())

    def _check_value(self, action: argparse.Action, value: object) -> None:
        if action.choices is not None and value not in action.choices:
            raise argparse.ArgumentError(action, f"{value!r}: no such choice. {closest(str(value), action.choices)}")


def _said(name: str | None, error: Exception) -> int:
    """Print the error's message to standard error; return the exit code for it."""
    from pytest_auth0_mfa.errors import printable

    text = str(error)
    if isinstance(error, OSError) and not isinstance(error, Auth0MfaError):
        text = streams.sentence_of(error)
    print(printable(f"auth0-mfa{f' {name}' if name else ''}: {text}"), file=sys.stderr)
    if isinstance(error, OSError | MissingExtraError):
        return Outcome.COULD_NOT_RUN.exit_code
    return Outcome.WRONG_USAGE.exit_code if isinstance(error, ConfigurationError) else Outcome.VIOLATION.exit_code


def _help() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="auth0-mfa",
        usage="auth0-mfa [-h] [--version] COMMAND ...",
        description="A fake of Auth0's MFA API for tests, and contract tests. Not a product of Auth0.",
        epilog="commands:\n"
        + "\n".join(f"  {name:10}{command(name).SUMMARY}" for name in COMMANDS)
        + "\n\n`auth0-mfa COMMAND --help` says what each takes.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    from importlib.metadata import version

    parser.add_argument("--version", action="version", version=f"pytest-auth0-mfa {version('pytest-auth0-mfa')}")
    return parser
