"""Runs pytest in a fork that has already imported third-party packages, but not this one."""

from __future__ import annotations

import ctypes
import importlib
import multiprocessing
import os
import resource
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

WARM = (
    *("pytest", "_pytest.pytester", "xdist", "hypothesis.stateful", "requests", "responses", "httpx", "jsonschema"),
    *("referencing", "cryptography.x509", "jwt", "yaml", "vcr", "trustme", "segno", "flask", "respx", "aiosmtpd.smtp"),
)
MEMORY = 4 << 30
"""How many bytes of memory a mutant may use: some never stop appending."""
QUIETLY = (
    *("-q", "-p", "no:cacheprovider"),
    *("-W", "ignore::SyntaxWarning", "-W", "ignore::pytest.PytestAssertRewriteWarning"),
)
"""Arguments for pytest. They ignore two warnings that would look like a killed mutant: the compiler's about
`x is "text"`, and pytest's about modules that `warm_up` has already imported."""
START = 120
"""Seconds within which pytest must begin its first test."""


def warm_up() -> None:
    """Import the third-party packages that tests need."""
    for name in WARM:
        importlib.import_module(name)
    assert "pytest_auth0_mfa" not in sys.modules, "imported before it was mutated"


def die_with_parent() -> None:
    """Make the kernel end this process when its parent ends, for whatever reason."""
    set_parent_death_signal = 1  # PR_SET_PDEATHSIG of <linux/prctl.h>
    ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGKILL)


def pytest_in_fork(
    checkout: Path, arguments: Sequence[str], plugin: object, log: Path, prepare: Callable[[], None] = lambda: None
) -> int:
    """Run pytest; return its exit code, or minus the number of the signal that ended it. Ends all processes it
    started."""
    child = os.fork()
    if child == 0:
        try:
            _become(checkout, log)
            prepare()
            pytest = sys.modules["pytest"]
            os._exit(int(pytest.main([*arguments], plugins=[plugin])))
        except BaseException as error:
            print(repr(error), file=sys.__stderr__, flush=True)
            os._exit(3)
    _, status = os.waitpid(child, 0)
    _end_group(child)
    return os.waitstatus_to_exitcode(status)


def _become(checkout: Path, log: Path) -> None:
    os.setsid()
    die_with_parent()
    multiprocessing.current_process().daemon = False  # daemons, as workers are, may not have children
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.chdir(checkout)
    os.environ |= {"PYTHONPATH": str(checkout), "PYTHONDONTWRITEBYTECODE": "1"}
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(checkout))
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    signal.alarm(START)


def _end_group(leader: int) -> None:
    try:
        os.killpg(leader, signal.SIGKILL)
    except ProcessLookupError:
        return
    time.sleep(0.01)  # give them time to end: only their own parents can wait for them
