"""What the terminal summary says of contracts."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from pytest_auth0_mfa.contract.coverage import Coverage, Observation
from pytest_auth0_mfa.contract.findings.violation import ContractViolation, Difference, evidence, violation
from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.plugin.contract import ContractRecord
from pytest_auth0_mfa.plugin.contract_summary import write_summary
from pytest_auth0_mfa.plugin.findings_once import OneBlockPerCause
from pytest_auth0_mfa.plugin.keys import CARRIED, CONTRACT


def broken(field: str = "$.binding_method", refusal: str = "", actual: str = "y") -> ContractViolation:
    """A finding."""
    difference = Difference("MFA003", field, "x", actual)
    return violation(difference, operation="challenge", source="row", refusal=refusal)


class Report:
    """A report that carries a note."""

    def __init__(self, note: Json) -> None:
        setattr(self, CARRIED, {CONTRACT: note})
        self.failed = note["finding"] is not None


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

    def saw(self, *notes: Json) -> Terminal:
        """Tests with these notes."""
        self.stats["failed"] = [Report(note) for note in notes if note["finding"] is not None]
        self.stats["passed"] = [Report(note) for note in notes if note["finding"] is None]
        write_summary(cast("Any", self), cast("Any", [*self.stats["failed"], *self.stats["passed"]]))
        return self


def note(flow: str, error: ContractViolation | None = None) -> Json:
    """The note of a test that played one call."""
    made = ContractRecord()
    made.coverage.count("challenge", "success", "email")
    made.observations.append(Observation("wrong_otp", "400 invalid_grant", "mfa-otp"))
    return {"flow": flow, "finding": None if error is None else evidence(error), **made.to_data()}


LINE = "MFA contract: 1 of "
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


def test_a_finding_is_told_once() -> None:
    """With the tests that met it: whatever else differed, it is one when kind, operation, field and refusal are."""
    lines = (
        Terminal().saw(note("a", broken()), note("b", broken(actual="z")), note("c", broken("$.x")), note("d")).lines
    )
    assert lines[1:] == [
        "MFA003 challenge: binding_method is missing",
        "  in 2 tests: a, b",
        "MFA003 challenge: x is missing",
        SEEN,
    ]
    many = Terminal().saw(*(note(f"flow-{number}", broken()) for number in range(9))).lines
    assert many[2].startswith("  in 9 tests: flow-0, flow-1, ")
    assert many[2].endswith(" ...")
    assert max(map(len, many)) <= 80
    assert len(Terminal().saw(note("a", broken(refusal="x")), note("b", broken(refusal="y"))).lines) == 4


@pytest.mark.parametrize(("verbosity", "shown"), [(0, "ac"), (-1, "ac"), (1, "abc")])
def test_a_finding_has_one_block(verbosity: int, shown: str) -> None:
    """Only the first of its tests is shown; at -v each; the count of failed tests stays."""
    terminal = Terminal(verbosity)
    failed = [Report(note(*one)) for one in (("a", broken()), ("b", broken()), ("c", broken("$.x")))]
    terminal.stats["failed"] = list(failed)
    around = OneBlockPerCause().pytest_terminal_summary(cast("Any", terminal))
    next(around)
    assert "".join(getattr(one, CARRIED)[CONTRACT]["flow"] for one in terminal.stats["failed"]) == shown
    with pytest.raises(StopIteration):
        next(around)
    assert terminal.stats["failed"] == failed


def test_what_a_profile_says_is_no_news() -> None:
    """With a profile that was handed in, what differs is a finding and not told a second time."""
    assert SEEN not in Terminal(profile="profile.toml").saw(note("a")).lines


def test_without_a_call_there_is_nothing_to_say() -> None:
    """No line of coverage for contracts that were skipped."""
    empty = {"flow": "a", "finding": None, "coverage": Coverage().to_data()}
    assert Terminal(1, verify=True).saw(empty).lines == []
