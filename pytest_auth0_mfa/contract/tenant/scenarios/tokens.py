"""Bearer tokens on /mfa/* (entries A7, A8, L3, L4, X2), and revoking and rotating refresh tokens (R1, R3, R4)."""

from __future__ import annotations

from pytest_auth0_mfa.contract.tenant import calls
from pytest_auth0_mfa.contract.tenant.calls import CallTemplate
from pytest_auth0_mfa.contract.tenant.context import ScenarioContext
from pytest_auth0_mfa.contract.tenant.expectations import Answer

from .first_factor import REQUIRED, extra
from .registry import MALFORMED, associate, enrolled, scenario

REFUSED = ("invalid_bearer", "401 invalid_grant", MALFORMED)
_SOME_ID = "email|dev_0000000000000000"


def _calls(bearer: str | None, identifier: str = _SOME_ID) -> list[CallTemplate]:
    return [calls.associate(bearer, "otp"), calls.authenticators(bearer), calls.delete(bearer, identifier)]


@scenario("bearer-invalid", "A bearer that is no token, and one that was tampered with.", "A7 L3 X2", needs="otp")
def bearer_invalid(play: ScenarioContext) -> None:
    token = play.log_in(play.user())
    for bearer in ("not-a-token", token + "x", token[:-1]):
        for template in _calls(bearer):
            play.call(template).refused(*REFUSED)


def _challenges(play: ScenarioContext, answer: Answer) -> None:
    """Expect WWW-Authenticate if the profile says so. On a fake it is always allowed, because RFC 6750 demands it."""
    there, expected = "www-authenticate" in answer.response.headers, play.profile.www_authenticate
    if there != expected and (expected or not play.subject._is_lenient):
        play.fail_value("WWW-Authenticate", "as the profile says", "the other way round", "MFA017")


@scenario("bearer-missing", "No bearer at all, and a header of another scheme.", "A8", needs="otp")
def bearer_missing(play: ScenarioContext) -> None:
    for template in _calls(None):
        answer = play.call(template).refused("missing_bearer", "401 invalid_grant")
        _challenges(play, answer)
        template.headers = {"Authorization": "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="}
        play.call(template).refused("missing_bearer", "401 invalid_grant")


@scenario(
    "bearer-expired",
    "An mfa_token is good until the end of its life, to the second.",
    "A7 L3 D-8",
    needs="otp",
    controls="clock",
)
def bearer_expired(play: ScenarioContext) -> None:
    token = play.log_in(play.user())
    play.wait(play.profile.mfa_token_lifetime - play.edge)
    if play.profile.list_with_mfa_token:
        play.authenticators(token).rows()
    play.wait(play.edge)
    for template in _calls(token):
        play.call(template).refused(*REFUSED)


@scenario(
    "bearer-access-token-expires", "An access token for the MFA audience lives 600 seconds.", "L3 9", controls="clock"
)
def bearer_access_token_expires(play: ScenarioContext) -> None:
    bearer = play.mfa_access_token(play.user(), "read:authenticators")
    play.wait(600 - play.edge)
    play.authenticators(bearer).rows()
    play.wait(play.edge)
    play.authenticators(bearer).refused(*REFUSED)


@scenario("bearer-scopes", "Each call needs its own scope.", "L4", needs="otp")
def bearer_scopes(play: ScenarioContext) -> None:
    user = play.user()
    bearer = play.mfa_access_token(user, "enroll read:authenticators")
    associate(play, user, bearer, "otp")
    listed = play.authenticators(bearer).listed()
    mine = listed[0]["id"] if listed else _SOME_ID  # an authenticator that exists
    scopes = ("enroll", "read:authenticators", "remove:authenticators")
    for scope, template in zip(scopes, _calls(None, mine), strict=True):
        others = [other for other in scopes if other != scope]
        template.bearer = play.mfa_access_token(user, " ".join(others))
        answer = play.call(template).refused("missing_scope", "403 insufficient_scope")
        _challenges(play, answer)


@scenario(
    "bearer-of-another-audience",
    "An access token without the MFA audience does not manage authenticators.",
    "U-9",
    needs="otp",
)
def bearer_of_another_audience(play: ScenarioContext) -> None:
    user = play.user()
    token = play.log_in(user, scope="openid")
    body = associate(play, user, token, "otp")
    granted = play.verify_otp(token, play.otp(body["secret"])).tokens(scope="openid")
    for template in _calls(granted["access_token"]):
        play.call(template).refused("wrong_audience", "401 invalid_grant")


@scenario("list-with-mfa-token", "An mfa_token lists authenticators; that is disputed.", "L1 D-19")
def list_with_mfa_token(play: ScenarioContext) -> None:
    answer = play.call(calls.authenticators(play.log_in(play.user())))
    if play.profile.list_with_mfa_token:
        answer.rows()
    else:
        answer.refused(*REFUSED)


@scenario("list-of-another-user", "A token shows its own user's authenticators.", "L1", needs="otp")
def list_of_another_user(play: ScenarioContext) -> None:
    enrolled(play, "otp")
    play.authenticators(play.mfa_access_token(play.user(), "read:authenticators")).rows()


def _authorized(play: ScenarioContext) -> tuple[str, str]:
    """Log in as a new user. Returns the refresh token and the secret of the user's authenticator app."""
    user = play.user()
    token = play.log_in(user, scope="offline_access")
    secret = str(associate(play, user, token, "otp")["secret"])
    answer = play.verify_otp(token, play.otp(secret)).tokens(scope="offline_access")
    return answer["refresh_token"], secret


@scenario(
    "revoke",
    "A revoked token renews nothing; to revoke it once more, or one that nobody knows, is no mistake.",
    "R1 R3",
    needs="otp",
    fake=True,
)
def revoke(play: ScenarioContext) -> None:
    token, _ = _authorized(play)
    for each in (token, token, "not-a-token"):
        play.call(calls.revoke(play.client, each)).nothing(200)
    play.call(calls.refresh(play.client, token)).refused("invalid_refresh_token", "403 invalid_grant")


@scenario(
    "revoke-of-another-client", "Nothing happens to a token of another application.", "R4", needs="otp", fake=True
)
def revoke_of_another_client(play: ScenarioContext) -> None:
    token, _ = _authorized(play)
    answer = play.call(calls.revoke(play.other_client(), token))
    if play.profile.revoke_refuses_foreign_token:
        answer.refused("foreign_refresh_token", "400 invalid_request")
    else:
        answer.nothing(200)
    answer = play.call(calls.refresh(play.client, token))
    if play.profile.refresh_demands_mfa == "always":
        answer.refused(*REQUIRED, *extra(play))
    else:
        answer.tokens(scope="offline_access", renewed=True)


def _rotating(play: ScenarioContext, leeway: int = 10) -> tuple[str, str]:
    """Switch to an application with rotating refresh tokens and log in. Returns as `_authorized`."""
    client = play.subject.rotating_client(leeway)
    assert client is not None, "the scenario says that it needs a fake"
    play.client = client
    return _authorized(play)


def _renewed(play: ScenarioContext, token: str, secret: str) -> str:
    """Renew, with the second factor if it is demanded. Returns the new refresh token."""
    answer = play.call(calls.refresh(play.client, token))
    if play.profile.refresh_demands_mfa == "always":
        answer.refused(*REQUIRED, *extra(play))
        play.wait(60)  # so that the app shows another code
        answer = play.verify_otp(answer["mfa_token"], play.otp(secret))
    return answer.tokens(scope="offline_access")["refresh_token"]


@scenario(
    "refresh-token-rotates",
    "Each use gives a new token, which is as good as the one before.",
    "T15",
    needs="otp",
    controls="clock",
    fake=True,
)
def refresh_token_rotates(play: ScenarioContext) -> None:
    first, secret = _rotating(play)
    _renewed(play, _renewed(play, first, secret), secret)


@scenario(
    "refresh-token-used-again",
    "Beyond the leeway a used token is refused, and ends its family.",
    "T16",
    needs="otp",
    controls="clock",
    fake=True,
)
def refresh_token_used_again(play: ScenarioContext) -> None:
    for leeway in (0, 10):
        first, secret = _rotating(play, leeway)
        second = _renewed(play, first, secret)
        play.wait(leeway + 1)
        for token in (first, second):
            play.call(calls.refresh(play.client, token)).refused("invalid_refresh_token", "403 invalid_grant")


@scenario(
    "revoke-of-a-family", "With a rotating token its whole family ends.", "R2", needs="otp", controls="clock", fake=True
)
def revoke_of_a_family(play: ScenarioContext) -> None:
    first, secret = _rotating(play)
    second = _renewed(play, first, secret)
    play.call(calls.revoke(play.client, first)).nothing(200)
    for token in (second, first):
        play.call(calls.refresh(play.client, token)).refused("invalid_refresh_token", "403 invalid_grant")
