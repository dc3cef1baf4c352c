"""The journal through the control plane: searched, paged, explained, and made again as curl and as a test."""

from __future__ import annotations

import base64
import json
import re
from typing import Any
from urllib.parse import quote

import pytest
from helpers.proofs import proof

from pytest_auth0_mfa import Request, Response, Tenant, User, handler, in_process, serve
from pytest_auth0_mfa.app.control import replay
from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.spec.operations import ME_SCOPES, MFA_OOB, MFA_OTP, MFA_RECOVERY_CODE

TYPE = {"content-type": "application/json"}


@pytest.fixture
def tenant() -> Tenant:
    made = Tenant(seed=1)
    made.control_token = "token"
    made.clock.freeze(1_800_000_000 - 1_800_000_000 % 86400 + 43200)
    return made


def send(tenant: Tenant, path: str, body: Json, headers: dict[str, str] | None = None) -> Response:
    """What the tenant answers."""
    return handler(tenant)(Request("POST", path, {**TYPE, **(headers or {})}, json.dumps(body).encode()))


def mfa(tenant: Tenant, path: str, token: str, **body: Json) -> dict[str, Json]:
    """What the tenant answers its own application."""
    ours = {"client_id": tenant.client_id, "client_secret": tenant.client_secret, "mfa_token": token}
    found = send(tenant, path, {**ours, **body}).json()
    assert isinstance(found, dict)
    return found


def login(tenant: Tenant, user: User) -> str:
    return str(send(tenant, "/oauth/token", tenant.password_grant(user)).json()["mfa_token"])


def ask(tenant: Tenant, path: str) -> Json:
    answer = handler(tenant)(Request("GET", f"/_auth0_mfa/{path}", {"authorization": "Bearer token"}))
    assert answer.status == 200, answer.body
    return answer.json()


def whys(tenant: Tenant) -> list[str]:
    return [call["why"] for call in ask(tenant, "calls")]


# -- a call explains itself ----------------------------------------------------------------------


def test_usual_steps_are_no_failures(tenant: Tenant) -> None:
    """Each login meets them, and the page says what to do next."""
    user = tenant.add_user()
    user.enroll("push")
    token = login(tenant, user)
    oob_code = mfa(tenant, "/mfa/challenge", token, challenge_type="oob")["oob_code"]
    mfa(tenant, "/oauth/token", token, grant_type=MFA_OOB, oob_code=oob_code)
    calls = ask(tenant, "calls")
    assert [call["usual"] for call in calls] == [True, True, True]
    assert "go on with this response's mfa_token" in calls[0]["why"]
    assert "Nobody has answered the push request yet" in calls[2]["why"]


def test_a_refusal_says_why_and_by_which_clock(tenant: Tenant) -> None:
    """An expired token names its time; a wrong code the time of the right one."""
    user = tenant.add_user()
    user.enroll("otp")
    token = login(tenant, user)
    mfa(tenant, "/oauth/token", token, grant_type=MFA_OTP, otp="000000")
    tenant.clock.advance(700)
    mfa(tenant, "/oauth/token", token, grant_type=MFA_OTP, otp="000000")
    assert whys(tenant)[1:] == [
        "Sent 000000, expected the authenticator app's code of 12:00:00.",
        "This mfa_token was issued 11 min before, at 12:00:00; at 12:11:40 by the tenant's clock it had expired.",
    ]


def test_a_token_of_a_call_that_is_forgotten_was_issued(tenant: Tenant) -> None:
    """The journal may be cleared, and a refresh token arranged: the tenant knows them all the same."""
    user = tenant.add_user()
    user.enroll("otp")
    token = login(tenant, user)
    tenant.calls.clear()
    tenant.clock.advance(700)
    mfa(tenant, "/oauth/token", token, grant_type=MFA_OTP, otp="000000")
    other = tenant.add_application().client_id
    kept = user.refresh_token(client_id=other)
    mfa(tenant, "/oauth/token", token, grant_type="refresh_token", refresh_token=kept)
    mfa(tenant, "/oauth/token", "Fe26.2*x", grant_type=MFA_OTP, otp="000000")
    assert whys(tenant) == [
        "No call in the journal issued this mfa_token.",
        "No call in the journal issued this refresh_token.",
        "The tenant issued no such mfa_token.",
    ]


def test_a_path_that_does_not_exist_names_the_closest(tenant: Tenant) -> None:
    """As the whole call: method and path."""
    send(tenant, "/mfa/asociate", {})
    assert whys(tenant) == ["There is no such operation. Did you mean 'POST /mfa/associate'?"]


def test_a_fault_is_not_the_tenants_answer(tenant: Tenant) -> None:
    """It was switched on, and says so."""
    tenant.fail_next("jwks")
    handler(tenant)(Request("GET", "/.well-known/jwks.json", {}))
    assert whys(tenant) == ["A fault that was switched on gave this response, not the tenant."]


def test_every_refusal_on_the_page_is_explained_there(tenant: Tenant) -> None:
    """By refusal and by row, in the words of `auth0-mfa explain`; what does not exist names the closest."""
    assert "403? invalid_grant" in ask(tenant, "explain/V8")["text"]
    assert "SDKs compare it" in ask(tenant, "explain/wrong_binding_code")["text"]
    refused = Request("GET", "/_auth0_mfa/explain/wrong_binding_cod", {"authorization": "Bearer token"})
    answer = handler(tenant)(refused)
    assert (answer.status, "'wrong_binding_code'" in answer.json()["message"]) == (404, True)


# -- search and pages ----------------------------------------------------------------------------


def test_calls_are_searched(tenant: Tenant) -> None:
    """By path, operation, status, refusal and whatever was sent; every word has to be there."""
    ada = tenant.add_user("ada@example.com")
    login(tenant, ada)
    login(tenant, tenant.add_user("eve@example.com"))
    send(tenant, "/mfa/asociate", {})
    assert [call["id"] for call in ask(tenant, "calls?search=ADA@example")] == [1]
    assert [call["id"] for call in ask(tenant, "calls?search=403+mfa_required")] == [1, 2]
    assert [call["id"] for call in ask(tenant, "calls?search=asociate")] == [3]
    assert ask(tenant, "calls?search=ada@example+eve@example") == []
    assert [call["id"] for call in ask(tenant, "calls?refused=true")] == [3]


def test_older_calls_come_in_pages(tenant: Tenant) -> None:
    """Of 120, the newest 50, the 50 before those, and the rest."""
    for _ in range(120):
        handler(tenant)(Request("GET", "/.well-known/jwks.json", {}))
    first = [call["id"] for call in ask(tenant, "calls?limit=50")]
    second = [call["id"] for call in ask(tenant, f"calls?limit=50&before={first[0]}")]
    third = [call["id"] for call in ask(tenant, f"calls?limit=50&before={second[0]}")]
    assert (first[0], second[0], third) == (71, 21, [*range(1, 21)])


def test_users_and_messages_are_searched(tenant: Tenant) -> None:
    """The page shows how many fit; the version changes with what is looked for."""
    for name in ("ada", "eve"):
        user = tenant.add_user(f"{name}@example.com")
        user.enroll("email")
        mfa(tenant, "/mfa/challenge", login(tenant, user), challenge_type="oob")
    found = ask(tenant, "state?users=ADA&messages=eve")
    state = found["state"]
    assert [user["email"] for user in state["users"]] == ["ada@example.com"]
    assert [message["to"] for message in state["messages"]] == ["eve@example.com"]
    assert (state["user_count"], state["users_found"], state["message_count"], state["messages_found"]) == (2, 1, 2, 1)
    assert ask(tenant, f"state?since={found['version']}")["state"] is not None


def test_a_long_journal_is_refreshed_for_the_price_of_what_is_new(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of 2,000 calls, one refresh looks at the schemas of the new ones only, and an idle one at none."""
    from pytest_auth0_mfa.spec import schemas

    for _ in range(2_000):
        handler(tenant)(Request("GET", "/.well-known/jwks.json", {}))
    checked: list[object] = []
    check = schemas.check_call

    def counted(*call: Any) -> list[str]:
        checked.append(call)
        return check(*call)

    monkeypatch.setattr(schemas, "check_call", counted)
    version = ask(tenant, "state")["version"]
    assert ask(tenant, f"state?since={version}")["state"] is None
    assert checked == []
    assert len(ask(tenant, "calls?after=1990&limit=50")) == 10
    assert len(checked) == 10
    ask(tenant, "calls?limit=50&search=jwks")
    assert len(checked) == 60


# -- made again ----------------------------------------------------------------------------------


def play(text: str, name: str) -> None:
    """Run the test that stands in the text, on a tenant of its own."""
    found: dict[str, object] = {}
    exec(compile(text, "<copied>", "exec"), found)
    test = found[name]
    assert callable(test)
    keywords: dict[str, Any] = next(
        (mark.kwargs for mark in getattr(test, "pytestmark", []) if mark.name == "auth0_mfa"), {}
    )
    with in_process(Tenant(**keywords)) as other:
        test(other)


def copied(tenant: Tenant, number: int = 0) -> str:
    return str(ask(tenant, f"calls/{number or len(tenant.calls)}")["test"])


def test_a_login_is_copied_as_a_test(tenant: Tenant) -> None:
    """With its user; nothing that was sent to this tenant stands in it."""
    user = tenant.add_user("ada@example.com")
    login(tenant, user)
    text = copied(tenant)
    assert "assert password.status_code == 403" in text
    for secret in (user.password, tenant.client_id, str(tenant.client_secret)):
        assert secret not in text
    play(text, "test_password")


@pytest.mark.parametrize("right", [True, False])
@pytest.mark.parametrize("factor", ["otp", "email", "push", "recovery-code"])
def test_a_second_factor_is_copied_as_a_test(tenant: Tenant, factor: str, right: bool) -> None:
    """Login, challenge and the code come along, and the same is answered."""
    user = tenant.add_user("ada@example.com", email_verified=True)
    entry = user.enroll("otp" if factor == "recovery-code" else factor)  # type: ignore[arg-type]
    token = login(tenant, user)
    if factor == "otp":
        mfa(tenant, "/oauth/token", token, grant_type=MFA_OTP, otp=entry.code() if right else "000000")
    elif factor == "recovery-code":
        code = user.recovery_code if right else "X" * 24
        mfa(tenant, "/oauth/token", token, grant_type=MFA_RECOVERY_CODE, recovery_code=code)
    else:
        given = {"challenge_type": "oob", "authenticator_id": entry.id}
        oob_code = mfa(tenant, "/mfa/challenge", token, **given)["oob_code"]
        more: dict[str, Json] = {}
        if factor == "email":
            more["binding_code"] = tenant.outbox.latest(user).code if right else "000000"
        else:
            (tenant.push.approve if right else tenant.push.reject)(user)
        mfa(tenant, "/oauth/token", token, grant_type=MFA_OOB, oob_code=oob_code, **more)
    text = copied(tenant)
    assert f"status_code == {tenant.calls[-1].response.status}" in text
    assert (tenant.calls[-1].response.status == 200) is right
    play(text, f"test_{tenant.calls[-1].operation}".replace("-", "_"))


def page(tenant: Tenant, token: str, method: str, path: str, body: Json = None) -> dict[str, Json]:
    """What the user's own page answers."""
    content = b"" if body is None else json.dumps(body).encode()
    bearer = {**TYPE, "authorization": f"Bearer {token}"}
    answer = handler(tenant)(Request(method, f"/me/v1/{path}", bearer, content))
    return answer.json() if answer.body else {}


@pytest.mark.parametrize("kind", ["email", "totp", "push-notification", "recovery-code"])
def test_an_enrollment_at_the_users_own_page_is_copied_as_a_test(tenant: Tenant, kind: str) -> None:
    """With the user, a token of an earlier login, both steps and the code; a deletion with what it deletes."""
    user = tenant.add_user("ada@example.com")
    token = user.access_token(audience=tenant.me_audience, scope=" ".join(ME_SCOPES))
    page(tenant, token, "GET", "factors")
    tenant.clock.advance(1)
    asked = {"type": kind} | ({"email": "ada@home.example"} if kind == "email" else {})
    begun = page(tenant, token, "POST", "authentication-methods", asked)
    session = {"auth_session": begun["auth_session"]}
    if kind == "email":
        session["otp_code"] = str(tenant.outbox.latest(user).code)
    elif kind == "totp":
        session["otp_code"] = user.authenticators[0].code()
    elif kind == "push-notification":
        tenant.push.approve(user)
    place = f"authentication-methods/{quote(str(begun['id']), safe='')}"
    page(tenant, token, "POST", f"{place}/verify", session)
    text = copied(tenant)
    assert tenant.calls[-1].response.status == 201
    assert token not in text
    assert "assert me_verify_method.status_code == 201" in text
    play(text, "test_me_verify_method")
    page(tenant, token, "DELETE", place)
    play(copied(tenant), "test_me_delete_method")
    page(tenant, token, "GET", "authentication-methods?type=no")
    text = copied(tenant)
    assert 'json()["type"] == "https://auth0.com/api-errors/A0E-400-0003"' in text
    play(text, "test_me_list_methods")


def test_a_session_that_was_used_is_copied_with_its_use(tenant: Tenant) -> None:
    """Otherwise the test would verify it for the first time. A phone is found by its device."""
    user = tenant.add_user("ada@example.com")
    phone = user.enroll("sms", phone_number="+11235550100")
    token = user.access_token(audience=tenant.me_audience)
    page(tenant, token, "PATCH", f"authentication-methods/{phone.id.replace('sms|', 'phone%7C')}", {"name": "Old one"})
    assert "user.authenticators[0].id.partition('|')[2]" in copied(tenant)
    play(copied(tenant), "test_me_update_method")
    begun = page(tenant, token, "POST", "authentication-methods", {"type": "recovery-code"})
    place = f"authentication-methods/{quote(str(begun['id']), safe='')}/verify"
    for _ in range(2):
        page(tenant, token, "POST", place, {"auth_session": begun["auth_session"]})
    text = copied(tenant)
    assert "assert me_verify_method_2.status_code == 404" in text
    play(text, "test_me_verify_method_2")


def test_a_call_with_a_proof_is_no_test(tenant: Tenant) -> None:
    """Nobody but its client can sign it anew; it is copied as a command."""
    user = tenant.add_user("ada@example.com", mfa=False)
    send(tenant, "/oauth/token", tenant.password_grant(user), {"dpop": proof(tenant)})
    assert tenant.calls[-1].response.json()["token_type"] == "DPoP"
    assert "A proof is good once" in copied(tenant)
    assert "-H 'dpop: " in ask(tenant, "calls/1")["curl"]


def test_time_and_settings_are_copied(tenant: Tenant) -> None:
    """The clock is moved as far, and what is not a default stands in the marker."""
    tenant.profile = {"expired_mfa_token": "403 expired_token"}
    tenant.policy = "all-applications"
    tenant.factors = {"email"}
    user = tenant.add_user("ada@example.com")
    user.enroll("email")
    token = login(tenant, user)
    tenant.clock.advance(700)
    mfa(tenant, "/mfa/challenge", token, challenge_type="oob")
    text = copied(tenant)
    assert "auth0_mfa.clock.advance(700)" in text
    assert "@pytest.mark.auth0_mfa(factors=['email'], profile={'expired_mfa_token': '403 expired_token'})" in text
    play(text, "test_challenge")


def test_bearer_tokens_paths_and_faults_are_copied(tenant: Tenant) -> None:
    """An authenticator is enrolled and deleted with the token of its login; a fault is switched on again."""
    user = tenant.add_user("ada@example.com")
    user.enroll("otp")
    token = login(tenant, user)
    bearer = {"authorization": f"Bearer {token}"}
    handler(tenant)(Request("GET", "/mfa/authenticators", bearer))
    text = copied(tenant)
    assert '"authorization": "Bearer " + password.json()["mfa_token"]' in text
    play(text, "test_list_authenticators")
    tenant.fail_next("jwks", status=503)
    handler(tenant)(Request("GET", "/.well-known/jwks.json", {}))
    play(copied(tenant), "test_jwks")


def test_a_hostile_name_stays_a_string(tenant: Tenant) -> None:
    """What somebody is called cannot become code of the test or of the command."""
    name = "x\"); import os; os.abort(); (\"\n\u202e'; rm -rf /; '@evil.example"
    login(tenant, tenant.add_user(name))
    text = copied(tenant)
    assert "\u202e" not in text
    play(text, "test_password")
    curl = ask(tenant, "calls/1")["curl"]
    assert re.search(r"--data-raw '", curl)


def test_any_character_and_path_is_copied(tenant: Tenant) -> None:
    """One beyond 16 bits stays one character; quotes of a path do not end the docstring."""
    user = tenant.add_user("ada@example.com")
    send(tenant, "/oauth/token", {**tenant.password_grant(user), "password": "wrong 🔑"})
    play(copied(tenant), "test_password")
    handler(tenant)(Request("GET", '/x"""; raise SystemExit; """\\N{x}', {}))
    play(copied(tenant), "test_response")


def test_basic_credentials_are_those_of_the_other_tenant(tenant: Tenant) -> None:
    """The secret of this one does not stand in the test, in base64 neither, and would be refused there."""
    user = tenant.add_user("ada@example.com")
    grant = {name: value for name, value in tenant.password_grant(user).items() if not name.startswith("client_")}
    basic = base64.b64encode(f"{tenant.client_id}:{tenant.client_secret}".encode()).decode()
    send(tenant, "/oauth/token", grant, {"authorization": f"Basic {basic}"})
    text = copied(tenant)
    assert basic not in text
    assert "status_code == 403" in text
    play(text, "test_password")


def test_a_call_is_copied_as_curl() -> None:
    """As it was sent: the command gets the same answer from the same server."""
    import shutil
    import subprocess

    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    with serve(Tenant()) as tenant:
        send(tenant, "/oauth/token", tenant.password_grant(tenant.add_user("ada's@example.com")))
        command = replay.as_curl(tenant.calls[0], tenant)
        done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60, check=True)
        assert json.loads(done.stdout)["error"] == "mfa_required"
        assert tenant.calls[1].request.body == tenant.calls[0].request.body


# -- what leads here, and what is not here -------------------------------------------------------


@pytest.mark.parametrize("path", ["/", "/_auth0_mfa"])
def test_the_address_alone_leads_to_the_page(tenant: Tenant, path: str) -> None:
    """By a redirect that is neither journalled nor for other sites; in process there is no page."""
    answer = handler(tenant)(Request("GET", path, {"sec-fetch-site": "cross-site", "sec-fetch-dest": "document"}))
    assert (answer.status, answer.headers["location"], len(tenant.calls)) == (302, "/_auth0_mfa/", 0)
    assert handler(tenant)(Request("GET", path, {"sec-fetch-site": "cross-site"})).status == 403
    assert handler(Tenant())(Request("GET", path, {})).status == 404


@pytest.mark.parametrize("path", ["/authorize?client_id=%3Cscript%3E", "/v2/logout", "/u/login", "/login"])
def test_a_login_page_says_that_there_is_none(tenant: Tenant, path: str) -> None:
    """To a browser as a page, to others as JSON: what this is, what it is not, and what to do."""
    page = handler(tenant)(Request("GET", path, {"accept": "text/html,*/*"}))
    assert (page.status, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert b"not Universal Login" in page.body
    assert b"<script" not in page.body
    other = handler(tenant)(Request("GET", path, {}))
    assert other.json()["error"] == "not_found"
    assert "Log in with the password grant at POST /oauth/token" in other.json()["error_description"]
    assert "not Universal Login" in whys(tenant)[-1]
