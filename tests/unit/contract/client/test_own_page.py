"""What is held against a client at the user's own page: one request, and what it makes of one answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from pytest_auth0_mfa import Request, Response, Tenant
from pytest_auth0_mfa.contract.client.adapter import AuthError
from pytest_auth0_mfa.contract.client.asked import Asked, Context
from pytest_auth0_mfa.contract.client.calling import CallOutcome
from pytest_auth0_mfa.contract.client.checks.conclusion import conclusion
from pytest_auth0_mfa.contract.client.checks.requests import faults_of
from pytest_auth0_mfa.contract.client.recording import Seen, SentBody, read_body, recognised
from pytest_auth0_mfa.contract.client.troubles import broken
from pytest_auth0_mfa.contract.client.unannounced import FOREIGN_METHODS, with_unknown
from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.spec.api_errors import error_of
from pytest_auth0_mfa.spec.schemas import schemas

TENANT = Tenant(seed=1)
ADA, BOB = TENANT.add_user(), TENANT.add_user()
TOKEN, BOBS = (user.access_token(audience=TENANT.me_audience) for user in (ADA, BOB))
METHODS = "/me/v1/authentication-methods"
PHONE = "phone|dev_abcdefghijklmnop"
ONE = f"{METHODS}/phone%7Cdev_abcdefghijklmnop"
NUMBER = "+15550100100"


def asked(method: str, method_id: str | None = None, earlier: Any = None, **params: str | None) -> Asked:
    """What Ada's caller asked for."""
    return Asked(
        f"me_{method}", "", ADA, bearer=TOKEN, params=params, authenticator_id=method_id, earlier=earlier or {}
    )


def sent(
    asked: Asked, line: str, body: Json = None, *, token: str = TOKEN, scheme: str = "Bearer", label: str = ""
) -> Seen:
    """A request: its method and path, its body and its token."""
    method, path = line.split()
    headers = {"authorization": f"{scheme} {token}"} if token else {}
    headers |= {} if body is None else {"content-type": label or "application/json"}
    request = Request(method, path, headers, b"" if body is None else json.dumps(body).encode())
    seen = read_body(request)
    operation, path_is_wrong, method_is_wrong = recognised(request, seen, asked.operations)
    assert operation is not None
    return Seen(request, Response(200, {}, b""), operation, seen, 0.0, None, None, path_is_wrong, method_is_wrong)


def found(asked: Asked, *args: Any, **more: Any) -> list[tuple[str, str, str]]:
    """Finding, field and got of each fault of a request."""
    context = Context(sent(asked, *args, **more), asked, TENANT)
    return [(fault.finding, fault.field, fault.actual) for fault in faults_of(context)]


FACTORS, LIST, PHONES = asked("factors"), asked("list_methods", type=None), asked("list_methods", type="phone")
APP, EMAIL = asked("create_method", type="totp"), asked("create_method", type="email", email="ada@shop.example")
CALL = asked("create_method", type="phone", phone_number=NUMBER, preferred_authentication_method="voice")
TEXT = asked("create_method", type="phone", phone_number=NUMBER, preferred_authentication_method=None)
VERIFY = asked("verify_method", PHONE, auth_session="s" * 32, otp_code="012345")
APPROVED = asked("verify_method", PHONE, auth_session="s" * 32, otp_code=None)
GET, DELETE = asked("get_method", PHONE), asked("delete_method", PHONE)
RENAME = asked("update_method", PHONE, name="Mine", preferred_authentication_method=None)
BY_VOICE = asked("update_method", PHONE, name=None, preferred_authentication_method="voice")
CALLED = {"type": "phone", "phone_number": NUMBER, "preferred_authentication_method": "voice"}
SESSION = {"auth_session": "s" * 32}


@pytest.mark.parametrize(
    ("asked", "line", "body"),
    [
        (FACTORS, "GET /me/v1/factors", None),
        (LIST, f"GET {METHODS}", None),
        (PHONES, f"GET {METHODS}?type=phone", None),
        (PHONES, f"GET {METHODS}", None),
        (APP, f"POST {METHODS}", {"type": "totp"}),
        (EMAIL, f"POST {METHODS}", {"type": "email", "email": "ada@shop.example"}),
        (CALL, f"POST {METHODS}", CALLED),
        (TEXT, f"POST {METHODS}", {"type": "phone", "phone_number": NUMBER}),
        (TEXT, f"POST {METHODS}", {**CALLED, "preferred_authentication_method": "sms"}),
        (VERIFY, f"POST {ONE}/verify", {**SESSION, "otp_code": "012345"}),
        (APPROVED, f"POST {ONE}/verify", SESSION),
        (GET, f"GET {METHODS}/{PHONE}", None),
        (RENAME, f"PATCH {ONE}", {"name": "Mine"}),
        (BY_VOICE, f"PATCH {ONE}", {"preferred_authentication_method": "voice"}),
        (DELETE, f"DELETE {ONE}", None),
    ],
)
def test_a_right_request_has_no_fault(asked: Asked, line: str, body: Json) -> None:
    """The id is encoded or raw, the filter the tenant's or the client's, the channel named or not."""
    assert found(asked, line, body) == []


@pytest.mark.parametrize(
    ("asked", "line", "body", "fault"),
    [
        (LIST, "GET /me/authentication-methods", None, ("MFA101", "path", "GET /me/authentication-methods")),
        (DELETE, f"POST {ONE}", None, ("MFA102", "method", f"POST {METHODS}/phone%7Cdev_abcdefghijklmnop")),
        (LIST, f"GET {METHODS}?type=None", None, ("MFA128", "type", "the word 'None'")),
        (LIST, f"GET {METHODS}?type=", None, ("MFA128", "type", "an empty text")),
        (asked("list_methods", earlier={"type": {"email"}}, type=None), f"GET {METHODS}?type=email", None, (
            "MFA128", "type", "the type of an earlier call")),
        (LIST, f"GET {METHODS}?type=email", None, ("MFA137", "type", "'email'")),
        (PHONES, f"GET {METHODS}?type=email", None, ("MFA137", "type", "'email'")),
        (APP, f"POST {METHODS}", {"type": "otp"}, ("MFA115", "$.type", "'otp'")),
        (APP, f"POST {METHODS}", {"type": ["totp"]}, ("MFA108", "$.type", "a JSON list")),
        (APP, f"POST {METHODS}", {"factor": "totp"}, ("MFA107", "$.factor", "factor")),
        (APP, f"POST {METHODS}", {}, ("MFA106", "$.type", "missing")),
        (APP, f"POST {METHODS}", {"type": "totp", "email": None}, ("MFA128", "$.email", "null")),
        (APP, f"POST {METHODS}", {"type": "totp", "email": "a@b.example"}, ("MFA126", "$.email", "another member")),
        (APP, f"POST {METHODS}", {"type": "totp", "sdk": "1"}, ("MFA126", "$.sdk", "another member")),
        (EMAIL, f"POST {METHODS}", {"type": "email"}, ("MFA116", "$.email", "nothing")),
        (CALL, f"POST {METHODS}", {"type": "phone", "phone_number": NUMBER}, (
            "MFA115", "$.preferred_authentication_method", "nothing")),
        (CALL, f"POST {METHODS}", {**CALLED, "preferred_authentication_method": "sms"}, (
            "MFA115", "$.preferred_authentication_method", "'sms'")),
        (VERIFY, f"POST {ONE}/verify", SESSION, ("MFA106", "$.otp_code", "missing")),
        (VERIFY, f"POST {ONE}/verify", {**SESSION, "otp_code": 12345}, ("MFA110", "$.otp_code", "a JSON number")),
        (VERIFY, f"POST {ONE}/verify", {**SESSION, "binding_code": "012345"}, (
            "MFA107", "$.binding_code", "binding_code")),
        (VERIFY, f"POST {ONE}/verify", {"auth_session": "t" * 32, "otp_code": "012345"}, (
            "MFA111", "$.auth_session", "another string (32 characters)")),
        (VERIFY, f"POST {METHODS}/phone%257Cdev_abcdefghijklmnop/verify", {**SESSION, "otp_code": "012345"}, (
            "MFA120", "path", "encoded twice")),
        (VERIFY, f"POST {METHODS}/dev_abcdefghijklmnop/verify", {**SESSION, "otp_code": "012345"}, (
            "MFA120", "path", "another id")),
        (APPROVED, f"POST {ONE}/verify", {**SESSION, "otp_code": "000000"}, (
            "MFA126", "$.otp_code", "another member")),
        (RENAME, f"PATCH {ONE}", {"name": "Yours"}, ("MFA137", "$.name", "another string (5 characters instead of 4)")),
        (RENAME, f"PATCH {ONE}", {"name": "Mine", "preferred_authentication_method": "sms"}, (
            "MFA137", "$.preferred_authentication_method", "'sms'")),
        (BY_VOICE, f"PATCH {ONE}", {"name": None, "preferred_authentication_method": "voice"}, (
            "MFA128", "$.name", "null")),
        (BY_VOICE, f"PATCH {ONE}", {"name": "null", "preferred_authentication_method": "voice"}, (
            "MFA128", "$.name", "the word 'null'")),
        (BY_VOICE, f"PATCH {ONE}", {}, ("MFA137", "$.preferred_authentication_method", "nothing")),
    ],
)  # fmt: skip
def test_a_wrong_request_has_its_fault(asked: Asked, line: str, body: Json, fault: tuple[str, str, str]) -> None:
    """The most telling one first."""
    assert found(asked, line, body)[0] == fault


def test_the_token_is_the_callers() -> None:
    """In the header, with the scheme of either kind, and that of nobody else."""
    assert found(FACTORS, "GET /me/v1/factors", token="")[0] == ("MFA113", "Authorization", "nothing")
    assert found(FACTORS, "GET /me/v1/factors", scheme="Token")[0][0] == "MFA113"
    assert "MFA113" not in {fault[0] for fault in found(FACTORS, "GET /me/v1/factors", scheme="DPoP")}
    assert found(FACTORS, "GET /me/v1/factors", token=BOBS)[0][0] == "MFA112"
    assert found(FACTORS, "GET /me/v1/factors", token="x")[0][0] == "MFA114"


@pytest.mark.parametrize("label", ["application/x-www-form-urlencoded", "application/merge-patch+json"])
def test_json_is_labelled_as_json(label: str) -> None:
    """A media type of JSON that is another one is not documented here."""
    assert found(RENAME, f"PATCH {ONE}", {"name": "Mine"}, label=label)[0][:2] == ("MFA103", "Content-Type")


# -- conclusions -----------------------------------------------------------------------------------

ROW = {"id": PHONE, "type": "phone", "confirmed": True, "usage": ["secondary"], "phone_number": "XXXX0100",
       "preferred_authentication_method": "sms"}  # fmt: skip
OTHER = {"id": "totp|dev_b", "type": "totp", "confirmed": False, "usage": ["secondary"]}
PASSKEY: dict[str, Any] = dict(FOREIGN_METHODS[1])
PROBLEM = {"type": "https://auth0.com/api-errors#A0E-404-0002", "title": "T", "status": 404, "detail": "Not there."}


def judged(asked: Asked, body: Json, outcome: CallOutcome, status: int = 200, operation: str = "") -> list[Any]:
    """Finding, field and got of what a client makes of an answer."""
    response = Response(status, {}, json.dumps(body).encode())
    sent = Request("GET", METHODS, {}), response, operation or asked.operations[0], SentBody("none")
    one = Seen(*sent, 0.0, None, None, False, False)
    return [(f.finding, f.field, f.actual) for f in conclusion(asked, [one], outcome, TENANT, polls=False)]


@pytest.mark.parametrize(
    ("asked", "rows", "value", "faults"),
    [
        (LIST, [ROW, OTHER], [OTHER, ROW], []),
        (LIST, [ROW, PASSKEY], (ROW,), []),
        (LIST, [PASSKEY], [{"id": PASSKEY["id"], "type": "passkey", "confirmed": None, "name": ""}], []),
        (
            LIST,
            [PASSKEY],
            [{"id": PASSKEY["id"], "type": "passkey", "confirmed": False}],
            [("MFA212", "$[0].confirmed", "a bool")],
        ),
        (LIST, [ROW, OTHER], [ROW], [("MFA213", "$[1]", "not in the list")]),
        (LIST, [ROW], [ROW, OTHER], [("MFA212", "$", "one that the tenant did not answer")]),
        (LIST, [OTHER], [{**OTHER, "confirmed": True}], [("MFA211", "$[0].confirmed", "another value")]),
        (LIST, [OTHER], [{**OTHER, "name": "App"}], [("MFA212", "$[0].name", "a str")]),
        (PHONES, [ROW], [ROW], []),
        (PHONES, [ROW, OTHER], [ROW], []),
        (PHONES, [ROW, OTHER], [ROW, OTHER], [("MFA137", "$[1]", "an unconfirmed method totp|...")]),
        (LIST, [ROW], {"authentication_methods": [ROW]}, [("MFA218", "conclusion", "dict")]),
    ],
)
def test_each_method_reaches_the_caller(asked: Asked, rows: Any, value: Any, faults: list[Any]) -> None:
    """But for types that a client need not know, and for those that the caller did not ask for."""
    assert judged(asked, {"authentication_methods": rows}, CallOutcome(value)) == faults


@pytest.mark.parametrize("wrap", [lambda rows: {"factors": rows}, lambda rows: rows], ids=["object", "array"])
def test_factors_reach_the_caller(wrap: Callable[[Json], Json]) -> None:
    """Told apart by their type, whichever form the answer has (entry D-39)."""
    body = wrap([{"type": "totp", "usage": ["secondary"]}, {"type": "passkey"}])
    assert judged(FACTORS, body, CallOutcome([{"type": "totp", "usage": ["secondary"]}])) == []
    assert judged(FACTORS, body, CallOutcome([])) == [("MFA213", "$[0]", "not in the list")]
    assert judged(FACTORS, body, CallOutcome(["totp"])) == [("MFA218", "conclusion", "an item of another type")]


@pytest.mark.parametrize(
    ("error", "finding"),
    [
        (AuthError("A0E-404-0002", "Not there.", 404), None),
        (AuthError("https://auth0.com/api-errors#A0E-404-0002"), None),
        (AuthError("https://auth0.com/api-errors/A0E-404-0002", "It said: Not there."), None),
        (AuthError("api-errors#A0E-404-0002"), "MFA206"),
        (AuthError("A0E-404-0001"), "MFA206"),
        (AuthError("Not Found"), "MFA206"),
        (AuthError("A0E-404-0002", "Gone."), "MFA208"),
        (AuthError("A0E-404-0002", status=400), "MFA208"),
    ],
)
def test_a_problem_is_told_by_its_code(error: AuthError, finding: str | None) -> None:
    """As it came, as the other of the two forms of URIs, or the code alone."""
    told = [fault[0] for fault in judged(GET, PROBLEM, CallOutcome(error=error), 404)]
    assert told == ([] if finding is None else [finding])


@pytest.mark.parametrize(
    ("error", "shown"),
    [
        ("A0E-404-0001", True),
        ("api-errors#A0E-404-0001", True),
        ("https://auth0.com/api-errors/A0E-404-0001", True),
        ("A0E-404-9999", False),
        ("hunter2A0E-404-0001", False),
    ],
)
def test_a_code_is_shown_with_nothing_but_an_end_of_its_uri(error: str, shown: bool) -> None:
    """Anything else may be a secret."""
    ((finding, _, got),) = judged(GET, PROBLEM, CallOutcome(error=AuthError(error)), 404)
    assert finding == "MFA206"
    assert got == (f"AuthError({error!r})" if shown else "AuthError('...')")


def test_a_look_may_be_refused_before_the_act() -> None:
    """What the client hands on of it is judged; that it did not act is no finding."""
    gone = CallOutcome(error=AuthError("A0E-404-0002"))
    assert judged(DELETE, PROBLEM, gone, 404, "me-list-methods") == []
    assert judged(DELETE, PROBLEM, CallOutcome(), 404, "me-list-methods")[0][0] == "MFA201"
    assert judged(DELETE, {"authentication_methods": []}, gone, 200, "me-list-methods")[0][0] == "MFA219"


@pytest.mark.parametrize("trouble", ["closed", "half", "500", None])
def test_a_repeated_deletion_may_find_nothing(trouble: str | None) -> None:
    """If no whole answer came to the first attempt, it may have been performed; otherwise a 404 is a refusal."""
    request = Request("DELETE", ONE, {}), "me-delete-method", SentBody("none"), 0.0
    first = _attempt(*request, Response(502, {}, b""), trouble)
    last = _attempt(*request, Response(404, {}, json.dumps(PROBLEM).encode()), None)
    done = [fault.finding for fault in conclusion(DELETE, [first, last], CallOutcome(), TENANT, polls=False)]
    assert done == ([] if trouble in ("closed", "half") else ["MFA201"])
    passed_on = CallOutcome(error=AuthError("A0E-404-0002"))
    assert list(conclusion(DELETE, [first, last], passed_on, TENANT, polls=False)) == []
    assert [one.finding for one in conclusion(DELETE, [last], CallOutcome(), TENANT, polls=False)] == ["MFA201"]


def _attempt(
    request: Request, operation: str, body: SentBody, at: float, answer: Response, trouble: str | None
) -> Seen:
    return Seen(request, answer, operation, body, at, None, trouble, False, False)


# -- broken and unannounced answers ----------------------------------------------------------------


def test_broken_answers_are_problems_too() -> None:
    """Those that Auth0 itself gives; and lists of another shape look like lists at first sight."""
    for trouble, code in (("429", "A0E-429-0003"), ("500", "A0E-500-0001")):
        answer = broken(trouble, "me-create-method", None, 7)
        assert error_of(answer.json()) == code
        assert schemas().check_decoded("me-create-method", answer.status, answer.json()) == []
    assert broken("shape", "me-list-methods", None, 7).json() == {"authentication_methods": {}}


def test_unannounced_methods_are_documented_ones() -> None:
    """A password, a passkey and a key are in a list, unless it is limited to a type; a key is among the factors."""
    rows = [{**ROW, "created_at": PASSKEY["created_at"]}]
    answer = Response(200, {}, json.dumps({"authentication_methods": rows}).encode())
    body = with_unknown("me-list-methods", answer).json()
    types = [row["type"] for row in body["authentication_methods"]]
    assert types == ["phone", "password", "passkey", "webauthn-roaming"]
    assert schemas().check_decoded("me-list-methods", 200, body) == []
    assert len(with_unknown("me-list-methods", answer, "phone").json()["authentication_methods"]) == 1
    factors = with_unknown("me-factors", Response(200, {}, b'{"factors": []}')).json()
    assert schemas().check_decoded("me-factors", 200, factors) == []
    assert [row["type"] for row in factors["factors"]] == ["webauthn-roaming"]
    bare = with_unknown("me-factors", Response(200, {}, b'[{"type": "totp"}]')).json()
    assert schemas().check_decoded("me-factors", 200, bare) == []
    assert [row["type"] for row in bare] == ["totp", "webauthn-roaming"]
