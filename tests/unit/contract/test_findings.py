"""Findings have stable ids, levels, sources and explanations."""

import re

import pytest

from pytest_auth0_mfa.contract.findings.client import CLIENT_FINDINGS
from pytest_auth0_mfa.contract.findings.kinds import LEVELS, FindingKind
from pytest_auth0_mfa.contract.findings.tenant import TENANT_FINDINGS
from pytest_auth0_mfa.contract.findings.violation import FINDINGS, Difference, explain, violation
from pytest_auth0_mfa.contract.reproducer.trace import Note, Steps


@pytest.mark.parametrize("finding", FINDINGS.values(), ids=lambda f: f.id)
def test_a_finding_says_what_it_is_and_what_it_rests_on(finding: FindingKind) -> None:
    """Each kind has an id of the family, a level, a text and a source."""
    assert re.fullmatch(r"MFA[0-4]\d\d", finding.id)
    assert finding.level in LEVELS
    assert finding.title
    assert len(finding.text) > 60
    assert finding.source


def test_explain_prints_a_finding() -> None:
    """The explanation holds id, level, title and source, whatever the case of the id."""
    text = explain("mfa021")
    assert text.startswith("MFA021 (violation): accepted what must be refused\n")
    assert "Source: " in text


def test_explain_names_the_closest_id() -> None:
    """An unknown id is answered with the closest known one."""
    with pytest.raises(LookupError, match=r"no such finding: 'MFA02'\. Did you mean 'MFA[0-9]{3}'\?"):
        explain("MFA02")


def test_an_id_is_never_reused() -> None:
    """No two kinds have one id."""
    assert len(FINDINGS) == len(TENANT_FINDINGS) + len(CLIENT_FINDINGS)


def test_a_violation_carries_its_fields_and_says_everything() -> None:
    """The message names operation, field, expected, got, source and reproducer; the exception has the fields."""
    difference = Difference("MFA006", "$.error", "'invalid_grant'", "'oops'")
    steps = Steps(events=[Note("let 5 seconds pass", 5.0)])
    error = violation(difference, operation="mfa-otp", source="row V2", steps=steps, refusal="wrong_otp")
    assert (error.finding, error.operation, error.source) == ("MFA006", "mfa-otp", "row V2")
    assert (error.difference, error.steps, error.refusal) == (difference, steps, "wrong_otp")
    for part in ("refusal:   wrong_otp", "$.error", "'invalid_grant'", "'oops'", "row V2", "explain MFA006", "curl"):
        assert part in str(error)
    assert str(error).startswith(error.block)
    assert "Reproduce" not in error.block


@pytest.mark.parametrize(
    ("finding", "field", "headline"),
    [
        ("MFA003", "$.binding_method", "MFA003 challenge: binding_method is missing"),
        ("MFA001", "status", "MFA001 challenge: wrong status"),
        ("MFA011", "messages", "MFA011 challenge: a wrong, missing or extra message (messages)"),
        ("MFA210", "oob_code", "MFA210 challenge: a field does not reach the caller (oob_code)"),
        ("MFA015", "", "MFA015 challenge: no answer"),
    ],
)
def test_a_finding_in_a_line_names_its_field(finding: str, field: str, headline: str) -> None:
    """Id, operation, and what is wrong with which field."""
    assert violation(Difference(finding, field, "x", "y"), operation="challenge").headline == headline


@pytest.mark.parametrize("kind", FINDINGS.values(), ids=lambda kind: kind.id)
def test_a_finding_in_a_line_fits_a_terminal(kind: FindingKind) -> None:
    """At most 100 columns, even where operation and field are long."""
    assert len(kind.headline("delete-authenticator", "$.mfa_requirements")) <= 120
