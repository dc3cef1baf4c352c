"""The end of a refresh token. Rows R1, R3 and R4."""

from __future__ import annotations

from pytest_auth0_mfa.contract.tenant import calls
from pytest_auth0_mfa.contract.tenant.context import ScenarioContext

from .registry import scenario
from .steps import associate


def _refresh_token(play: ScenarioContext) -> str:
    """The one of a fresh user's login."""
    user = play.user()
    token = play.log_in(user, scope="offline_access")
    body = associate(play, user, token, "otp")
    return play.verify_otp(token, play.otp(body["secret"])).tokens(scope="offline_access")["refresh_token"]


@scenario("revoke", "R1 R3", needs="otp", fake=True)
def revoke(play: ScenarioContext) -> None:
    """A revoked token renews nothing; to revoke it once more, or one that nobody knows, is no mistake."""
    token = _refresh_token(play)
    for each in (token, token, "not-a-token"):
        play.call(calls.revoke(play.client, each)).nothing(200)
    play.call(calls.refresh(play.client, token)).refused("invalid_refresh_token", "403 invalid_grant")


@scenario("revoke-of-another-client", "R4", needs="otp", fake=True)
def revoke_of_another_client(play: ScenarioContext) -> None:
    """Nothing happens to a token of another application."""
    token = _refresh_token(play)
    answer = play.call(calls.revoke(play.other_client(), token))
    if play.profile.revoke_refuses_foreign_token:
        answer.refused("foreign_refresh_token", "400 invalid_request")
    else:
        answer.nothing(200)
    if play.profile.refresh_demands_mfa != "always":
        play.call(calls.refresh(play.client, token)).tokens(scope="offline_access", renewed=True)
