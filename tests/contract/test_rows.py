"""Every row of the contract is played by a scenario, measured by a field of the profile, or named with a reason."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

import pytest
from helpers.places import PROJECT
from helpers.unreachable_rows import EXEMPT_ON_FAKES, NOWHERE, wrongly_listed

from pytest_auth0_mfa import Tenant
from pytest_auth0_mfa.contract import fake_subject
from pytest_auth0_mfa.contract.coverage import Coverage
from pytest_auth0_mfa.contract.driver import Plan
from pytest_auth0_mfa.contract.tenant.context import play_scenario
from pytest_auth0_mfa.contract.tenant.run import Run
from pytest_auth0_mfa.contract.tenant.scenarios import SCENARIOS
from pytest_auth0_mfa.contract.tenant.walk.stories import STORIES
from pytest_auth0_mfa.contract.tenant.walk.sweeps import SWEEPS
from pytest_auth0_mfa.contract.tenant.walk.telling import Story
from pytest_auth0_mfa.contract.tenant.walk.walk import Walk
from pytest_auth0_mfa.spec.profile import Profile, alternatives, profile_fields

_ROW = re.compile(r"^\| \**((?:[TVALXHNPRMB]|D-|U-)\d+[a-c]?)\** \|", re.MULTILINE)
NOT_PLAYED = {
    "T3": "an Action of the tenant's own decides it; a policy of the fake answers it",
    "P7": "nobody knows the text, and 50 messages to one address are no test of a tenant",
    "M20": "the limit is the whole tenant's: nobody else could use it meanwhile",
    "V20": "a story of the machine demands factors in turn; no scenario does",
    "D-13": "the audience decides: each token response is compared with what its audience gives",
    "D-17": "the channel exists: the scenarios of email rest on it",
    "D-21": "decided for polling: the scenarios of push rest on it",
    "D-23": "the Management API is no part of the contract",
    "D-31": "discovery may say more: its documented members are compared",
    "D-32": "a set may hold several keys: each is looked at",
}
"""Rows that no scenario names, and why."""
OTHER_SIDES = (
    *("associate_form", "associate_checks_client", "duplicate_email", "delete_recovery_code", "delete_pending"),
    *("deleted_user_named_at_refresh", "revoke_refuses_foreign_token"),
    *("me_duplicate_method", "me_delete_last", "me_lists_verified_email"),
    *("dpop_nonce", "dpop_nonce_at_resources"),
)
"""The fields of the profile that rows depend on."""


def test_every_row_is_played_or_has_a_reason() -> None:
    """The list of reasons is no longer than it has to be, and holds no row that is gone."""
    rows = set(_ROW.findall((PROJECT / "docs" / "contract.md").read_text(encoding="utf-8")))
    assert len(rows) > 100
    played = {row for scenario in SCENARIOS.values() for row in scenario.rows}
    measured = {row for declared in fields(Profile) for row in declared.metadata["rows"]}
    assert rows - played - measured == set(NOT_PLAYED)


def _reached(settings: Mapping[str, Any]) -> set[tuple[str, str]]:
    """The rows that scenarios, stories and one drawn example reach on a fake with these settings."""
    coverage = Coverage()
    for scenario in SCENARIOS.values():
        play_scenario(scenario, fake_subject(Tenant(profile=Profile(**settings))), coverage)
    Run(fake_subject(Tenant(profile=Profile(**settings))), Plan(max_examples=1), coverage).go()
    return {(operation, outcome) for operation, outcome, _ in coverage.calls}


def test_a_run_on_the_fake_reaches_every_row() -> None:
    """Each refusal is met at each operation that has it, or it takes other settings."""
    assert wrongly_listed(_reached({}), EXEMPT_ON_FAKES) == {}


@pytest.mark.slow
def test_with_other_settings_it_reaches_the_others() -> None:
    """A run against a tenant of that profile plays them."""
    other_sides = {name: alternatives(profile_fields()[name])[1] for name in OTHER_SIDES}
    assert EXEMPT_ON_FAKES.keys() - _reached(other_sides) == NOWHERE.keys()


def _untold(stories: Iterable[Story]) -> list[str]:
    run = Run(fake_subject(Tenant(seed=1)), Plan())
    untold = []
    for story in stories:
        walk = Walk(run.new_sides())
        story(walk)
        run.end()
        untold += [] if walk.finished else [story.__name__]
    return untold


@pytest.mark.slow
def test_every_story_is_told_to_its_end() -> None:
    """On the fake as it is, no story misses a value that it needs."""
    assert _untold(STORIES) == []


@pytest.mark.slow
def test_every_sweep_is_told_to_its_end() -> None:
    """Nor does a sweep: one that ended early would try the first few ways to write a call alone."""
    assert _untold(SWEEPS) == []
