"""Passwordless logins: a code by email or SMS as the first factor. Rows P1 to P6."""

from __future__ import annotations

from pytest_auth0_mfa.contract.tenant import calls
from pytest_auth0_mfa.contract.tenant.calls import OMIT
from pytest_auth0_mfa.contract.tenant.context import ScenarioContext
from pytest_auth0_mfa.contract.tenant.expectations import Answer
from pytest_auth0_mfa.contract.tenant.subjects import Person
from pytest_auth0_mfa.contract.tenant.values import Value

from .first_factor import REQUIRED, extra
from .registry import scenario


def _start(play: ScenarioContext, **params: Value) -> Answer:
    """Ask for a code."""
    return play.call(calls.passwordless_start(play.client, **params))


def _by_email(play: ScenarioContext, user: Person) -> str:
    """Start by email; the code that was sent."""
    _start(play, connection="email", email=user.username, send="code").shows(
        {"email": user.username, "email_verified": user.email_verified}, "_id"
    )
    return play.code(user, "email")


def _log_in(play: ScenarioContext, realm: str, username: str, code: Value) -> Answer:
    """The grant of a passwordless login."""
    return play.call(calls.passwordless(play.client, realm, username, code))


@scenario("passwordless-email", "P1 P4 P5", controls="outbox", fake=True)
def passwordless_email(play: ScenarioContext) -> None:
    """The right code logs in up to the second factor, and once."""
    user = play.user()
    code = _by_email(play, user)
    wrong = ("wrong_passwordless_email", "403 invalid_grant", "Wrong email or verification code.")
    _log_in(play, "email", user.username, "x" + code).refused(*wrong)
    _log_in(play, "email", user.username, code).refused(*REQUIRED, *extra(play))
    _log_in(play, "email", user.username, code).refused(*wrong)


@scenario("passwordless-sms", "P2 P4 P5", controls="outbox", fake=True)
def passwordless_sms(play: ScenarioContext) -> None:
    """As by email, with a number for an address."""
    user = play.user()
    number = user.phone_number
    _start(play, connection="sms", phone_number=number).shows({"phone_number": number, "phone_verified": False}, "_id")
    code = play.code(user, "sms")
    wrong = ("wrong_passwordless_phone", "403 invalid_grant", "Wrong phone number or verification code.")
    _log_in(play, "sms", number, "x" + code).refused(*wrong)
    _log_in(play, "sms", number, code).refused(*REQUIRED, *extra(play))
    _log_in(play, "sms", number, code).refused(*wrong)


@scenario("passwordless-code-expires", "P6", controls="outbox clock", fake=True)
def passwordless_code_expires(play: ScenarioContext) -> None:
    """A code lives three minutes."""
    user = play.user()
    code = _by_email(play, user)
    play.wait(180)
    text = "The verification code has expired. Please try to login again."
    _log_in(play, "email", user.username, code).refused("passwordless_expired", "403 invalid_grant", text)


@scenario("passwordless-start-refused", "P3", fake=True)
def passwordless_start_refused(play: ScenarioContext) -> None:
    """What is missing or wrong is named by the error."""
    missing = "Missing required property: {}"
    email: dict[str, Value] = {"connection": "email", "email": "ada@example.com", "send": "code"}
    for changed, case, error, text in (
        ({"client_id": OMIT}, "passwordless_no_client_id", "bad.client_id", missing.format("client_id")),
        ({"connection": OMIT}, "passwordless_no_connection", "bad.connection", missing.format("connection")),
        ({"connection": "fax"}, "passwordless_connection", "bad.connection", "Connection does not exist"),
        (
            {"authParams": "scope"}, "passwordless_parameters", "bad.authParams",
            "error in authParams - invalid type: string (expected object)",
        ),
        ({"email": OMIT}, "passwordless_no_email", "bad.email", None),
        ({"email": "nobody"}, "passwordless_email", "bad.email", None),
        ({"connection": "sms"}, "passwordless_no_phone_number", "bad.phone_number", missing.format("phone_number")),
        (
            {"connection": "sms", "phone_number": "nobody"}, "passwordless_phone_number", "bad.phone_number",
            "String does not match pattern: ^\\+[0-9]{1,15}$",
        ),
    ):  # fmt: skip
        _start(play, **{**email, **changed}).refused(case, f"400 {error}", text)
