"""mfa_tokens: malformed, expired, of another application, or used. Entries V13 to V15, H6, H7, H9."""

from __future__ import annotations

from pytest_auth0_mfa.contract.tenant import calls
from pytest_auth0_mfa.contract.tenant.calls import OMIT, CallTemplate
from pytest_auth0_mfa.contract.tenant.context import ScenarioContext

from .registry import challenged, enrolled, scenario

MALFORMED = ("malformed_mfa_token", "403 invalid_grant", "Malformed mfa_token")
EXPIRED = ("expired_mfa_token", "401 expired_token", "mfa_token is expired")


def _uses(play: ScenarioContext, token: str) -> list[CallTemplate]:
    client = play.client
    return [
        calls.otp(client, token, "000000"),
        calls.oob(client, token, "not-a-code", "000000"),
        calls.recovery(client, token, "A" * 24),
        calls.challenge(client, token, challenge_type="otp"),
    ]


@scenario("mfa-token-malformed", "A token that cannot be read, wherever it is a parameter.", "V14 H6", needs="otp")
def mfa_token_malformed(play: ScenarioContext) -> None:
    token = play.log_in(play.user())
    for wrong in ("not-a-token", token + "x"):
        for template in _uses(play, wrong):
            play.call(template).refused(*MALFORMED)


@scenario(
    "mfa-token-expires",
    "It is good until the end of its life, to the second; then a new login is needed.",
    "V13 H7 D-8",
    needs="otp recovery-code",
    controls="clock",
)
def mfa_token_expires(play: ScenarioContext) -> None:
    found = enrolled(play, "otp")
    token = play.log_in(found.user, scope="openid")
    play.wait(play.profile.mfa_token_lifetime - play.edge)
    play.verify_otp(token, play.otp(found.secret)).tokens(scope="openid")
    token = play.log_in(found.user)
    play.wait(play.profile.mfa_token_lifetime)
    for template in _uses(play, token):
        play.call(template).refused(*EXPIRED)
    play.verify_otp(token, play.otp(found.secret)).refused(*EXPIRED)
    token = play.log_in(found.user, scope="openid")
    play.verify_otp(token, play.otp(found.secret)).tokens(scope="openid")


@scenario(
    "mfa-token-of-another-client",
    "It is good for the application it was issued to: no other one gets in with the user's right code.",
    "V15",
    needs="otp",
    controls="clock",
    fake=True,
)
def mfa_token_of_another_client(play: ScenarioContext) -> None:
    found = enrolled(play, "otp")
    play.wait(60)
    token = play.log_in(found.user, scope="openid")
    own, play.client = play.client, play.other_client()
    right = calls.otp(play.client, token, play.otp(found.secret))
    for template in (right, *_uses(play, token)):
        answer = play.call(template)
        answer.refused("foreign_mfa_token", "400 invalid_request", "mfa_token not issued to this client")
    play.client = own
    play.verify_otp(token, play.otp(found.secret)).tokens(scope="openid")


@scenario(
    "mfa-token-and-wrong-client",
    "The MFA grants authenticate the application; whether a challenge does is disputed.",
    "V21 T6 U-20",
    needs="otp",
)
def mfa_token_and_wrong_client(play: ScenarioContext) -> None:
    found = enrolled(play, "otp")
    token = play.log_in(found.user)
    for wrong in ("wrong", OMIT):
        for template in _uses(play, token):
            assert template.params is not None
            template.params["client_secret"] = wrong
            answer = play.call(template)
            if template.operation == "challenge" and not play.profile.challenge_checks_secret:
                answer.shows({"challenge_type": "otp"})
            else:
                answer.refused("client_authentication", "401 access_denied", "Unauthorized")


@scenario(
    "mfa-token-is-no-access-token",
    "An access token for the MFA audience does not start a challenge, nor use a recovery code.",
    "H6",
    needs="otp",
)
def mfa_token_is_no_access_token(play: ScenarioContext) -> None:
    bearer = play.mfa_access_token(play.user(), "enroll")
    play.challenge(bearer, challenge_type="otp").refused(*MALFORMED)
    play.verify_recovery(bearer, "A" * 24).refused(*MALFORMED)


@scenario(
    "mfa-token-after-success",
    "Whether it can be used again after it gave tokens is disputed.",
    "U-4",
    needs="otp",
    controls="clock",
)
def mfa_token_after_success(play: ScenarioContext) -> None:
    found = enrolled(play, "otp")
    play.wait(60)
    token = play.log_in(found.user, scope="openid")
    play.verify_otp(token, play.otp(found.secret)).tokens(scope="openid")
    play.wait(90)
    answer = play.verify_otp(token, play.otp(found.secret))
    if play.profile.mfa_token_after_success == "dead":
        answer.refused(*MALFORMED)
    else:
        answer.tokens(scope="openid")


@scenario(
    "mfa-token-extended-by-challenge",
    "Whether a challenge starts its life anew is disputed.",
    "U-3",
    needs="otp email",
    controls="clock outbox",
)
def mfa_token_extended_by_challenge(play: ScenarioContext) -> None:
    found = enrolled(play, "email")
    token = play.log_in(found.user, scope="openid")
    play.wait(play.profile.mfa_token_lifetime - play.edge)
    oob_code = challenged(play, token, "email")
    code = play.code(found.user, "email")
    play.wait(play.edge)
    answer = play.verify_oob(token, oob_code, code)
    if play.profile.challenge_extends_mfa_token:
        answer.tokens(scope="openid")
    else:
        answer.refused(*EXPIRED)


@scenario(
    "mfa-grant-scope",
    "What a `scope` sent with an MFA grant does is disputed; by default nothing.",
    "U-21",
    needs="otp",
    controls="clock",
)
def mfa_grant_scope(play: ScenarioContext) -> None:
    found = enrolled(play, "otp")
    play.wait(60)
    token = play.log_in(found.user, scope="openid profile")
    answer = play.verify_otp(token, play.otp(found.secret), scope="openid")
    if play.profile.mfa_grant_scope == "applied":
        answer.tokens(scope="openid")
    else:
        answer.tokens(scope="openid profile")


@scenario(
    "mfa-token-keeps-the-request",
    "Scope and audience of the login decide what its second factor gives.",
    "11.2",
    needs="otp",
    controls="clock",
)
def mfa_token_keeps_the_request(play: ScenarioContext) -> None:
    found = enrolled(play, "otp")
    for scope, audience, life in (
        ("openid profile email", "", 86400),
        ("profile", "", 86400),
        ("read:authenticators remove:authenticators", play.audience, 600),
    ):
        play.wait(60)
        token = play.log_in(found.user, scope=scope, audience=audience)
        play.verify_otp(token, play.otp(found.secret)).tokens(scope=scope, expires_in=life)
