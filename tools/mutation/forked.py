"""pytest in a forked process: what it imports of third parties is there already, what it imports of ours is not."""

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
"""Bytes that a mutant may take: some never stop to append."""
QUIETLY = (
    *("-q", "-p", "no:cacheprovider"),
    *("-W", "ignore::SyntaxWarning", "-W", "ignore::pytest.PytestAssertRewriteWarning"),
)
"""Arguments of pytest. The compiler's warnings about `x is "text"` are not a test that noticed; nor is pytest's that
a plugin was there before it, which is what `warm_up` is for."""
START = 120
"""Seconds in which pytest must have begun its first test."""


def warm_up() -> None:
    """Import what every test needs."""
    for name in WARM:
        importlib.import_module(name)
    assert "pytest_auth0_mfa" not in sys.modules, "imported before it was mutated"


def die_with_parent() -> None:
    """Ask the kernel to end this process when the one that started it is gone, for whatever reason."""
    set_parent_death_signal = 1  # PR_SET_PDEATHSIG of <linux/prctl.h>
    ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGKILL)


def pytest_in_fork(
    checkout: Path, arguments: Sequence[str], plugin: object, log: Path, prepare: Callable[[], None] = lambda: None
) -> int:
    """Its exit code; of a process that a signal ended, minus the signal. Nothing that it started lives on."""
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
    multiprocessing.current_process().daemon = False  # as workers are: they may have no children, tests may
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
    time.sleep(0.01)  # whoever is left is told; nobody waits for the processes of processes
