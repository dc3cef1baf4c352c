"""The first factor, refresh tokens, and clients of more than one user."""

from __future__ import annotations

from pytest_auth0_mfa.contract.client.example import GRANTED, ClientExample
from pytest_auth0_mfa.contract.client.worlds import HOSTILE, PLAIN, World

from .registry import covered, scenario


@scenario("login-without-mfa", World(policy="never"), World(policy="never", unknown=True))
def login_without_mfa(example: ClientExample) -> None:
    """Tokens reach the caller at once when no second factor is demanded."""
    user = example.user()
    example.first_factor(user, expect=GRANTED)


@scenario("login-wrong-password")
def login_wrong_password(example: ClientExample) -> None:
    """A wrong password is Auth0's invalid_grant."""
    example.log_in(example.user(), password="wrong", expect="invalid_grant")


@scenario("login-scope-and-audience", World(policy="never"))
def login_scope_and_audience(example: ClientExample) -> None:
    """Scope and audience reach the tenant; ID token and refresh token reach the caller."""
    user = example.user()
    example.log_in(user, scope="openid offline_access", expect=GRANTED)
    example.log_in(user, audience="https://api.example/", scope="openid read:things", expect=GRANTED)


@scenario("mfa-required", PLAIN)
def mfa_required(example: ClientExample) -> None:
    """mfa_required at 403 is recognised and its mfa_token handed out and taken back."""
    token = example.begin(example.user("email"))
    covered(lambda: example.rows(token))


@scenario("mfa-required-401", World(profile={"mfa_required": "401 mfa_required"}))
def mfa_required_401(example: ClientExample) -> None:
    """mfa_required is recognised at 401 as well."""
    mfa_required(example)


@scenario("mfa-required-with-requirements", World(profile={"mfa_requirements": True}), HOSTILE)
def mfa_required_with_requirements(example: ClientExample) -> None:
    """mfa_requirements beside mfa_required changes nothing, whether it says challenge or enroll."""
    for user in (example.user("email", "otp"), example.user()):
        token = example.begin(user)
        covered(lambda token=token: example.rows(token))  # type: ignore[misc]


@scenario("refresh-without-mfa", World(policy="never"))
def refresh_without_mfa(example: ClientExample) -> None:
    """A refresh token yields tokens."""
    example.refresh(example.user(), expect=GRANTED)


@scenario("refresh-demands-mfa")
def refresh_demands_mfa(example: ClientExample) -> None:
    """A refresh token may lead to mfa_required, and from there to tokens."""
    user = example.user("otp")
    token = example.token(example.refresh(user, expect="mfa_required"))
    example.verify_otp(token, example.otp(user.entries[0].secret or ""))


@scenario("refresh-refused", PLAIN)
def refresh_refused(example: ClientExample) -> None:
    """A dead refresh token is Auth0's invalid_grant."""
    user = example.user()
    example.refresh_with(user, "not-a-token", expect="invalid_grant")


@scenario("two-users")
def two_users(example: ClientExample) -> None:
    """Two users of one client at once never get each other's tokens."""
    users = [example.user("email"), example.user("email")]
    tokens = [example.begin(user) for user in users]
    for token in tokens:
        covered(lambda token=token: example.rows(token))  # type: ignore[misc]
    oob_codes = [example.challenge(t, t.user.entries[0].id).body["oob_code"] for t in tokens]
    for token, oob_code in zip(tokens, oob_codes, strict=True):
        example.verify_oob(token, oob_code, example.code(token.user, "email"))


@scenario("public-application", World(public=True))
def public_application(example: ClientExample) -> None:
    """An application without a secret sends none."""
    user = example.user("otp")
    token = example.begin(user)
    covered(lambda: example.challenge(token, user.entries[0].id))
    example.verify_otp(token, example.otp(user.entries[0].secret or ""))
