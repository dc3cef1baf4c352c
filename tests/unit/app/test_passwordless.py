"""Passwordless login: a code by email or SMS as first factor, and MFA after it."""

from __future__ import annotations

import pytest
from helpers.tenant_client import TenantClient

from pytest_auth0_mfa import Response
from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.spec.operations import PASSWORDLESS_OTP


def start(api: TenantClient, connection: str = "email", **more: Json) -> Response:
    """``POST /passwordless/start``, for a code."""
    return api.send("POST", "/passwordless/start", {"connection": connection, "send": "code", **api.client, **more})


def log_in(api: TenantClient, username: str, otp: str, realm: str = "email", **more: Json) -> Response:
    """The passwordless grant."""
    body = {"grant_type": PASSWORDLESS_OTP, "realm": realm, "username": username, "otp": otp}
    return api.token({**body, **more})


@pytest.mark.parametrize(
    ("connection", "field", "address"), [("email", "email", "new@example.com"), ("sms", "phone_number", "+15550100999")]
)
def test_a_newcomer_becomes_a_user(connection: str, field: str, address: str) -> None:
    """Members and order of the answer are those of the recordings; the login proves the address."""
    api = TenantClient(policy="never")
    body = start(api, connection, **{field: address}).json()
    proved = "email_verified" if connection == "email" else "phone_verified"
    assert list(body) == ["_id", field, proved]
    assert (body[field], body[proved]) == (address, False)
    message = api.tenant.outbox.latest(channel=connection)  # type: ignore[arg-type]
    assert message.to == address
    assert message.user.id == f"{connection}|{body['_id']}"
    assert log_in(api, address, message.code or "", connection).status == 200
    assert start(api, connection, **{field: address}).json() == {**body, proved: True}


def test_a_known_user_is_the_same_person() -> None:
    """With a second factor after the first, as after a password."""
    api = TenantClient()
    user = api.tenant.add_user("ada@example.com")
    otp = user.enroll("otp")
    start(api, email="ada@example.com")
    demanded = log_in(api, "ada@example.com", api.code(user))
    assert demanded.json()["error"] == "mfa_required"
    assert api.otp(demanded.json()["mfa_token"], otp.code()).status == 200


def test_a_header_that_names_nobody_is_no_client_id() -> None:
    """Another scheme than Basic in Authorization is passed over, and the error is the endpoint's own."""
    answer = TenantClient().send("POST", "/passwordless/start", {"connection": "email"}, token="a-token")
    assert (answer.status, answer.json()["error"]) == (400, "bad.client_id")


@pytest.mark.parametrize(
    ("realm", "text"),
    [("email", "Wrong email or verification code."), ("sms", "Wrong phone number or verification code.")],
)
def test_a_wrong_code_is_refused(realm: str, text: str) -> None:
    """The text is that of the connection, whether the code or the person is wrong."""
    api = TenantClient()
    user = api.tenant.add_user("ada@example.com", phone_number="+15550100001")
    start(api, "email", email=user.email)
    start(api, "sms", phone_number=user.phone_number)
    names = {"email": (user.email, "eve@example.com"), "sms": (user.phone_number, "+15550100002")}
    for username in names[realm]:
        response = log_in(api, username, "x", realm)
        assert (response.status, response.json()) == (403, {"error": "invalid_grant", "error_description": text})


def test_only_the_newest_code_is_good_and_once() -> None:
    """For three minutes."""
    api = TenantClient(policy="never")
    user = api.tenant.add_user("ada@example.com")
    start(api, email=user.email)
    first = api.code(user)
    start(api, email=user.email)
    second = api.code(user)
    assert log_in(api, user.email, first).status == (200 if first == second else 403)
    assert log_in(api, user.email, second).status == 200
    assert log_in(api, user.email, second).status == 403
    start(api, email=user.email)
    api.tenant.clock.advance(180)
    response = log_in(api, user.email, api.code(user))
    assert response.json()["error_description"] == "The verification code has expired. Please try to login again."


def test_ten_wrong_codes_block() -> None:
    """As ten wrong passwords do."""
    api = TenantClient()
    user = api.tenant.add_user("ada@example.com")
    start(api, email=user.email)
    for _ in range(10):
        assert log_in(api, user.email, "x").status == 403
    response = log_in(api, user.email, api.code(user))
    assert (response.status, response.json()["error"]) == (429, "too_many_attempts")


def test_fifty_messages_are_the_limit() -> None:
    """Then one more in 72 seconds: 50 an hour."""
    api = TenantClient()
    for _ in range(50):
        assert start(api, email="ada@example.com").status == 200
    assert start(api, email="ada@example.com").status == 429
    api.tenant.clock.advance(72)
    assert start(api, email="ada@example.com").status == 200


def test_a_link_has_no_code() -> None:
    """It is what an email holds unless a code is asked for; nothing logs in with it here."""
    api = TenantClient()
    assert start(api, email="ada@example.com", send=None).status == 200
    assert api.tenant.outbox.latest().code is None
