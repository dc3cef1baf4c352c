"""Findings have stable ids, levels, sources and explanations."""

import re

import pytest

from pytest_auth0_mfa.contract.findings.tenant import (
    FINDINGS,
    LEVELS,
    Difference,
    Finding,
    explain,
    register,
    violation,
)


@pytest.mark.parametrize("finding", FINDINGS.values(), ids=lambda f: f.id)
def test_a_finding_says_what_it_is_and_what_it_rests_on(finding: Finding) -> None:
    """Each kind has an id of the family, a level, a text and a source."""
    assert re.fullmatch(r"MFA[0-3]\d\d", finding.id)
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
    """Registering another finding under a known id is refused."""
    register([FINDINGS["MFA001"]])
    with pytest.raises(ValueError, match=r"MFA001 is taken by 'another status'"):
        register([Finding("MFA001", "drift", "other", "text", "source")])
    assert FINDINGS["MFA001"].level == "violation"


def test_a_violation_carries_its_fields_and_says_everything() -> None:
    """The message names operation, field, expected, got, source and reproducer; the exception has the fields."""
    error = violation(
        Difference("MFA006", "$.error", "'invalid_grant'", "'oops'"),
        operation="mfa-otp",
        source="row V2",
        reproducer="curl ...",
        where="wrong_otp",
    )
    assert (error.finding, error.operation, error.source) == ("MFA006", "mfa-otp", "row V2")
    for part in ("mfa-otp (wrong_otp)", "$.error", "'invalid_grant'", "'oops'", "row V2", "explain MFA006", "curl ..."):
        assert part in str(error)
