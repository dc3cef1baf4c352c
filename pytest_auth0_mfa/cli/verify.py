"""``auth0-mfa verify``: run the contract suite with its own pytest configuration."""

from __future__ import annotations

import argparse
import os
import re
import sys
import tempfile
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from pytest_auth0_mfa.errors import MissingExtraError, UnwritableError
from pytest_auth0_mfa.spec.outcomes import OF_PYTEST, Outcome

from .pytest_config import RUN_OPTIONS, check_target, misspelt_option, with_prefix
from .streams import completes

SUMMARY = "run the contract suite against the fake, the local server or a real tenant"
PASSES_ARGUMENTS_ON = True


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options for the help; pytest parses them."""
    parser.usage = "auth0-mfa verify [options] [pytest arguments]"
    parser.description = (
        f"{SUMMARY.capitalize()}.\n\n"
        "Every other argument is handed to pytest, such as -k email, -n 2 or -v. Of the folder's own pytest\n"
        "configuration only the lines that start with auth0_mfa_ count, and its conftest.py, which may override\n"
        "this plugin's fixtures. PYTEST_ADDOPTS is not read."
    )
    for option in RUN_OPTIONS:
        takes = {"metavar": option.metavar} if option.metavar else {"action": "store_true"}
        made = parser.add_argument(f"--{option.name}", help=option.help, **takes)  # type: ignore[arg-type]
        if values := re.fullmatch(r"\{([a-z_,-]+)(,DOMAIN.*)?\}", option.metavar):
            words = values[1].split(",")
            completes(made, lambda words=words: words)  # type: ignore[misc]
    parser.epilog = (
        "Each may be written with pytest's own prefix too: --auth0-mfa-target.\n\n"
        "auth0-mfa verify                                           the fake, in process\n"
        "auth0-mfa verify --target=server                           the fake, over HTTPS\n"
        "auth0-mfa verify --target=shop.eu.auth0.com                a real tenant\n\n"
        "exit code: 0 all well, 1 a broken contract, 2 wrong usage or one Ctrl-C, 10 drift, 11 incomplete,\n"
        "12 could not run"
    )


def run(options: argparse.Namespace) -> int:
    """Run pytest; return its exit code as one of `Outcome`, or the outcome of what kept pytest from starting."""
    arguments = list(with_prefix(options.rest))
    check_target(arguments)
    if find_spec("hypothesis") is None:
        print(f"auth0-mfa verify: {MissingExtraError('The contract suite', 'contract')}", file=sys.stderr)
        return Outcome.COULD_NOT_RUN.exit_code
    import pytest

    from .pytest_config import here

    os.environ.pop("PYTEST_ADDOPTS", None)
    found = here()
    try:
        tempfile.gettempdir()
    except FileNotFoundError as error:
        message = f"{error.strerror}, and pytest needs one. Set TMPDIR to one that can be written to."
        raise UnwritableError(message) from None
    given = [
        *("-c", str(Path(__file__).parent.parent / "suite" / "pytest.ini")),
        f"--rootdir={found.folder}",
        f"--confcutdir={found.folder}",  # else -c would decide which conftest.py files are read
        *("-p", plugin()),
        *(part for name, value in found.ours.items() for part in ("-o", f"{name}={value}")),
        *("--pyargs", "pytest_auth0_mfa.suite"),
    ]
    code = int(pytest.main([*given, *arguments], plugins=[SetUpOnly()]))
    if code == pytest.ExitCode.USAGE_ERROR and (message := misspelt_option(options.rest)):
        print(f"auth0-mfa verify: {message}", file=sys.stderr)
    return OF_PYTEST[code].exit_code if code in OF_PYTEST else code


class SetUpOnly:
    """A plugin that turns a run in which only set-ups failed into one that could not run: no contract was broken."""

    __name__ = "auth0_mfa_verify"  # the name under which pytest registers the plugin

    def __init__(self) -> None:
        self.phases: set[str | None] = set()

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Note the phase of a failure: ``setup``, ``call`` or ``teardown``."""
        if report.failed:
            self.phases.add(report.when)

    def pytest_sessionfinish(self, session: Any, exitstatus: int) -> None:
        """Correct the exit code when only set-ups failed."""
        if exitstatus == Outcome.VIOLATION.exit_code and self.phases == {"setup"}:
            session.exitstatus = Outcome.COULD_NOT_RUN.exit_code


def plugin() -> str:
    """The name for ``-p``: the entry point, which may be loaded already; the module if there is no installation."""
    return "auth0_mfa" if entry_points(group="pytest11", name="auth0_mfa") else "pytest_auth0_mfa.plugin"
