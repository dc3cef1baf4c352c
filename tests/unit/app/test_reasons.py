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


def page(tenant: Tenant, token: str, method: str, path: str, body: object = None) -> str:
    """What is said of a call of the user's own page."""
    headers = {"content-type": "application/json", "authorization": f"Bearer {token}"}
    handler(tenant)(Request(method, f"/me/v1/{path}", headers, json.dumps(body).encode() if body else b""))
    return in_a_line(tenant.calls[-1], tenant.calls[:], [tenant])


def test_a_refusal_of_the_users_own_page_is_explained(tenant: Tenant) -> None:
    """What is wrong with token, body, code and session; without a token, a session or a right code."""
    tenant.clock.freeze(1_800_000_000)
    ada = tenant.add_user()
    token = ada.access_token(audience=tenant.me_audience)
    methods = "authentication-methods"
    said = [
        page(tenant, ada.access_token(), "GET", methods),
        page(tenant, TOKEN, "GET", methods),
        page(tenant, token, "POST", methods, {"type": "email"}),
        page(tenant, token, "GET", "authentication-method"),
    ]
    tenant.policy = "all-applications"
    login = json.dumps(tenant.password_grant(ada)).encode()
    handler(tenant)(Request("POST", "/oauth/token", {"content-type": "application/json"}, login))
    said.append(page(tenant, tenant.calls[-1].response.json()["mfa_token"], "GET", methods))
    begun = []
    for asked in ({"type": "totp"}, {"type": "email", "email": "ada@example.com"}):
        page(tenant, token, "POST", methods, asked)
        begun.append(tenant.calls[-1].response.json())
    app, email = (f"{methods}/{each['id'].replace('|', '%7C')}/verify" for each in begun)
    session, other = ({"auth_session": each["auth_session"], "otp_code": "000000"} for each in begun)
    said += [page(tenant, token, "POST", app, session), page(tenant, token, "POST", email, other)]
    said.append(page(tenant, token, "POST", app, other))
    tenant.clock.advance(301)
    said.append(page(tenant, token, "POST", app, session))
    said.append(page(tenant, token, "POST", app, {**session, "auth_session": "no"}))
    assert [line.partition(": ")[2] for line in said] == [
        f"the access token is for {tenant.url}/userinfo: expected {tenant.me_audience}",
        "Invalid Token",
        "Invalid request payload input: data must have required property 'email'",
        "there is no such operation. Did you mean 'GET /me/v1/authentication-methods'?",
        f"an mfa_token is not taken here: send an access token for the audience {tenant.me_audience}",
        "sent 000000, expected the authenticator app's code of 08:00:00",
        "sent 000000, expected the code of the message; the last one was sent by email at 08:00:00",
        "this auth_session was issued 0 s before, at 08:00:00; the auth_session is that of another method of the user",
        "this auth_session was issued 5 min before, at 08:00:00; the auth_session has expired: it lives 300 s",
        "the tenant issued no such auth_session",
    ]


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
