"""The first factor, refresh tokens, and clients of more than one user."""

from __future__ import annotations

import json

from pytest_auth0_mfa.contract.client.example import GRANTED, ClientExample
from pytest_auth0_mfa.contract.client.worlds import HOSTILE, PLAIN, World
from pytest_auth0_mfa.messages import Response

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


@scenario("login-without-openid", World(policy="never"))
def login_without_openid(example: ClientExample) -> None:
    """Without the scope openid there is no ID token, and none is missed."""
    user = example.user()
    example.log_in(user, audience="https://api.example/", scope="read:things", expect=GRANTED)


@scenario("arguments-are-not-kept", World(policy="never"))
def arguments_are_not_kept(example: ClientExample) -> None:
    """What a caller leaves out is left out, whatever an earlier call carried."""
    user = example.user()
    example.first_factor(user, expect=GRANTED)
    example.first_factor(user, audience="https://api.example/", scope="openid read:things", expect=GRANTED)
    example.first_factor(user, expect=GRANTED)


def without_mfa_token(operation: str, response: Response) -> Response:
    """The same answer, as an Action leaves it that picks factors while the feature for it is off: row T3."""
    body = response.json() if response.body else None
    if not isinstance(body, dict) or body.get("error") != "mfa_required":
        return response
    left = {name: value for name, value in body.items() if name != "mfa_token"}
    return Response(response.status, response.headers, json.dumps(left).encode())


@scenario("mfa-required-without-token", PLAIN)
def mfa_required_without_token(example: ClientExample) -> None:
    """mfa_required without an mfa_token is mfa_required all the same, and no token is made up for it."""
    user = example.user("email")
    example.begin(user)
    example.recording.rewrite = without_mfa_token
    example.remark("an Action picks the factors, so that mfa_required comes without mfa_token")
    example.first_factor(user)


@scenario("two-users-at-once", PLAIN, in_process_only=True)
def two_users_at_once(example: ClientExample) -> None:
    """A call that is made while another user's is under way carries its own user's values, and so does the other."""
    example.begin(example.user("email"))  # whether its calls are awaited is known from here on
    ada, bob = example.user("email"), example.user("email")
    first, second = example.at_once(lambda: example.begin(ada), lambda: example.begin(bob))
    covered(lambda: example.at_once(lambda: example.rows(first), lambda: example.rows(second)))
    sent = example.at_once(
        lambda: example.challenge(first, ada.entries[0].id), lambda: example.challenge(second, bob.entries[0].id)
    )
    codes = [example.code(user, "email") for user in (ada, bob)]
    example.at_once(
        lambda: example.verify_oob(first, sent[0].body["oob_code"], codes[0]),
        lambda: example.verify_oob(second, sent[1].body["oob_code"], codes[1]),
    )


@scenario("certificate-of-nobody", World(untrusted=True), server_only=True)
def certificate_of_nobody(example: ClientExample) -> None:
    """A server whose certificate comes from an authority that nobody trusts is sent nothing."""
    example.meet_a_stranger(example.user("email"))
