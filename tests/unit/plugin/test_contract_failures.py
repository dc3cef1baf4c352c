"""How a broken contract looks in the terminal, and what the summary says of it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from pytest_auth0_mfa import ContractViolation
from pytest_auth0_mfa.contract.coverage import Coverage
from pytest_auth0_mfa.contract.findings.violation import Difference, violation
from pytest_auth0_mfa.contract.observations import Observation
from pytest_auth0_mfa.contract.steps import Remark, Steps
from pytest_auth0_mfa.plugin import contract as summary
from pytest_auth0_mfa.plugin.contract_failures import Failures

SCRIPT = "Reproduce with curl (bash):\n\nset -eu\n"


def broken(expected: str = "x", *, played: bool = True) -> ContractViolation:
    """A finding."""
    steps = Steps(events=[Remark("let 5 seconds pass", 5.0)] if played else [])
    return violation(Difference("MFA008", "$.a", expected, "y"), operation="challenge", source="row", steps=steps)


def failures(verbosity: int = 0, style: str = "auto") -> Failures:
    """The failures of a run with these options."""
    config = SimpleNamespace(get_verbosity=lambda: verbosity, getoption=lambda name, default: style)
    return Failures(cast("pytest.Config", config))


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
    assert text.startswith("E   MFA008 challenge: a has another value\nE     operation: challenge\n")
    assert SCRIPT in text
    assert "What happened, and what it means" not in text
    wordy = told(failures(1), broken()) or ""
    assert SCRIPT in wordy
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
    assert crash.message == "MFA008 challenge: a has another value"


def test_the_same_failure_is_told_at_length_once() -> None:
    """Again only where it was, another one in full; at -v each in full."""
    run = failures()
    assert SCRIPT in str(told(run, broken(), "first"))
    assert SCRIPT in str(told(run, broken(), "first"))
    again = str(told(run, broken(), "second"))
    assert SCRIPT not in again
    assert "The same as in first; its reproducer is there (-v: here too)." in again
    assert SCRIPT in str(told(run, broken("z"), "third"))
    short = failures()
    assert [("The same as" in str(told(short, broken(played=False), name))) for name in "ab"] == [False, False]
    wordy = failures(1)
    assert all(SCRIPT in str(told(wordy, broken(), name)) for name in "ab")


@pytest.mark.parametrize(
    ("verbosity", "style", "error"),
    [(2, "auto", broken()), (0, "long", broken()), (0, "auto", ValueError("x")), (0, "auto", ContractViolation("x"))],
)
def test_what_is_not_ours_is_left_alone(verbosity: int, style: str, error: Exception) -> None:
    """Other errors, and where the user asked for tracebacks."""
    assert told(failures(verbosity, style), error) is None


class Terminal:
    """A terminal reporter that keeps what it is told."""

    def __init__(self, verbosity: int = 0, *, verify: bool = False, profile: str | None = None) -> None:
        self.verbosity = verbosity
        self.lines: list[str] = []
        self._tw = SimpleNamespace(fullwidth=80)
        self.config = SimpleNamespace(
            pluginmanager=SimpleNamespace(has_plugin=lambda name: verify and name == "auth0_mfa_verify"),
            getoption=lambda name, default=None: profile,
        )
        self.stats: dict[str, list[object]] = {}

    def write_line(self, line: str, **markup: bool) -> None:
        self.lines.append(line)

    def write_sep(self, sep: str, title: str) -> None:
        self.lines.append(f"{sep} {title}")

    def saw(self, *notes: summary.Note) -> Terminal:
        """Tests with these notes."""
        self.stats["passed"] = [SimpleNamespace(**{summary.NAME: note.to_data()}) for note in notes]
        summary.write_summary(self)
        return self


def note(nodeid: str, error: ContractViolation | None = None) -> summary.Note:
    """The note of a test that played one call."""
    made = summary.Note(nodeid)
    made.coverage.count("challenge", "success", "email")
    made.observations.append(Observation("wrong_otp", "400 invalid_grant", "mfa-otp"))
    if error is not None:
        with pytest.raises(ContractViolation), made.recording():
            raise error
    return made


LINE = "contract of the MFA API: 1 of "
TABLE = "- contract of the MFA API: coverage"
SEEN = "MFA030 observed at mfa-otp: wrong_otp = 400 invalid_grant"


@pytest.mark.parametrize(
    ("verbosity", "verify", "table", "details"),
    [(0, False, False, False), (-1, False, False, False), (1, False, True, True),
     (0, True, True, False), (-1, True, False, False), (1, True, True, True)],
)  # fmt: skip
def test_a_right_contract_is_a_line_or_a_table(verbosity: int, verify: bool, table: bool, details: bool) -> None:
    """A line among other tests; the table for `auth0-mfa verify`, and details at -v; with -q a line again."""
    lines = Terminal(verbosity, verify=verify).saw(note("a"), note("b")).lines
    assert (lines[0] == TABLE) is table
    assert lines[0].startswith(LINE) is not table
    assert any("never answered" in line for line in lines) is details
    assert lines[-1] == SEEN


def test_findings_are_told_by_their_tests() -> None:
    """One line for all tests that found the same, with the table above."""
    lines = Terminal().saw(note("a", broken()), note("b", broken()), note("c", broken()), note("d")).lines
    assert lines[0] == TABLE
    assert lines[-2:] == ["MFA008 at challenge: a and 2 more", SEEN]
    assert Terminal().saw(note("a", broken())).lines[-2] == "MFA008 at challenge: a"
    assert Terminal().saw(note("a", broken()), note("b", broken())).lines[-2] == "MFA008 at challenge: a and 1 more"


def test_what_a_profile_says_is_no_news() -> None:
    """With a profile that was handed in, what differs is a finding and not told a second time."""
    assert SEEN not in Terminal(profile="profile.toml").saw(note("a")).lines


def test_without_a_call_there_is_nothing_to_say() -> None:
    """No line of coverage for contracts that were skipped."""
    empty = summary.Note("a")
    empty.coverage = Coverage()
    assert Terminal(1, verify=True).saw(empty).lines == []
