"""Every broken client of the zoo is caught, with the finding that names its fault."""

from __future__ import annotations

import pytest
from client_zoo import (
    broken_account,
    broken_bound,
    broken_conclusions,
    broken_decisions,
    broken_first_factors,
    broken_manners,
    broken_requests,
    broken_worlds,
)
from client_zoo.entries import ENTRIES, TENANTS, first_finding, leaked
from helpers.amounts import of_each_kind

from pytest_auth0_mfa.contract.findings.client import ADVICE

MODULES = (
    broken_account,
    broken_bound,
    broken_requests,
    broken_first_factors,
    broken_conclusions,
    broken_decisions,
    broken_worlds,
    broken_manners,
)
BY_NAME = {entry.name: entry for entry in ENTRIES}
QUICK = (
    "SlashAtTheEndOfTheBaseUrl",
    "CodesAsNumbers",
    "DoesNotStartAgain",
    "SignsForGet",
    "NeverRepeatsWithTheNonce",
)


@pytest.mark.parametrize("name", of_each_kind(BY_NAME, lambda entry: entry.finding, QUICK))
def test_a_broken_client_is_caught(name: str) -> None:
    """The first finding is the one that names the fault; its message holds no secret."""
    entry = BY_NAME[name]
    violation = first_finding(entry)
    assert violation is not None, f"{entry.name} went through"
    assert violation.finding == entry.finding, str(violation).partition("\n\n")[0]
    assert leaked(str(violation), TENANTS[-1]) == []


def test_every_finding_has_a_broken_client() -> None:
    """Nothing is claimed that the zoo does not show; observations have tests of their own."""
    assert set(ADVICE) - {entry.finding for entry in ENTRIES} == {"MFA104", "MFA243", "MFA306", "MFA403", "MFA405"}
    assert len(ENTRIES) >= 170
    assert {entry.client.__module__ for entry in ENTRIES} == {module.__name__ for module in MODULES}
    assert set(QUICK) <= set(BY_NAME)
    assert len(BY_NAME) == len(ENTRIES)
