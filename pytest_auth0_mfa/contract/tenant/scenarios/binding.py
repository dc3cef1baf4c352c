"""The steps and literals that scenarios of bound tokens share."""

from __future__ import annotations

from typing import Final

from pytest_auth0_mfa.contract.tenant import calls
from pytest_auth0_mfa.contract.tenant.calls import CallTemplate
from pytest_auth0_mfa.contract.tenant.context import ScenarioContext
from pytest_auth0_mfa.contract.tenant.expectations import Answer
from pytest_auth0_mfa.contract.tenant.proofs import key

from .first_factor import REQUIRED, extra
from .registry import Enrolled, associate, enrolled

ADA: Final = key("ada")
EVE: Final = key("eve")
INVALID: Final = ("invalid_dpop_proof", "400 invalid_dpop_proof")
NONCE: Final = ("use_dpop_nonce", "400 use_dpop_nonce", "Authorization server requires nonce in DPoP proof")


def with_app(play: ScenarioContext, scope: str = "openid", **more: str) -> tuple[Enrolled, str]:
    """A user with an authenticator app, and the mfa_token of a later login."""
    found = enrolled(play, "otp")
    play.wait(60)
    return found, play.log_in(found.user, scope=scope, **more)


def by_app(play: ScenarioContext, token: str, secret: str) -> CallTemplate:
    return calls.otp(play.client, token, play.otp(secret))


def asks_for_nonce(play: ScenarioContext) -> bool:
    """Whether the token endpoint demands a nonce of the application that is used."""
    asked = play.profile.dpop_nonce
    return asked == "always" or (asked == "public" and play.client.client_secret is None)


def bound_refresh_token(play: ScenarioContext, name: str = "ada") -> str:
    """A refresh token that came with bound tokens."""
    user = play.user()
    token = play.log_in(user, scope="openid offline_access")
    body = associate(play, user, token, "otp")
    answer = play.proven(by_app(play, token, body["secret"]), name)
    return answer.tokens(scope="openid offline_access", jkt=key(name).jkt)["refresh_token"]


def renews(play: ScenarioContext, answer: Answer, jkt: str = "") -> str:
    """Expect renewed tokens. Returns the refresh token that came with them, if any."""
    if play.profile.refresh_demands_mfa == "always":
        answer.refused(*REQUIRED, *extra(play))
        return ""
    body = answer.tokens(scope="openid offline_access", renewed=True, jkt=jkt).response.json()
    return str(body.get("refresh_token", ""))
