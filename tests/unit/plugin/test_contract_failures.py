"""How a broken contract looks in the terminal."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from pytest_auth0_mfa import ContractViolation
from pytest_auth0_mfa.contract.findings.violation import Difference, violation
from pytest_auth0_mfa.contract.reproducer.trace import Note, Steps
from pytest_auth0_mfa.plugin.contract import Failures

SCRIPT = "Reproduce with curl:\nset -eu; "


def broken(expected: str = "x", *, played: bool = True) -> ContractViolation:
    """A finding."""
    steps = Steps(events=[Note("let 5 seconds pass", 5.0)] if played else [])
    return violation(Difference("MFA008", "$.a", expected, "y"), operation="challenge", source="row", steps=steps)


def failures(verbosity: int = 0, style: str = "auto", *, language: str | None = None, worker: bool = False) -> Failures:
    """The failures of a run with these options."""
    options = {"tbstyle": style, "auth0_mfa_reproducer": language}
    config: Any = SimpleNamespace(
        get_verbosity=lambda: verbosity,
        getoption=lambda name, default=None: options.get(name, default),
        getini=lambda name: "",
        invocation_params=SimpleNamespace(dir=Path()),
        stash=pytest.Stash(),
    )
    if worker:
        config.workerinput = {}
    return Failures(config)


def told(run: Failures, error: BaseException, nodeid: str = "a") -> str | None:
    """What the report of this failure shows; None when it is left as it was."""
    try:
        raise error
    except BaseException:
        info = pytest.ExceptionInfo.from_current()
    report = cast("Any", SimpleNamespace(nodeid=nodeid, longrepr=None))
    run.rewrite(report, info)
    return None if report.longrepr is None else str(report.longrepr)


def test_a_failure_is_the_finding_and_its_reproducer() -> None:
    """No traceback; details and meaning only at -v."""
    text = told(failures(), broken()) or ""
    assert text.startswith(
        "E   MFA008 challenge: a has the wrong value\nE     operation: challenge: POST /mfa/challenge\n"
    )
    assert SCRIPT in text
    assert "What happened, and what it means" not in text
    wordy = told(failures(1), broken()) or ""
    assert "Reproduce with curl (bash):\n\nset -eu; " in wordy
    assert "What happened, and what it means:\n\n  1. let 5 seconds pass\n\n" in wordy


def test_a_failure_names_its_line() -> None:
    """Where it was raised, and at which operation, for the short summary."""
    try:
        raise broken()
    except ContractViolation:
        info = pytest.ExceptionInfo.from_current()
    report = cast("Any", SimpleNamespace(nodeid="a", longrepr=None))
    failures().rewrite(report, info)
    crash = report.longrepr.reprcrash
    assert (crash.path, crash.lineno) == (__file__, info.tb.tb_lineno)
    assert crash.message == "MFA008 challenge: a has the wrong value"


def test_what_reproducers_have_in_common_is_shown_once() -> None:
    """The functions stand with the first of them; at -v with each; on a worker of pytest-xdist with each."""
    run, common = failures(), "set -eu; "
    assert common in str(told(run, broken(), "t.py::first"))
    assert common in str(told(run, broken(), "t.py::first"))
    again = str(told(run, broken("z"), "t.py::second"))
    assert common not in again
    assert "Reproduce with curl (its functions stand at first):\nread -r -p" in again
    for each in (failures(1), failures(worker=True)):
        assert all(common in str(told(each, broken(), name)) for name in "ab")


def test_a_reproducer_is_of_the_language_that_was_asked_for() -> None:
    """Python instead of curl."""
    text = str(told(failures(language="python"), broken()))
    assert "Reproduce with python:\nimport" in text
    assert "set -eu" not in text


@pytest.mark.parametrize(
    ("verbosity", "style", "error"),
    [(2, "auto", broken()), (0, "long", broken()), (0, "auto", ValueError("x")), (0, "auto", ContractViolation("x"))],
)
def test_what_is_not_ours_is_left_alone(verbosity: int, style: str, error: Exception) -> None:
    """Other errors, and where the user asked for tracebacks."""
    assert told(failures(verbosity, style), error) is None
