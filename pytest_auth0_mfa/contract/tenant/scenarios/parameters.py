"""What every operation says to parameters that cannot be read, and to an application that it does not know."""

from __future__ import annotations

from pytest_auth0_mfa.contract.tenant import calls
from pytest_auth0_mfa.contract.tenant.calls import CallTemplate
from pytest_auth0_mfa.contract.tenant.context import ScenarioContext
from pytest_auth0_mfa.spec.operations import CLIENT_CREDENTIALS

from .registry import scenario

_WRONG_TYPE = ("wrong_type", "400 invalid_request")
_UNREADABLE = ("unreadable_body", "400 invalid_request")
_REPEATED = ("repeated_parameter", "400 invalid_request")
_NO_CLIENT = ("client_authentication", "401 access_denied", "Unauthorized")
_NO_SCOPE = ("missing_scope", "403 insufficient_scope")


@scenario("login-at-connection", "T1 T4 T6 U-19")
def login_at_connection(play: ScenarioContext) -> None:
    """password-realm refuses and grants as the password grant does."""
    user, scope = play.user(), "enroll"
    realm = calls.password_realm
    refused = ("wrong_password", "403 invalid_grant", "Wrong email or password.")
    play.call(realm(play.client, user.username, "wrong")).refused(*refused)
    play.call(realm(play.client, user.username, user.password, client_secret="wrong")).refused(*_NO_CLIENT)
    play.call(realm(play.client, 1, user.password)).refused(*_WRONG_TYPE)
    answer = play.call(realm(play.client, user.username, user.password, audience=play.audience, scope=scope))
    answer.tokens(scope=scope, expires_in=600)


@scenario("login-repeated-parameter", "U-19")
def login_repeated_parameter(play: ScenarioContext) -> None:
    """A form in which a parameter stands twice."""
    user = play.user()
    template = calls.password(play.client, user.username, user.password)
    template.encoding = "form-repeated"
    play.call(template).refused(*_REPEATED)


@scenario("refresh-of-another-type", "U-19")
def refresh_of_another_type(play: ScenarioContext) -> None:
    """A refresh token that is no text."""
    play.call(calls.refresh(play.client, 1)).refused(*_WRONG_TYPE)


@scenario("client-credentials-wrong-client", "T6")
def client_credentials_wrong_client(play: ScenarioContext) -> None:
    """An application that cannot say who it is gets no token for itself."""
    params = {"grant_type": CLIENT_CREDENTIALS, "client_id": play.client.client_id, "client_secret": "wrong"}
    audience = {"audience": f"https://{play.subject.domain}/api/v2/"}
    play.call(CallTemplate("client-credentials", "POST", "/oauth/token", {**params, **audience})).refused(*_NO_CLIENT)


@scenario("otp-of-another-type", "U-19 L4", needs="otp")
def otp_of_another_type(play: ScenarioContext) -> None:
    """An mfa_token that is no text, and an access token that may not enroll."""
    play.verify_otp(1, "000000").refused(*_WRONG_TYPE)  # type: ignore[arg-type]
    token = play.mfa_access_token(play.user(), "read:authenticators")
    play.verify_otp(token, "000000").refused(*_NO_SCOPE)


@scenario("oob-code-of-another-type", "U-19 L4", needs="email")
def oob_code_of_another_type(play: ScenarioContext) -> None:
    """An oob_code that is no text, and an access token that may not enroll."""
    user = play.user()
    play.verify_oob(play.log_in(user), 1, "000000").refused(*_WRONG_TYPE)  # type: ignore[arg-type]
    token = play.mfa_access_token(user, "read:authenticators")
    play.verify_oob(token, "not-a-code", "000000").refused(*_NO_SCOPE)


@scenario("recovery-code-of-another-type", "U-19", needs="otp recovery-code")
def recovery_code_of_another_type(play: ScenarioContext) -> None:
    """An mfa_token that is no text."""
    play.verify_recovery(1, "A" * 24).refused(*_WRONG_TYPE)  # type: ignore[arg-type]


@scenario("challenge-unreadable", "U-19")
def challenge_unreadable(play: ScenarioContext) -> None:
    """A body of another media type, a parameter of another type, and one that stands twice."""
    token = play.log_in(play.user())
    template = calls.challenge(play.client, token)
    template.headers = {"Content-Type": "text/plain"}
    play.call(template).refused(*_UNREADABLE)
    play.call(calls.challenge(play.client, 1)).refused(*_WRONG_TYPE)
    template = calls.challenge(play.client, token)
    template.encoding = "form-repeated"
    play.call(template).refused(*(_REPEATED if play.profile.challenge_form else _UNREADABLE))
