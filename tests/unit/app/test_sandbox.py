"""The sandbox page without a browser: what is served to whom, and what its routes say."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote

import pytest

import pytest_auth0_mfa
from pytest_auth0_mfa import Request, Response, Tenant, handler
from pytest_auth0_mfa.app.control import page as sandbox
from pytest_auth0_mfa.app.control import routes as control_routes
from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.spec.factors import FACTORS

PACKAGE = Path(pytest_auth0_mfa.__file__).parent
FILES = sorted(file.name for file in (PACKAGE / "app/control/assets").iterdir())
SCRIPTS = [name for name in FILES if name.endswith(".js")]
TOKEN = {"authorization": "Bearer token"}


@pytest.fixture
def tenant() -> Tenant:
    made = Tenant(seed=1)
    made.control_token = "token"
    return made


def get(tenant: Tenant, path: str = "", headers: Mapping[str, str] | None = None, method: str = "GET") -> Response:
    return handler(tenant)(Request(method, f"/_auth0_mfa/{path}", headers or {}))


def ask(tenant: Tenant, path: str) -> Json:
    answer = get(tenant, path, TOKEN)
    assert answer.status == 200, answer.body
    return answer.json()


def text(name: str) -> str:
    return (PACKAGE / "app/control/assets" / name).read_text(encoding="utf-8")


# -- the files -----------------------------------------------------------------------------------


def test_the_page_holds_no_data(tenant: Tenant) -> None:
    """Whoever opens it without the token gets the same bytes, whatever the tenant knows."""
    before = get(tenant).body
    user = tenant.add_user("ada@example.com", "secret-password")
    user.enroll("otp")
    after = get(tenant).body
    assert before == after
    assert b"ada@example.com" not in after
    assert tenant.client_id.encode() not in after


def test_without_a_control_plane_there_is_no_page() -> None:
    """A tenant in process answers as Auth0 does."""
    assert get(Tenant()).status == 404


@pytest.mark.parametrize("name", ["", *(f"sandbox/{name}" for name in FILES)])
def test_every_file_is_guarded(tenant: Tenant, name: str) -> None:
    """Own scripts only, no frame, no sniffing, no referrer, no cache, no reader on another site."""
    answer = get(tenant, name)
    assert answer.status == 200
    policy = dict(part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; "))
    assert policy == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "connect-src": "'self'",
        "frame-ancestors": "'none'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "'none'",
    }
    expected = {
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "cross-origin-embedder-policy": "require-corp",
        "x-frame-options": "DENY",
        "cache-control": "no-store",
    }
    assert {name: answer.headers[name] for name in expected} == expected
    assert answer.headers["content-type"].endswith("; charset=utf-8")


def test_answers_of_the_control_plane_are_guarded_too(tenant: Tenant) -> None:
    """Also refusals: they are opened by address as easily as the page."""
    for answer in (get(tenant, "users", TOKEN), get(tenant, "users")):
        assert {name: answer.headers[name] for name in sandbox.GUARDS} == dict(sandbox.GUARDS)


def test_head_says_how_long_the_page_is(tenant: Tenant) -> None:
    """And sends none of it."""
    answer = get(tenant, method="HEAD")
    assert (answer.body, answer.headers["content-length"]) == (b"", str(len(get(tenant).body)))


@pytest.mark.parametrize(
    "path",
    ["sandbox/", "sandbox/../plugin.py", "sandbox/%2e%2e/plugin.py", "sandbox//etc/passwd", "sandbox/missing.js", "x"],
)
def test_nothing_else_is_served(tenant: Tenant, path: str) -> None:
    """What is not one of the files needs the token, as everything does."""
    assert get(tenant, path).status == 401
    assert get(tenant, path, TOKEN).status == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_the_page_is_only_read(tenant: Tenant, method: str) -> None:
    """Every other verb needs the token."""
    assert get(tenant, method=method).status == 401


@pytest.mark.parametrize("name", FILES)
def test_nothing_is_loaded_from_elsewhere(name: str) -> None:
    """No address but the namespace of SVG; no script, style or handler within the page."""
    content = text(name).replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert "://" not in content
    assert not re.search(r"<script(?![^>]*src=)|<style|\sstyle=|\son\w+=", content)


@pytest.mark.parametrize("name", SCRIPTS)
def test_nothing_becomes_html(name: str) -> None:
    """What a user is called is inserted as text."""
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function|srcdoc", text(name)
    )


def test_the_scripts_find_their_elements() -> None:
    """Every id that a script names, and every label, exists in the page once."""
    page = text("index.html")
    ids = re.findall(r'\sid="([^"]+)"', page)
    named = {found for name in SCRIPTS for found in re.findall(r'\$\("([^"]+)"\)', text(name))}
    labelled = set(re.findall(r'(?:for|aria-labelledby)="([^"]+)"', page)) | set(re.findall(r'href="#([^"]+)"', page))
    assert len(ids) == len(set(ids))
    assert named | labelled <= set(ids)


def test_the_scripts_import_each_other() -> None:
    """Every script is used, and every import finds its file and its name."""
    imported = {"main.js"}
    for name in SCRIPTS:
        for names, file in re.findall(r'^import (.+) from "\./(.+)";$', text(name), re.MULTILINE):
            imported.add(file)
            for one in re.findall(r"\w+", names) if names.startswith("{") else ():
                assert re.search(rf"export (?:async )?(?:const|function|class) {re.escape(one)}\b", text(file)), one
    assert imported == set(SCRIPTS)


def test_the_page_comes_from_a_zipped_package(tmp_path: Path) -> None:
    """The wheel need not be unpacked."""
    archive = tmp_path / "package.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        for file in PACKAGE.rglob("*"):
            if file.is_file() and "__pycache__" not in file.parts:
                packed.write(file, Path(PACKAGE.name) / file.relative_to(PACKAGE))
    code = (
        f"import sys; sys.path.insert(0, {str(archive)!r})\n"
        "from pytest_auth0_mfa import Request, Tenant, handler\n"
        "tenant = Tenant(); tenant.control_token = 'token'\n"
        "print(handler(tenant)(Request('GET', '/_auth0_mfa/', {})).status, handler.__code__.co_filename)"
    )
    output = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert output.stdout.startswith(f"200 {archive}")


# -- who asks ------------------------------------------------------------------------------------

CROSS = {"sec-fetch-site": "cross-site"}


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
@pytest.mark.parametrize("path", ["users", "state", "sandbox/main.js", "sandbox/icon.svg", ""])
def test_other_sites_are_refused(tenant: Tenant, site: str, path: str) -> None:
    """Even with the token; another port of localhost is the same site and another page."""
    answer = get(tenant, path, {**TOKEN, "sec-fetch-site": site, "sec-fetch-dest": "empty"})
    assert (answer.status, answer.json()["error"]) == (403, "foreign_site")


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_the_page_itself_is_let_in(tenant: Tenant, site: str) -> None:
    """Its own scripts and calls, and what somebody typed."""
    assert get(tenant, "users", {**TOKEN, "sec-fetch-site": site}).status == 200
    assert get(tenant, "sandbox/main.js", {"sec-fetch-site": site}).status == 200


def test_a_link_to_the_page_may_be_followed(tenant: Tenant) -> None:
    """In a tab of its own: a frame of another page is refused, and so is data that is opened as a page."""
    assert get(tenant, "", {**CROSS, "sec-fetch-dest": "document"}).status == 200
    assert get(tenant, "", {**CROSS, "sec-fetch-dest": "iframe"}).status == 403
    assert get(tenant, "users", {**CROSS, **TOKEN, "sec-fetch-dest": "document"}).status == 403


def test_pages_of_other_origins_do_not_read_the_page(tenant: Tenant) -> None:
    """Nor its scripts."""
    for path in ("", "sandbox/main.js"):
        assert get(tenant, path, {"origin": "https://evil.example"}).status == 403


# -- what the page asks for ----------------------------------------------------------------------


def test_the_state_is_sent_once(tenant: Tenant) -> None:
    """Who names the version that still holds gets the clock only."""
    first = ask(tenant, "state")
    assert first["state"]["users"] == []
    again = ask(tenant, f"state?since={first['version']}")
    assert (again["version"], again["state"]) == (first["version"], None)
    assert again["clock"]["now"] > first["clock"]["now"]
    tenant.add_user("ada@example.com")
    changed = ask(tenant, f"state?since={first['version']}")
    assert changed["version"] != first["version"]
    assert [user["email"] for user in changed["state"]["users"]] == ["ada@example.com"]


def test_the_state_changes_with_the_codes_of_apps(tenant: Tenant) -> None:
    """Every 30 seconds, and not before."""
    tenant.clock.freeze(1_800_000_000)
    tenant.add_user().enroll("otp")
    version = ask(tenant, "state")["version"]
    tenant.clock.advance(29)
    assert ask(tenant, "state")["version"] == version
    tenant.clock.advance(1)
    assert ask(tenant, "state")["version"] != version


def test_the_state_holds_everything_that_moves(tenant: Tenant) -> None:
    """Messages, push requests, settings, faults, and how long the journal is."""
    user = tenant.add_user("ada@example.com")
    user.enroll("push")
    asked = tenant.password_grant(user)
    answer = handler(tenant)(Request("POST", "/oauth/token", {"content-type": "application/json"}, _json(asked)))
    body = {**_client(tenant), "mfa_token": answer.json()["mfa_token"], "challenge_type": "oob"}
    handler(tenant)(Request("POST", "/mfa/challenge", {"content-type": "application/json"}, _json(body)))
    tenant.fail_next("jwks", times=2)
    tenant.outbox.fail_next("email")
    tenant.clock.freeze()
    state = ask(tenant, "state")["state"]
    assert [message["channel"] for message in state["messages"]] == ["push"]
    assert [request["email"] for request in state["push"]] == ["ada@example.com"]
    assert (state["faults"], state["failing_channels"]) == ({"jwks": 2}, {"email": 1})
    assert (state["calls"]["count"], state["frozen"], state["policy"]) == (2, True, "all-applications")
    assert state["profile"]["mfa_token_lifetime"] == 600
    assert "otp" in state["factors"]


def test_a_new_journal_is_told_from_the_old_one(tenant: Tenant) -> None:
    """Also where it is as long as the one before the reset."""
    seen = []
    for _ in range(2):
        handler(tenant)(Request("GET", "/.well-known/jwks.json", {}))
        seen.append(ask(tenant, "state")["state"]["calls"])
        tenant.calls.clear()
    assert [calls["count"] for calls in seen] == [1, 1]
    assert seen[0]["first"] != seen[1]["first"]


def test_the_state_of_a_large_tenant_stays_small(tenant: Tenant) -> None:
    """The newest hundred users, and how many there are."""
    for number in range(150):
        tenant.add_user(f"user{number}@example.com")
    state = ask(tenant, "state")["state"]
    assert (state["user_count"], len(state["users"]), state["users"][-1]["email"]) == (150, 100, "user149@example.com")


def test_the_catalogue_lists_what_there_is(tenant: Tenant) -> None:
    """Operations, factors, channels, policies, and each field of the profile with its rows."""
    catalogue = ask(tenant, "catalogue")
    assert {"associate", "mfa-otp", "jwks"} <= {one["id"] for one in catalogue["operations"]}
    assert set(FACTORS) < set(catalogue["factors"])
    assert catalogue["policies"] == ["all-applications", "never"]
    fields = {field["name"]: field for field in catalogue["profile"]}
    assert fields["mfa_required"]["alternatives"] == ["403 mfa_required", "401 mfa_required"]
    assert "T2" in fields["mfa_required"]["rows"]
    assert set(fields) == set(ask(tenant, "profile"))


def test_the_qr_code_is_what_associate_answered(tenant: Tenant) -> None:
    """The same URI, as an image that needs no other file."""
    user = tenant.add_user("ada@example.com")
    answer = handler(tenant)(
        Request("POST", "/oauth/token", {"content-type": "application/json"}, _json(tenant.password_grant(user)))
    )
    bearer = {"authorization": f"Bearer {answer.json()['mfa_token']}", "content-type": "application/json"}
    body = _json({**_client(tenant), "authenticator_types": ["otp"]})
    answered = handler(tenant)(Request("POST", "/mfa/associate", bearer, body)).json()
    entry = user.authenticators[0]
    found = ask(tenant, f"users/{user.id}/authenticators/{entry.id}/qr")
    assert found["barcode_uri"] == answered["barcode_uri"]
    kind, _, svg = found["image"].partition(",")
    assert kind.startswith("data:image/svg+xml")
    assert unquote(svg).startswith("<svg")


def test_only_apps_have_a_qr_code(tenant: Tenant) -> None:
    """An email does not, and an unknown authenticator has the closest ones named."""
    user = tenant.add_user("ada@example.com")
    entry = user.enroll("email")
    answer = get(tenant, f"users/{user.id}/authenticators/{entry.id}/qr", TOKEN)
    assert (answer.status, "only otp" in answer.json()["message"]) == (404, True)
    assert get(tenant, f"users/{user.id}/authenticators/none/qr", TOKEN).status == 404


def test_without_segno_the_secret_is_still_there(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """The route says what to install; the list of users shows the secret."""
    monkeypatch.setitem(sys.modules, "segno", None)
    user = tenant.add_user("ada@example.com")
    entry = user.enroll("otp")
    answer = get(tenant, f"users/{user.id}/authenticators/{entry.id}/qr", TOKEN)
    assert answer.status == 501
    assert "pip install 'pytest-auth0-mfa[server]'" in answer.json()["message"]
    assert ask(tenant, "state")["state"]["users"][0]["authenticators"][0]["secret"] == entry.secret


def test_one_call_is_shown_in_full(tenant: Tenant) -> None:
    """With the row of the contract that its refusal rests on; a number that is none is refused."""
    handler(tenant)(Request("POST", "/oauth/token", {}, b"{"))
    call = ask(tenant, "calls/1")
    assert (call["id"], call["refusal"], call["row"], call["injected"]) == (1, "unreadable_body", "U-19", False)
    assert call["request"]["body"] == "{"
    for number in ("0", "2"):
        assert "the journal has 1" in get(tenant, f"calls/{number}", TOKEN).json()["message"]
    assert get(tenant, "calls/x", TOKEN).status == 400


def test_a_fault_is_marked_as_one(tenant: Tenant) -> None:
    """So that nobody takes it for the tenant's own answer."""
    tenant.fail_next("jwks", status=503)
    handler(tenant)(Request("GET", "/.well-known/jwks.json", {}))
    (call,) = ask(tenant, "calls")
    assert (call["status"], call["injected"], call["row"]) == (503, True, None)


def test_the_routes_of_the_page_are_listed(tenant: Tenant) -> None:
    """They are part of the control plane."""
    paths = {route.path for route in control_routes.ROUTES}
    assert {"state", "catalogue", "calls/{call}", "users/{user}/authenticators/{authenticator}/qr"} <= paths


def _client(tenant: Tenant) -> dict[str, Json]:
    return {"client_id": tenant.client_id, "client_secret": tenant.client_secret}


def _json(body: Json) -> bytes:
    return json.dumps(body).encode()


def test_serve_prints_the_address(tenant: Tenant) -> None:
    """With the token behind the ``#``, which no browser sends to a server."""
    from pytest_auth0_mfa.cli import serve

    tenant.domain, tenant.ca_file = "localhost:1234", "ca.pem"
    assert "  https://localhost:1234/_auth0_mfa/#token=token\n" in serve._welcome(tenant, demo=False)


def test_every_element_that_a_script_asks_for_is_on_the_page() -> None:
    """A misspelt id would end the page's first step, and no more of it would run."""
    there = set(re.findall(r'id="([^"]+)"', text("index.html")))
    asked = {(name, found) for name in SCRIPTS for found in re.findall(r'\$\("([^"]+)"\)', text(name))}
    assert {(name, found) for name, found in asked if found not in there} == set()
