"""The lines that explain calls hold wrong codes and no other secret."""

from __future__ import annotations

import json
import logging

import pytest

from pytest_auth0_mfa import Request, Tenant, handler
from pytest_auth0_mfa.app.reasons import in_a_line
from pytest_auth0_mfa.spec.operations import MFA_OTP

RECOVERY_CODE = "ABCDEFGHJKLMNPQRSTUVWXYZ"
TOKEN = "Fe26.2*" + "t" * 40


@pytest.fixture
def tenant() -> Tenant:
    """One with the usual settings."""
    return Tenant()


def line(tenant: Tenant, method: str, path: str, body: object = None) -> str:
    """What is said of a call."""
    request = Request(method, path, {"content-type": "application/json"}, json.dumps(body).encode() if body else b"")
    handler(tenant)(request)
    return in_a_line(tenant.calls[-1], tenant.calls[:], [tenant])


def wrong_code(tenant: Tenant, otp: str) -> str:
    """What is said of a code."""
    user = tenant.add_user()
    user.enroll("otp")
    login = json.dumps(tenant.password_grant(user)).encode()
    answer = handler(tenant)(Request("POST", "/oauth/token", {"content-type": "application/json"}, login))
    client = {"client_id": tenant.client_id, "client_secret": tenant.client_secret}
    verify = {"grant_type": MFA_OTP, "mfa_token": answer.json()["mfa_token"], "otp": otp, **client}
    return line(tenant, "POST", "/oauth/token", verify)


@pytest.mark.parametrize("otp", ["000000", "000 000", "12-34"])
def test_a_wrong_code_is_quoted(tenant: Tenant, otp: str) -> None:
    """With its spaces and dashes, which may be what is wrong with it."""
    assert f"sent {otp}, expected the authenticator app's code of" in wrong_code(tenant, otp)


@pytest.mark.parametrize("otp", ["hunter2pass!", RECOVERY_CODE, "0" * 16])
def test_what_is_no_code_is_not_quoted(tenant: Tenant, otp: str) -> None:
    """It may be a password, a recovery code or a token in the wrong parameter; its length is told."""
    said = wrong_code(tenant, otp)
    assert otp not in said
    assert f"sent {len(otp)} characters, expected" in said


@pytest.mark.parametrize("secret", [TOKEN, RECOVERY_CODE, "123456"])
def test_an_unknown_path_is_shown_without_what_may_be_secret(
    tenant: Tenant, secret: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Nowhere is the token of a path shown: not in the line, the call, the request or the log."""
    said = line(tenant, "GET", f"/mfa/authenticators/{secret}/x?a={secret}")
    assert "GET /mfa/authenticators/.../x  404" in said
    with caplog.at_level(logging.WARNING):
        page = line(tenant, "GET", f"/u/{secret}")
    assert "no redirect and no /u/...." in page
    shown = f"{said} {page} {tenant.calls!r} {tenant.calls[-1].request!r} {caplog.text}"
    assert "GET /u/..." in caplog.text
    assert secret not in shown


def test_a_path_of_words_is_shown(tenant: Tenant) -> None:
    """Whoever misspelt it sees what was sent, and what is close to it."""
    said = line(tenant, "POST", "/mfa/chalenge")
    assert "POST /mfa/chalenge  404 not_found: there is no such operation." in said
    assert "POST /mfa/challenge" in said


@pytest.mark.parametrize(
    ("grant_type", "shown"),
    [
        ("http://auth0.com/oauth/grant-type/mfa_otp", "'http://auth0.com/oauth/grant-type/mfa_otp'"),
        ("urn:ietf:params:oauth:grant-type:device_code", "'urn:ietf:params:oauth:grant-type:device_code'"),
        (TOKEN, "'...'"),
        (RECOVERY_CODE, "'...'"),
    ],
)
def test_an_unknown_grant_is_shown_if_it_is_words(tenant: Tenant, grant_type: str, shown: str) -> None:
    """A token in its place is not."""
    assert f"the fake has no grant {shown}." in line(tenant, "POST", "/oauth/token", {"grant_type": grant_type})
