"""A login with a second factor. Replace `post` by your own application."""

import pytest
import requests


@pytest.fixture
def user(auth0_mfa):
    """Ada, whose second factor is email."""
    user = auth0_mfa.add_user("ada@example.com")
    user.enroll("email")
    return user


@pytest.fixture
def post(auth0_mfa):
    """Calls the tenant as an application does."""
    application = {"client_id": auth0_mfa.client_id, "client_secret": auth0_mfa.client_secret}

    def post(path, **body):
        return requests.post(auth0_mfa.url + path, json={**application, **body}).json()

    return post


def test_a_login_is_confirmed_with_the_code_of_the_email(auth0_mfa, user, post):
    login = post("/oauth/token", grant_type="password", username=user.email, password=user.password)
    assert login["error"] == "mfa_required"

    challenge = post("/mfa/challenge", mfa_token=login["mfa_token"], challenge_type="oob")
    tokens = post(
        "/oauth/token",
        grant_type="http://auth0.com/oauth/grant-type/mfa-oob",
        mfa_token=login["mfa_token"],
        oob_code=challenge["oob_code"],
        binding_code=auth0_mfa.outbox.latest(user).code,
    )
    assert tokens["access_token"]
