"""Runs pytest within a test."""

from __future__ import annotations

import importlib
import multiprocessing
import pkgutil
import sys
import warnings
from multiprocessing.connection import Connection

import pytest

import pytest_auth0_mfa

_DEADLINE = 300.0


def run_forked(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    """Run pytest in a fork of this process, since starting Python and importing everything takes longer than most
    runs.

    The result lacks what processes started by the run write to stderr.
    """
    if sys.platform == "win32":
        return pytester.runpytest_subprocess(*arguments)
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_run, args=(pytester, arguments, sender))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of pytest-xdist's threads, which the fork does not need
        process.start()
    sender.close()
    try:
        assert receiver.poll(_DEADLINE), f"the run did not end within {_DEADLINE:g} s"
        result = pytest.RunResult(*receiver.recv())
        process.join(_DEADLINE)
        return result
    finally:
        process.kill()
        process.join()
        receiver.close()


def _run(pytester: pytest.Pytester, arguments: tuple[str, ...], sender: Connection) -> None:
    result = pytester.runpytest_inprocess(*arguments)
    sender.send((result.ret, result.outlines, result.errlines, result.duration))


for _module in pkgutil.walk_packages(pytest_auth0_mfa.__path__, "pytest_auth0_mfa."):
    if not _module.name.endswith("__main__"):
        importlib.import_module(_module.name)  # now, since pytester removes what is imported later
