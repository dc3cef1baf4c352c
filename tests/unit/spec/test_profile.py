"""The profile: checks, TOML, differences, declarations."""

from __future__ import annotations

import re
from dataclasses import FrozenInstanceError
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_auth0_mfa import ConfigurationError, Profile, Tenant
from pytest_auth0_mfa.spec.profile import COSTS, ProfileReads, alternatives, profile_fields
from pytest_auth0_mfa.spec.refusals import REFUSALS


def _valid(values: dict[str, Any]) -> dict[str, Any]:
    if not values["challenge_form"]:
        values["challenge_json_as_form"] = False
    return values


PROFILES = (
    st.fixed_dictionaries(
        {name: st.sampled_from(alternatives(declared)) for name, declared in profile_fields().items()}
    )
    .map(_valid)
    .map(Profile.from_mapping)
)


@settings(deadline=None, database=None, derandomize=True, max_examples=50)
@given(PROFILES, st.booleans())
def test_a_profile_survives_toml(profile: Profile, all_fields: bool) -> None:
    """What is written is read back equal, whether all fields are written or only the unusual ones."""
    assert Profile.loads(profile.dumps(all_fields=all_fields)) == profile


def test_only_what_differs_is_written_when_asked() -> None:
    """The default profile then is an empty table."""
    assert Profile().dumps(all_fields=False) == "[profile]\n"
    written = Profile(totp_window=0, rows_have_type="never", mfa_required="401 mfa_required").dumps(all_fields=False)
    assert written == '[profile]\nmfa_required = "401 mfa_required"\nrows_have_type = "never"\ntotp_window = 0\n'


def test_fields_may_stand_at_the_top_level_and_measurements_are_skipped() -> None:
    """A file written by hand needs no table; what a live run notes beside it does not disturb."""
    assert Profile.loads("totp_window = 0\n[measured]\nx = 1\n") == Profile(totp_window=0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("totp_windw = 0", "no such field 'totp_windw'. Did you mean 'totp_window'?"),
        ("totp_window = ", "not TOML"),
        ("profile = 1", "[profile] must be a table"),
        ("totp_window = 3", "totp_window = 3: expected 1, 0, 2"),
        ("totp_window = true", "expected 1, 0, 2"),
        ("newest_first = 1", "newest_first = 1: expected false, true"),
        ('mfa_required = "402 mfa_required"', "expected '403 mfa_required', '401 mfa_required'"),
        ("mfa_token_lifetime = 0", "expected 600, 300 or another positive number"),
        ("mfa_token_lifetime = 1.5", "or another positive number"),
        ("mfa_token_lifetime = []", "or another positive number"),
        ("challenge_form = false", "contradicts challenge_form = false"),
        ("oob_code_lifetime = 9999", "contradicts mfa_token_lifetime = 600"),
    ],
)
def test_what_is_unknown_or_contradictory_is_refused(text: str, message: str) -> None:
    """The message names the field, what was expected and the closest name."""
    with pytest.raises(ConfigurationError, match=re.escape(message)):
        Profile.loads(text)


def test_a_lifetime_may_be_any_positive_number() -> None:
    """The listed ones are what sources say; a real tenant may have another."""
    assert Profile(mfa_token_lifetime=450).mfa_token_lifetime == 450


def test_a_file_is_named_in_its_errors(tmp_path: Path) -> None:
    """Missing, unreadable and wrong files."""
    file = tmp_path / "mine.toml"
    for content, message in ((None, "cannot be read"), (b"\xff", "cannot be read"), (b"nonsense = 1", "no such field")):
        if content is not None:
            file.write_bytes(content)
        with pytest.raises(ConfigurationError, match=r"mine\.toml.*" + message):
            Profile.load(file)
    file.write_text("totp_window = 2")
    assert Profile.load(str(file)).totp_window == 2


def test_a_profile_is_changed_by_making_another() -> None:
    """It is frozen; ``with_`` checks like the constructor."""
    profile = Profile()
    with pytest.raises(FrozenInstanceError):
        profile.totp_window = 0  # type: ignore[misc]
    assert profile.with_(totp_window=0).differences(profile) == {"totp_window": (0, 1)}
    with pytest.raises(ConfigurationError, match="Did you mean 'totp_window'"):
        profile.with_(totp_windows=0)
    with pytest.raises(ConfigurationError, match="expected 1, 0, 2"):
        profile.with_(totp_window=9)
    with pytest.raises(ConfigurationError, match="no such field 1"):
        Profile.from_mapping({1: 2})  # type: ignore[dict-item]


def test_reads_are_remembered() -> None:
    """The model reads through a proxy that knows which fields an answer rested on."""
    proxy = ProfileReads(Profile(totp_window=0))
    assert proxy.as_profile().totp_window == 0
    assert proxy.reads == {"totp_window"}


@pytest.mark.parametrize("name", profile_fields())
def test_every_field_is_declared_in_full(name: str) -> None:
    """Alternatives of one type without repetition, rows of the contract, the cost of measuring, a sentence."""
    declared = profile_fields()[name]
    values = alternatives(declared)
    assert len(set(values)) == len(values) > 1
    assert {type(value) for value in values} == {type(declared.default)}
    assert declared.metadata["cost"] in COSTS
    assert declared.metadata["rows"]
    assert declared.metadata["doc"].endswith(".")
    if declared.metadata["refusal"]:
        assert REFUSALS[name].answer == declared.default
        assert all(re.fullmatch(r"\d{3}( ([a-z_]+|A0E-\d{3}-\d{4}))?", value) for value in values)
        assert set(REFUSALS[name].texts) <= set(values)


def test_rows_of_the_contract_that_show_on_the_wire_have_a_field() -> None:
    """Each disagreement and each open question about the wire is a field, or is said not to be one."""
    covered = {row for declared in profile_fields().values() for row in declared.metadata["rows"]}
    disagreements = {f"D-{n}" for n in range(1, 24)} - NOT_DISPUTED_ANY_MORE
    unknowns = {f"U-{n}" for n in range(1, 29)}
    assert sorted((disagreements | unknowns) - covered) == []


NOT_DISPUTED_ANY_MORE = {
    "D-13",  # the audience decides expires_in: both sides are right
    "D-17",  # the email channel exists
    "D-20",  # slips of the guides
    "D-21",  # without a binding method there is polling
    "D-23",  # enrollment tickets: a path of the Management API
}


def test_a_tenant_takes_a_profile_at_any_time() -> None:
    """As a Profile or a mapping; anything else is refused with a hint."""
    tenant = Tenant(profile={"totp_window": 0})
    assert tenant.profile == Profile(totp_window=0)
    tenant.profile = Profile()
    assert tenant.rules.totp_window == 1
    for wrong in ("profile.toml", 1):
        with pytest.raises(ConfigurationError, match="expected a Profile"):
            Tenant(profile=wrong)  # type: ignore[arg-type]
        with pytest.raises(ConfigurationError, match="expected a Profile"):
            tenant.profile = wrong  # type: ignore[assignment]
