"""Coverage adds up over tests and workers and fits the terminal."""

from __future__ import annotations

import json

import pytest

from pytest_auth0_mfa.contract.coverage import Coverage, details, in_a_line, table
from pytest_auth0_mfa.contract.tenant.context import play_scenario
from pytest_auth0_mfa.contract.tenant.scenarios import SCENARIOS
from pytest_auth0_mfa.contract.tenant.subject_fake import fake_subject
from pytest_auth0_mfa.spec.operations import OPERATIONS
from pytest_auth0_mfa.tenant.tenant import Tenant


def _some() -> Coverage:
    coverage = Coverage()
    coverage.count("challenge", "success", "email")
    coverage.count("challenge", "success", "email")
    coverage.count("challenge", "association_required")
    coverage.flows["email-challenge"] += 1
    coverage.skipped["push-enroll"] = "needs control of: push"
    return coverage


def test_it_travels_as_json_and_adds_up() -> None:
    """What a worker counted arrives unchanged."""
    total = Coverage()
    for _ in range(2):
        total.add(Coverage.from_data(json.loads(json.dumps(_some().to_data()))))
    assert total.calls["challenge", "success", "email"] == 4
    assert total.flows["email-challenge"] == 2
    assert total.skipped == {"push-enroll": "needs control of: push"}


def test_outcomes_are_the_documented_ones() -> None:
    """Reached and missed outcomes together are the row of the table."""
    seen, others = _some().outcomes("challenge")
    assert seen == ["success", "association_required"]
    assert [*seen, *others] == ["success", "association_required", *others]
    assert set(seen) | set(others) == {"success", *OPERATIONS["challenge"].refusals}


@pytest.mark.parametrize("width", [60, 80, 200])
def test_the_table_fits(width: int) -> None:
    """No line is wider than the terminal; every operation has its row."""
    lines = table(_some(), width)
    assert all(len(line) <= width for line in lines[: len(OPERATIONS) + 1])
    assert [line.split()[0] for line in lines[1 : len(OPERATIONS) + 1]] == list(OPERATIONS)
    assert "1 documented flows completed" in lines
    assert "1 not played: needs control of: push" in lines


def test_the_table_is_aligned_and_cut() -> None:
    """Names to the left, numbers to the right, factors at the end; a line that is too long ends with an ellipsis."""
    coverage = _some()
    for factor in ("sms", "voice", "push"):
        coverage.count("challenge", "success", factor)
    head, *rows = table(coverage, 200)[: len(OPERATIONS) + 1]
    assert head == "operation             calls  outcomes  factors"
    challenge = next(row for row in rows if row.startswith("challenge "))
    outcomes = f"2 of {len(OPERATIONS['challenge'].refusals) + 1}"
    assert challenge == f"challenge                 6  {outcomes:>8}  email push sms voice"
    width = len(challenge)
    assert challenge in table(coverage, width)
    assert challenge in table(Coverage.from_data(json.loads(json.dumps(coverage.to_data()))), width)
    assert challenge[: width - 2] + "…" in table(coverage, width - 1)


def test_the_sums_fit_a_line() -> None:
    """Outcomes, flows, and what was not played if there is any."""
    due = sum(len(row.refusals) + 1 for row in OPERATIONS.values())
    coverage = _some()
    assert in_a_line(coverage) == f"2 of {due} outcomes reached, 1 flows completed, 1 not played"
    coverage.skipped.clear()
    assert in_a_line(coverage) == f"2 of {due} outcomes reached, 1 flows completed"


def test_reasons_are_counted() -> None:
    """One line for all that was not played for the same reason."""
    coverage = Coverage()
    coverage.skipped.update(a="needs a fake tenant", b="needs control of: push", c="needs a fake tenant")
    assert table(coverage, 80)[-3:] == ["", "2 not played: needs a fake tenant", "1 not played: needs control of: push"]


def test_details_name_what_was_not_reached() -> None:
    """Behind -v stands what is missing."""
    (line,) = [line for line in details(_some()) if line.startswith("challenge ")]
    assert "malformed_mfa_token" in line
    assert "association_required" not in line


def test_scenarios_reach_what_a_tenant_documents() -> None:
    """Each documented refusal of the MFA API is reached by a scenario, but for those that name why not."""
    coverage = Coverage()
    for scenario in SCENARIOS.values():
        play_scenario(scenario, fake_subject(Tenant()), coverage)
    elsewhere = {
        "rate_limited",  # the tenant-wide limit is off where contracts run
        "repeated_parameter",  # a form that no builder of requests makes
        "user_blocked",  # only the Management API blocks
        "foreign_refresh_token",  # behind a profile field that is off
        "deleted_user_refresh_token",  # the same, and only the Management API deletes
        "client_authentication",  # of associate: behind a profile field that is off
        "email_enrolled_twice",
        "delete_recovery_code",
        "delete_pending",
        "me_rate_limited",  # as the limit elsewhere
        "me_user_blocked",
        "me_duplicate_method",  # behind profile fields that are off
        "me_delete_last",
        "me_delete_verified_email",
        "dpop_nonce_at_resource",
        "me_dpop_nonce",
    }
    reached = {outcome for _, outcome, _ in coverage.calls}
    missing = {case for row in OPERATIONS.values() for case in row.refusals} - reached - elsewhere
    assert missing == set()
