"""Discovery, keys, userinfo, and what does not exist."""

from __future__ import annotations

from pytest_auth0_mfa.contract.tenant import calls
from pytest_auth0_mfa.contract.tenant.calls import CallTemplate
from pytest_auth0_mfa.contract.tenant.context import ScenarioContext

from .registry import scenario
from .steps import associate

_ENDPOINTS = {
    "token_endpoint": "/oauth/token",
    "mfa_challenge_endpoint": "/mfa/challenge",
    "userinfo_endpoint": "/userinfo",
    "jwks_uri": "/.well-known/jwks.json",
}


def _shows_nothing(play: ScenarioContext, bearer: str | None) -> None:
    """JSON, or a plain text where the profile says so."""
    answer = play.call(calls.get("userinfo", bearer))
    if not play.profile.userinfo_unauthorized_as_text:
        answer.refused("invalid_access_token", "401 unauthorized")
        return
    response = answer.response
    if response.status != 401:
        play.fail_value("status", "401", str(response.status), "MFA021" if response.status < 400 else "MFA001")
    if response.body != b"Unauthorized":
        play.fail_value("the body", "Unauthorized, as the profile says", f"{len(response.body)} other bytes", "MFA013")
    play.coverage.count("userinfo", "invalid_access_token", "", response)


@scenario("discovery", "4", needs="")
def discovery(play: ScenarioContext) -> None:
    """The issuer ends in a slash, and what is served is where it says."""
    answer = play.call(calls.get("openid-configuration"))
    base = f"https://{play.subject.domain}"
    body = answer.plain()
    if body.get("issuer") != f"{base}/":
        play.fail_value("$.issuer", repr(f"{base}/"), "another")
    for name, path in _ENDPOINTS.items():
        if body.get(name) != base + path:
            play.fail_value(f"$.{name}", repr(base + path), "another")


@scenario("keys", "4")
def keys(play: ScenarioContext) -> None:
    """Keys are RSA, for signatures, and public."""
    body = play.call(calls.get("jwks")).plain()
    found = body.get("keys")
    if not isinstance(found, list) or not found:
        play.fail_value("$.keys", "a list of keys", "none")
    for key in found:
        if key.get("kty") != "RSA" or key.get("use") != "sig" or not key.get("kid"):
            play.fail_value("$.keys[]", "kty RSA, use sig and a kid", "others")
        if {"d", "p", "q"} & key.keys():
            play.fail_value("$.keys[]", "public members only", "private ones", "MFA004")


@scenario("userinfo", "4", needs="otp")
def userinfo(play: ScenarioContext) -> None:
    """An access token of scope openid shows the user; others show nothing."""
    user = play.user()
    token = play.log_in(user, scope="openid email")
    body = associate(play, user, token, "otp")
    granted = play.verify_otp(token, play.otp(body["secret"])).tokens(scope="openid email")
    body = play.call(calls.get("userinfo", granted["access_token"])).plain()
    if (body.get("email"), body.get("email_verified")) != (user.username, False) or not body.get("sub"):
        play.fail_value("$", "sub, email and email_verified", "others")
    for bearer in (None, "not-a-token", token):
        _shows_nothing(play, bearer)


@scenario("userinfo-expires", "4", needs="otp", controls="clock")
def userinfo_expires(play: ScenarioContext) -> None:
    """An access token shows nothing once its day is over."""
    user = play.user()
    token = play.log_in(user, scope="openid")
    body = associate(play, user, token, "otp")
    granted = play.verify_otp(token, play.otp(body["secret"])).tokens(scope="openid")
    play.wait(86400)
    _shows_nothing(play, granted["access_token"])


@scenario("nothing-there", "U-26 D-20")
def nothing_there(play: ScenarioContext) -> None:
    """An unknown path, as the guide misspells one, a doubled slash, and a wrong verb."""
    for path in ("/oath/token", "//mfa/associate", "/mfa"):
        play.call(CallTemplate("not-found", "POST", path, {})).refused("not_found", "404 not_found")
    for method, path in (("GET", "/mfa/challenge"), ("PUT", "/mfa/authenticators"), ("GET", "/oauth/token")):
        play.call(CallTemplate("wrong-verb", method, path)).refused("wrong_verb", "404 not_found")
