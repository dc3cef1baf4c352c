"""Refresh tokens: renewing, rotation, reuse and revocation."""

from __future__ import annotations

from dataclasses import replace

from pytest_auth0_mfa.contract.client.example import ClientExample
from pytest_auth0_mfa.contract.client.judged import GRANTED
from pytest_auth0_mfa.contract.client.own_page import SCOPES
from pytest_auth0_mfa.contract.client.worlds import HOSTILE, PLAIN, World
from pytest_auth0_mfa.tenant.entities import User

from .registry import covered, scenario

NEVER = World(policy="never")
ROTATES = World(policy="never", rotates=True)


@scenario("refresh-without-mfa", "A refresh token yields tokens.", World(policy="never"))
def refresh_without_mfa(example: ClientExample) -> None:
    example.refresh(example.user(), expect=GRANTED)


@scenario("refresh-demands-mfa", "A refresh token may lead to mfa_required, and from there to tokens.")
def refresh_demands_mfa(example: ClientExample) -> None:
    user = example.user("otp")
    token = example.token(example.refresh(user, expect="mfa_required"))
    example.verify_otp(token, example.otp(user.entries[0].secret or ""))


@scenario("refresh-refused", "A dead refresh token is Auth0's invalid_grant.", PLAIN)
def refresh_refused(example: ClientExample) -> None:
    user = example.user()
    example.refresh_with(user, "not-a-token", expect="invalid_grant")


@scenario(
    "refresh-audience-and-scope",
    "A refresh for less, and then for all again: audience and scope arrive exactly when they are given.",
    World(policy="never"),
)
def refresh_audience_and_scope(example: ClientExample) -> None:
    user = example.user()
    scope = "openid profile offline_access read:things"
    given = user.refresh_token(scope=scope, audience="https://api.example/")
    example.steps.give(given, "AUTH0_MFA_REFRESH_TOKEN")
    example.refresh_with(user, given, scope="openid read:things", expect=GRANTED)
    example.refresh_with(user, given, audience="https://api.example/", expect=GRANTED)
    example.refresh_with(user, given, audience=example.tenant.me_audience, scope=SCOPES, expect=GRANTED)
    example.refresh_with(user, given, expect=GRANTED)


def renewed(example: ClientExample, user: User, refresh_token: str) -> str:
    """Renew, and return the refresh token that replaces this one."""
    return str(example.refresh_with(user, refresh_token, expect=GRANTED).body["refresh_token"])


@scenario(
    "refresh-rotates",
    "Where refresh tokens rotate, the new one reaches the caller each time, and is the one that is sent next.",
    ROTATES,
    replace(ROTATES, unknown=True, people=0),
)
def refresh_rotates(example: ClientExample) -> None:
    user = example.user()
    first = example.refresh_token(user)
    second = renewed(example, user, first)
    renewed(example, user, renewed(example, user, second))


@scenario(
    "refresh-rotates-with-mfa",
    "A second factor that a refresh demanded rotates as well: its refresh token reaches the caller.",
    World(rotates=True),
    replace(HOSTILE, rotates=True),
)
def refresh_rotates_with_mfa(example: ClientExample) -> None:
    user = example.user("otp")
    token = example.token(example.refresh(user, expect="mfa_required"))
    made = example.verify_otp(token, example.otp(user.entries[0].secret or "")).body
    renewed(example, user, made["refresh_token"])


@scenario(
    "refresh-token-presented-again",
    "A token that was replaced is refused, and so is the one that replaced it: the caller learns both.",
    ROTATES,
)
def refresh_token_presented_again(example: ClientExample) -> None:
    user = example.user()
    first = example.refresh_token(user)
    second = renewed(example, user, first)
    example.refresh_with(user, first, expect="invalid_grant")
    example.refresh_with(user, second, expect="invalid_grant")


@scenario(
    "refresh-token-within-leeway",
    "Within the leeway the token before the newest still yields tokens, and a new refresh token among them.",
    replace(ROTATES, leeway=60),
)
def refresh_token_within_leeway(example: ClientExample) -> None:
    user = example.user()
    first = example.refresh_token(user)
    renewed(example, user, first)
    renewed(example, user, renewed(example, user, first))


@scenario(
    "refresh-of-two-users", "The tokens of two users rotate side by side, and each is sent for its own user.", ROTATES
)
def refresh_of_two_users(example: ClientExample) -> None:
    ada, bob = example.user(), example.user()
    tokens = {user.id: example.refresh_token(user) for user in (ada, bob)}
    for user in (ada, bob, ada, ada, bob):
        tokens[user.id] = renewed(example, user, tokens[user.id])


@scenario(
    "revoke",
    "A revoked refresh token renews nothing; to revoke it once more, or one that nobody knows, is no mistake.",
    NEVER,
    replace(NEVER, unknown=True, people=0),
)
def revoke(example: ClientExample) -> None:
    user = example.user()
    token = example.refresh_token(user)
    for each in (token, token, "not-a-token"):
        example.revoke(user, each)
    covered(lambda: example.refresh_with(user, token, expect="invalid_grant"))


@scenario(
    "revoke-after-login", "Of the tokens of a login the refresh token is revoked; the access token lives on.", NEVER
)
def revoke_after_login(example: ClientExample) -> None:
    user = example.user()
    made = example.log_in(user, scope="openid offline_access", expect=GRANTED).body
    example.revoke(user, made["refresh_token"])
    covered(lambda: example.refresh_with(user, made["refresh_token"], expect="invalid_grant"))


@scenario(
    "revoke-rotated", "Of tokens that rotate the newest is revoked, and none of its family renews anything.", ROTATES
)
def revoke_rotated(example: ClientExample) -> None:
    user = example.user()
    first = example.refresh_token(user)
    second = renewed(example, user, first)
    example.revoke(user, second)
    example.refresh_with(user, second, expect="invalid_grant")


@scenario(
    "revoke-for-one-of-two-users", "What is revoked is the token of the user who leaves: the other one goes on.", NEVER
)
def revoke_for_one_of_two_users(example: ClientExample) -> None:
    ada, bob = example.user(), example.user()
    hers, his = example.refresh_token(ada), example.refresh_token(bob)
    example.refresh_with(ada, hers, expect=GRANTED)
    example.refresh_with(bob, his, expect=GRANTED)
    example.revoke(ada, hers)
    example.refresh_with(bob, his, expect=GRANTED)
    example.refresh_with(ada, hers, expect="invalid_grant")


@scenario("revoke-public", "An application without a secret revokes without one.", replace(NEVER, public=True))
def revoke_public(example: ClientExample) -> None:
    user = example.user()
    example.revoke(user, example.refresh_token(user))
