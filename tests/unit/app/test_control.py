"""The control plane: who may use it, how it refuses, and what it does to the tenant."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import jwt
import pytest

from pytest_auth0_mfa import Request, Response, Tenant, handler
from pytest_auth0_mfa.app.control.routes import ROUTES
from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.spec.operations import MFA_OOB
from pytest_auth0_mfa.tenant import journal
from pytest_auth0_mfa.tenant.totp import totp

TOKEN = "the-control-token"


class Control:
    """A client of the control plane of one tenant."""

    def __init__(self, **settings: Any) -> None:
        self.tenant = Tenant(**{"seed": 1, **settings})
        self.tenant.control_token = TOKEN
        self.handle = handler(self.tenant)

    def send(self, method: str, path: str, body: Json = None, headers: Mapping[str, str] | None = None) -> Response:
        """Send JSON with the token, or with other headers."""
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        fields = {"authorization": f"Bearer {TOKEN}"} if headers is None else headers
        return self.handle(Request(method, f"/_auth0_mfa/{path}", fields, content))

    def ok(self, method: str, path: str, body: Json = None) -> Json:
        """The body of a success."""
        response = self.send(method, path, body)
        assert response.status == 200, response.body
        return response.json()

    def refused(self, status: int, method: str, path: str, body: Json = None) -> str:
        """The message of a refusal with this status."""
        response = self.send(method, path, body)
        assert response.status == status, response.body
        answer = response.json()
        assert set(answer) == {"error", "message"}
        message: str = answer["message"]
        return message

    def auth0(self, method: str, path: str, body: Json = None, bearer: str | None = None) -> Response:
        """A call of the Authentication API."""
        fields = {"content-type": "application/json"} | ({"authorization": f"Bearer {bearer}"} if bearer else {})
        return self.handle(Request(method, path, fields, b"" if body is None else json.dumps(body).encode()))


@pytest.fixture
def control() -> Control:
    return Control()


# -- who may use it ----------------------------------------------------------------------------


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_every_route_demands_the_token(control: Control, route: Any) -> None:
    """Without it, or with another one, nothing is done, and the answer says where the token is."""
    path = route.path.replace("{user}", "x").replace("{authenticator}", "x")
    for headers in ({}, {"authorization": "Bearer wrong"}, {"authorization": f"Basic {TOKEN}"}):
        response = control.send(route.method, path, headers=headers)
        assert response.status == 401
        assert response.headers["www-authenticate"] == "Bearer"
        assert "control_token" in response.json()["message"]
        assert TOKEN not in response.body.decode()


def test_the_token_may_stand_in_a_header_of_its_own(control: Control) -> None:
    """For clients whose Authorization header is taken; it goes before Authorization."""
    own = {"X-Auth0-MFA-Control-Token": TOKEN}
    response = control.send("GET", "tenant", headers=own)
    assert (response.status, "www-authenticate" in response.headers) == (200, False)
    assert control.send("GET", "tenant", headers=own | {"authorization": "Bearer other"}).status == 200
    wrong = {"x-auth0-mfa-control-token": "wrong", "authorization": f"Bearer {TOKEN}"}
    assert control.send("GET", "tenant", headers=wrong).status == 401


def test_without_a_token_there_is_no_control_plane() -> None:
    """A tenant that nobody gave a token answers like Auth0, which knows no such path."""
    answer = handler(Tenant())(Request("GET", "/_auth0_mfa/tenant", {"authorization": "Bearer None"}))
    assert (answer.status, answer.json()["error"]) == (404, "not_found")


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "https://localhost", "http://tenant.example"])
def test_pages_of_other_origins_are_refused(control: Control, origin: str) -> None:
    """Even with the right token; and no answer invites them."""
    headers = {"authorization": f"Bearer {TOKEN}", "origin": origin, "host": "tenant.example"}
    response = control.send("POST", "reset", headers=headers)
    assert (response.status, response.json()["error"]) == (403, "foreign_origin")
    assert not any(name.startswith("access-control-") for name in response.headers)


@pytest.mark.parametrize("origin", ["https://tenant.example", "https://127.0.0.1:8443"])
def test_its_own_pages_are_let_in(control: Control, origin: str) -> None:
    """A page of the tenant itself, by whichever of its names it was reached."""
    headers = {"authorization": f"Bearer {TOKEN}", "origin": origin, "host": "127.0.0.1:8443"}
    assert control.send("GET", "tenant", headers=headers).status == 200


def test_calls_are_neither_journalled_nor_limited_nor_failed() -> None:
    """The control plane works when the tenant refuses everybody, and leaves no trace."""
    control = Control(rate_limit="1/h")
    control.tenant.fail_next("jwks", status=503)
    for _ in range(3):
        control.ok("GET", "tenant")
    assert list(control.tenant.calls) == []
    assert control.auth0("GET", "/.well-known/jwks.json").status == 503
    assert control.auth0("GET", "/.well-known/jwks.json").status == 429
    assert [call["status"] for call in control.ok("GET", "calls")] == [503, 429]


# -- how it refuses ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "text"),
    [
        ("GET", "user", None, 404, "Did you mean 'users'?"),
        ("GET", "x/y", None, 404, "GET /_auth0_mfa/routes lists them all"),
        ("PUT", "users", None, 405, "takes GET and POST, not PUT"),
        ("OPTIONS", "users", None, 405, "takes GET and POST, not OPTIONS"),
        ("POST", "users", b"{", 400, "the body is not JSON"),
        ("POST", "users", [], 400, "$: expected an object, found a list"),
        ("POST", "users", {"emial": "a@b.co"}, 400, "no such key: 'emial'. Did you mean 'email'?"),
        ("POST", "users", {"email": 5}, 400, "$.email: expected a string, found a number"),
        ("POST", "users", {"authenticators": ["emial"]}, 400, "Did you mean 'email'?"),
        ("POST", "users", {"authenticators": [{}]}, 400, "$.authenticators[0].factor is missing"),
        ("POST", "users", {"authenticators": ["voice"]}, 400, "the factor 'voice' is off"),
        ("POST", "users", {"email": "ada@example.com"}, 400, "already"),
        ("GET", "users/adda@example.com", None, 404, "Did you mean 'ada@example.com'?"),
        ("POST", "users/import", {}, 400, "expected a list of users"),
        ("DELETE", "users/ada@example.com/authenticators/x", None, 404, "no authenticator 'x'"),
        ("POST", "users/ada@example.com/refresh-tokens", {"client_id": "x"}, 404, "no application 'x'"),
        ("GET", "outbox?chanel=sms", None, 400, "Did you mean 'channel'?"),
        ("GET", "outbox?after=x", None, 400, "expected a whole number"),
        ("GET", "outbox/latest", None, 404, "no message was sent"),
        ("POST", "outbox/fail-next", {"channel": "fax"}, 400, "no such channel: 'fax'"),
        ("POST", "push/approve", {}, 400, "$.user is missing"),
        ("POST", "push/approve", {"user": "ada@example.com"}, 404, "no open push request"),
        ("POST", "clock/advance", {"seconds": -1}, 400, "expected seconds >= 0"),
        ("POST", "clock/advance", {"seconds": "1"}, 400, "$.seconds: expected a number"),
        ("POST", "clock/advance", {"seconds": 1e300}, 400, "before the year 10000"),
        ("POST", "clock/freeze", {"at": 10**400}, 400, "before the year 10000"),
        ("POST", "clock/freeze", b'{"at": NaN}', 400, "before the year 10000"),
        ("POST", "users", b'{"email": "\\uD800@example.com"}', 400, "half a character"),
        ("POST", "users", b'{"email": "\xed\xa0\x80@example.com"}', 400, "half a character"),
        ("POST", "faults/drop-next", {"operation": "jwks", "times": 10**9}, 400, "at most 10000"),
        ("POST", "faults/fail-next", {"operation": "jwks", "headers": {"a": "b\r\nc: d"}}, 400, "printable ASCII"),
        ("POST", "faults/fail-next", {"operation": "jwks", "headers": {"a b": "c"}}, 400, "printable ASCII"),
        ("POST", "faults/fail-next", {"operation": "chalenge"}, 404, "Did you mean 'challenge'?"),
        ("POST", "faults/fail-next", {"operation": "jwks", "status": 7}, 400, "from 100 to 599"),
        ("POST", "faults/fail-next", {"operation": "jwks", "body": 7}, 400, "a string or an object"),
        ("POST", "faults/fail-next", {"operation": "jwks", "headers": {"a": 1}}, 400, "$.headers.a"),
        ("PUT", "factors", ["emial"], 400, "Did you mean 'email'?"),
        ("PUT", "policy", {"policy": "all"}, 400, "all-applications"),
        ("PUT", "policy", {"policy": {}}, 400, "expected audiences, applications or both"),
        ("PUT", "policy", {"policy": {"audience": []}}, 400, "Did you mean 'audiences'?"),
        ("PUT", "audiences", {"audiences": "https://x.example/"}, 400, "$.audiences: expected a list"),
        ("PUT", "proof-of-possession", {"proof_of_possession": []}, 400, "$.proof_of_possession: expected an object"),
        ("PATCH", "codes", {"lengths": {"email": 11}}, 400, "expected 4 to 10"),
        ("PATCH", "codes", {"lengths": {"push": 6}}, 400, "no such key: 'push'"),
        ("PUT", "claims", {"claims": []}, 400, "$.claims: expected an object"),
        ("POST", "users", {"permissions": "read"}, 400, "$.permissions: expected a list"),
        ("PATCH", "profile", {"totp_windw": 1}, 400, "Did you mean 'totp_window'?"),
        ("PATCH", "profile", {"self": 1}, 400, "no such key: 'self'"),
        ("PUT", "profile", {"totp_window": "1"}, 400, "totp_window"),
        ("GET", "calls?operation=jwk", None, 404, "Did you mean 'jwks'?"),
        ("GET", "calls?full=yes", None, 400, "expected true or false"),
        ("POST", "applications", {"token_endpoint_auth_method": "basic"}, 400, "client_secret_basic"),
    ],
)
def test_refusals_say_what_to_do(control: Control, method: str, path: str, body: Json, status: int, text: str) -> None:
    """Each names the place, what was expected, and the closest of what is known; nothing is changed."""
    control.tenant.add_user("ada@example.com")
    before = control.ok("GET", "tenant"), control.ok("GET", "users")
    assert text in control.refused(status, method, path, body)
    after = control.ok("GET", "tenant"), control.ok("GET", "users")
    after[0]["clock"] = before[0]["clock"]
    assert after == before


def test_routes_list_themselves(control: Control) -> None:
    """The listing holds every route, and no two of them are the same."""
    rows = control.ok("GET", "routes")
    assert len({(row["method"], row["path"]) for row in rows}) == len(rows) == len(ROUTES)
    assert {"method": "POST", "path": "/_auth0_mfa/reset"}.items() <= next(
        r for r in rows if "reset" in r["path"]
    ).items()


def test_who_looks_changes_nothing() -> None:
    """With one seed, what comes next is the same after every GET: a state folder does not write them down."""
    made = []
    for looks in (True, False):
        control = Control(seed=5)
        user = control.tenant.add_user("ada@example.com", email_verified=True)
        otp = user.enroll("otp")
        named = {"user": user.id, "authenticator": otp.id, "call": "1", "name": "V8"}
        control.auth0("GET", "/.well-known/openid-configuration")
        for route in ROUTES if looks else ():
            if route.method == "GET":
                control.send("GET", route.path.format(**{name: quote(value) for name, value in named.items()}))
        made.append((control.tenant.add_user().id, [one.id for one in user.authenticators]))
    assert made[0] == made[1]


# -- what it does ------------------------------------------------------------------------------


def test_an_email_login_is_driven_from_outside(control: Control) -> None:
    """Add a user with email, log in through the API, read the code here, verify."""
    user = control.ok("POST", "users", {"email": "ada@example.com", "password": "pw", "authenticators": ["email"]})
    tenant = control.ok("GET", "tenant")
    client = {"client_id": tenant["client_id"], "client_secret": tenant["client_secret"]}
    login = {"grant_type": "password", "username": "ada@example.com", "password": "pw", **client}
    token = control.auth0("POST", "/oauth/token", login).json()["mfa_token"]
    challenge = control.auth0("POST", "/mfa/challenge", {"mfa_token": token, **client}).json()
    message = control.ok("GET", "outbox/latest?user=ada%40example.com&channel=email")
    assert (message["to"], message["user"], message["id"]) == ("ada@example.com", user["id"], 1)
    grant = {"grant_type": MFA_OOB, "mfa_token": token, "oob_code": challenge["oob_code"], **client}
    answer = control.auth0("POST", "/oauth/token", grant | {"binding_code": message["code"]})
    assert "access_token" in answer.json()
    assert [call["operation"] for call in control.ok("GET", "calls")] == ["password", "challenge", "mfa-oob"]


def test_users_are_made_changed_and_deleted(control: Control) -> None:
    """What is left out is generated and shown; a user is named by id or email."""
    made = control.ok("POST", "users", {})
    assert made["password"]
    assert control.ok("GET", f"users/{quote(made['id'], safe='')}") == made
    changed = control.ok("PATCH", f"users/{made['email']}", {"email": "eve@example.com", "mfa": False, "blocked": True})
    assert (changed["email"], changed["mfa"], changed["blocked"]) == ("eve@example.com", False, True)
    assert control.ok("GET", "users") == [changed]
    assert control.ok("PATCH", "users/eve@example.com", {"mfa": None})["mfa"] is None
    assert control.ok("DELETE", "users/eve@example.com") == {"deleted": made["id"]}
    assert control.ok("GET", "users") == []


def test_a_user_whose_enrollment_fails_is_not_made(control: Control) -> None:
    """All or nothing: a corrected second try meets no leftover."""
    body = {"email": "ada@example.com", "authenticators": ["otp", {"factor": "email", "email": "nonsense"}]}
    control.refused(400, "POST", "users", body)
    control.ok("POST", "users", body | {"authenticators": ["otp"]})


def test_factors_are_enrolled_and_deleted(control: Control) -> None:
    """Authenticators with address, state, secret and the code of this moment."""
    control.ok("POST", "users", {"email": "ada@example.com"})
    path = "users/ada@example.com/authenticators"
    otp = control.ok("POST", path, {"factor": "otp"})
    assert otp["code"] == totp(otp["secret"], control.tenant.clock.now())
    sms = control.ok("POST", path, {"factor": "sms", "phone_number": "+15550101234", "active": False})
    assert (sms["address"], sms["active"], sms["name"]) == ("+15550101234", False, "XXXXXXXX1234")
    control.ok("POST", path, {"factor": "push"})
    rows = control.ok("GET", path)
    assert [row["factor"] for row in rows] == ["otp", "sms", "push", "otp"]
    control.ok("DELETE", f"{path}/{quote(rows[3]['id'], safe='')}")
    assert [row["factor"] for row in control.ok("GET", path)] == ["otp", "sms"]
    assert control.ok("GET", "users/ada@example.com")["recovery_code"]


def test_refresh_tokens_start_flows(control: Control) -> None:
    """For SDKs whose flows start from one."""
    control.ok("POST", "users", {"email": "ada@example.com"})
    made = control.ok("POST", "users/ada@example.com/refresh-tokens", {"scope": "openid"})
    tenant = control.tenant
    grant = {"grant_type": "refresh_token", "client_id": tenant.client_id, "client_secret": tenant.client_secret}
    answer = control.auth0("POST", "/oauth/token", grant | made)
    assert answer.json()["error"] == "mfa_required"


def test_users_are_imported(control: Control) -> None:
    """In the format of Auth0's bulk import."""
    users = [{"email": "ada@example.com", "mfa_factors": [{"email": {"value": "second@example.com"}}]}]
    assert control.ok("POST", "users/import", users)["summary"]["inserted"] == 1
    assert control.ok("GET", "users/ada@example.com")["authenticators"][0]["address"] == "second@example.com"


def test_messages_are_read_in_order(control: Control) -> None:
    """`after` shows what came since: the second code of a test is never the first."""
    user = control.tenant.add_user()
    user.enroll("sms")
    user.enroll("email")
    token = control.auth0("POST", "/oauth/token", control.tenant.password_grant(user)).json()["mfa_token"]
    client = {"client_id": control.tenant.client_id, "client_secret": control.tenant.client_secret}
    rows = control.auth0("GET", "/mfa/authenticators", bearer=token).json()
    for row in rows[:1] + rows[2:] + rows[:1]:
        control.auth0("POST", "/mfa/challenge", {"mfa_token": token, "authenticator_id": row["id"], **client})
    assert [m["channel"] for m in control.ok("GET", "outbox")] == ["sms", "email", "sms"]
    assert [m["id"] for m in control.ok("GET", "outbox?after=1")] == [2, 3]
    assert [m["id"] for m in control.ok("GET", f"outbox?channel=sms&user={quote(user.id)}")] == [1, 3]
    assert control.ok("GET", "outbox/latest?channel=email")["id"] == 2
    assert "after the one with id 3" in control.refused(404, "GET", "outbox/latest?after=3")


def test_a_provider_fails(control: Control) -> None:
    """The next message of a channel is not sent."""
    user = control.tenant.add_user()
    token = control.auth0("POST", "/oauth/token", control.tenant.password_grant(user)).json()["mfa_token"]
    control.ok("POST", "outbox/fail-next", {"channel": "email", "times": 1})
    body = {"authenticator_types": ["oob"], "oob_channels": ["email"], "email": "a@example.com"}
    assert control.auth0("POST", "/mfa/associate", body, token).status == 502
    assert control.auth0("POST", "/mfa/associate", body, token).status == 200


def _push(control: Control, email: str = "ada@example.com") -> None:
    user = control.tenant.add_user(email)
    user.enroll("push")
    token = control.auth0("POST", "/oauth/token", control.tenant.password_grant(user)).json()["mfa_token"]
    client = {"client_id": control.tenant.client_id, "client_secret": control.tenant.client_secret}
    control.auth0("POST", "/mfa/challenge", {"mfa_token": token, "challenge_type": "oob", **client})


@pytest.mark.parametrize("decision", ["approve", "reject"])
def test_push_requests_are_answered(control: Control, decision: str) -> None:
    """The open request is shown, and gone once it is answered."""
    _push(control)
    (request,) = control.ok("GET", "push")
    assert (request["email"], request["enrolling"], request["polls"]) == ("ada@example.com", False, 0)
    assert control.ok("POST", f"push/{decision}", {"user": "ada@example.com"}) == request
    assert control.ok("GET", "push") == []
    state = next(iter(control.tenant.challenges.values())).state
    assert state == {"approve": "approved", "reject": "rejected"}[decision]


def test_push_requests_are_approved_by_themselves(control: Control) -> None:
    """For everybody, or for one user."""
    control.tenant.add_user("eve@example.com")
    assert control.ok("POST", "push/approve-after", {"polls": 2}) == {"polls": 2}
    control.ok("POST", "push/approve-after", {"polls": 5, "user": "eve@example.com"})
    _push(control)
    assert next(iter(control.tenant.challenges.values())).approve_after == 2


def test_the_clock_is_moved(control: Control) -> None:
    """Freeze, advance, let run, reset."""
    assert control.ok("POST", "clock/freeze", {"at": 1000}) == {"now": 1000.0, "frozen": True}
    assert control.ok("POST", "clock/advance", {"seconds": 0.5}) == {"now": 1000.5, "frozen": True}
    assert control.ok("POST", "clock/unfreeze")["frozen"] is False
    assert control.ok("GET", "clock")["now"] < 2000
    assert control.ok("POST", "clock/reset")["now"] > 1_700_000_000
    assert control.ok("POST", "clock/freeze")["frozen"] is True


def test_faults_are_asked_for(control: Control) -> None:
    """Each kind waits for its operation, and can be forgotten."""
    control.ok("POST", "faults/fail-next", {"operation": "jwks", "status": 418, "headers": {"x-a": "b"}, "body": "<p>"})
    control.ok("POST", "faults/delay-next", {"operation": "jwks", "seconds": 1.5})
    waiting = control.ok("POST", "faults/drop-next", {"operation": "jwks", "after_half": True, "times": 2})
    assert waiting == control.ok("GET", "faults") == {"jwks": 4}
    failed = control.auth0("GET", "/.well-known/jwks.json")
    assert (failed.status, failed.headers["x-a"], failed.body) == (418, "b", b"<p>")
    late, dropped = (control.auth0("GET", "/.well-known/jwks.json").fault for _ in range(2))
    assert late is not None
    assert dropped is not None
    assert (late.delay, dropped.drop) == (1.5, "half")
    assert control.ok("DELETE", "faults") == {}
    assert control.auth0("GET", "/.well-known/jwks.json").fault is None


def test_the_tenant_is_set_up(control: Control) -> None:
    """Factors, policy, profile and applications."""
    assert control.ok("PUT", "factors", ["otp", "email"]) == control.ok("GET", "factors") == ["email", "otp"]
    assert control.tenant.factors == {"otp", "email"}
    assert control.ok("PUT", "policy", {"policy": "never"}) == control.ok("GET", "policy") == {"policy": "never"}
    assert control.ok("PATCH", "profile", {"totp_window": 0})["totp_window"] == 0
    assert control.ok("PATCH", "profile", {"polling_interval": 10})["totp_window"] == 0
    assert control.ok("PUT", "profile", {"polling_interval": 3})["totp_window"] == 1
    assert control.ok("GET", "profile")["polling_interval"] == control.tenant.profile.polling_interval == 3
    made = control.ok("POST", "applications", {"client_id": "spa", "token_endpoint_auth_method": "none"})
    assert made["client_secret"] is None
    assert [one["client_id"] for one in control.ok("GET", "applications")] == [control.tenant.client_id, "spa"]


def test_step_up_is_set_up(control: Control) -> None:
    """MFA for some audiences or applications or for one user, without code; the page's state and the tenant say so."""
    pay = {"audiences": ["https://pay.example/"], "applications": [control.tenant.client_id]}
    assert control.ok("PUT", "policy", {"policy": pay}) == control.ok("GET", "policy") == {"policy": pay}
    assert control.ok("GET", "tenant")["policy"] == control.ok("GET", "state")["state"]["policy"] == pay
    audiences = ["https://pay.example/", "https://shop.example/"]
    assert control.ok("PUT", "audiences", {"audiences": audiences}) == {"audiences": audiences}
    user = control.tenant.add_user("ada@example.com", "pw")

    def error(audience: str) -> str:
        answer = control.auth0("POST", "/oauth/token", control.tenant.password_grant(user, audience=audience)).json()
        return str(answer.get("error", "none"))

    assert (error(audiences[0]), error(audiences[1])) == ("mfa_required", "none")
    assert error("https://other.example/") == "invalid_request"
    control.ok("PATCH", "users/ada@example.com", {"mfa": True})
    assert error(audiences[1]) == "mfa_required"
    assert control.ok("PUT", "audiences", {"audiences": None}) == {"audiences": None}
    control.tenant.policy = lambda *given: False  # a function has no JSON
    assert control.ok("GET", "tenant")["policy"] == control.ok("GET", "policy")["policy"] == "custom"


def test_codes_are_set_up(control: Control) -> None:
    """By channel; what is said of SMS holds for calls, and a refused number changes nothing."""
    changed = control.ok("PATCH", "codes", {"lengths": {"email": 8, "sms": 4}, "lifetimes": {"voice": 60}})
    assert changed == control.ok("GET", "codes") == control.ok("GET", "state")["state"]["codes"]
    assert changed["lengths"] == {"email": 8, "sms": 4, "voice": 4}
    assert changed["lifetimes"] == {"email": 300, "sms": 60, "voice": 60}
    control.refused(400, "PATCH", "codes", {"lengths": {"email": 5}, "lifetimes": {"sms": 29}})
    assert control.ok("GET", "codes") == changed


def test_claims_and_permissions_are_set_up(control: Control) -> None:
    """For everybody and for one user: in tokens of the next login."""
    control.ok("PUT", "claims", {"claims": {"https://shop.example/stage": "test"}})
    made = {"email": "ada@example.com", "mfa": False, "claims": {"https://shop.example/plan": "gold"}}
    user = control.ok("POST", "users", {**made, "permissions": ["read:orders"]})
    assert (user["claims"], user["permissions"]) == ({"https://shop.example/plan": "gold"}, ["read:orders"])
    grant = control.tenant.password_grant(control.tenant.users[user["id"]], audience="https://shop.example/")
    token = control.auth0("POST", "/oauth/token", grant).json()["access_token"]
    claims = jwt.decode(token, options={"verify_signature": False})
    assert claims["https://shop.example/stage"] == "test"
    assert claims["https://shop.example/plan"] == "gold"
    assert claims["permissions"] == ["read:orders"]
    changed = control.ok("PATCH", "users/ada@example.com", {"claims": {}})
    assert (changed["claims"], changed["permissions"]) == ({}, ["read:orders"])
    assert control.ok("PATCH", "users/ada@example.com", {"permissions": []})["permissions"] == []
    assert control.ok("PUT", "claims", {"claims": {}}) == {"claims": {}}
    assert control.tenant.claims is None


def test_an_application_is_changed(control: Control) -> None:
    """Rotation and grants, as its settings in the dashboard."""
    path = f"applications/{control.tenant.client_id}"
    given = {"rotate_refresh_tokens": True, "refresh_token_leeway": 5, "grant_types": ["password", "refresh_token"]}
    assert control.ok("PATCH", path, given).items() >= given.items()
    user = control.tenant.add_user(mfa=False)
    login = control.auth0("POST", "/oauth/token", control.tenant.password_grant(user, scope="openid offline_access"))
    renewal = {"grant_type": "refresh_token", "refresh_token": login.json()["refresh_token"]}
    client = {"client_id": control.tenant.client_id, "client_secret": control.tenant.client_secret}
    assert control.auth0("POST", "/oauth/token", renewal | client).json()["refresh_token"] != renewal["refresh_token"]
    assert control.ok("GET", "applications")[0]["refresh_token_leeway"] == 5
    control.refused(404, "PATCH", "applications/none", {})


def test_proofs_of_possession_are_set_up(control: Control) -> None:
    """The APIs that bind tokens, an application that demands proofs, and a bound token of an earlier login."""
    demanding = {"proof_of_possession": {"https://pay.example/": True}}
    assert control.ok("GET", "proof-of-possession") == {"proof_of_possession": None}
    assert control.ok("PUT", "proof-of-possession", demanding) == demanding
    assert control.ok("GET", "tenant")["proof_of_possession"] == demanding["proof_of_possession"]
    user = control.tenant.add_user("ada@example.com", mfa=False)
    path = f"applications/{control.tenant.client_id}"
    assert control.ok("PATCH", path, {"require_proof_of_possession": True})["require_proof_of_possession"] is True
    refused = control.auth0("POST", "/oauth/token", control.tenant.password_grant(user))
    assert refused.json()["error_description"] == "A DPoP proof is required."
    made = control.ok("POST", "users/ada@example.com/access-tokens", {"jkt": "thumbprint", "scope": "openid"})
    assert control.tenant.tokens.access[made["access_token"]].jkt == "thumbprint"
    control.refused(404, "POST", "users/ada@example.com/access-tokens", {"client_id": "x"})
    assert control.ok("PUT", "proof-of-possession", {"proof_of_possession": None}) == {"proof_of_possession": None}


def test_calls_that_are_no_longer_kept_keep_their_numbers(control: Control, monkeypatch: pytest.MonkeyPatch) -> None:
    """The journal drops its oldest calls; the others are found by the number that they always had."""
    monkeypatch.setattr(journal, "_MOST_CALLS", 4)
    for _ in range(6):
        control.auth0("GET", "/.well-known/jwks.json")
    assert [call["id"] for call in control.ok("GET", "calls")] == [3, 4, 5, 6]
    assert [call["id"] for call in control.ok("GET", "calls?after=4")] == [5, 6]
    assert [call["id"] for call in control.ok("GET", "calls?after=1&limit=1")] == [6]
    assert control.ok("GET", "calls/3")["id"] == 3
    refused = control.send("GET", "calls/1")
    assert refused.status == 404
    assert b"call 1 is no longer kept: the journal has the last 4 calls of 6" in refused.body


def test_calls_are_shown_with_their_violations(control: Control) -> None:
    """Headers and bodies only on demand; what breaks a schema is said."""
    control.auth0("GET", "/.well-known/jwks.json?x=1")
    control.auth0("POST", "/oauth/token", {"grant_type": "password", "username": "u"})
    control.auth0("GET", "/nothing")
    first, second, third = control.ok("GET", "calls")
    assert {name: first[name] for name in ("id", "operation", "method", "path", "status", "refusal", "violations")} == {
        "id": 1,
        "operation": "jwks",
        "method": "GET",
        "path": "/.well-known/jwks.json",
        "status": 200,
        "refusal": None,
        "violations": [],
    }
    assert "request" not in first
    assert any("password" in violation for violation in second["violations"])
    assert (third["operation"], third["refusal"]) == (None, "not_found")
    assert [call["id"] for call in control.ok("GET", "calls?after=1")] == [2, 3]
    assert [call["id"] for call in control.ok("GET", "calls?limit=1")] == [3]
    assert control.ok("GET", "calls?limit=0") == []
    (full,) = control.ok("GET", "calls?operation=jwks&full=true")
    assert full["request"]["target"] == "/.well-known/jwks.json?x=1"
    assert json.loads(full["response"]["body"])["keys"]
    assert full["response"]["headers"]["content-type"] == "application/json; charset=utf-8"
    assert control.ok("DELETE", "calls") == control.ok("GET", "calls") == []


def test_reset_clears_and_keeps(control: Control) -> None:
    """As `Tenant.reset`: users and calls go, applications stay; the token still holds."""
    control.tenant.add_user()
    control.auth0("GET", "/.well-known/jwks.json")
    control.ok("POST", "clock/advance", {"seconds": 10})
    shown = control.ok("POST", "reset")
    assert (shown["users"], shown["calls"], shown["client_id"]) == (0, 0, control.tenant.client_id)
