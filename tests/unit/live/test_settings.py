"""What a live run is told by the environment."""

from __future__ import annotations

import pytest

from pytest_auth0_mfa import ConfigurationError
from pytest_auth0_mfa.live.ledger import is_ours
from pytest_auth0_mfa.live.management import Credentials
from pytest_auth0_mfa.live.settings import BUDGET, from_environment
from pytest_auth0_mfa.live.users import new_address

DOMAIN = "staging.example"
BASE = {"AUTH0_CLIENT_ID": "app", "AUTH0_CLIENT_SECRET": "the-secret"}


def test_the_application_calls_the_management_api_unless_another_is_named() -> None:
    """A token goes before an application, and a named one before the tested one."""
    assert from_environment(DOMAIN, BASE).management == Credentials("app", "the-secret")
    other = {"AUTH0_MFA_MANAGEMENT_CLIENT_ID": "m", "AUTH0_MFA_MANAGEMENT_CLIENT_SECRET": "s"}
    assert from_environment(DOMAIN, {**BASE, **other}).management == Credentials("m", "s")
    token = {"AUTH0_MFA_MANAGEMENT_TOKEN": "t"}
    assert from_environment(DOMAIN, {**BASE, **other, **token}).management == Credentials(token="t")
    assert from_environment(DOMAIN, {"AUTH0_CLIENT_ID": "app"}).management is None


def test_users_are_a_json_list() -> None:
    """Addresses are lower case, as Auth0 keeps them."""
    ada_row, bob_row = '{"email": "Ada@mail.example", "password": "pw"}', '{"email": "b@c.example", "password": "x"}'
    users = f'[{ada_row}, {bob_row[:-1]}, "phone_number": "+1"}}]'
    ada, bob = from_environment(DOMAIN, {**BASE, "AUTH0_MFA_USERS": users}).users
    assert (ada.username, ada.password, ada.phone_number) == ("ada@mail.example", "pw", "")
    assert bob.phone_number == "+1"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("AUTH0_MFA_USERS", "secret-password", "it is not JSON"),
        ("AUTH0_MFA_USERS", '{"a": "secret-password"}', "it is no list"),
        ("AUTH0_MFA_USERS", '["secret-password"]', r"\$\[0\] is no object"),
        ("AUTH0_MFA_USERS", '[{"email": "a@b.example", "pasword": "secret-password"}]', "Did you mean 'password'"),
        ("AUTH0_MFA_USERS", '[{"password": "secret-password"}]', r"\$\[0\] has no email"),
        ("AUTH0_MFA_USER_EMAIL", "mail.example", "expected @DOMAIN"),
        ("AUTH0_MFA_USER_EMAIL", "a+b@mail.example", "expected @DOMAIN"),
        ("AUTH0_MFA_BUDGET", "emails=3", "Did you mean 'email'"),
        ("AUTH0_MFA_BUDGET", "email=many", "expected such as email=100"),
        ("AUTH0_MFA_LIVE_WAIT", "long", "expected seconds"),
        ("AUTH0_CLIENT_ID", "", "set AUTH0_CLIENT_ID"),
    ],
)
def test_a_wrong_variable_is_named_and_its_secrets_are_not_quoted(name: str, value: str, said: str) -> None:
    """The message says what was expected."""
    with pytest.raises(ConfigurationError, match=said) as refused:
        from_environment(DOMAIN, {**BASE, name: value})
    assert "secret-password" not in str(refused.value)


def test_a_wrong_rate_is_refused() -> None:
    """auto, or so many in some time; where it stands is said by who read it."""
    assert from_environment(DOMAIN, BASE, rate="auto").rate is None
    rate = from_environment(DOMAIN, BASE, rate="60/m").rate
    assert rate is not None
    assert rate.count == 60
    with pytest.raises(ConfigurationError, match="rate_limit='fast': expected requests per"):
        from_environment(DOMAIN, BASE, rate="fast")


def test_a_budget_is_changed_by_part() -> None:
    """What is not named keeps its default."""
    budget = from_environment(DOMAIN, {**BASE, "AUTH0_MFA_BUDGET": "email=7, sms=0"}).budget
    assert budget == {**BUDGET, "email": 7, "sms": 0}


@pytest.mark.parametrize("user_email", ["@mail.example", "qa@mail.example"])
def test_created_users_are_unmistakable(user_email: str) -> None:
    """Each has an address of its own in the inbox that is read, and nobody else has such a one."""
    made = {new_address(user_email) for _ in range(100)}
    assert len(made) == 100
    assert all(is_ours(address) and address.endswith("@mail.example") for address in made)
    assert not is_ours("qa@mail.example")
    assert not is_ours("ada+auth0-mfa@mail.example")


def test_settings_do_not_show_what_is_secret() -> None:
    """Their repr goes into tracebacks."""
    users = '[{"email": "a@b.example", "password": "secret-password"}]'
    shown = repr(from_environment(DOMAIN, {**BASE, "AUTH0_MFA_USERS": users}))
    assert "the-secret" not in shown
    assert "secret-password" not in shown


@pytest.mark.parametrize(("text", "seconds"), [("", 0.0), ("0", 0.0), ("0.5", 0.5), ("60", 60.0), ("-5", 0.0)])
def test_how_long_is_waited_is_in_seconds(text: str, seconds: float) -> None:
    """Without a word nothing is waited for."""
    assert from_environment(DOMAIN, {**BASE, "AUTH0_MFA_LIVE_WAIT": text}).wait == seconds
