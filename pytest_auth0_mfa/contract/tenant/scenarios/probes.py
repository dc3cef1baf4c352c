"""Disputed behaviour that a real tenant shows without a message or a wait, where no other scenario asks for it."""

from __future__ import annotations

from pytest_auth0_mfa.contract.tenant import calls
from pytest_auth0_mfa.contract.tenant.context import ScenarioContext

from .first_factor import REQUIRED, extra
from .registry import scenario
from .steps import associate

_REFUSED = ("disabled_factor", "401 unsupported_challenge_type")


@scenario("associate-voice-off", "A10 U-10", without="voice")
def associate_voice_off(play: ScenarioContext) -> None:
    """A call cannot be enrolled where calls are off."""
    user = play.user()
    play.associate(play.log_in(user), "voice", user.phone_number or "+15550100").refused(*_REFUSED)


@scenario("login-json-labelled-as-form", "U-19")
def login_json_labelled_as_form(play: ScenarioContext) -> None:
    """Whether /oauth/token reads JSON that is labelled as a form is disputed."""
    user = play.user()
    template = calls.password(play.client, user.username, user.password)
    template.encoding = "json-as-form"
    answer = play.call(template)
    if play.profile.token_json_as_form:
        answer.refused(*REQUIRED, *extra(play))
    else:
        text = "Missing required parameter: grant_type"
        answer.refused("missing_parameter", "400 invalid_request", text)


@scenario("refresh-of-a-login-without-mfa", "T9", needs="otp")
def refresh_of_a_login_without_mfa(play: ScenarioContext) -> None:
    """A refresh token from before the first factor was enrolled: whether renewing demands MFA is disputed."""
    user = play.user()
    scope = "enroll offline_access"
    granted = play.password(user, audience=play.audience, scope=scope).tokens(scope=scope, expires_in=600)
    body = associate(play, user, granted["access_token"], "otp")
    play.verify_otp(granted["access_token"], play.otp(body["secret"]))
    answer = play.call(calls.refresh(play.client, granted["refresh_token"]))
    if play.profile.refresh_demands_mfa == "never":
        answer.tokens(scope=scope, expires_in=600, renewed=True)
    else:
        answer.refused(*REQUIRED, *extra(play))
