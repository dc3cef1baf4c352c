"""The first factor, refresh tokens, and clients of more than one user."""

from __future__ import annotations

from .bench import World
from .play import GRANTED, Play
from .scenarios import BOTH, HOSTILE, PLAIN, covered, scenario


@scenario("login-without-mfa", World(policy="never"), World(policy="never", unknown=True))
def login_without_mfa(play: Play) -> None:
    """Tokens reach the caller at once when no second factor is demanded."""
    user = play.user()
    play.first_factor(user, expect=GRANTED)


@scenario("login-wrong-password")
def login_wrong_password(play: Play) -> None:
    """A wrong password is Auth0's invalid_grant."""
    play.log_in(play.user(), password="wrong", expect="invalid_grant")


@scenario("login-scope-and-audience", World(policy="never"))
def login_scope_and_audience(play: Play) -> None:
    """Scope and audience reach the tenant; ID token and refresh token reach the caller."""
    user = play.user()
    play.log_in(user, scope="openid offline_access", expect=GRANTED)
    play.log_in(user, audience="https://api.example/", scope="openid read:things", expect=GRANTED)


@scenario("mfa-required", PLAIN)
def mfa_required(play: Play) -> None:
    """mfa_required at 403 is recognised and its mfa_token handed out and taken back."""
    token = play.begin(play.user("email"))
    covered(lambda: play.rows(token))


@scenario("mfa-required-401", World(profile={"mfa_required": "401 mfa_required"}))
def mfa_required_401(play: Play) -> None:
    """mfa_required is recognised at 401 as well."""
    mfa_required(play)


@scenario("mfa-required-with-requirements", World(profile={"mfa_requirements": True}), HOSTILE)
def mfa_required_with_requirements(play: Play) -> None:
    """mfa_requirements beside mfa_required changes nothing, whether it says challenge or enroll."""
    for user in (play.user("email", "otp"), play.user()):
        token = play.begin(user)
        covered(lambda token=token: play.rows(token))  # type: ignore[misc]


@scenario("refresh-without-mfa", World(policy="never"))
def refresh_without_mfa(play: Play) -> None:
    """A refresh token yields tokens."""
    play.refresh(play.user(), expect=GRANTED)


@scenario("refresh-demands-mfa")
def refresh_demands_mfa(play: Play) -> None:
    """A refresh token may lead to mfa_required, and from there to tokens."""
    user = play.user("otp")
    token = play.token(play.refresh(user, expect="mfa_required"))
    play.verify_otp(token, play.otp(user.entries[0].secret or ""))


@scenario("refresh-refused", BOTH[0])
def refresh_refused(play: Play) -> None:
    """A dead refresh token is Auth0's invalid_grant."""
    user = play.user()
    play.refresh_with(user, "not-a-token", expect="invalid_grant")


@scenario("two-users")
def two_users(play: Play) -> None:
    """Two users of one client at once never get each other's tokens."""
    users = [play.user("email"), play.user("email")]
    tokens = [play.begin(user) for user in users]
    for token in tokens:
        covered(lambda token=token: play.rows(token))  # type: ignore[misc]
    oob_codes = [play.challenge(t, t.user.entries[0].id).body["oob_code"] for t in tokens]
    for token, oob_code in zip(tokens, oob_codes, strict=True):
        play.verify_oob(token, oob_code, play.code(token.user, "email"))


@scenario("public-application", World(public=True))
def public_application(play: Play) -> None:
    """An application without a secret sends none."""
    user = play.user("otp")
    token = play.begin(user)
    covered(lambda: play.challenge(token, user.entries[0].id))
    play.verify_otp(token, play.otp(user.entries[0].secret or ""))
