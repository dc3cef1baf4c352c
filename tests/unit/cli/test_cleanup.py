"""`auth0-mfa cleanup`: what the ledger names goes, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_auth0_mfa import Request, Response, Tenant, serve
from pytest_auth0_mfa.cli import main
from pytest_auth0_mfa.live.cleanup import IN_FLIGHT, clean_up
from pytest_auth0_mfa.live.ledger import PATH, PREFIX, Ledger
from pytest_auth0_mfa.live.pace import Pace
from pytest_auth0_mfa.live.redaction import Secrets
from pytest_auth0_mfa.live.settings import from_environment
from pytest_auth0_mfa.transports.live import TransportError

OURS = f"{PREFIX}0123456789abcdef@mail.example"


@pytest.fixture
def tenant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Tenant]:
    """A tenant over HTTPS with a user of its own, and an environment that can clean up there."""
    monkeypatch.chdir(tmp_path)
    with serve(Tenant(seed=1)) as tenant:
        for name in ("AUTH0_MFA_USERS", "AUTH0_MFA_MANAGEMENT_TOKEN", "AUTH0_MFA_MANAGEMENT_CLIENT_ID"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("AUTH0_CLIENT_ID", tenant.client_id)
        monkeypatch.setenv("AUTH0_CLIENT_SECRET", str(tenant.client_secret))
        monkeypatch.setenv("SSL_CERT_FILE", str(tenant.ca_file))
        tenant.add_user("resident@mail.example", "pw").enroll("otp")
        yield tenant


@pytest.fixture
def ledger(tenant: Tenant) -> Ledger:
    """Where the command looks."""
    return Ledger(PATH)


def test_users_of_a_killed_run_are_deleted(tenant: Tenant, ledger: Ledger, capsys: pytest.CaptureFixture[str]) -> None:
    """Those that the ledger names; a user like them that it does not name stays."""
    ledger.begin_user(tenant.domain, OURS)
    tenant.add_user(OURS, "pw")
    tenant.add_user(f"{PREFIX}of-somebody-else@mail.example", "pw")
    assert main(["cleanup"]) == 0
    assert [user.email for user in tenant.users.values()] == [
        "resident@mail.example",
        f"{PREFIX}of-somebody-else@mail.example",
    ]
    assert ledger.open_entries() == []
    assert f"{tenant.domain}: removed 1 of 1" in capsys.readouterr().out
    assert main(["cleanup"]) == 0
    assert "names nothing that is left" in capsys.readouterr().out


def test_a_call_that_may_still_be_under_way_is_not_given_up(tenant: Tenant, ledger: Ledger) -> None:
    """An absent user is believed after a minute only: the killed run's call may reach the tenant after us."""
    entry = ledger.begin_user(tenant.domain, OURS)
    settings = from_environment(
        tenant.domain, {"AUTH0_CLIENT_ID": tenant.client_id, "AUTH0_CLIENT_SECRET": str(tenant.client_secret),
                        "SSL_CERT_FILE": str(tenant.ca_file)}
    )  # fmt: skip
    clean_up(settings, ledger, Secrets(), now=entry.at + IN_FLIGHT - 1)
    assert ledger.open_entries() == [entry]
    tenant.add_user(OURS, "pw")
    clean_up(settings, ledger, Secrets(), now=entry.at + IN_FLIGHT - 1)
    assert ledger.open_entries() == []
    assert tenant.user_by_email(OURS) is None
    entry = ledger.begin_user(tenant.domain, OURS)
    clean_up(settings, ledger, Secrets(), now=entry.at + IN_FLIGHT + 1)
    assert ledger.open_entries() == []


def test_what_was_enrolled_for_a_given_user_is_removed(
    tenant: Tenant, ledger: Ledger, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was there before stays, pending ones go too; it takes the user's password to see those."""
    user = tenant.add_user("ada@mail.example", "password-of-ada")
    kept = user.enroll("email")
    ledger.begin_authenticator(tenant.domain, user.email, "otp", [entry.id for entry in user.authenticators])
    recovery = user.recovery
    assert recovery is not None
    ledger.begin_authenticator(tenant.domain, user.email, "sms", [kept.id, recovery.id])
    user.enroll("otp", active=False)
    user.enroll("sms", active=False)
    assert main(["cleanup"]) == 1
    assert "ada@mail.example is not in AUTH0_MFA_USERS" in capsys.readouterr().out
    monkeypatch.setenv("AUTH0_MFA_USERS", json.dumps([{"email": user.email, "password": "password-of-ada"}]))
    assert main(["cleanup"]) == 0
    assert [entry.id for entry in user.entries] == [kept.id]
    assert "password-of-ada" not in capsys.readouterr().out
    assert len(tenant.users) == 2


def test_a_given_user_who_has_nothing_new_is_not_counted(
    tenant: Tenant, ledger: Ledger, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The call of the killed run never arrived: nothing was removed, and it says so."""
    user = tenant.add_user("ada@mail.example", "password-of-ada")
    email, recovery = user.enroll("email"), user.recovery
    assert recovery is not None
    ledger.begin_authenticator(tenant.domain, user.email, "otp", [email.id, recovery.id])
    monkeypatch.setenv("AUTH0_MFA_USERS", json.dumps([{"email": user.email, "password": "password-of-ada"}]))
    main(["cleanup"])
    assert "removed 0 of 1 that earlier runs may have left, 1 not there" in capsys.readouterr().out


def test_a_user_that_no_run_created_is_never_deleted(
    tenant: Tenant, ledger: Ledger, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever wrote that into the ledger."""
    ledger.begin_user(tenant.domain, OURS)
    text = ledger.path.read_text().replace(OURS, "resident@mail.example")
    ledger.path.write_text(text)
    assert main(["cleanup"]) == 1
    assert "not created by a run" in capsys.readouterr().out
    assert tenant.user_by_email("resident@mail.example") is not None


def test_it_waits_for_no_run_and_disturbs_none(
    tenant: Tenant, ledger: Ledger, capsys: pytest.CaptureFixture[str]
) -> None:
    """While a run holds the ledger, what it names is in use."""
    ledger.begin_user(tenant.domain, OURS)
    tenant.add_user(OURS, "pw")
    with ledger.in_use():
        assert main(["cleanup"]) == 2
    assert "a run is under way" in capsys.readouterr().err
    assert tenant.user_by_email(OURS) is not None


def test_several_tenants_have_to_be_told_apart(
    tenant: Tenant, ledger: Ledger, capsys: pytest.CaptureFixture[str]
) -> None:
    """Credentials are for one of them."""
    ledger.begin_user(tenant.domain, OURS)
    ledger.begin_user("other.example", OURS)
    assert main(["cleanup"]) == 2
    assert "say which with --target" in capsys.readouterr().err
    tenant.add_user(OURS, "pw")
    assert main(["cleanup", f"--auth0-mfa-target={tenant.domain}"]) == 0
    assert [entry.domain for entry in ledger.open_entries()] == ["other.example"]


def test_a_tenant_out_of_reach_is_not_asked_for_each_entry(tenant: Tenant, ledger: Ledger) -> None:
    """The first sign ends it; every entry is named as still there and stays in the ledger."""
    for number in range(30):
        ledger.begin_user(tenant.domain, f"{PREFIX}{number}@mail.example")
    calls = []

    def away(request: Request) -> Response:
        calls.append(request)
        raise TransportError("POST /oauth/token: no answer within 10 s")

    settings = from_environment(tenant.domain, {"AUTH0_CLIENT_ID": "x", "AUTH0_CLIENT_SECRET": "y"})
    said = clean_up(settings, ledger, Secrets(), away, pace=Pace(sleep=lambda seconds: None))
    assert len(calls) == 3
    assert "no answer within 10 s" in said
    assert said.count("not tried, since the tenant is out of reach") == 30
    assert len(ledger.open_entries()) == 30


def test_many_users_are_removed_side_by_side(tenant: Tenant, ledger: Ledger) -> None:
    """Each of them once."""
    for number in range(20):
        ledger.begin_user(tenant.domain, f"{PREFIX}{number}@mail.example")
        tenant.add_user(f"{PREFIX}{number}@mail.example", "pw")
    assert main(["cleanup"]) == 0
    assert [user.email for user in tenant.users.values()] == ["resident@mail.example"]
    assert ledger.open_entries() == []
    assert len(tenant.calls.of("management-delete-user")) == 20
