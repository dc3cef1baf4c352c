"""docs/differences.md says what the fake really does: each row is tried."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import jwt
import pytest
from helpers.places import PROJECT
from helpers.proofs import ADA, proof
from helpers.tenant_client import TenantClient

from pytest_auth0_mfa import Request, Response, handler
from pytest_auth0_mfa.spec.api_errors import error_of
from pytest_auth0_mfa.spec.operations import METHODS

PAGE = PROJECT / "docs" / "differences.md"
ROW = re.compile(r"^\| `([a-z-]+)` \|.*\| (\d{3}(?: [A-Za-z0-9_-]+)?) \|$", re.MULTILINE)
ROWS = dict(ROW.findall(PAGE.read_text(encoding="utf-8")))
TRIES: dict[str, Callable[[TenantClient], Response]] = {}


def tries(function: Callable[[TenantClient], Response]) -> Callable[[TenantClient], Response]:
    """The function tries the row of its name; its answer is the one the page names."""
    TRIES[function.__name__.replace("_", "-")] = function
    return function


def _login(api: TenantClient, **more: str) -> Response:
    return api.login(api.tenant.add_user(mfa=False), **more)


def _grant(api: TenantClient, grant_type: str) -> Response:
    return api.token({"grant_type": grant_type})


@tries
def dpop_jkt(api: TenantClient) -> Response:
    assert api.send("POST", "/oauth/par", {"dpop_jkt": ADA.jkt}).status == 404
    return api.send("GET", f"/authorize?dpop_jkt={ADA.jkt}")


@tries
def mtls(api: TenantClient) -> Response:
    answer = _login(api, audience="https://api.example/")
    assert "cnf" not in jwt.decode(answer.json()["access_token"], options={"verify_signature": False})
    return answer


@tries
def online_access(api: TenantClient) -> Response:
    scope = "openid online_access"
    assert _login(api, scope=scope, audience="https://api.example/").json()["scope"] == scope
    answer = _login(api, scope=scope)
    assert answer.json()["scope"] == "openid"
    assert "refresh_token" not in answer.json()
    return answer


@tries
def dpop_apis(api: TenantClient) -> Response:
    asked = api.tenant.password_grant(api.tenant.add_user(mfa=False), audience="https://api.example/")
    answer = api.send("POST", "/oauth/token", asked, headers={"DPoP": proof(api.tenant)})
    assert answer.json()["token_type"] == "DPoP"
    api.tenant.proof_of_possession = {}
    assert api.send("POST", "/oauth/token", asked, headers={"DPoP": proof(api.tenant)}).json()["token_type"] == "Bearer"
    return answer


@tries
def me_passkey(api: TenantClient) -> Response:
    asked = {"type": "passkey", "connection": "Username-Password-Authentication"}
    return api.send("POST", METHODS, asked, api.account_token(api.tenant.add_user()))


@tries
def me_password(api: TenantClient) -> Response:
    return api.send("POST", METHODS, {"type": "password"}, api.account_token(api.tenant.add_user()))


@tries
def me_connected_accounts(api: TenantClient) -> Response:
    token = api.account_token(api.tenant.add_user())
    assert api.send("POST", "/me/v1/connected-accounts/connect", {"connection": "google-oauth2"}, token).status == 404
    return api.send("GET", "/me/v1/connected-accounts/accounts", token=token)


@tries
def me_default_policy(api: TenantClient) -> Response:
    user = api.tenant.add_user()
    assert api.login(user, audience=api.tenant.me_audience).json()["error"] == "mfa_required"
    api.tenant.policy = "never"
    return api.login(user, audience=api.tenant.me_audience)


@tries
def me_limits(api: TenantClient) -> Response:
    token = api.account_token(api.tenant.add_user())
    assert {api.send("POST", METHODS, {"type": "totp"}, token).status for _ in range(20)} == {202}
    return api.send("GET", METHODS, token=token)


@tries
def me_activation(api: TenantClient) -> Response:
    application = api.tenant.add_application(token_endpoint_auth_method="none", grant_types=["password"])
    grant = api.tenant.password_grant(api.tenant.add_user(mfa=False), audience=api.tenant.me_audience)
    del grant["client_secret"]
    tokens = api.send("POST", "/oauth/token", {**grant, "client_id": application.client_id}).json()
    assert api.send("POST", METHODS, {"type": "totp"}, tokens["access_token"]).status == 202
    return api.send("GET", "/me/v1/factors", token=tokens["access_token"])


@tries
def me_types_listed(api: TenantClient) -> Response:
    token = api.account_token(api.tenant.add_user())
    for kind in ("password", "passkey", "webauthn-platform", "webauthn-roaming"):
        assert api.send("GET", f"{METHODS}?type={kind}", token=token).json() == {"authentication_methods": []}
    return api.send("GET", METHODS, token=token)


@tries
def token_exchange(api: TenantClient) -> Response:
    return _grant(api, "urn:ietf:params:oauth:grant-type:token-exchange")


@tries
def passwordless_link(api: TenantClient) -> Response:
    asked = {"connection": "email", "email": "ada@example.com", **api.client}
    assert api.send("POST", "/passwordless/start", asked).status == 200
    assert api.tenant.outbox.latest().code is None
    return api.send("POST", "/otp/challenge", {})


@tries
def passwordless_user(api: TenantClient) -> Response:
    user = api.tenant.add_user("ada@example.com", mfa=False)
    asked = {"connection": "email", "email": user.email, "send": "code", **api.client}
    api.send("POST", "/passwordless/start", asked)
    given = {"realm": "email", "username": user.email, "otp": api.code(user)}
    answer = api.token({"grant_type": "http://auth0.com/oauth/grant-type/passwordless/otp", **given})
    assert len(api.tenant.users) == 1
    return answer


@tries
def passwordless_code(api: TenantClient) -> Response:
    api.tenant.code_lengths, api.tenant.code_lifetimes = {"email": 10}, {"email": 600}
    asked = {"connection": "email", "email": "ada@example.com", "send": "code", **api.client}
    answer = api.send("POST", "/passwordless/start", asked)
    code = api.tenant.outbox.latest().code or ""
    assert len(code) == 6
    api.tenant.clock.advance(181)
    given = {"realm": "email", "username": "ada@example.com", "otp": code}
    late = api.token({"grant_type": "http://auth0.com/oauth/grant-type/passwordless/otp", **given})
    assert late.json()["error_description"] == "The verification code has expired. Please try to login again."
    return answer


@tries
def authorization_code(api: TenantClient) -> Response:
    assert api.send("GET", "/authorize").status == 404
    assert "authorization_endpoint" in api.send("GET", "/.well-known/openid-configuration").json()
    for other in ("urn:ietf:params:oauth:grant-type:device_code", "urn:openid:params:grant-type:ciba"):
        assert _grant(api, other).json()["error"] == "unsupported_grant_type"
    return _grant(api, "authorization_code")


@tries
def organization(api: TenantClient) -> Response:
    return _login(api, organization="org_1")


@tries
def webauthn(api: TenantClient) -> Response:
    user = api.tenant.add_user()
    for kind in ("webauthn-platform", "webauthn-roaming"):
        assert api.send("POST", METHODS, {"type": kind}, api.account_token(user)).status == 400
    return api.send("POST", "/mfa/associate", {"authenticator_types": ["webauthn-roaming"]}, api.mfa_token(user))


@tries
def duo(api: TenantClient) -> Response:
    token = api.mfa_token(api.tenant.add_user())
    return api.send("POST", "/mfa/associate", {"authenticator_types": ["oob"], "oob_channels": ["duo"]}, token)


@tries
def actions(api: TenantClient) -> Response:
    api.tenant.policy = lambda user, application, audience, scopes: audience is None
    assert api.login(api.tenant.add_user(), audience="https://api.example/").status == 200
    return api.login(api.tenant.add_user())


@tries
def requirements(api: TenantClient) -> Response:
    api.tenant.profile = api.tenant.profile.with_(mfa_requirements=True)
    user = api.tenant.add_user()
    enroll = {row["type"] for row in api.login(user).json()["mfa_requirements"]["enroll"]}
    assert enroll == {"otp", "push-notification", "phone"}
    user.enroll("email")
    answer = api.login(user)
    assert answer.json()["mfa_requirements"] == {"challenge": [{"type": "email"}, {"type": "recovery-code"}]}
    return answer


@tries
def refresh_token_expiry(api: TenantClient) -> Response:
    token = api.tenant.add_user(mfa=False).refresh_token()
    api.tenant.clock.advance(10**9)
    return api.token({"grant_type": "refresh_token", "refresh_token": token})


@tries
def userinfo_post(api: TenantClient) -> Response:
    return api.send("POST", "/userinfo", {}, _login(api).json()["access_token"])


@tries
def logs(api: TenantClient) -> Response:
    return api.send("GET", "/api/v2/logs")


@tries
def management(api: TenantClient) -> Response:
    return api.send("GET", "/api/v2/clients")


@tries
def oob_exchange_limit(api: TenantClient) -> Response:
    user = api.tenant.add_user()
    user.enroll("push")
    token = api.mfa_token(user)
    oob_code = api.challenge(token, challenge_type="oob").json()["oob_code"]
    assert {api.oob(token, oob_code).json()["error"] for _ in range(20)} == {"authorization_pending", "slow_down"}
    return api.oob(token, oob_code)


@tries
def login_limit(api: TenantClient) -> Response:
    user = api.tenant.add_user(mfa=False)
    assert {api.login(user).status for _ in range(25)} == {200}
    return api.login(user)


@tries
def brute_force(api: TenantClient) -> Response:
    user = api.tenant.add_user(mfa=False)
    for _ in range(2):
        assert {api.login(user, password="no").status for _ in range(9)} == {403}
        assert api.login(user).status == 200, "nine, and then the right one: counted anew"
    for _ in range(10):
        api.login(user, password="no")
    api.tenant.clock.advance(10**7)
    answer = api.login(user)
    user.reset_limits()
    assert api.login(user).status == 200
    return answer


@tries
def forwarded_for(api: TenantClient) -> Response:
    grant = api.tenant.password_grant(api.tenant.add_user(mfa=False))
    return api.send("POST", "/oauth/token", grant, headers={"auth0-forwarded-for": "192.0.2.1"})


@tries
def newest(api: TenantClient) -> Response:
    user = api.tenant.add_user()
    code, token = user.enroll("otp").code(), api.mfa_token(user)
    kept = api.tenant.tokens.mfa
    session = kept[token]
    for number in range(9_999):
        kept[str(number)] = session
    assert api.otp(token, code).status == 200
    for number in range(9_999, 12_501):
        kept[str(number)] = session
    assert len(kept) >= 10_000
    return api.otp(token, code)


@tries
def sms_lifetime(api: TenantClient) -> Response:
    users = [api.tenant.add_user() for _ in range(12)]
    answers = [api.associate(api.mfa_token(user), "sms") for user in users for _ in range(9)]
    assert {answer.status for answer in answers} == {200}
    return answers[-1]


@tries
def rate_limit(api: TenantClient) -> Response:
    answers = [_login(api) for _ in range(50)]
    assert not any(name.startswith("x-ratelimit") for answer in answers for name in answer.headers)
    return answers[-1]


@tries
def realm(api: TenantClient) -> Response:
    return _login(api, realm="no such", grant_type="http://auth0.com/oauth/grant-type/password-realm")


@tries
def audience(api: TenantClient) -> Response:
    answer = _login(api, audience="https://nowhere.example/", scope="read:anything")
    assert answer.json().items() >= {"scope": "read:anything", "expires_in": 86400}.items()
    return answer


@tries
def email_only(api: TenantClient) -> Response:
    api.tenant.factors = {"email"}
    return api.login(api.tenant.add_user())


@tries
def factor_off(api: TenantClient) -> Response:
    user = api.tenant.add_user()
    otp = user.enroll("otp")
    api.tenant.factors.discard("otp")
    token = api.mfa_token(user)
    assert api.rows(token)[0]["id"] == otp.id
    assert api.challenge(token).status == api.otp(token, otp.code()).status == 401
    return api.associate(token, "email")


@tries
def scan(api: TenantClient) -> Response:
    user = api.tenant.add_user()
    token = api.mfa_token(user)
    oob_code = api.associate(token, "push").json()["oob_code"]
    api.tenant.push.approve(user)
    answer = api.oob(token, oob_code)
    assert api.rows(token)[0]["name"] == "Ada's phone"
    return answer


@tries
def sealed(api: TenantClient) -> Response:
    user = api.tenant.add_user()
    user.enroll("otp")
    token = api.mfa_token(user)
    assert token.split("*")[5] == str(int((api.tenant.clock.now() + 600) * 1000))
    return api.challenge(token.replace("Fe26", "Fe27"))


@tries
def friendly_name(api: TenantClient) -> Response:
    answer = api.associate(api.mfa_token(api.tenant.add_user()), "otp")
    assert "/totp/tenant.example:" in answer.json()["barcode_uri"]
    return answer


@tries
def claims(api: TenantClient) -> Response:
    answer = _login(api, nonce="n")
    found = jwt.decode(answer.json()["id_token"], options={"verify_signature": False})
    named = {"iss", "sub", "aud", "iat", "exp", "nonce", "name", "nickname", "picture", "updated_at"}
    named |= {"email", "email_verified"}
    assert set(found) == named
    return answer


@tries
def one_key(api: TenantClient) -> Response:
    answer = api.send("GET", "/.well-known/jwks.json")
    assert len(answer.json()["keys"]) == 2
    assert answer.json() == TenantClient().send("GET", "/.well-known/jwks.json").json()
    return answer


@tries
def oath_token(api: TenantClient) -> Response:
    return api.send("POST", "/oath/token", api.tenant.password_grant(api.tenant.add_user()))


@tries
def host_in_path(api: TenantClient) -> Response:
    token = api.mfa_token(api.tenant.add_user())
    return api.send("POST", f"/{api.tenant.domain}/mfa/associate", {"authenticator_types": ["otp"]}, token)


@tries
def authentication_types(api: TenantClient) -> Response:
    token = api.mfa_token(api.tenant.add_user())
    return api.send("POST", "/mfa/associate", {"authentication_types": ["otp"]}, token)


@tries
def json_as_form(api: TenantClient) -> Response:
    user = api.tenant.add_user()
    user.enroll("email")
    body = json.dumps({"mfa_token": api.mfa_token(user), **api.client}).encode()
    label = {"content-type": "application/x-www-form-urlencoded"}
    return api.handle(Request("POST", "/mfa/challenge", label, body))


def _manage(api: TenantClient, method: str, path: str, body: object = None, **headers: str) -> Response:
    audience = api.tenant.management_audience
    token = api.token({"grant_type": "client_credentials", "audience": audience}).json()["access_token"]
    fields = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    fields |= {name.replace("_", "-"): value for name, value in headers.items()}
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return handler(api.tenant)(Request(method, f"/api/v2/{path}", fields, content))


def _import(api: TenantClient, users: list[object]) -> Response:
    parts = {"connection_id": "con_1", "users": json.dumps(users)}
    form = "".join(
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in parts.items()
    )
    kind = "multipart/form-data; boundary=x"
    return _manage(api, "POST", "jobs/users-imports", f"{form}--x--".encode(), content_type=kind)


@tries
def management_search(api: TenantClient) -> Response:
    api.tenant.add_user("ada@example.com")
    assert len(_manage(api, "GET", "users?q=email:ada@example.com&sort=name:1&take=5").json()) == 1
    return _manage(api, "GET", "users?q=name:ada*")


@tries
def management_passkey(api: TenantClient) -> Response:
    path = f"users/{api.tenant.add_user().id}/authentication-methods"
    for kind in ("webauthn-roaming", "push"):
        assert _manage(api, "POST", path, {"type": kind}).status == 400
    return _manage(api, "POST", path, {"type": "passkey"})


@tries
def management_duo(api: TenantClient) -> Response:
    assert _manage(api, "PUT", "guardian/policies", ["confidence-score"]).status == 400
    assert _manage(api, "PUT", "guardian/factors/webauthn-roaming", {"enabled": True}).status == 400
    assert _manage(api, "PUT", "guardian/factors/duo", {"enabled": False}).status == 200
    return _manage(api, "PUT", "guardian/factors/duo", {"enabled": True})


@tries
def management_ticket(api: TenantClient) -> Response:
    made = _manage(api, "POST", "guardian/enrollments/ticket", {"user_id": api.tenant.add_user().id}).json()
    return api.send("GET", made["ticket_url"].removeprefix(api.tenant.url))


@tries
def management_passwords(api: TenantClient) -> Response:
    _import(api, [{"email": "ada@example.com", "password_hash": "$2b$10$" + "a" * 53}])
    user = api.tenant.user_by_email("ada@example.com")
    assert user is not None
    assert api.login(user).json()["error"] == "mfa_required"
    return api.login(user, password="the-imported-one")


@tries
def management_import(api: TenantClient) -> Response:
    answer = _import(api, [{"email": "ada@example.com"}])
    assert api.tenant.user_by_email("ada@example.com") is not None
    return answer


@tries
def management_verified(api: TenantClient) -> Response:
    user = api.tenant.add_user(email_verified=True)
    assert [row["active"] for row in api.rows(api.mfa_token(user))] == [True]
    answer = _manage(api, "GET", f"users/{user.id}/authentication-methods")
    assert answer.json() == []
    return answer


def test_every_row_of_the_page_is_tried() -> None:
    """No row without a try, no try without a row, no line that looks like a row but is none."""
    assert set(ROWS) == set(TRIES)
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    assert len(lines) == len(ROWS)


@pytest.mark.parametrize("row", ROWS)
def test_the_fake_answers_as_the_page_says(row: str) -> None:
    """Status and `error` are those of the last column; a bare status is a success, or a 404 of another API."""
    answer = TRIES[row](TenantClient())
    error = f" {error_of(answer.json())}" if " " in ROWS[row] else ""
    assert f"{answer.status}{error}" == ROWS[row]
