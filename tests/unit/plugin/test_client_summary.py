"""What the terminal says of client contracts, whatever worker ran the tests."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from pytest_auth0_mfa.contract.client.asked import Flaw
from pytest_auth0_mfa.contract.client.calling import METHODS
from pytest_auth0_mfa.contract.client.run import Accepted
from pytest_auth0_mfa.contract.findings.violation import FINDINGS
from pytest_auth0_mfa.plugin import contract_summary
from pytest_auth0_mfa.plugin.keys import CARRIED, CLIENT


def report(client: str, test: str, tests: int, **seen: Any) -> pytest.TestReport:
    """What a test of a contract class leaves."""
    empty: dict[str, Any] = {name: [] for name in ("covered", "uncovered", "found", "observed", "accepted")}
    told = {"client": client, "test": test, "tests": tests, "examples": 0, "shown": {}, **empty, **seen}
    return cast("pytest.TestReport", SimpleNamespace(**{CARRIED: {CLIENT: told}}))


def lines(
    monkeypatch: pytest.MonkeyPatch, *reports: pytest.TestReport, accepted: tuple[Accepted, ...] = ()
) -> list[str]:
    """The summary of these tests."""
    monkeypatch.setattr(contract_summary, "entries", lambda config: accepted)
    return list(contract_summary.client_lines(reports, cast("pytest.Config", None)))


def test_each_client_has_its_sum(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests, examples, methods never or not always covered, findings and observations by operation, in 80 columns."""
    said = lines(
        monkeypatch,
        report(
            "Web", "a", 3, examples=2, covered=["log_in", "refresh"], uncovered=["sign_in"], found={"MFA210 mfa-otp": 1}
        ),
        report("Web", "b", 3, examples=5, uncovered=["refresh", "delete"], found={"MFA210 mfa-otp": 1}),
        report(
            "App",
            "a",
            3,
            examples=1,
            found={"MFA101 challenge": 1},
            observed=["MFA104 challenge"],
            shown={"MFA104 challenge": "expected one, got another"},
        ),
        report("App", "b", 3, observed=["MFA104 challenge"], shown={"MFA104 challenge": "expected no more"}),
    )
    titles = [FINDINGS[finding].title for finding in ("MFA101", "MFA104", "MFA210")]
    assert said == [
        "auth0-mfa: App: 2 tests, 1 example",
        f"auth0-mfa: App: found MFA101 at challenge (1 test): {titles[0]}",
        "auth0-mfa: App: observed MFA104 at challenge (2 tests):",
        f"  {titles[1]}",
        "  in a: expected one, got another",
        "auth0-mfa: Web: 2 tests, 7 examples; not covered: delete, sign_in; covered in part: refresh",
        "auth0-mfa: Web: found MFA210 at mfa-otp (2 tests):",
        f"  {titles[2]}",
    ]


def test_a_client_without_the_my_account_api_is_told_so_in_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its seven methods are one name, unless the client has some of them."""
    page = [method for method in METHODS if method.startswith("me_")]
    assert lines(monkeypatch, report("Web", "a", 3, examples=2, uncovered=[*page, "revoke"])) == [
        "auth0-mfa: Web: 1 test, 2 examples; not covered: me_..., revoke"
    ]
    assert lines(monkeypatch, report("Web", "a", 3, examples=2, uncovered=page[:2])) == [
        f"auth0-mfa: Web: 1 test, 2 examples; not covered: {', '.join(sorted(page[:2]))}"
    ]


@pytest.mark.parametrize(("run", "stale"), [(1, False), (2, True)])
def test_an_entry_is_stale_when_every_test_of_its_client_was_run(
    monkeypatch: pytest.MonkeyPatch, run: int, stale: bool
) -> None:
    """In a part of the run nothing is called stale; what was met is told with its reason."""
    entries = (
        Accepted("MFA101", "old", client="Web"),
        Accepted("MFA102", "known"),
        Accepted("MFA103", "x", client="No"),
    )
    reports = [report("Web", str(number), 2, accepted=[1]) for number in range(run)]
    said = lines(monkeypatch, *reports, accepted=entries)[1:]
    gone = "auth0-mfa: stale in the baseline: MFA101 (client Web): it was not found. Remove the entry."
    assert said == [gone] * stale + ["auth0-mfa: accepted MFA102: known"]


@pytest.mark.parametrize(
    ("limits", "covers"),
    [
        ({}, True),
        ({"client": "Web", "test": "a", "operation": "challenge", "field": "$[*].id"}, True),
        ({"field": "$[3].id"}, True),
        ({"client": "App"}, False),
        ({"client": "Xeb"}, False),
        ({"test": "b"}, False),
        ({"operation": "associate"}, False),
        ({"field": "$[*].type"}, False),
        ({"field": "$[2].id"}, False),
    ],
)
def test_an_entry_covers_what_fits_all_it_names(limits: dict[str, str], covers: bool) -> None:
    """Of this finding only."""
    fault = Flaw("MFA213", "$[3].id", "", "", "challenge")
    assert Accepted("MFA213", "x", **limits).covers(fault, "Web", "a") is covers
    for other in ("MFA212", "MFA214"):
        assert not Accepted(other, "x", **limits).covers(fault, "Web", "a")
