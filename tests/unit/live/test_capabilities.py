"""What is off or out of reach is found out without changing anything, and skipped with the setting to change."""

from __future__ import annotations

from pathlib import Path

import pytest
from helpers.live_tenant import LiveTenant

from pytest_auth0_mfa import ConfigurationError
from pytest_auth0_mfa.contract.tenant.scenarios import SCENARIOS
from pytest_auth0_mfa.contract.tenant.verdicts import CouldNotRun, Unjudged
from pytest_auth0_mfa.live.capabilities import find


def reason(live: LiveTenant, name: str) -> str | None:
    """Why a scenario is skipped."""
    return SCENARIOS[name].missing(live.subject())


def test_what_is_on_is_asked_for(tmp_path: Path) -> None:
    """Factors by the Management API; finding out creates nobody and sends nothing."""
    live = LiveTenant(tmp_path, factors=frozenset({"otp", "email"}))
    assert live.run.capabilities.factors == {"otp", "email"}
    assert not live.tenant.users
    assert not live.tenant.outbox
    assert reason(live, "push-enroll") == (
        "needs the factor to be on: push, recovery-code (--auth0-mfa-factors says what is on)"
    )


def test_what_is_on_has_to_be_said_where_nobody_can_be_asked(tmp_path: Path) -> None:
    """The message names the option and the scope."""
    live = LiveTenant(tmp_path, management=None)
    with pytest.raises(ConfigurationError, match=r"--auth0-mfa-factors=otp,email.*read:guardian_factors"):
        live.subject()
    told = LiveTenant(tmp_path, management=None, told=frozenset({"otp"}))
    assert told.run.capabilities.factors == {"otp"}


def test_without_inbox_and_phone_only_what_sends_is_skipped(tmp_path: Path) -> None:
    """A scenario that needs the factor on but sends nothing is played."""
    live = LiveTenant(tmp_path)
    live.run.source = live.run.approver = None
    assert "AUTH0_MFA_OTP_SOURCE" in str(reason(live, "email-enroll"))
    assert "AUTH0_MFA_PUSH_APPROVER" in str(reason(live, "push-enroll"))
    assert reason(live, "delete-verified-email") is None
    live.play_machine()


def test_without_a_phone_number_no_sms_is_sent_but_wrong_ones_are_tried(tmp_path: Path) -> None:
    """The reason names the variable."""
    live = LiveTenant(tmp_path, phone_number="")
    assert "AUTH0_MFA_PHONE_NUMBER" in str(reason(live, "sms-enroll"))
    live.play_machine()
    assert not [message for message in live.tenant.outbox if message.channel == "sms"]


def test_what_would_wait_for_long_is_skipped(tmp_path: Path) -> None:
    """Nobody moves the clock of a real tenant; what may be waited for is a setting."""
    assert "AUTH0_MFA_LIVE_WAIT=60" in str(reason(LiveTenant(tmp_path / "1"), "otp-login"))
    live = LiveTenant(tmp_path / "2", wait=60.0)
    assert reason(live, "otp-login") is None
    live.play("otp-login")
    assert reason(live, "too-many-otps") is not None


def test_a_grant_that_is_off_bars_its_factor(tmp_path: Path) -> None:
    """With the setting of the dashboard; without the password grant there is no run at all."""
    live = LiveTenant(tmp_path)
    application = live.tenant.applications[live.tenant.client_id]
    kept = [grant for grant in application.grant_types if "mfa-otp" not in grant]
    live.tenant.add_application(client_id="few", client_secret="few-secret", grant_types=kept)
    object.__setattr__(live.settings, "client_id", "few")
    object.__setattr__(live.settings, "client_secret", "few-secret")
    assert "switch the grant MFA (mfa-otp) on" in str(reason(live, "otp-enroll"))
    live.tenant.add_application(client_id="none", client_secret="none-secret", grant_types=["client_credentials"])
    object.__setattr__(live.settings, "client_id", "none")
    object.__setattr__(live.settings, "client_secret", "none-secret")
    found = find(live.run.handler, live.settings, live.run.management, reads_codes=True, answers_push=True)
    assert "switch the grant Password on" in found.problems[0]


def test_where_mfa_is_not_demanded_nothing_is_run(tmp_path: Path) -> None:
    """Every test would end with the same surprise."""
    live = LiveTenant(tmp_path)
    live.tenant.policy = "never"
    with pytest.raises(CouldNotRun, match="set it to Always"):
        live.run.subject()


def test_how_codes_are_is_read_from_the_settings(tmp_path: Path) -> None:
    """Codes of eight digits that live for 40 seconds are right where the tenant is set so, and judged so."""
    live = LiveTenant(tmp_path, wait=60.0)
    live.tenant.code_lengths = {"email": 8}
    live.tenant.code_lifetimes = {"email": 40}
    subject = live.subject()
    assert live.run.capabilities.code_settings == {"email": (8, 40), "sms": (6, 300), "voice": (6, 300)}
    assert (subject.code_lifetime("email"), subject.code_lifetime("sms")) == (40, 300)
    assert not live.play("email-challenge")
    assert not live.play("email-code-expires")
    live.play_machine()


def test_any_length_is_taken_where_the_settings_cannot_be_read(tmp_path: Path) -> None:
    """How long codes live is then as documented, and no scenario waits for one to expire."""
    live = LiveTenant(tmp_path, told=frozenset({"otp", "email", "recovery-code"}), wait=600.0)
    given = live.run.management
    assert given is not None
    given._scopes = given.scopes - {"read:guardian_factors"}
    live.tenant.code_lengths = {"email": 10}
    assert live.run.capabilities.code_settings == {}
    assert "read:guardian_factors" in str(reason(live, "email-code-expires"))
    assert reason(live, "email-enroll") is None
    assert not live.play("email-enroll")


def test_a_code_about_to_expire_is_not_judged(tmp_path: Path) -> None:
    """Within three seconds of a life's end nobody knows which side of it the tenant is on."""
    live = LiveTenant(tmp_path, wait=60.0)
    live.tenant.code_lifetimes = {"email": 40}
    live.play("email-challenge")
    subject = live.subject()
    subject._ends.append(subject.now() + 1)  # as a code that was read leaves it
    with pytest.raises(Unjudged, match="about to expire"):
        subject.ready()
