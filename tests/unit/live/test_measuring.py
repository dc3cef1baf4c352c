"""What a live run measures: exactly what differs from the default, then nothing, then one drift."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from helpers.amounts import chosen
from helpers.live_tenant import PLAYED_LIVE, START, LiveTenant
from helpers.unreachable_rows import EXEMPT, ROWS, wrongly_listed

from pytest_auth0_mfa import ContractViolation
from pytest_auth0_mfa.contract.coverage import Coverage, Observation, last_words
from pytest_auth0_mfa.contract.tenant.context import ScenarioContext
from pytest_auth0_mfa.contract.tenant.scenarios import SCENARIOS
from pytest_auth0_mfa.live.recording import OtherWay
from pytest_auth0_mfa.spec.profile import Profile, alternatives, profile_fields
from pytest_auth0_mfa.tenant.totp import PERIOD

FREE = [name for name in PLAYED_LIVE if profile_fields()[name].metadata["cost"] == "free"]
FROM_THE_START = ("associate_client_id_required", "list_with_mfa_token")
"""Fields with which a scenario makes other calls before the one that fails, so that no recorded answer helps."""


NEEDS = {("rows_have_type", "never"): {"mfa_requirements": True}}
"""What else a tenant has to do for an alternative to show."""


def others(name: str) -> tuple[Any, ...]:
    """The alternatives to the default that show by themselves."""
    return tuple(value for value in alternatives(profile_fields()[name])[1:] if (name, value) not in NEEDS)


def ten(seed: int) -> dict[str, Any]:
    """Ten fields whose probe is free, changed."""
    dice = random.Random(seed)
    return {name: dice.choice(others(name)) for name in dice.sample(FREE, 10)}


def observed(live: LiveTenant) -> dict[str, Any]:
    """What a whole run observes: scenarios, then the machine."""
    found: list[Observation] = []
    for name in live.playable():
        found += live.play(name)
    found += live.play_machine()
    base = live.run.measured.base
    return {name: value for name, value, _ in last_words([(o.field, o.value, o.operation) for o in found], base)}


def drifts(live: LiveTenant) -> list[str]:
    """The findings of a whole run."""
    found = []
    for name in [*live.playable(), ""]:
        try:
            live.play(name) if name else live.play_machine()
        except ContractViolation as violation:
            found += [f"{violation.finding} {d.field}" for d in (violation.difference,) if d is not None]
    return found


@pytest.mark.parametrize("seed", chosen((0,), (0, 1, 2)))
def test_ten_differences_are_ten_observations_then_none_then_one_drift(seed: int, tmp_path: Path) -> None:
    """The profile is measured to the field, holds afterwards, and one more change is one drift."""
    changed = ten(seed)
    assert observed(LiveTenant(tmp_path / "1", profile=changed)) == changed
    measured = Profile().with_(**changed)
    assert observed(LiveTenant(tmp_path / "2", profile=changed, given=measured)) == {}
    one = next(name for name in FREE if name not in changed)
    more = {**changed, one: others(one)[0]}
    assert drifts(LiveTenant(tmp_path / "3", profile=more, given=measured)) == [f"MFA031 {one}"]


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[] if name in FROM_THE_START else pytest.mark.nightly) for name in FREE]
)
def test_each_free_field_is_measured(name: str, tmp_path: Path) -> None:
    """Every alternative of every field that costs nothing shows, and nothing else does."""
    for place, value in enumerate(others(name)):
        assert observed(LiveTenant(tmp_path / str(place), profile={name: value})) == {name: value}


def test_another_form_of_the_factors_is_measured_and_drifts(tmp_path: Path) -> None:
    """Entry D-39: an array accuses nobody whose profile is unknown; where an object was measured, it is drift.

    The scenario is played by its name, because no live run plays those of the user's own page yet.
    """
    live = LiveTenant(tmp_path / "1", profile={"me_factors_as": "array"})
    assert [(one.field, one.value) for one in live.play("me-factors")] == [("me_factors_as", "array")]
    assert live.play("me-factors") == []
    live = LiveTenant(tmp_path / "2", profile={"me_factors_as": "array"}, given=Profile())
    with pytest.raises(ContractViolation, match="MFA031"):
        live.play("me-factors")


@pytest.mark.parametrize(("name", "value"), NEEDS)
def test_an_alternative_that_shows_beside_another_is_measured(name: str, value: Any, tmp_path: Path) -> None:
    """Rows that never have a type differ from others only where mfa_requirements are sent."""
    due = {name: value, **NEEDS[name, value]}
    assert observed(LiveTenant(tmp_path, profile=due)) == due


@pytest.mark.parametrize("name", ["newest_first", "cache_control_of_refusals", "rate_limit_headers"])
def test_what_accuses_nobody_is_measured_and_drifts(name: str, tmp_path: Path) -> None:
    """A field that a verdict is lenient about is read all the same; another value than the profile's is drift."""
    live = LiveTenant(tmp_path / "1", profile={name: True})
    assert [(one.field, one.value) for one in live.play("otp-enroll")] == [(name, True)]
    assert live.play("otp-enroll") == []
    live = LiveTenant(tmp_path / "2", profile={name: True}, given=Profile())
    with pytest.raises(ContractViolation, match="MFA031"):
        live.play("otp-enroll")


def test_a_tenant_like_the_default_shows_nothing(tmp_path: Path) -> None:
    """No observation without a difference; every user is gone and the ledger closed."""
    live = LiveTenant(tmp_path)
    assert observed(live) == {}
    assert not live.tenant.users
    assert live.ledger.open_entries() == []


@pytest.mark.slow
def test_every_row_is_reached_that_needs_no_clock(tmp_path: Path) -> None:
    """What a run does not reach is listed with a reason, and what is listed it does not reach."""
    factors = frozenset({"otp", "email", "sms", "push", "recovery-code"})
    live = LiveTenant(tmp_path, given=Profile(), factors=factors, phone_number="", wait=12.0)
    coverage = Coverage()
    for name in live.playable():
        live.play(name, coverage)
    assert wrongly_listed((operation, outcome) for operation, outcome, _ in coverage.calls) == {}
    assert EXEMPT.keys() <= ROWS


def test_a_field_nobody_documented_is_told_once(tmp_path: Path) -> None:
    """It is drift where a profile was measured, an observation where none was, and not a violation."""
    from zoo.breaking import body_of

    extra = body_of("list-authenticators", lambda rows: [row.update(colour="red") for row in rows] and None)
    live = LiveTenant(tmp_path / "1", wrap=extra)
    assert [one.field for one in live.play("otp-enroll")] == ["$[].colour"]
    assert live.play("otp-enroll") == []
    live = LiveTenant(tmp_path / "2", wrap=extra, given=Profile())
    with pytest.raises(ContractViolation, match="MFA032"):
        live.play("otp-enroll")
    assert live.play("otp-enroll") == []


def test_drift_is_shown_with_the_calls_that_showed_it(tmp_path: Path) -> None:
    """A reader can make them."""
    live = LiveTenant(tmp_path, profile={"list_with_mfa_token": False}, given=Profile())
    with pytest.raises(ContractViolation, match="MFA031") as caught:
        live.play("otp-enroll")
    assert "Reproduce with curl" in str(caught.value)


def test_what_no_alternative_explains_is_a_violation(tmp_path: Path) -> None:
    """A documented fact that is broken fails the run, whether or not a profile is known."""
    from zoo.breaking import error_of

    wrong = error_of("mfa-otp", "invalid_grant", status=418)
    for given in (None, Profile()):
        live = LiveTenant(tmp_path / str(given is None), wrap=wrong, given=given)
        with pytest.raises(ContractViolation, match="MFA001"):
            live.play("otp-wrong-code")
        assert live.run.measured.profile == Profile()
        assert not live.tenant.users


def test_a_scenario_that_never_keeps_to_its_tape_ends(tmp_path: Path) -> None:
    """After three new starts: a measured field may change the way, but not each time."""
    played: list[ScenarioContext] = []

    def act(play: ScenarioContext) -> None:
        played.append(play)
        raise OtherWay

    live = LiveTenant(tmp_path)
    restless = replace(SCENARIOS["otp-enroll"], act=act)
    with pytest.raises(OtherWay):
        live.run.measured.play_scenario(restless, live.subject(), Coverage())
    assert len(played) == 4


@pytest.mark.parametrize("place", [0.0, 2.75, 3.0, 15.0, 27.0, 27.25, 29.75])
def test_a_code_is_not_sent_where_it_may_change_under_way(place: float, tmp_path: Path) -> None:
    """Three seconds before and after the change of a TOTP code are waited for; what is no code does not wait."""
    live = LiveTenant(tmp_path)
    clock = live.tenant.clock
    clock.freeze(START // PERIOD * PERIOD + PERIOD + place)
    before, subject = clock.now(), live.subject()
    subject.ready()
    assert clock.now() == before
    subject.ready(for_otp=True)
    waited = clock.now() - before
    assert 3.0 <= (place + waited) % PERIOD <= 27.0
    assert waited <= 6.0
    assert bool(waited) is not (3.0 <= place <= 27.0)
