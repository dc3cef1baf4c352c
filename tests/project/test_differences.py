"""docs/differences.md says what the fake really does: each row is tried."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import jwt
import pytest
from helpers.places import PROJECT
from helpers.tenant_client import TenantClient

from pytest_auth0_mfa import Request, Response, handler

PAGE = PROJECT / "docs" / "differences.md"
ROW = re.compile(r"^\| `([a-z-]+)` \|.*\| (\d{3}(?: [a-z_]+)?) \|$", re.MULTILINE)
ROWS = dict(ROW.findall(PAGE.read_text(encoding="utf-8")))
TRIES: dict[str, Callable[[TenantClient], Response]] = {}


def tries(function: Callable[[TenantClient], Response]) -> Callable[[TenantClient], Response]:
    """The function tries the row of its name; its answer is the one the page names."""
    TRIES[function.__name__.replace("_", "-")] = function
    return function


def _login(wire: TenantClient, **more: str) -> Response:
    return wire.login(wire.tenant.add_user(mfa=False), **more)


def _grant(wire: TenantClient, grant_type: str) -> Response:
    return wire.token({"grant_type": grant_type})


@tries
def dpop(wire: TenantClient) -> Response:
    user = wire.tenant.add_user()
    headers = {"DPoP": "eyJ"}
    assert wire.send("POST", "/mfa/challenge", {"mfa_token": wire.mfa_token(user)}, headers=headers).status == 400
    return wire.send("POST", "/oauth/token", wire.tenant.password_grant(user), headers=headers)


@tries
def dpop_bearer(wire: TenantClient) -> Response:
    token = wire.mfa_token(wire.tenant.add_user())
    return wire.send("GET", "/mfa/authenticators", headers={"authorization": f"DPoP {token}"})


@tries
def token_exchange(wire: TenantClient) -> Response:
    return _grant(wire, "urn:ietf:params:oauth:grant-type:token-exchange")


@tries
def passwordless_link(wire: TenantClient) -> Response:
    asked = {"connection": "email", "email": "ada@example.com", **wire.client}
    assert wire.send("POST", "/passwordless/start", asked).status == 200
    assert wire.tenant.outbox.latest().code is None
    return wire.send("POST", "/otp/challenge", {})


@tries
def passwordless_user(wire: TenantClient) -> Response:
    user = wire.tenant.add_user("ada@example.com", mfa=False)
    asked = {"connection": "email", "email": user.email, "send": "code", **wire.client}
    wire.send("POST", "/passwordless/start", asked)
    given = {"realm": "email", "username": user.email, "otp": wire.code(user)}
    answer = wire.token({"grant_type": "http://auth0.com/oauth/grant-type/passwordless/otp", **given})
    assert len(wire.tenant.users) == 1
    return answer


@tries
def authorization_code(wire: TenantClient) -> Response:
    assert wire.send("GET", "/authorize").status == 404
    assert "authorization_endpoint" in wire.send("GET", "/.well-known/openid-configuration").json()
    for other in ("urn:ietf:params:oauth:grant-type:device_code", "urn:openid:params:grant-type:ciba"):
        assert _grant(wire, other).json()["error"] == "unsupported_grant_type"
    return _grant(wire, "authorization_code")


@tries
def organization(wire: TenantClient) -> Response:
    return _login(wire, organization="org_1")


@tries
def webauthn(wire: TenantClient) -> Response:
    token = wire.mfa_token(wire.tenant.add_user())
    return wire.send("POST", "/mfa/associate", {"authenticator_types": ["webauthn-roaming"]}, token)


@tries
def duo(wire: TenantClient) -> Response:
    token = wire.mfa_token(wire.tenant.add_user())
    return wire.send("POST", "/mfa/associate", {"authenticator_types": ["oob"], "oob_channels": ["duo"]}, token)


@tries
def actions(wire: TenantClient) -> Response:
    wire.tenant.policy = lambda user, application, audience, scopes: audience is None
    assert wire.login(wire.tenant.add_user(), audience="https://api.example/").status == 200
    return wire.login(wire.tenant.add_user())


@tries
def requirements(wire: TenantClient) -> Response:
    wire.tenant.profile = wire.tenant.profile.with_(mfa_requirements=True)
    user = wire.tenant.add_user()
    enroll = {row["type"] for row in wire.login(user).json()["mfa_requirements"]["enroll"]}
    assert enroll == {"otp", "push-notification", "phone"}
    user.enroll("email")
    answer = wire.login(user)
    assert answer.json()["mfa_requirements"] == {"challenge": [{"type": "email"}, {"type": "recovery-code"}]}
    return answer


@tries
def refresh_token_expiry(wire: TenantClient) -> Response:
    token = wire.tenant.add_user(mfa=False).refresh_token()
    wire.tenant.clock.advance(10**9)
    return wire.token({"grant_type": "refresh_token", "refresh_token": token})


@tries
def userinfo_post(wire: TenantClient) -> Response:
    return wire.send("POST", "/userinfo", {}, _login(wire).json()["access_token"])


@tries
def logs(wire: TenantClient) -> Response:
    return wire.send("GET", "/api/v2/logs")


@tries
def management(wire: TenantClient) -> Response:
    return wire.send("GET", "/api/v2/clients")


@tries
def oob_exchange_limit(wire: TenantClient) -> Response:
    user = wire.tenant.add_user()
    user.enroll("push")
    token = wire.mfa_token(user)
    oob_code = wire.challenge(token, challenge_type="oob").json()["oob_code"]
    assert {wire.oob(token, oob_code).json()["error"] for _ in range(20)} == {"authorization_pending", "slow_down"}
    return wire.oob(token, oob_code)


@tries
def login_limit(wire: TenantClient) -> Response:
    user = wire.tenant.add_user(mfa=False)
    assert {wire.login(user).status for _ in range(25)} == {200}
    return wire.login(user)


@tries
def brute_force(wire: TenantClient) -> Response:
    user = wire.tenant.add_user(mfa=False)
    for _ in range(2):
        assert {wire.login(user, password="no").status for _ in range(9)} == {403}
        assert wire.login(user).status == 200, "nine, and then the right one: counted anew"
    for _ in range(10):
        wire.login(user, password="no")
    wire.tenant.clock.advance(10**7)
    answer = wire.login(user)
    user.reset_limits()
    assert wire.login(user).status == 200
    return answer


@tries
def forwarded_for(wire: TenantClient) -> Response:
    grant = wire.tenant.password_grant(wire.tenant.add_user(mfa=False))
    return wire.send("POST", "/oauth/token", grant, headers={"auth0-forwarded-for": "192.0.2.1"})


@tries
def sms_lifetime(wire: TenantClient) -> Response:
    users = [wire.tenant.add_user() for _ in range(12)]
    answers = [wire.associate(wire.mfa_token(user), "sms") for user in users for _ in range(9)]
    assert {answer.status for answer in answers} == {200}
    return answers[-1]


@tries
def rate_limit(wire: TenantClient) -> Response:
    answers = [_login(wire) for _ in range(50)]
    assert not any(name.startswith("x-ratelimit") for answer in answers for name in answer.headers)
    return answers[-1]


@tries
def realm(wire: TenantClient) -> Response:
    return _login(wire, realm="no such", grant_type="http://auth0.com/oauth/grant-type/password-realm")


@tries
def audience(wire: TenantClient) -> Response:
    answer = _login(wire, audience="https://nowhere.example/", scope="read:anything")
    assert answer.json().items() >= {"scope": "read:anything", "expires_in": 86400}.items()
    return answer


@tries
def email_only(wire: TenantClient) -> Response:
    wire.tenant.factors = {"email"}
    return wire.login(wire.tenant.add_user())


@tries
def factor_off(wire: TenantClient) -> Response:
    user = wire.tenant.add_user()
    otp = user.enroll("otp")
    wire.tenant.factors.discard("otp")
    token = wire.mfa_token(user)
    assert wire.rows(token)[0]["id"] == otp.id
    assert wire.challenge(token).status == wire.otp(token, otp.code()).status == 401
    return wire.associate(token, "email")


@tries
def scan(wire: TenantClient) -> Response:
    user = wire.tenant.add_user()
    token = wire.mfa_token(user)
    oob_code = wire.associate(token, "push").json()["oob_code"]
    wire.tenant.push.approve(user)
    answer = wire.oob(token, oob_code)
    assert wire.rows(token)[0]["name"] == "Ada's phone"
    return answer


@tries
def sealed(wire: TenantClient) -> Response:
    user = wire.tenant.add_user()
    user.enroll("otp")
    token = wire.mfa_token(user)
    assert token.split("*")[5] == str(int((wire.tenant.clock.now() + 600) * 1000))
    return wire.challenge(token.replace("Fe26", "Fe27"))


@tries
def friendly_name(wire: TenantClient) -> Response:
    answer = wire.associate(wire.mfa_token(wire.tenant.add_user()), "otp")
    assert "/totp/tenant.example:" in answer.json()["barcode_uri"]
    return answer


@tries
def claims(wire: TenantClient) -> Response:
    answer = _login(wire, nonce="n")
    found = jwt.decode(answer.json()["id_token"], options={"verify_signature": False})
    named = {"iss", "sub", "aud", "iat", "exp", "nonce", "name", "nickname", "picture", "updated_at"}
    named |= {"email", "email_verified"}
    assert set(found) == named
    return answer


@tries
def one_key(wire: TenantClient) -> Response:
    answer = wire.send("GET", "/.well-known/jwks.json")
    assert len(answer.json()["keys"]) == 2
    assert answer.json() == TenantClient().send("GET", "/.well-known/jwks.json").json()
    return answer


@tries
def oath_token(wire: TenantClient) -> Response:
    return wire.send("POST", "/oath/token", wire.tenant.password_grant(wire.tenant.add_user()))


@tries
def host_in_path(wire: TenantClient) -> Response:
    token = wire.mfa_token(wire.tenant.add_user())
    return wire.send("POST", f"/{wire.tenant.domain}/mfa/associate", {"authenticator_types": ["otp"]}, token)


@tries
def authentication_types(wire: TenantClient) -> Response:
    token = wire.mfa_token(wire.tenant.add_user())
    return wire.send("POST", "/mfa/associate", {"authentication_types": ["otp"]}, token)


@tries
def json_as_form(wire: TenantClient) -> Response:
    user = wire.tenant.add_user()
    user.enroll("email")
    body = json.dumps({"mfa_token": wire.mfa_token(user), **wire.client}).encode()
    label = {"content-type": "application/x-www-form-urlencoded"}
    return wire.handle(Request("POST", "/mfa/challenge", label, body))


def _manage(wire: TenantClient, method: str, path: str, body: object = None, **headers: str) -> Response:
    audience = wire.tenant.management_audience
    token = wire.token({"grant_type": "client_credentials", "audience": audience}).json()["access_token"]
    fields = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    fields |= {name.replace("_", "-"): value for name, value in headers.items()}
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return handler(wire.tenant)(Request(method, f"/api/v2/{path}", fields, content))


def _import(wire: TenantClient, users: list[object]) -> Response:
    parts = {"connection_id": "con_1", "users": json.dumps(users)}
    form = "".join(
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in parts.items()
    )
    kind = "multipart/form-data; boundary=x"
    return _manage(wire, "POST", "jobs/users-imports", f"{form}--x--".encode(), content_type=kind)


@tries
def management_search(wire: TenantClient) -> Response:
    wire.tenant.add_user("ada@example.com")
    assert len(_manage(wire, "GET", "users?q=email:ada@example.com&sort=name:1&take=5").json()) == 1
    return _manage(wire, "GET", "users?q=name:ada*")


@tries
def management_passkey(wire: TenantClient) -> Response:
    path = f"users/{wire.tenant.add_user().id}/authentication-methods"
    for kind in ("webauthn-roaming", "push"):
        assert _manage(wire, "POST", path, {"type": kind}).status == 400
    return _manage(wire, "POST", path, {"type": "passkey"})


@tries
def management_duo(wire: TenantClient) -> Response:
    assert _manage(wire, "PUT", "guardian/policies", ["confidence-score"]).status == 400
    assert _manage(wire, "PUT", "guardian/factors/webauthn-roaming", {"enabled": True}).status == 400
    assert _manage(wire, "PUT", "guardian/factors/duo", {"enabled": False}).status == 200
    return _manage(wire, "PUT", "guardian/factors/duo", {"enabled": True})


@tries
def management_ticket(wire: TenantClient) -> Response:
    made = _manage(wire, "POST", "guardian/enrollments/ticket", {"user_id": wire.tenant.add_user().id}).json()
    return wire.send("GET", made["ticket_url"].removeprefix(wire.tenant.url))


@tries
def management_passwords(wire: TenantClient) -> Response:
    _import(wire, [{"email": "ada@example.com", "password_hash": "$2b$10$" + "a" * 53}])
    user = wire.tenant.user_by_email("ada@example.com")
    assert user is not None
    assert wire.login(user).json()["error"] == "mfa_required"
    return wire.login(user, password="the-imported-one")


@tries
def management_import(wire: TenantClient) -> Response:
    answer = _import(wire, [{"email": "ada@example.com"}])
    assert wire.tenant.user_by_email("ada@example.com") is not None
    return answer


@tries
def management_verified(wire: TenantClient) -> Response:
    user = wire.tenant.add_user(email_verified=True)
    assert [row["active"] for row in wire.rows(wire.mfa_token(user))] == [True]
    answer = _manage(wire, "GET", f"users/{user.id}/authentication-methods")
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
    error = f" {answer.json()['error']}" if " " in ROWS[row] else ""
    assert f"{answer.status}{error}" == ROWS[row]
