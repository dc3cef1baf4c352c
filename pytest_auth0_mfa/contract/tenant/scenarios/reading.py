"""Discovery, keys, userinfo, unreadable parameters, wrong applications, and disputed behaviour."""

from __future__ import annotations

from pytest_auth0_mfa.contract.tenant import calls
from pytest_auth0_mfa.contract.tenant.calls import CallTemplate
from pytest_auth0_mfa.contract.tenant.context import ScenarioContext
from pytest_auth0_mfa.spec.operations import CLIENT_CREDENTIALS

from .first_factor import REQUIRED, extra
from .registry import associate, scenario

_ENDPOINTS = {
    "token_endpoint": "/oauth/token",
    "mfa_challenge_endpoint": "/mfa/challenge",
    "userinfo_endpoint": "/userinfo",
    "jwks_uri": "/.well-known/jwks.json",
}


def _shows_nothing(play: ScenarioContext, bearer: str | None) -> None:
    """Expect that userinfo refuses the bearer token, with JSON or (if the profile says so) plain text."""
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


@scenario("discovery", "The issuer ends in a slash, and what is served is where it says.", "4", needs="")
def discovery(play: ScenarioContext) -> None:
    answer = play.call(calls.get("openid-configuration"))
    base = f"https://{play.subject.domain}"
    body = answer.plain()
    if body.get("issuer") != f"{base}/":
        play.fail_value("$.issuer", repr(f"{base}/"), "another")
    for name, path in _ENDPOINTS.items():
        if name not in body:
            play.fail_value(f"$.{name}", "present", "absent", "MFA003")
        if body[name] != base + path:
            play.fail_value(f"$.{name}", repr(base + path), "another")


@scenario("keys", "Keys are RSA, for signatures, and public.", "4")
def keys(play: ScenarioContext) -> None:
    body = play.call(calls.get("jwks")).plain()
    found = body.get("keys")
    if not isinstance(found, list) or not found:
        play.fail_value("$.keys", "a list of keys", "none")
    for key in found:
        if {"d", "p", "q", "k"} & key.keys():
            play.fail_value("$.keys[]", "public members only", "private ones", "MFA004")
    signing = [key for key in found if key.get("kty") == "RSA" and key.get("use") == "sig" and key.get("kid")]
    if not signing or (play.subject._guesses_bind and signing != found):
        play.fail_value("$.keys[]", "kty RSA, use sig and a kid", "others")


@scenario("userinfo", "An access token of scope openid shows the user; others show nothing.", "4", needs="otp")
def userinfo(play: ScenarioContext) -> None:
    user = play.user()
    token = play.log_in(user, scope="openid email")
    body = associate(play, user, token, "otp")
    granted = play.verify_otp(token, play.otp(body["secret"])).tokens(scope="openid email")
    body = play.call(calls.get("userinfo", granted["access_token"])).plain()
    if (body.get("email"), body.get("email_verified")) != (user.username, False) or not body.get("sub"):
        play.fail_value("$", "sub, email and email_verified", "others")
    for bearer in (None, "not-a-token", token):
        _shows_nothing(play, bearer)


@scenario(
    "userinfo-expires",
    "An access token shows the user for as long as its answer said, and then nothing.",
    "4",
    needs="otp",
    controls="clock",
)
def userinfo_expires(play: ScenarioContext) -> None:
    user = play.user()
    token = play.log_in(user, scope="openid")
    body = associate(play, user, token, "otp")
    granted = play.verify_otp(token, play.otp(body["secret"])).tokens(scope="openid")
    life = float(granted["expires_in"])
    play.wait(life - play.edge)
    play.call(calls.get("userinfo", granted["access_token"])).plain()
    play.wait(play.edge)
    _shows_nothing(play, granted["access_token"])


@scenario(
    "nothing-there", "An unknown path, as the guide misspells one, a doubled slash, and a wrong verb.", "U-26 D-20"
)
def nothing_there(play: ScenarioContext) -> None:
    for path in ("/oath/token", "//mfa/associate", "/mfa"):
        play.call(CallTemplate("not-found", "POST", path, {})).refused("not_found", "404 not_found")
    for method, path in (("GET", "/mfa/challenge"), ("PUT", "/mfa/authenticators"), ("GET", "/oauth/token")):
        play.call(CallTemplate("wrong-verb", method, path)).refused("wrong_verb", "404 not_found")


_WRONG_TYPE = ("wrong_type", "400 invalid_request")
_UNREADABLE = ("unreadable_body", "400 invalid_request")
_REPEATED = ("repeated_parameter", "400 invalid_request")
_NO_CLIENT = ("client_authentication", "401 access_denied", "Unauthorized")
_NO_SCOPE = ("missing_scope", "403 insufficient_scope")


@scenario("login-at-connection", "password-realm refuses and grants as the password grant does.", "T1 T4 T6 U-19")
def login_at_connection(play: ScenarioContext) -> None:
    user, scope = play.user(), "enroll"
    realm = calls.password_realm
    refused = ("wrong_password", "403 invalid_grant", "Wrong email or password.")
    play.call(realm(play.client, user.username, "wrong")).refused(*refused)
    play.call(realm(play.client, user.username, user.password, client_secret="wrong")).refused(*_NO_CLIENT)
    play.call(realm(play.client, 1, user.password)).refused(*_WRONG_TYPE)
    answer = play.call(realm(play.client, user.username, user.password, audience=play.audience, scope=scope))
    answer.tokens(scope=scope, expires_in=600)


@scenario("login-repeated-parameter", "A form in which a parameter stands twice.", "U-19")
def login_repeated_parameter(play: ScenarioContext) -> None:
    user = play.user()
    template = calls.password(play.client, user.username, user.password)
    template.encoding = "form-repeated"
    play.call(template).refused(*_REPEATED)


@scenario("refresh-of-another-type", "A refresh token that is no text.", "U-19")
def refresh_of_another_type(play: ScenarioContext) -> None:
    play.call(calls.refresh(play.client, 1)).refused(*_WRONG_TYPE)


@scenario("client-credentials-wrong-client", "An application that cannot say who it is gets no token for itself.", "T6")
def client_credentials_wrong_client(play: ScenarioContext) -> None:
    params = {"grant_type": CLIENT_CREDENTIALS, "client_id": play.client.client_id, "client_secret": "wrong"}
    audience = {"audience": f"https://{play.subject.domain}/api/v2/"}
    play.call(CallTemplate("client-credentials", "POST", "/oauth/token", {**params, **audience})).refused(*_NO_CLIENT)


@scenario(
    "otp-of-another-type",
    "An mfa_token that is no text, and an access token that may not enroll.",
    "U-19 L4",
    needs="otp",
)
def otp_of_another_type(play: ScenarioContext) -> None:
    play.verify_otp(1, "000000").refused(*_WRONG_TYPE)  # type: ignore[arg-type]
    token = play.mfa_access_token(play.user(), "read:authenticators")
    play.verify_otp(token, "000000").refused(*_NO_SCOPE)


@scenario(
    "oob-code-of-another-type",
    "An oob_code that is no text, and an access token that may not enroll.",
    "U-19 L4",
    needs="email",
)
def oob_code_of_another_type(play: ScenarioContext) -> None:
    user = play.user()
    play.verify_oob(play.log_in(user), 1, "000000").refused(*_WRONG_TYPE)  # type: ignore[arg-type]
    token = play.mfa_access_token(user, "read:authenticators")
    play.verify_oob(token, "not-a-code", "000000").refused(*_NO_SCOPE)


@scenario("recovery-code-of-another-type", "An mfa_token that is no text.", "U-19", needs="otp recovery-code")
def recovery_code_of_another_type(play: ScenarioContext) -> None:
    play.verify_recovery(1, "A" * 24).refused(*_WRONG_TYPE)  # type: ignore[arg-type]


@scenario(
    "challenge-unreadable",
    "A body of another media type, a parameter of another type, and one that stands twice.",
    "U-19",
)
def challenge_unreadable(play: ScenarioContext) -> None:
    token = play.log_in(play.user())
    template = calls.challenge(play.client, token)
    template.headers = {"Content-Type": "text/plain"}
    play.call(template).refused(*_UNREADABLE)
    play.call(calls.challenge(play.client, 1)).refused(*_WRONG_TYPE)
    template = calls.challenge(play.client, token)
    template.encoding = "form-repeated"
    play.call(template).refused(*(_REPEATED if play.profile.challenge_form else _UNREADABLE))


_REFUSED = ("disabled_factor", "401 unsupported_challenge_type")


@scenario("associate-voice-off", "A call cannot be enrolled where calls are off.", "A10 U-10", without="voice")
def associate_voice_off(play: ScenarioContext) -> None:
    user = play.user()
    play.associate(play.log_in(user), "voice", user.phone_number or "+15550100").refused(*_REFUSED)


@scenario(
    "login-json-labelled-as-form", "Whether /oauth/token reads JSON that is labelled as a form is disputed.", "U-19"
)
def login_json_labelled_as_form(play: ScenarioContext) -> None:
    user = play.user()
    template = calls.password(play.client, user.username, user.password)
    template.encoding = "json-as-form"
    answer = play.call(template)
    if play.profile.token_json_as_form:
        answer.refused(*REQUIRED, *extra(play))
    else:
        text = "Missing required parameter: grant_type"
        answer.refused("missing_parameter", "400 invalid_request", text)


@scenario(
    "refresh-of-a-login-without-mfa",
    "A refresh token from before the first factor was enrolled: whether renewing demands MFA is disputed.",
    "T9",
    needs="otp",
)
def refresh_of_a_login_without_mfa(play: ScenarioContext) -> None:
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
