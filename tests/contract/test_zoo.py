"""Every broken tenant and every mutant of the model is caught, with a finding that names the operation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module

import pytest
from helpers.amounts import every, of_each_kind
from zoo.breaking import ZOO
from zoo.catching import by_machine, by_scenarios, first_finding
from zoo.mutants import MUTANTS, REFUSAL_MUTANTS, another_refusal, mutated

from pytest_auth0_mfa import ContractViolation, Tenant
from pytest_auth0_mfa.contract.coverage import Coverage
from pytest_auth0_mfa.contract.tenant.context import play_scenario
from pytest_auth0_mfa.contract.tenant.scenarios import SCENARIOS
from pytest_auth0_mfa.contract.tenant.subject_fake import fake_subject

MODULES = (
    "answers",
    "state",
    "hair",
    "long_stories",
    "first_factors",
    "users",
    "disclosures",
    "each_operation",
    "forms",
    "bound",
    "account",
)
for module in MODULES:
    import_module(f"zoo.{module}")  # registers its broken tenants

QUICK = (
    "deleted-app-still-logs-in",
    "associate-without-oob_code",
    "list-hides-pending",
    "oob-code-works-twice",
    "oob-code-never-expires",
    "recovery-code-lives-on",
    "audience-not-checked",
    "login-demand-is-401",
    "expires_in-is-half-of-the-life-at-client-credentials",
    "dpop-ignored-at-mfa-otp",
    "dpop-htu-not-checked",
    "dpop-jti-not-kept",
    "me-any-code",
    "me-session-of-anybody",
    "me-list-of-everybody",
)
"""A handful of each kind; the others are slow, or played by night, only because they are many."""


@pytest.mark.parametrize("name", of_each_kind(ZOO, lambda entry: entry.operations[0], QUICK))
def test_a_broken_tenant_is_caught(name: str) -> None:
    """The first finding names an operation that is broken."""
    entry = ZOO[name]
    found = first_finding(entry)
    assert found is not None
    assert found.operation in entry.operations, str(found)
    assert found.finding is not None
    assert found.source


@pytest.mark.nightly
@pytest.mark.parametrize("name", list(ZOO))
def test_the_machine_alone_catches_it(name: str) -> None:
    """With the default number of examples the machine finds it too, held to guesses, without literal expectations."""
    assert by_machine(replace(ZOO[name], guesses_bind=True)) is not None


@pytest.mark.nightly
@pytest.mark.parametrize("name", [name for name in ZOO if ZOO[name].module in ("zoo.answers", "zoo.state")])
def test_the_scenarios_alone_catch_it(name: str) -> None:
    """The literal expectations find it without the machine."""
    assert by_scenarios(ZOO[name]) is not None


@pytest.mark.nightly
def test_a_catch_does_not_hang_on_the_seed() -> None:
    """With each of ten seeds at least 95 of 100 broken tenants are caught.

    What a scenario or a story catches does not depend on the seed, so the others alone are played with each.
    """
    others = [entry for entry in ZOO.values() if not (by_scenarios(entry) or by_machine(entry, max_examples=1))]
    for seed in range(1, 11):
        missed = [entry.name for entry in others if not by_machine(entry, seed, stories=False)]
        assert len(missed) <= 0.05 * len(ZOO), (seed, missed)


def _killed() -> ContractViolation | None:
    for scenario in SCENARIOS.values():
        try:
            play_scenario(scenario, fake_subject(Tenant(seed=2)), Coverage())
        except ContractViolation as found:
            return found
    return None


@pytest.fixture(scope="module")
def whole_again() -> Iterator[None]:
    """After the mutants the model is as it was: none was left in it, to be caught in the place of another."""
    yield
    assert _killed() is None


_QUICK_MUTANTS = ("second-factor-by-mfa-token", "oob-code-of-anybody", "old-recovery-code-lives-on")


@pytest.mark.parametrize("name", every(8, MUTANTS, _QUICK_MUTANTS))
@pytest.mark.usefixtures("whole_again")
def test_a_mutant_of_the_model_is_killed(name: str) -> None:
    """Subject and oracle are both mutated, so only a scenario can tell."""
    with mutated(MUTANTS[name]):
        assert _killed() is not None


@pytest.mark.parametrize("case", every(4, REFUSAL_MUTANTS, ()))
def test_a_mutant_of_the_table_of_refusals_is_killed(case: str) -> None:
    """Statuses, errors and compared texts are held as literals."""
    with another_refusal(case, **REFUSAL_MUTANTS[case]):
        assert _killed() is not None


def test_the_zoo_is_large_enough() -> None:
    """It covers every operation of the MFA API and every factor's rules, from outside and from inside."""
    assert len(ZOO) >= 480
    assert len(MUTANTS) >= 130
    named = {operation for entry in ZOO.values() for operation in entry.operations}
    assert {"password", "password-realm", "refresh-token", "associate", "challenge", "list-authenticators"} <= named
    assert {"delete-authenticator", "mfa-otp", "mfa-oob", "mfa-recovery-code", "userinfo", "jwks"} <= named
