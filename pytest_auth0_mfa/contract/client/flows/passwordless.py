"""Passwordless logins: a code by email or SMS as the first factor."""

from __future__ import annotations

from pytest_auth0_mfa.contract.client.example import ClientExample
from pytest_auth0_mfa.contract.client.judged import GRANTED
from pytest_auth0_mfa.contract.client.worlds import HOSTILE, PLAIN, World

from .registry import covered, scenario

NEVER = World(policy="never")


def first_factor_then_second(example: ClientExample, connection: str) -> None:
    """Log in with a code, get mfa_required, and verify with an authenticator app."""
    user = example.user("otp")
    code = example.passwordless_code(user, connection)
    token = example.token(example.log_in_passwordless(user, connection, code))
    example.verify_otp(token, example.otp(user.entries[0].secret or ""))


@scenario("passwordless-email", "The code of an email leads to mfa_required, and from there to tokens.")
def passwordless_email(example: ClientExample) -> None:
    first_factor_then_second(example, "email")


@scenario("passwordless-sms", "The code of an SMS leads to mfa_required, and from there to tokens.")
def passwordless_sms(example: ClientExample) -> None:
    first_factor_then_second(example, "sms")


@scenario(
    "passwordless-without-mfa",
    "Tokens reach the caller at once when no second factor is demanded; audience and scope reach the tenant.",
    NEVER,
    World(policy="never", unknown=True, people=0),
)
def passwordless_without_mfa(example: ClientExample) -> None:
    user = example.user()
    for connection in ("email", "sms"):
        code = example.passwordless_code(user, connection)
        example.log_in_passwordless(user, connection, code, scope="openid offline_access", expect=GRANTED)
        code = example.passwordless_code(user, connection)
        more = {"audience": "https://api.example/", "scope": "openid read:things"}
        example.log_in_passwordless(user, connection, code, **more, expect=GRANTED)
        code = example.passwordless_code(user, connection)
        example.log_in_passwordless(user, connection, code, expect=GRANTED)


@scenario(
    "passwordless-wrong-code",
    "A wrong code is Auth0's invalid_grant; the right one is accepted afterwards, and once.",
    PLAIN,
    HOSTILE,
)
def passwordless_wrong_code(example: ClientExample) -> None:
    user = example.user("email")
    for connection in ("email", "sms"):
        code = example.passwordless_code(user, connection)
        example.log_in_passwordless(user, connection, example.wrong(code), expect="invalid_grant")
        example.log_in_passwordless(user, connection, code)
        example.log_in_passwordless(user, connection, code, expect="invalid_grant")


@scenario(
    "passwordless-codes-chosen-by-an-adversary",
    "Leading zeros arrive as they were typed.",
    *(World(policy="never", codes=turn) for turn in range(4)),
)
def passwordless_awkward_codes(example: ClientExample) -> None:
    user = example.user()
    code = example.passwordless_code(user, "email")
    example.log_in_passwordless(user, "email", code, expect=GRANTED)


@scenario("passwordless-started-twice", "The code before the newest is refused, and the caller learns it.", PLAIN)
def passwordless_started_twice(example: ClientExample) -> None:
    user = example.user("email")
    old = example.passwordless_code(user, "email")
    new = example.passwordless_code(user, "email")
    example.log_in_passwordless(user, "email", old, expect="invalid_grant")
    example.log_in_passwordless(user, "email", new)


@scenario(
    "passwordless-both-channels",
    "Two codes are on their way, by email and by SMS: each is sent with its own connection and address.",
    PLAIN,
)
def passwordless_both_channels(example: ClientExample) -> None:
    user = example.user("email")
    codes = {connection: example.passwordless_code(user, connection) for connection in ("email", "sms")}
    for connection, code in codes.items():
        example.log_in_passwordless(user, connection, code)


@scenario(
    "passwordless-expired",
    "A code that is older than three minutes is refused, and no other one is sent unasked.",
    World(behind=1200),
)
def passwordless_expired(example: ClientExample) -> None:
    user = example.user("email")
    code = example.passwordless_code(user, "email")
    example.advance(181)
    example.log_in_passwordless(user, "email", code, expect="invalid_grant")


@scenario("passwordless-two-users", "Two people who wait for their codes at once log in each with their own.", PLAIN)
def passwordless_two_users(example: ClientExample) -> None:
    users = example.user("email"), example.user("email")
    codes = [example.passwordless_code(user, "email") for user in users]
    tokens = [
        example.token(example.log_in_passwordless(user, "email", code)) for user, code in zip(users, codes, strict=True)
    ]
    for token in tokens:
        covered(lambda token=token: example.rows(token))  # type: ignore[misc]


@scenario(
    "passwordless-provider-fails",
    "A code that cannot be sent is refused: bad_gateway. Asked again, the tenant sends one.",
    PLAIN,
)
def passwordless_provider_fails(example: ClientExample) -> None:
    user = example.user("email")
    example.tenant.outbox.fail_next("email")
    example.remark("let the provider of emails fail once")
    example.start_passwordless(user, "email", expect="bad_gateway")
    example.start_passwordless(user, "email")


@scenario("passwordless-bad-address", "An invalid phone number is sent, and Auth0 refuses it: bad.phone_number.", PLAIN)
def passwordless_bad_address(example: ClientExample) -> None:
    user = example.user()
    user.phone_number = "5550100"
    example.remark("take a phone number without its country for the user's")
    example.start_passwordless(user, "sms", expect="bad.phone_number")


@scenario("passwordless-public", "An application without a secret sends none.", World(public=True))
def passwordless_public(example: ClientExample) -> None:
    first_factor_then_second(example, "email")
