"""What a client has to live through: broken answers, unannounced fields, awkward codes; and which request is which."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise

import pytest
from client_zoo.entries import bench_for
from client_zoo.requests_client import RequestsClient

from pytest_auth0_mfa import Request, Response, Tenant, User
from pytest_auth0_mfa.contract.client.calling import Endless
from pytest_auth0_mfa.contract.client.flows import ClientScenario, scenarios
from pytest_auth0_mfa.contract.client.recording import LIMIT, RecordingHandler, SentBody, read_body, recognised
from pytest_auth0_mfa.contract.client.run import IN_PROCESS, SERVER
from pytest_auth0_mfa.contract.client.troubles import (
    BODILESS,
    REDIRECTS,
    SILENT,
    TROUBLES,
    broken,
    problem_of,
    troubles_of,
)
from pytest_auth0_mfa.contract.client.unannounced import UNKNOWN_FIELD, UNKNOWN_ROW, with_unknown
from pytest_auth0_mfa.contract.client.worlds import AwkwardEntropy, World
from pytest_auth0_mfa.contract.reproducer.trace import Steps
from pytest_auth0_mfa.contract.tenant.values import wrong_otp
from pytest_auth0_mfa.messages import Fault, Json
from pytest_auth0_mfa.spec.api_errors import error_of
from pytest_auth0_mfa.spec.operations import OPERATIONS
from pytest_auth0_mfa.spec.schemas import schemas
from pytest_auth0_mfa.tenant.totp import PERIOD, other_code, totp

JSON = {"content-type": "application/json"}
RIGHT = Response(200, JSON, b'{"access_token":"a"}')
OBJECT: dict[str, Json] = {"unexpected": True}
SECRETS: dict[str, Json] = {
    "access_token": "the-token-of-an-answer-that-is-broken",
    "auth_session": "the-session-of-an-answer-that-is-broken",
}


@pytest.mark.parametrize(
    ("trouble", "operation", "status", "media", "body"),
    [
        ("500", "challenge", 500, "application/json", {"error": "server_error", "error_description": "Internal error"}),
        ("503", "challenge", 503, "text/html", None),
        ("html", "challenge", 200, "text/html", None),
        ("shape", "list-authenticators", 200, "application/json", OBJECT),
        ("shape", "associate", 200, "application/json", [OBJECT | SECRETS]),
        ("shape", "mfa-otp", 200, "application/json", [OBJECT | SECRETS]),
        ("empty", "associate", 200, "application/json", OBJECT),
        ("empty", "me-list-methods", 200, "application/json", OBJECT),
        ("null", "challenge", 200, "application/json", None),
        (
            "no-access-token",
            "mfa-otp",
            200,
            "application/json",
            {
                "token_type": "Bearer",
                "expires_in": 86400,
                "refresh_token": "the-refresh-token-of-an-answer-that-is-broken",
            },
        ),
        ("foreign-error", "challenge", 403, "application/json", {"message": "Forbidden", "statusCode": 403}),
    ],
)
def test_a_broken_answer_is_none_of_auth0s(trouble: str, operation: str, status: int, media: str, body: Json) -> None:
    """Each kind has its status, its label and its body."""
    answer = broken(trouble, operation, RIGHT, 7)
    assert (answer.status, answer.headers["content-type"].partition(";")[0], answer.fault) == (status, media, None)
    if media == "text/html":
        assert answer.body.startswith(b"<!DOCTYPE html>")
    else:
        assert answer.json() == body


def test_a_rate_limit_says_how_long_to_wait() -> None:
    """In the headers that Auth0 documents."""
    answer = broken("429", "challenge", None, 7)
    assert answer.status == 429
    assert (answer.headers["retry-after"], answer.headers["x-ratelimit-remaining"]) == ("7", "0")
    assert answer.json()["error"] == "too_many_requests"
    bare = broken("429-bare", "challenge", None, 7)
    assert (bare.status, bare.json(), "retry-after" in bare.headers) == (429, answer.json(), False)


def test_a_connection_breaks_in_the_middle_or_before() -> None:
    """Half an answer is half of the right one; only for that the tenant performs the call."""
    half = broken("half", "mfa-otp", RIGHT, 7)
    assert (half.status, half.headers, half.body, half.fault) == (200, RIGHT.headers, RIGHT.body, Fault(drop="half"))
    for closed in (broken("closed", "mfa-otp", RIGHT, 7), broken("half", "mfa-otp", None, 7)):
        assert (closed.status, closed.body, closed.fault) == (502, b"", Fault(drop="before"))
    assert [trouble.name for trouble in TROUBLES.values() if trouble.performed] == ["half"]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_operation_has_the_troubles_that_make_sense_for_it(operation: str) -> None:
    """No missing access_token where there is none, no wrong body where there is no body."""
    kinds = set(troubles_of(operation))
    if operation in BODILESS:
        conflict = {"409"} if operation == "me-delete-method" else set()
        assert kinds == {"429", "429-bare", "500", "503", "foreign-error", *REDIRECTS, "closed"} | conflict
    else:
        token = OPERATIONS[operation].grant_type is not None
        other = "empty" if token else "no-access-token"
        left_out = {SILENT, "nonce-missing", other, *({"empty"} if operation == "list-authenticators" else ())}
        assert TROUBLES.keys() - kinds == left_out | (set() if f"{operation}.409" in schemas() else {"409"})


@pytest.mark.parametrize(("trouble", "code"), [("409", "A0E-409-0001"), ("429", "A0E-429-0003")])
def test_a_problem_keeps_its_name(trouble: str, code: str) -> None:
    """Whoever calls the page branches on it; where Auth0 answers no problems, the word is the client's."""
    answer = broken(trouble, "me-delete-method", None, 7)
    assert schemas().check("me-delete-method", int(trouble), answer.body) == []
    assert error_of(answer.json()) == problem_of(trouble, "me-delete-method") == code
    assert problem_of(trouble, "challenge") is problem_of("html", "me-delete-method") is None


def test_a_demand_may_lack_its_nonce() -> None:
    """At a grant and at a resource."""
    grant, resource = (broken("nonce-missing", operation, None, 7) for operation in ("mfa-otp", "me-list-methods"))
    assert (grant.status, grant.json()["error"]) == (400, "use_dpop_nonce")
    assert (resource.status, resource.headers["www-authenticate"]) == (401, 'DPoP error="use_dpop_nonce"')
    assert "dpop-nonce" not in {*grant.headers, *resource.headers}


def test_unknown_fields_and_rows_are_added() -> None:
    """To every object, to every row and as a row of its own, but not to discovery, keys and what is empty."""
    extra = {UNKNOWN_FIELD: {"since": 2026, "values": [None, 1]}}
    assert with_unknown("mfa-otp", RIGHT).json() == {"access_token": "a", **extra}
    rows = [{"authenticator_type": "otp", "active": True}, {"authenticator_type": "oob", "active": False}]
    last = {**UNKNOWN_ROW, **extra}
    answer = with_unknown("list-authenticators", Response(200, JSON, json.dumps(rows).encode()))
    assert answer.json() == [{**rows[0], **extra}, {**rows[1], **extra}, last]
    assert UNKNOWN_ROW["active"] is True
    for operation in (None, "openid-configuration", "jwks"):
        assert with_unknown(operation, RIGHT) is RIGHT
    nothing = Response(204, {}, b"")
    assert with_unknown("delete-authenticator", nothing) is nothing


def test_the_same_may_be_written_in_another_way() -> None:
    """Text as UTF-8 without a label, a challenge with another before it and its parameters in another order."""
    told = {"Content-Type": "application/json; charset=utf-8", "WWW-Authenticate": 'DPoP error="a", algs="ES256"'}
    answer = with_unknown("me-get-method", Response(401, told, json.dumps({"name": "Télé"}).encode()))
    assert answer.headers["content-type"] == "application/json"
    assert "Télé".encode() in answer.body
    assert answer.headers["www-authenticate"] == 'Bearer realm="Users", DPoP algs="ES256", error="a"'
    bearer = with_unknown("associate", Response(401, {**JSON, "www-authenticate": "Bearer"}, b"{}"))
    assert bearer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [{"authenticator_type": "otp", "active": False}],
        [{"authenticator_type": "recovery-code", "active": True}],
    ],
)
def test_who_has_nothing_that_can_be_used_gets_no_unknown_row(rows: list[dict[str, Json]]) -> None:
    """An active row would say that the user enrolled, whom the tenant tells to enroll; fields are added."""
    answer = with_unknown("list-authenticators", Response(200, JSON, json.dumps(rows).encode())).json()
    assert answer == [{**row, UNKNOWN_FIELD: {"since": 2026, "values": [None, 1]}} for row in rows]


# -- awkward values ------------------------------------------------------------------------------


@pytest.mark.parametrize("turn", range(4))
def test_codes_are_awkward_in_turns(turn: int) -> None:
    """Two leading zeros, all digits alike, one leading zero, plain; wherever the round starts; never twice the same."""
    kinds = "alike", "zero", "plain", "zeros"
    for seed in range(20):
        entropy = AwkwardEntropy(seed, turn, lambda: 0.0)
        codes = [entropy.code() for _ in range(8)]
        assert all(len(code) == 6 and code.isdecimal() for code in codes)
        assert all(one != another for one, another in pairwise(codes))
        for place, code in enumerate(codes):
            kind = kinds[(turn + place) % 4]
            fits = {"alike": len(set(code)) == 1, "zero": code[0] == "0", "zeros": code[:2] == "00", "plain": True}
            assert fits[kind] or other_code(codes[place - 1]) == code


def test_secrets_and_recovery_codes_are_awkward() -> None:
    """A code of an app begins with zero now; every second recovery code is all digits."""
    now = 1_800_000_000.0
    entropy = AwkwardEntropy(1, 0, lambda: now)
    assert [totp(entropy.totp_secret(), now)[0] for _ in range(5)] == ["0"] * 5
    codes = [entropy.recovery_code() for _ in range(6)]
    assert [code.isdigit() for code in codes] == [True, False] * 3
    assert {len(code) for code in codes} == {24}
    assert "0" not in codes[0]


def test_a_world_is_what_it_says() -> None:
    """Policy, factors and clock; public or with a secret; other values for another seed."""
    world = World({"slow_down": "429 slow_down"}, frozenset({"email"}), "never", behind=3600, public=True)
    tenant = world.tenant(5)
    assert tenant.profile.slow_down == "429 slow_down"
    assert (set(tenant.factors), tenant.policy, tenant.client_secret) == ({"email"}, "never", None)
    assert 3590 < Tenant().clock.now() - tenant.clock.now() < 3610
    plain = World().tenant(5)
    assert plain.client_secret is not None
    assert "voice" not in plain.factors
    assert abs(Tenant().clock.now() - plain.clock.now()) < 10
    assert plain.add_user().email == World().tenant(5).add_user().email != World().tenant(6).add_user().email


@pytest.mark.parametrize(("code", "other"), [("000000", "000001"), ("012345", "012346"), ("999999", "000000")])
def test_another_code_is_the_next_one(code: str, other: str) -> None:
    """Six digits, whatever the code."""
    assert other_code(code) == other


def test_a_wrong_code_is_wrong_for_minutes() -> None:
    """No secret shows it within five steps, not even when the first candidates are right."""
    now = 1_800_000_000.0
    secrets = [f"{letter * 16}" for letter in "ABCDEFGHIJKLMNOP"]
    shown = {totp(secret, now + step * PERIOD) for secret in secrets for step in range(-5, 6)}
    assert wrong_otp(secrets, now) not in shown
    assert wrong_otp([], now) == "000000"


# -- which request is which ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "grant", "due", "meant"),
    [
        ("POST", "/mfa/associate", None, (), ("associate", False, False)),
        ("HEAD", "/mfa/authenticators", None, (), ("list-authenticators", False, False)),
        ("POST", "/mfa/authenticators", None, ("associate",), ("list-authenticators", False, True)),
        ("DELETE", "/mfa/authenticators/a?b=/c", None, (), ("delete-authenticator", False, False)),
        ("GET", "/mfa/authenticators/a", None, (), ("delete-authenticator", False, True)),
        ("DELETE", "/mfa/authenticators/a/b", None, ("delete-authenticator",), ("delete-authenticator", True, False)),
        ("DELETE", "/mfa/authenticators/", None, ("delete-authenticator",), ("delete-authenticator", True, False)),
        ("POST", "/oauth/token", "password", ("mfa-otp",), ("password", False, False)),
        ("POST", "/oauth/token", "otp", ("mfa-otp",), ("mfa-otp", False, False)),
        ("POST", "/oauth/token", 1, ("associate", "mfa-oob"), ("mfa-oob", False, False)),
        ("POST", "/oauth/token", None, ("associate",), ("associate", False, False)),
        ("GET", "/oauth/token", None, ("mfa-otp",), ("mfa-otp", False, True)),
        ("POST", "/oauth/token/", None, ("mfa-otp",), ("mfa-otp", True, False)),
        ("POST", "/v1/oauth/token", None, ("mfa-otp",), ("mfa-otp", True, False)),
        ("POST", "/oauth/tokens", None, ("mfa-otp",), ("mfa-otp", True, False)),
        ("POST", "/token", None, ("mfa-otp",), (None, False, False)),
        ("POST", "/mfa/enroll", None, ("challenge",), ("challenge", True, False)),
        ("POST", "/mfa/enroll", None, (), ("associate", True, False)),
        ("GET", "/api/mfa", None, ("challenge",), (None, False, False)),
        ("GET", "/authorize", None, ("challenge",), (None, False, False)),
        ("GET", "/health", None, ("challenge",), (None, False, False)),
    ],
)  # fmt: skip
def test_a_request_is_what_it_was_meant_to_be(
    method: str, path: str, grant: Json, due: tuple[str, ...], meant: tuple[str | None, bool, bool]
) -> None:
    """By path, method and grant_type; near misses count as what the caller asked for."""
    assert recognised(Request(method, path, {}), SentBody("form", {"grant_type": grant}), due) == meant


@pytest.mark.parametrize(
    ("text", "label", "body"),
    [
        ("", "", SentBody("none")),
        (' {"a": 1} ', "", SentBody("json", {"a": 1})),
        ("[1]", "application/json", SentBody("unreadable")),
        ('"a"', "application/json", SentBody("unreadable")),
        ("{a", "application/json", SentBody("unreadable")),
        ("a=1&b=", "", SentBody("form", {"a": "1", "b": ""})),
        ("a", "Application/x-www-form-urlencoded ; charset=utf-8", SentBody("form", {"a": ""})),
        ("a", "text/plain", SentBody("unreadable")),
    ],
)
def test_a_body_is_read_for_what_it_is(text: str, label: str, body: SentBody) -> None:
    """JSON as JSON and a form as a form, whatever the label says."""
    assert read_body(Request("POST", "/", {"content-type": label}, text.encode())) == body


def _log_in(tenant: Tenant, user: User) -> Request:
    return Request("POST", "/oauth/token", JSON, json.dumps(tenant.password_grant(user)).encode())


def test_a_client_that_never_stops_is_stopped() -> None:
    """After so many calls in process by an exception, over a server by closed connections; each call counts anew."""
    tenant = Tenant()
    user = tenant.add_user()
    watch = RecordingHandler(tenant, Steps(), unknown=False, interrupts=True)
    for _ in range(2):
        watch.begin(("password",))
        assert {watch(_log_in(tenant, user)).status for _ in range(LIMIT)} == {403}
        with pytest.raises(Endless):
            watch(_log_in(tenant, user))
    watch = RecordingHandler(tenant, Steps(), unknown=False, interrupts=False)
    watch.begin(("password",), 1)
    assert watch(_log_in(tenant, user)).status == 403
    assert watch(_log_in(tenant, user)) == Response(502, {}, b"", Fault(drop="before"))
    assert len(watch.seen) == 1


def test_answers_are_spoilt_as_often_as_was_asked_for() -> None:
    """Of that operation only, in the order of asking; what is left is taken back by relent."""
    tenant = Tenant()
    user = tenant.add_user()
    watch = RecordingHandler(tenant, Steps(), unknown=True, interrupts=True)
    watch.begin(("password",))
    watch.spoil("challenge", "null")
    watch.spoil("password", "500")
    watch.spoil("password", "half", 2)
    watch.spoil("password", "503")
    assert [watch(_log_in(tenant, user)).status for _ in range(3)] == [500, 403, 403]
    watch.relent()
    last = watch(_log_in(tenant, user))
    assert (last.status, UNKNOWN_FIELD in last.json(), last.fault) == (403, True, None)
    assert [one.trouble for one in watch.seen] == ["500", "half", "half", None]
    assert [one.refusal_id for one in watch.seen] == [None, "mfa_required", "mfa_required", "mfa_required"]
    assert len(tenant.calls) == 3


def test_each_kind_of_trouble_comes_once_and_the_rate_limit_at_last_without_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In the order of the table."""
    asked: list[tuple[str, int]] = []
    spoil = RecordingHandler.spoil

    def noted(watch: RecordingHandler, operation: str, trouble: str, times: int = 1) -> None:
        asked.append((trouble, times))
        spoil(watch, operation, trouble, times)

    monkeypatch.setattr(RecordingHandler, "spoil", noted)
    scenarios()["trouble-at-list"].run(bench_for(RequestsClient, "trouble-at-list"))
    kinds = [(kind, 1) for kind in troubles_of("list-authenticators")]
    worlds = len(scenarios()["trouble-at-list"].worlds)
    assert asked == [*kinds, ("429", 3 * LIMIT)] * worlds


@pytest.mark.parametrize(("reach", "played"), [(IN_PROCESS, [1, 2, 3]), (SERVER, [1, 3])])
def test_over_a_server_a_scenario_is_played_in_its_first_and_last_world(reach: str, played: list[int]) -> None:
    """In process in all of them, in their order."""
    tenants: list[Tenant] = []
    worlds = tuple(World(profile={"mfa_token_lifetime": 599 + number}) for number in (1, 2, 3))
    made = ClientScenario("worlds", "In which world?", lambda example: tenants.append(example.tenant), worlds)
    made.run(replace(bench_for(RequestsClient, "worlds"), reach=reach))
    assert [tenant.profile.mfa_token_lifetime - 599 for tenant in tenants] == played
