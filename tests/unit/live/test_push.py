"""Who answers push requests."""

from __future__ import annotations

import json
import sys

import pytest

from pytest_auth0_mfa import ConfigurationError, Request, Tenant, handler
from pytest_auth0_mfa.live.people.push import (
    CallableApprover,
    CommandApprover,
    ControlApprover,
    NoPushError,
    as_approver,
    from_url,
)
from pytest_auth0_mfa.live.people.settings import ControlClient, ControlError, SourceError

ADA = "ada@mail.example"


def test_the_control_plane_answers_the_open_request() -> None:
    """Approved or rejected; without one, and for a wrong token, it is said."""
    tenant = Tenant(seed=1, factors={"push", "otp"})
    tenant.control_token = "control-token"
    user = tenant.add_user(ADA, "pw")
    handle = handler(tenant)
    approver = ControlApprover(ControlClient(handle, "control-token"))
    with pytest.raises(NoPushError):
        approver.answer(ADA, True)
    headers = {"content-type": "application/json"}
    login = Request("POST", "/oauth/token", headers, json.dumps(tenant.password_grant(user)).encode())
    bearer = {**headers, "authorization": f"Bearer {handle(login).json()['mfa_token']}"}
    body = json.dumps({"authenticator_types": ["oob"], "oob_channels": ["auth0"]}).encode()
    handle(Request("POST", "/mfa/associate", bearer, body))
    approver.answer(ADA, False)
    with pytest.raises(NoPushError):
        approver.answer(ADA, False)
    with pytest.raises(ControlError, match="401"):
        ControlApprover(ControlClient(handle, "another")).answer(ADA, True)


def test_a_command_answers() -> None:
    """It gets the address and the answer; another exit code than 0 means that it failed."""
    script = "import sys; raise SystemExit(sys.argv[1:] != ['ada@mail.example', 'reject'])"
    approver = CommandApprover([sys.executable, "-c", script])
    approver.answer(ADA, False)
    with pytest.raises(SourceError, match="exit code 1"):
        approver.answer(ADA, True)
    with pytest.raises(SourceError, match="cannot be started"):
        CommandApprover(["/no/such/program"]).answer(ADA, True)
    wait = [sys.executable, "-c", "import threading; threading.Event().wait(60)"]
    with pytest.raises(SourceError, match=r"within 0\.2 s"):
        CommandApprover(wait, deadline=0.2).answer(ADA, True)


def test_a_function_answers() -> None:
    """Whatever it returns but False means that it did."""
    answered: list[tuple[str, bool]] = []
    as_approver(lambda user, approve: answered.append((user, approve))).answer(ADA, True)
    assert answered == [(ADA, True)]
    with pytest.raises(NoPushError):
        CallableApprover(lambda user, approve: False).answer(ADA, True)


def test_a_setting_names_the_approver(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each form; what is wrong is said without quoting it."""
    monkeypatch.setenv("AUTH0_MFA_CONTROL_TOKEN", "control-token")
    assert isinstance(from_url('command:["approve"]'), CommandApprover)
    assert isinstance(from_url("control:https://localhost:1"), ControlApprover)
    for wrong in ("command:secret-password", "secret-password", "telnet:secret-password", "control:secret-password"):
        with pytest.raises(ConfigurationError, match="push approver: expected co") as refused:
            from_url(wrong)
        assert "secret-password" not in str(refused.value)
    with pytest.raises(ConfigurationError, match="returned int"):
        as_approver(1)


def test_the_control_plane_needs_its_token(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message names the variable and the file."""
    monkeypatch.delenv("AUTH0_MFA_CONTROL_TOKEN", raising=False)
    with pytest.raises(ConfigurationError, match="control_token"):
        from_url("control:https://localhost:1")
