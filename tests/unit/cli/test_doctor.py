"""`auth0-mfa doctor`: each thing a live run needs, when it is there and when it is not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_auth0_mfa import Tenant, serve
from pytest_auth0_mfa.cli import main


@pytest.fixture
def tenant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Tenant]:
    """A tenant over HTTPS with everything that a run needs, and an environment that says so."""
    monkeypatch.chdir(tmp_path)
    with serve(Tenant(seed=1)) as tenant:
        (tmp_path / "pytest.ini").write_text(f"[pytest]\nauth0_mfa_live_domains = {tenant.domain}\n")
        for name in ("AUTH0_MFA_USERS", "AUTH0_MFA_MANAGEMENT_TOKEN", "AUTH0_MFA_MANAGEMENT_CLIENT_ID"):
            monkeypatch.delenv(name, raising=False)
        for name, value in {
            "AUTH0_CLIENT_ID": tenant.client_id,
            "AUTH0_CLIENT_SECRET": str(tenant.client_secret),
            "SSL_CERT_FILE": str(tenant.ca_file),
            "AUTH0_MFA_USER_EMAIL": "@mail.example",
            "AUTH0_MFA_CONTROL_TOKEN": str(tenant.control_token),
            "AUTH0_MFA_OTP_SOURCE": f"control:{tenant.url}",
            "AUTH0_MFA_PUSH_APPROVER": f"control:{tenant.url}",
        }.items():
            monkeypatch.setenv(name, value)
        yield tenant


def doctor(tenant: Tenant, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, str]]:
    """Exit code, and the lines by what they are about."""
    code = main(["doctor", f"--auth0-mfa-target={tenant.domain}", *arguments])
    output = capsys.readouterr().out
    assert str(tenant.client_secret) not in output
    lines = [line for line in output.splitlines() if not line.startswith("auth0-mfa")]
    return code, {line[6:].partition(":")[0]: line for line in lines}


def test_everything_is_there(tenant: Tenant, capsys: pytest.CaptureFixture[str]) -> None:
    """Each line is ok, and nothing was changed: no user, no message."""
    code, lines = doctor(tenant, capsys)
    assert code == 0
    assert all(line.startswith("ok") for line in lines.values()), lines
    due = ("allowed", "domain", "credentials", "grant Password", "Management API", "factors", "policy", "users")
    assert {*due, "inbox", "push", "ledger"} <= lines.keys()
    assert not tenant.users
    assert not tenant.outbox
    assert {call.request.method for call in tenant.calls if call.operation in ("associate", "challenge")} == set()


def test_a_domain_that_is_not_allowed(tenant: Tenant, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The line to add is shown."""
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    code, lines = doctor(tenant, capsys)
    assert code == 1
    assert f"auth0_mfa_live_domains = {tenant.domain}" in lines["allowed"]


def test_a_domain_that_is_no_tenant(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing else is tried."""
    monkeypatch.setenv("AUTH0_CLIENT_ID", "app")
    assert main(["doctor", "--auth0-mfa-target=localhost:1"]) == 1
    output = capsys.readouterr().out
    assert "FAIL  domain: " in output
    assert "grant" not in output


def test_wrong_credentials(tenant: Tenant, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """One line says so, not one for each grant."""
    monkeypatch.setenv("AUTH0_CLIENT_SECRET", "another-secret")
    code, lines = doctor(tenant, capsys)
    assert code == 1
    assert "not right for this tenant" in lines["credentials"]
    assert not any(name.startswith("grant") for name in lines)


def test_a_grant_that_is_off(tenant: Tenant, capsys: pytest.CaptureFixture[str]) -> None:
    """The setting of the dashboard is named."""
    application = tenant.applications[tenant.client_id]
    kept = [grant for grant in application.grant_types if "mfa-otp" not in grant]
    tenant.add_application(client_id="few", client_secret="few-secret-0123", grant_types=kept)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUTH0_CLIENT_ID", "few")
        patch.setenv("AUTH0_CLIENT_SECRET", "few-secret-0123")
        code, lines = doctor(tenant, capsys)
    assert code == 1
    assert "switch the grant MFA (mfa-otp) on" in lines["grant MFA (mfa-otp)"]
    assert lines["grant Password"].startswith("ok")


def test_no_users(tenant: Tenant, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Where they may be created, an address is needed; where they are given, none is."""
    monkeypatch.delenv("AUTH0_MFA_USER_EMAIL")
    code, lines = doctor(tenant, capsys)
    assert code == 1
    assert "set AUTH0_MFA_USER_EMAIL" in lines["users"]
    monkeypatch.setenv("AUTH0_MFA_USERS", json.dumps([{"email": "a@mail.example", "password": "pw"}]))
    code, lines = doctor(tenant, capsys)
    assert code == 0
    assert lines["users"] == "ok    users: 1 given"


def test_a_factor_that_is_none(tenant: Tenant, capsys: pytest.CaptureFixture[str]) -> None:
    """A name that no factor has is refused as a run refuses it."""
    code, lines = doctor(tenant, capsys, "--auth0-mfa-factors=otp, emial")
    assert code == 1
    assert "--factors: no such factor: 'emial'. Did you mean 'email'?" in lines["environment"]


def test_what_a_run_does_without_is_a_note(
    tenant: Tenant, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No inbox and nobody with a phone: said, not failed."""
    monkeypatch.delenv("AUTH0_MFA_OTP_SOURCE")
    monkeypatch.delenv("AUTH0_MFA_PUSH_APPROVER")
    code, lines = doctor(tenant, capsys, "--auth0-mfa-factors=otp,email")
    assert code == 0
    assert "AUTH0_MFA_OTP_SOURCE is not set" in lines["inbox"]
    assert "AUTH0_MFA_PUSH_APPROVER is not set" in lines["push"]
    assert lines["factors"] == "ok    factors: email, otp (as said)"


def test_an_inbox_that_cannot_be_read(
    tenant: Tenant, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which one it is, without its password."""
    monkeypatch.setenv("AUTH0_MFA_OTP_SOURCE", "maildev+http://user:secret-password@127.0.0.1:1")
    code, lines = doctor(tenant, capsys)
    assert code == 1
    assert "MailDev at http://127.0.0.1:1: ConnectionError" in lines["inbox"]
    assert "secret-password" not in str(lines)


def test_mfa_that_is_not_demanded(tenant: Tenant, capsys: pytest.CaptureFixture[str]) -> None:
    """The policy has to be Always."""
    tenant.policy = "never"
    code, lines = doctor(tenant, capsys)
    assert code == 1
    assert "set it to Always" in lines["policy"]
