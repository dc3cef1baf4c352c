"""What a failed test's report says of the calls that its tenants answered."""

from __future__ import annotations

import json
import re

import pytest

from pytest_auth0_mfa import Request, Tenant, User, handler
from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.plugin.usage import section
from pytest_auth0_mfa.transports.attempts import Attempt

JSON = {"Content-Type": "application/json"}


@pytest.fixture
def tenant() -> Tenant:
    """A tenant whose clock stands at noon."""
    made = Tenant(seed=1)
    made.clock.freeze(1_800_000_000 - 1_800_000_000 % 86400 + 43200)
    return made


def post(tenant: Tenant, path: str, body: dict[str, Json]) -> dict[str, Json]:
    """What the tenant answers to its own application."""
    sent = {"client_id": tenant.client_id, "client_secret": tenant.client_secret, **body}
    answer = handler(tenant)(Request("POST", path, JSON, json.dumps(sent).encode())).json()
    assert isinstance(answer, dict)
    return answer


def logged_in(tenant: Tenant, user: User) -> str:
    """The mfa_token of a login."""
    return str(post(tenant, "/oauth/token", tenant.password_grant(user))["mfa_token"])


def shown(tenant: Tenant, *attempts: Attempt) -> list[str]:
    """The lines of the section, without the one about the tenant's clock, which is held far from real time here."""
    lines = section(tenant.calls, [tenant], attempts).splitlines()
    return [line for line in lines if not line.startswith("the tenant's clock is held")]


OTP, OOB = "http://auth0.com/oauth/grant-type/mfa-otp", "http://auth0.com/oauth/grant-type/mfa-oob"


def test_each_call_is_a_line(tenant: Tenant) -> None:
    """With time, operation, status, the refusal and its text."""
    logged_in(tenant, tenant.add_user())
    assert shown(tenant) == ["12:00:00  password  403 mfa_required: Multifactor authentication required"]


def test_a_wrong_code_is_shown_and_the_right_one_is_not(tenant: Tenant) -> None:
    """What was sent, and which code was expected."""
    user = tenant.add_user()
    app = user.enroll("otp")
    wrong = "000000" if app.code() != "000000" else "111111"
    post(tenant, "/oauth/token", {"grant_type": OTP, "mfa_token": logged_in(tenant, user), "otp": wrong})
    line = shown(tenant)[-1]
    assert line.startswith(
        f"12:00:00  mfa-otp  403 wrong_otp: sent {wrong}, expected the authenticator app's code of 12:00:00"
    )
    assert app.code() not in line


def test_a_wrong_binding_code_names_the_last_message(tenant: Tenant) -> None:
    """By its channel and time, not by its code."""
    user = tenant.add_user()
    user.enroll("email")
    token = logged_in(tenant, user)
    challenge = post(tenant, "/mfa/challenge", {"mfa_token": token, "challenge_type": "oob"})
    tenant.clock.advance(67)
    right = tenant.outbox.latest(user).code
    wrong = "000000" if right != "000000" else "111111"
    body = {"grant_type": OOB, "mfa_token": token, "oob_code": challenge["oob_code"], "binding_code": wrong}
    post(tenant, "/oauth/token", body)
    line = shown(tenant)[-1]
    assert f"sent {wrong}, expected the code of the message; the last one was sent by email at 12:00:00" in line
    assert line.startswith("12:01:07")
    assert str(right) not in line


def test_an_expired_token_says_since_when(tenant: Tenant) -> None:
    """How long before it was issued."""
    user = tenant.add_user()
    user.enroll("otp")
    token = logged_in(tenant, user)
    tenant.clock.advance(3000)
    post(tenant, "/oauth/token", {"grant_type": OTP, "mfa_token": token, "otp": "123456"})
    assert "expired_mfa_token: this mfa_token was issued 50 min before, at 12:00:00" in shown(tenant)[-1]
    assert token not in "\n".join(shown(tenant))


def test_a_token_of_another_application_names_both(tenant: Tenant) -> None:
    """Whose it is, and who sent it."""
    user = tenant.add_user()
    user.enroll("otp")
    other = tenant.add_application()
    token = logged_in(tenant, user)
    ours = {"client_id": other.client_id, "client_secret": other.client_secret}
    post(tenant, "/oauth/token", {"grant_type": OTP, "mfa_token": token, "otp": "123456", **ours})
    line = shown(tenant)[-1]
    assert f"to the application {tenant.client_id}, and {other.client_id} sent it" in line


def test_a_made_up_token_is_called_so(tenant: Tenant) -> None:
    """None of the answers held it; it is not printed."""
    post(tenant, "/oauth/token", {"grant_type": OTP, "mfa_token": "made-up", "otp": "123456"})
    assert "the tenant issued no such mfa_token" in shown(tenant)[-1]
    assert "made-up" not in shown(tenant)[-1]


def test_nothing_secret_is_shown(tenant: Tenant) -> None:
    """No password, token, secret or right code."""
    user = tenant.add_user(password="the-pass-word")
    token = logged_in(tenant, user)
    text = "\n".join(shown(tenant))
    for secret in ("the-pass-word", token, str(tenant.client_secret), user.email):
        assert secret not in text


def test_a_recovery_code_in_the_place_of_a_code_is_not_shown(tenant: Tenant) -> None:
    """It is good still, and so is a token: they are longer than any code."""
    user = tenant.add_user()
    user.enroll("otp")
    token = logged_in(tenant, user)
    post(tenant, "/oauth/token", {"grant_type": OTP, "mfa_token": token, "otp": user.recovery_code})
    assert "wrong_otp: sent 24 characters, expected" in shown(tenant)[-1]
    assert str(user.recovery_code) not in shown(tenant)[-1]


def test_without_a_call_it_says_who_was_seen_trying(tenant: Tenant) -> None:
    """And what to do about it, once."""
    nothing = "nothing reached the tenant at https://tenant.example"
    assert shown(tenant)[0] == nothing
    assert "A client in another process" in shown(tenant)[1]
    tried = Attempt("resolve", "aiohttp tried to resolve tenant.example", "aiohttp")
    distrust = Attempt("certificate", "a client does not trust the server's certificate (unknown ca)")
    lines = shown(tenant, tried, distrust)
    assert lines[:3] == [nothing, str(tried), str(distrust)]
    assert "take auth0_mfa_server" in lines[3]
    assert "verify=auth0_mfa_server.ca_file" in lines[4]


def test_of_many_calls_the_last_are_shown(tenant: Tenant) -> None:
    """A screenful, and how many there were before."""
    for _ in range(33):
        post(tenant, "/oauth/token", {})
    lines = shown(tenant)
    assert lines[0] == "... 3 earlier calls"
    assert len(lines) == 31
    assert all(re.match(r"\d\d:\d\d:\d\d  ", line) for line in lines[1:])


def test_a_clock_that_is_far_from_real_time_is_said(tenant: Tenant) -> None:
    """Libraries check tokens by the machine's clock; one that runs with it is no news."""
    assert "the tenant's clock is held, " in section(tenant.calls, [tenant], ())
    tenant.clock.reset()
    assert "clock" not in section(tenant.calls, [tenant], ())
    tenant.clock.advance(3600)
    assert "the tenant's clock is 60 min ahead of this machine's" in section(tenant.calls, [tenant], ())


def test_a_grant_that_is_not_allowed_says_where_to_allow_it(tenant: Tenant) -> None:
    """Here and at Auth0."""
    app = tenant.add_application(grant_types=[OTP])
    ours = {"client_id": app.client_id, "client_secret": app.client_secret}
    post(tenant, "/oauth/token", {**tenant.password_grant(tenant.add_user()), **ours})
    assert "Allow it: add_application(grant_types=[...])" in shown(tenant)[-1]


def managed(tenant: Tenant, token: str, method: str = "GET", path: str = "/mfa/authenticators") -> str:
    """The line of a call with this bearer token."""
    handler(tenant)(Request(method, path, {"Authorization": f"Bearer {token}"}))
    return shown(tenant)[-1]


def test_a_bearer_token_that_is_refused_says_why(tenant: Tenant) -> None:
    """Expired and for how long, used up, or of the wrong kind; one that nobody issued has Auth0's text."""
    user = tenant.add_user()
    app = user.enroll("otp")
    token = logged_in(tenant, user)
    refused = managed(tenant, token, "DELETE", f"/mfa/authenticators/{app.id}")
    assert refused.endswith(
        "an mfa_token is not taken here: send an access token for the audience https://tenant.example/mfa/"
    )
    assert managed(tenant, "no token of ours").endswith(
        "401 invalid_bearer: The mfa_token provided is invalid. Try getting a new token."
    )
    tenant.clock.advance(3600)
    assert "401 invalid_bearer: this mfa_token expired 50 min ago, by the tenant's clock" in managed(tenant, token)
    tenant.clock.advance(3600)
    assert "expired 50 min ago" in shown(tenant)[-1]


def test_an_access_token_that_has_expired_says_since_when(tenant: Tenant) -> None:
    """As an mfa_token does."""
    login = tenant.password_grant(tenant.add_user(mfa=False), audience=tenant.mfa_audience)
    token = str(post(tenant, "/oauth/token", login)["access_token"])
    tenant.clock.advance(30 * 86400)
    assert "invalid_bearer: this access token expired 29 days ago" in managed(tenant, token)


def test_an_mfa_token_that_has_given_tokens_is_used_up(tenant: Tenant) -> None:
    """Where the profile says that it dies."""
    tenant.profile = {"mfa_token_after_success": "dead"}
    user = tenant.add_user()
    app = user.enroll("otp")
    token = logged_in(tenant, user)
    post(tenant, "/oauth/token", {"grant_type": OTP, "mfa_token": token, "otp": app.code()})
    assert managed(tenant, token).endswith("this mfa_token was used up by the login that it completed")
