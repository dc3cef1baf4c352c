"""Logins: the first factor, the demand for a second one (entries T1 to T11), passwordless logins (entries P1 to P6)."""

from __future__ import annotations

from pytest_auth0_mfa.contract.tenant import calls
from pytest_auth0_mfa.contract.tenant.calls import OMIT, CallTemplate
from pytest_auth0_mfa.contract.tenant.context import ScenarioContext
from pytest_auth0_mfa.contract.tenant.expectations import Answer
from pytest_auth0_mfa.contract.tenant.subjects import Client, Person
from pytest_auth0_mfa.contract.tenant.values import Value

from .registry import associate, enrolled, scenario

REQUIRED = ("mfa_required", "403 mfa_required", "Multifactor authentication required")


def extra(play: ScenarioContext) -> tuple[str, ...]:
    """The members of mfa_required besides `error` and error_description."""
    return ("mfa_token", "mfa_requirements") if play.profile.mfa_requirements else ("mfa_token",)


@scenario(
    "mfa-required", "A login without a second factor is refused with an mfa_token, at each login another one.", "T2"
)
def mfa_required(play: ScenarioContext) -> None:
    user = play.user()
    first, second = play.log_in(user), play.log_in(user, scope="openid")
    if first == second:
        play.fail_known("$.mfa_token")


@scenario("mfa-required-at-connection", "password-realm demands it alike.", "T2")
def mfa_required_at_connection(play: ScenarioContext) -> None:
    user = play.user()
    play.call(calls.password_realm(play.client, user.username, user.password)).refused(*REQUIRED, *extra(play))


@scenario("mfa-required-from-form", "A form body is read like a JSON one.", "T2")
def mfa_required_from_form(play: ScenarioContext) -> None:
    user = play.user()
    template = calls.password(play.client, user.username, user.password)
    template.encoding = "form"
    play.call(template).refused(*REQUIRED, *extra(play))


@scenario("mfa-required-with-basic", "The secret may come in a Basic header.", "T2")
def mfa_required_with_basic(play: ScenarioContext) -> None:
    user = play.user()
    template = calls.password(play.client, user.username, user.password, client_id=OMIT, client_secret=OMIT)
    template.headers = calls.basic(play.client)
    play.call(template).refused(*REQUIRED, *extra(play))


@scenario("mfa-required-of-public-client", "An application without a secret names itself only.", "T2", fake=True)
def mfa_required_of_public_client(play: ScenarioContext) -> None:
    user = play.user()
    play.client = play.subject.public_client()
    play.log_in(user)


@scenario("login-wrong-password", "Wrong password and unknown user are answered alike.", "T4")
def login_wrong_password(play: ScenarioContext) -> None:
    user = play.user()
    expected = ("wrong_password", "403 invalid_grant", "Wrong email or password.")
    play.password(user, password="wrong").refused(*expected)
    play.password(user, username="nobody@example.com").refused(*expected)
    play.log_in(user)


@scenario("login-missing-parameter", "What is missing is named.", "T7")
def login_missing_parameter(play: ScenarioContext) -> None:
    user = play.user()
    for name in ("grant_type", "username", "password"):
        text = f"Missing required parameter: {name}"
        play.password(user, **{name: OMIT}).refused("missing_parameter", "400 invalid_request", text)
    text = "Missing required parameter: realm"
    template = calls.password_realm(play.client, user.username, user.password, realm=OMIT)
    play.call(template).refused("missing_parameter", "400 invalid_request", text)


@scenario("login-null-parameters", "Parameters that are null or empty count as absent: auth0-python sends them.", "T2")
def login_null_parameters(play: ScenarioContext) -> None:
    play.log_in(play.user(), realm=None, audience="", scope="openid")


@scenario("login-wrong-client", "A wrong or missing secret and an unknown application are refused alike.", "T6")
def login_wrong_client(play: ScenarioContext) -> None:
    user = play.user()
    for wrong in ({"client_secret": "wrong"}, {"client_secret": OMIT}, {"client_id": "wrong"}):
        play.password(user, **wrong).refused("client_authentication", "401 access_denied", "Unauthorized")
    play.log_in(user)


@scenario("login-unknown-grant", "A grant type that does not exist.", "T8")
def login_unknown_grant(play: ScenarioContext) -> None:
    play.password(play.user(), grant_type="wrong").refused("unsupported_grant_type", "400 unsupported_grant_type")


@scenario(
    "login-grant-not-allowed",
    "An application may only use the grants it was given, the MFA grants too.",
    "T5 V21",
    fake=True,
    needs="otp",
)
def login_grant_not_allowed(play: ScenarioContext) -> None:
    user = play.user()
    allowed, play.client = play.client, play.subject.client_with_grants("client_credentials")
    text = "Grant type '{}' not allowed for the client."
    refused = ("grant_not_allowed", "403 unauthorized_client")
    play.password(user).refused(*refused, text.format("password"))
    kind = "http://auth0.com/oauth/grant-type/"
    play.client = play.subject.client_with_grants("password")  # so that nothing but the grant is wrong
    play.verify_otp(play.log_in(user), "000000").refused(*refused, text.format(f"{kind}mfa-otp"))
    play.client = allowed


@scenario("login-unreadable-body", "A body of another media type, and a parameter of another type.", "U-19")
def login_unreadable_body(play: ScenarioContext) -> None:
    template = calls.password(play.client, "ada@example.com", "wrong")
    template.headers = {"Content-Type": "text/plain"}
    play.call(template).refused("unreadable_body", "400 invalid_request")
    play.call(calls.password(play.client, 1, "wrong")).refused("wrong_type", "400 invalid_request")


@scenario(
    "login-not-supported", "What the fake does not have is refused, never silently ignored.", "1.1 CTE2", fake=True
)
def login_not_supported(play: ScenarioContext) -> None:
    user = play.user()
    play.password(user, organization="org_1").refused("organization_unsupported", "403 access_denied")


@scenario("login-blocked", "After many wrong passwords the right one does not help.", "T11", fake=True)
def login_blocked(play: ScenarioContext) -> None:
    user = play.user()
    for _ in range(10):
        play.password(user, password="wrong").refused("wrong_password", "403 invalid_grant")
    play.password(user).refused("login_blocked", "429 too_many_attempts")


@scenario(
    "mfa-audience-without-factor",
    "Who has no factor yet gets a token to enroll one at once; it lives 600 seconds.",
    "T1 7a",
)
def mfa_audience_without_factor(play: ScenarioContext) -> None:
    scope = "openid enroll read:authenticators remove:authenticators"
    play.password(play.user(), audience=play.audience, scope=scope).tokens(scope=scope, expires_in=600)


@scenario(
    "mfa-audience-demands-mfa", "Who has an active factor is asked for it.", "T2 7a", needs="otp", controls="clock"
)
def mfa_audience_demands_mfa(play: ScenarioContext) -> None:
    found = enrolled(play, "otp")
    token = play.log_in(found.user, audience=play.audience, scope="enroll")
    play.wait(60)
    play.verify_otp(token, play.otp(found.secret)).tokens(scope="enroll", expires_in=600)


@scenario(
    "mfa-audience-ignores-email",
    "An email alone does not make the MFA audience demand a second factor.",
    "7a",
    needs="email",
    controls="outbox",
)
def mfa_audience_ignores_email(play: ScenarioContext) -> None:
    found = enrolled(play, "email")
    play.mfa_access_token(found.user, "read:authenticators")


@scenario("default-scope", "Who asks for no scope gets the default ones, and `scope` says so.", "T1 2.1", needs="otp")
def default_scope(play: ScenarioContext) -> None:
    user = play.user()
    token = play.log_in(user)
    body = associate(play, user, token, "otp")
    scope = play.profile.default_scope
    play.verify_otp(token, play.otp(body["secret"])).tokens(scope=scope, scope_asked="")


@scenario(
    "refresh",
    "A refresh token renews the tokens, without MFA once more and without another refresh token.",
    "T1",
    needs="otp",
)
def refresh(play: ScenarioContext) -> None:
    scope = "openid profile offline_access"
    user = play.user()
    token = play.log_in(user, scope=scope)
    body = associate(play, user, token, "otp")
    granted = play.verify_otp(token, play.otp(body["secret"])).tokens(scope=scope)
    answer = play.call(calls.refresh(play.client, granted["refresh_token"]))
    if play.profile.refresh_demands_mfa == "always":
        answer.refused(*REQUIRED, *extra(play))
    else:
        again = answer.tokens(scope=scope, renewed=True).response.json()
        if "refresh_token" in again:  # an application may rotate: entry T15
            play.call(calls.refresh(play.client, again["refresh_token"])).tokens(scope=scope, renewed=True)


@scenario("refresh-refused", "An unknown refresh token, and none.", "T9 T7")
def refresh_refused(play: ScenarioContext) -> None:
    play.call(calls.refresh(play.client, "not-a-token")).refused("invalid_refresh_token", "403 invalid_grant")
    text = "Missing required parameter: refresh_token"
    play.call(calls.refresh(play.client, None)).refused("missing_parameter", "400 invalid_request", text)


@scenario("refresh-wrong-client", "Renewing authenticates the application.", "T6", needs="otp")
def refresh_wrong_client(play: ScenarioContext) -> None:
    user = play.user()
    token = play.log_in(user, scope="offline_access")
    body = associate(play, user, token, "otp")
    granted = play.verify_otp(token, play.otp(body["secret"])).tokens(scope="offline_access")
    template = calls.refresh(play.client, granted["refresh_token"], client_secret="wrong")
    play.call(template).refused("client_authentication", "401 access_denied", "Unauthorized")


@scenario(
    "refresh-of-another-client",
    "A refresh token is good for the application it was issued to.",
    "T9",
    needs="otp",
    fake=True,
)
def refresh_of_another_client(play: ScenarioContext) -> None:
    user = play.user()
    token = play.log_in(user, scope="offline_access")
    body = associate(play, user, token, "otp")
    granted = play.verify_otp(token, play.otp(body["secret"])).tokens(scope="offline_access")
    template = calls.refresh(play.other_client(), granted["refresh_token"])
    play.call(template).refused("invalid_refresh_token", "403 invalid_grant")


@scenario(
    "login-unknown-audience",
    "An audience is compared to the letter: without its slash it is no API of the tenant.",
    "T12",
    fake=True,
)
def login_unknown_audience(play: ScenarioContext) -> None:
    text = "invalid audience specified for password grant exchange"
    answer = play.password(play.user(), audience=play.audience.rstrip("/"))
    answer.refused("unknown_audience", "400 invalid_request", text)


@scenario("client-credentials", "The application gets a token for itself, if it says for what.", "10 T13", fake=True)
def client_credentials(play: ScenarioContext) -> None:
    client = Client(play.client.client_id, play.client.client_secret)
    params: dict[str, Value] = {"client_id": client.client_id, "client_secret": client.client_secret}
    template = CallTemplate(
        "client-credentials", "POST", "/oauth/token", {"grant_type": "client_credentials", **params}
    )
    text = "Missing required parameter: audience"
    play.call(template).refused("missing_parameter", "400 invalid_request", text)
    assert template.params is not None
    template.params["audience"] = play.audience.rstrip("/")
    play.call(template).refused("service_not_found", "403 access_denied")
    template.params["audience"] = "https://api.example/"
    play.call(template).shows({"token_type": "Bearer", "expires_in": 86400}, "access_token")


def _start(play: ScenarioContext, **params: Value) -> Answer:
    """Start a passwordless login."""
    return play.call(calls.passwordless_start(play.client, **params))


def _by_email(play: ScenarioContext, user: Person) -> str:
    """Start a passwordless login by email. Returns the code that was sent."""
    _start(play, connection="email", email=user.username, send="code").shows(
        {"email": user.username, "email_verified": user.email_verified}, "_id"
    )
    return play.code(user, "email")


def _log_in(play: ScenarioContext, realm: str, username: str, code: Value) -> Answer:
    """Log in with the code of a passwordless login."""
    return play.call(calls.passwordless(play.client, realm, username, code))


@scenario(
    "passwordless-email",
    "The right code, which is the newest, logs in up to the second factor, and once.",
    "P1 P4 P5 P8",
    controls="outbox",
    fake=True,
)
def passwordless_email(play: ScenarioContext) -> None:
    user = play.user()
    older = _by_email(play, user)
    code = _by_email(play, user)
    wrong = ("wrong_passwordless_email", "403 invalid_grant", "Wrong email or verification code.")
    _log_in(play, "email", user.username, "x" + code).refused(*wrong)
    _log_in(play, "email", user.username, older).refused(*wrong)
    _log_in(play, "email", user.username, code).refused(*REQUIRED, *extra(play))
    _log_in(play, "email", user.username, code).refused(*wrong)


@scenario("passwordless-sms", "As by email, with a number for an address.", "P2 P4 P5", controls="outbox", fake=True)
def passwordless_sms(play: ScenarioContext) -> None:
    user = play.user()
    number = user.phone_number
    _start(play, connection="sms", phone_number=number).shows({"phone_number": number, "phone_verified": False}, "_id")
    code = play.code(user, "sms")
    wrong = ("wrong_passwordless_phone", "403 invalid_grant", "Wrong phone number or verification code.")
    _log_in(play, "sms", number, "x" + code).refused(*wrong)
    _log_in(play, "sms", number, code).refused(*REQUIRED, *extra(play))
    _log_in(play, "sms", number, code).refused(*wrong)


@scenario("passwordless-code-expires", "A code lives three minutes.", "P6", controls="outbox clock", fake=True)
def passwordless_code_expires(play: ScenarioContext) -> None:
    user = play.user()
    code = _by_email(play, user)
    play.wait(180)
    text = "The verification code has expired. Please try to login again."
    _log_in(play, "email", user.username, code).refused("passwordless_expired", "403 invalid_grant", text)


@scenario("passwordless-start-refused", "What is missing or wrong is named by the error.", "P3", fake=True)
def passwordless_start_refused(play: ScenarioContext) -> None:
    missing = "Missing required property: {}"
    email: dict[str, Value] = {"connection": "email", "email": "ada@example.com", "send": "code"}
    for changed, refusal_id, error, text in (
        ({"client_id": OMIT}, "passwordless_no_client_id", "bad.client_id", missing.format("client_id")),
        ({"connection": OMIT}, "passwordless_no_connection", "bad.connection", missing.format("connection")),
        ({"connection": "fax"}, "passwordless_connection", "bad.connection", "Connection does not exist"),
        (
            {"authParams": "scope"}, "passwordless_parameters", "bad.authParams",
            "error in authParams - invalid type: string (expected object)",
        ),
        ({"email": OMIT}, "passwordless_no_email", "bad.email", None),
        ({"email": "nobody"}, "passwordless_email", "bad.email", None),
        ({"connection": "sms"}, "passwordless_no_phone_number", "bad.phone_number", missing.format("phone_number")),
        (
            {"connection": "sms", "phone_number": "nobody"}, "passwordless_phone_number", "bad.phone_number",
            "String does not match pattern: ^\\+[0-9]{1,15}$",
        ),
    ):  # fmt: skip
        _start(play, **{**email, **changed}).refused(refusal_id, f"400 {error}", text)
