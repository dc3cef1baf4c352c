"""What is held against one request of a client: right ones have no fault, each change has exactly its own."""

from __future__ import annotations

import json
from base64 import b64encode
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from pytest_auth0_mfa import Request, Response, Tenant, User, handler
from pytest_auth0_mfa.contract.client.asked import Asked, Context, described
from pytest_auth0_mfa.contract.client.checks.requests import faults_of
from pytest_auth0_mfa.contract.client.judged import Token
from pytest_auth0_mfa.contract.client.recording import Seen, read_body, recognised
from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.spec.operations import MFA_OOB, MFA_OTP, MFA_RECOVERY_CODE, PASSWORD, REFRESH_TOKEN

TENANT = Tenant(factors={"otp", "email", "sms", "push"}, seed=1)
ADA, BOB = TENANT.add_user(), TENANT.add_user()


def token_of(user: User) -> str:
    """An mfa_token."""
    body = json.dumps(TENANT.password_grant(user)).encode()
    answer = handler(TENANT)(Request("POST", "/oauth/token", {"content-type": "application/json"}, body))
    return str(answer.json()["mfa_token"])


TOKEN, OLDER, BOBS = token_of(ADA), token_of(ADA), token_of(BOB)
CLIENT: dict[str, Json] = {"client_id": TENANT.client_id, "client_secret": TENANT.client_secret}
BASIC = b64encode(f"{TENANT.client_id}:{TENANT.client_secret}".encode()).decode()
SMS, EMAIL = "sms|dev_abcdefghijklmnop", "email|dev_abcdefghijklmnop"
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
GONE = object()


@dataclass(frozen=True)
class Right:
    """A request as it should be, and what the caller asked for."""

    asked: Asked
    path: str = "/oauth/token"
    body: dict[str, Json] = field(default_factory=dict)
    method: str = "POST"
    bearer: bool = False

    def judged(self, asked: Asked | None = None, **changes: Any) -> list[tuple[str, str, str, str]]:
        """The faults of it once it is changed: parameters, or what begins with an underscore."""
        body = {**self.body, **{name: value for name, value in changes.items() if not name.startswith("_")}}
        body = {name: value for name, value in body.items() if value is not GONE}
        headers = {"authorization": f"Bearer {TOKEN}"} if self.bearer else {}
        headers |= {"content-type": changes.get("_type", JSON)} if body else {}
        headers |= changes.get("_headers", {})
        text = urlencode(body) if changes.get("_form") else json.dumps(body) if body else ""
        request = Request(
            changes.get("_method", self.method),
            changes.get("_path", self.path),
            {name: value for name, value in headers.items() if value is not GONE},
            changes.get("_raw", text).encode(),
        )
        asked = asked or self.asked
        seen = read_body(request)
        operation, path, method = recognised(request, seen, asked.operations)
        assert operation is not None
        one = Seen(request, Response(200, {}, b""), operation, seen, 0.0, None, None, path, method)
        return [(f.finding, f.field, f.expected, f.actual) for f in faults_of(Context(one, asked, TENANT))]


def asked(method: str, factor: str | None = None, authenticator_id: str | None = None, **params: str | None) -> Asked:
    """What Ada's caller asked for."""
    return Asked(method, "", ADA, bearer=TOKEN, params=params, factor=factor, authenticator_id=authenticator_id)


LOG_IN = Right(
    asked("log_in", username=ADA.email, password=ADA.password, audience=None, scope=None),
    body={"grant_type": PASSWORD, "username": ADA.email, "password": ADA.password, **CLIENT},
)
RENEW = Right(asked("refresh", refresh_token="r1"), body={"grant_type": REFRESH_TOKEN, "refresh_token": "r1", **CLIENT})
OTP = Right(
    asked("verify_otp", mfa_token=TOKEN, otp="012345"),
    body={"grant_type": MFA_OTP, "mfa_token": TOKEN, "otp": "012345", **CLIENT},
)
OOB = Right(
    asked("verify_oob", mfa_token=TOKEN, oob_code="o1", binding_code="123456"),
    body={"grant_type": MFA_OOB, "mfa_token": TOKEN, "oob_code": "o1", "binding_code": "123456", **CLIENT},
)
PUSH = Right(
    asked("verify_oob", mfa_token=TOKEN, oob_code="o1", binding_code=None),
    body={"grant_type": MFA_OOB, "mfa_token": TOKEN, "oob_code": "o1", **CLIENT},
)
RECOVERY = Right(
    asked("verify_recovery_code", mfa_token=TOKEN, recovery_code="A" * 24),
    body={"grant_type": MFA_RECOVERY_CODE, "mfa_token": TOKEN, "recovery_code": "A" * 24, **CLIENT},
)
CHALLENGE = Right(
    asked("challenge", authenticator_id=SMS, mfa_token=TOKEN, challenge_type="oob"),
    "/mfa/challenge",
    {"mfa_token": TOKEN, "challenge_type": "oob", "authenticator_id": SMS, **CLIENT},
)
ENROLL = Right(
    asked("associate", factor="sms", phone_number=ADA.phone_number),
    "/mfa/associate",
    {"authenticator_types": ["oob"], "oob_channels": ["sms"], "phone_number": ADA.phone_number},
    bearer=True,
)
APP = Right(asked("associate", factor="otp"), "/mfa/associate", {"authenticator_types": ["otp"]}, bearer=True)
LIST = Right(asked("list_authenticators"), "/mfa/authenticators", method="GET", bearer=True)
DELETE = Right(
    asked("delete_authenticator", authenticator_id=SMS),
    f"/mfa/authenticators/{quote(SMS)}",
    method="DELETE",
    bearer=True,
)
RIGHT = {name: one for name, one in dict(globals()).items() if isinstance(one, Right)}


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_request_has_no_fault(name: str) -> None:
    """Whether JSON or a form, the secret in the body or in a header, or empty parameters beside."""
    right = RIGHT[name]
    assert right.judged() == []
    if "client_secret" in right.body:
        basic = b64encode(f"{TENANT.client_id}:{TENANT.client_secret}".encode()).decode()
        header: dict[str, Any] = {"_headers": {"authorization": f"bASIC {basic}"}}
        assert right.judged(**header, client_secret=GONE) == []
        assert right.judged(**header, client_secret=GONE, client_id=GONE) == []
    if right.path == "/oauth/token":
        assert right.judged(_form=True, _type=FORM + "; charset=utf-8") == []
        assert right.judged(audience="", realm=None) == []


LENGTH = f"another string ({len(TOKEN)} characters)"
BOTH_SIGNS = "the same in another case, or with other white space at its ends"
CODE = "the code that the caller gave: a string of 6 characters"
CHANGED: list[tuple[Right, dict[str, Any], tuple[str, str, str, str]]] = [
    # where it goes, and what it is made of
    (OTP, {"_path": "/oauth/token?otp=1"}, ("MFA122", "the URL", "no secret in it", "the query parameter otp")),
    (OTP, {"_path": f"/oauth/token?x={TOKEN}"}, ("MFA122", "the URL", "no secret in it", "the query parameter x")),
    (OTP, {"_path": "/oauth/token?x=012345"}, ("MFA122", "the URL", "no secret in it", "the query parameter x")),
    (LIST, {"_path": f"/mfa/authenticators/{TOKEN}/x"}, (
        "MFA122", "the URL", "no secret in it", "a token in the path")),
    (OTP, {"_path": f"/oauth/token?{TOKEN}"}, ("MFA122", "the URL", "no secret in it", "a query parameter")),
    (CHALLENGE, {"_path": f"/mfa/challenge/{'x' * 21}/123456/{'y' * 20}?a=/b"}, (
        "MFA101", "path", "POST /mfa/challenge", f"POST /mfa/challenge/.../.../{'y' * 20}")),
    (CHALLENGE, {"_path": f"/mfa/challenge/{'x/' * 40}"}, (
        "MFA101", "path", "POST /mfa/challenge", f"POST /mfa/challenge/{'x/' * 32}x")),
    (OTP, {"_path": "/oauth/tokens"}, ("MFA101", "path", "POST /oauth/token", "POST /oauth/tokens")),
    (LIST, {"_path": "/v1/mfa/authenticators"}, (
        "MFA101", "path", "GET /mfa/authenticators", "GET /v1/mfa/authenticators")),
    (CHALLENGE, {"_path": "//mfa/challenge"}, ("MFA101", "path", "POST /mfa/challenge", "POST //mfa/challenge")),
    (CHALLENGE, {"_method": "PUT"}, ("MFA102", "method", "POST /mfa/challenge", "PUT /mfa/challenge")),
    (OTP, {"_type": FORM}, ("MFA103", "Content-Type", f"{JSON}, as the body is", FORM)),
    (OTP, {"_form": True}, ("MFA103", "Content-Type", f"{FORM}, as the body is", JSON)),
    (OTP, {"_type": GONE}, ("MFA103", "Content-Type", f"{JSON}, as the body is", "none")),
    (OTP, {"_type": "x/" * 35}, ("MFA103", "Content-Type", f"{JSON}, as the body is", "x/" * 30)),
    (APP, {"_raw": "authenticator_types=otp", "_type": FORM}, ("MFA103", "Content-Type", JSON, "a form body")),
    (CHALLENGE, {"_type": FORM}, ("MFA104", "Content-Type", JSON, FORM)),
    (CHALLENGE, {"_type": GONE}, ("MFA104", "Content-Type", JSON, "none")),
    (OTP, {"_raw": "[1]"}, ("MFA105", "body", "a JSON object or a form", "3 bytes of something else")),
    (OTP, {"_raw": ""}, ("MFA105", "body", "a JSON object or a form", "no body")),
    (OTP, {"grant_type": "mfa-otp"}, ("MFA109", "$.grant_type", MFA_OTP, "'mfa-otp'")),
    (OTP, {"grant_type": MFA_OTP.replace("-", "_")}, (
        "MFA109", "$.grant_type", MFA_OTP, "'http://auth0.com/oauth/grant_type/mfa_otp'")),
    (OTP, {"grant_type": "authorization_code"}, ("MFA109", "$.grant_type", MFA_OTP, "'authorization_code'")),
    (OTP, {"grant_type": TOKEN}, ("MFA109", "$.grant_type", MFA_OTP, "another string (1900 characters instead of 41)")),
    (OTP, {"grant_type": "012345"}, ("MFA109", "$.grant_type", MFA_OTP, "another string (6 characters instead of 41)")),
    (RECOVERY, {"grant_type": "A" * 24}, (
        "MFA109", "$.grant_type", MFA_RECOVERY_CODE, "another string (24 characters instead of 51)")),
    (OTP, {"grant_type": 12345}, ("MFA109", "$.grant_type", MFA_OTP, "a JSON number")),
    (OTP, {"mfa_token": GONE, "mfaToken": TOKEN}, ("MFA107", "$.mfaToken", "the parameter mfa_token", "mfaToken")),
    (ENROLL, {"oob_channels": GONE, "oob_channel": ["sms"]}, (
        "MFA107", "$.oob_channel", "the parameter oob_channels", "oob_channel")),
    (APP, {"authenticator_types": GONE, "authentication_types": ["otp"]}, (
        "MFA107", "$.authentication_types", "the parameter authenticator_types", "authentication_types")),
    # what it carries
    (LIST, {"_headers": {"authorization": GONE}}, ("MFA113", "Authorization", "Bearer and the token", "nothing")),
    (LIST, {"_headers": {"authorization": f"Token {TOKEN}"}}, (
        "MFA113", "Authorization", "Bearer and the token", "Token and something")),
    (LIST, {"_headers": {"authorization": f"Bearer {BOBS}"}}, (
        "MFA112", "Authorization", "the token of the user it is about", "a token of another user")),
    (OTP, {"mfa_token": BOBS}, (
        "MFA112", "$.mfa_token", "the token of the user it is about", "a token of another user")),
    (LIST, {"_headers": {"authorization": "Bearer x"}}, (
        "MFA114", "Authorization", "Bearer and the token that the caller gave",
        "another string (1 characters instead of 1900)")),
    (OTP, {"otp": "12345"}, ("MFA110", "$.otp", CODE, "another string (5 characters instead of 6)")),
    (OTP, {"otp": 12345}, ("MFA110", "$.otp", CODE, "a JSON number")),
    (OTP, {"otp": " 012345"}, ("MFA110", "$.otp", CODE, BOTH_SIGNS)),
    (RECOVERY, {"recovery_code": "a" * 24}, (
        "MFA110", "$.recovery_code", "the code that the caller gave: a string of 24 characters", BOTH_SIGNS)),
    (OTP, {"mfa_token": OLDER}, (
        "MFA111", "$.mfa_token", "the mfa_token that the caller gave", "one of an earlier call")),
    (OOB, {"oob_code": "o2"}, (
        "MFA111", "$.oob_code", "the oob_code that the caller gave", "another string (2 characters)")),
    (RENEW, {"refresh_token": "R1"}, (
        "MFA111", "$.refresh_token", "the refresh_token that the caller gave", BOTH_SIGNS)),
    (APP, {"authenticator_types": "otp"}, (
        "MFA108", "$.authenticator_types", "a non-empty list of strings", "string")),
    (APP, {"authenticator_types": []}, ("MFA108", "$.authenticator_types", "a non-empty list of strings", "list")),
    (ENROLL, {"oob_channels": [1]}, ("MFA108", "$.oob_channels", "a non-empty list of strings", "list")),
    (OTP, {"client_id": True}, ("MFA108", "$.client_id", "a string", "a JSON boolean")),
    (LOG_IN, {"audience": {}}, ("MFA108", "$.audience", "a string", "a JSON object")),
    (APP, {"authenticator_types": ["oob"]}, ("MFA115", "$.authenticator_types", "['otp'] for otp", "['oob']")),
    (ENROLL, {"authenticator_types": ["x"]}, ("MFA115", "$.authenticator_types", "['oob'] for sms", "['...']")),
    (ENROLL, {"oob_channels": [{"x": 1}]}, ("MFA108", "$.oob_channels", "a non-empty list of strings", "list")),
    (ENROLL, {"oob_channels": ["voice"]}, ("MFA115", "$.oob_channels", "['sms'] for sms", "['voice']")),
    (ENROLL, {"phone_number": "+15550100123"}, (
        "MFA116", "$.phone_number", "the phone_number that the caller gave", "another string (12 characters)")),
    (ENROLL, {"phone_number": GONE}, (
        "MFA116", "$.phone_number", "the phone_number that the caller gave", "nothing")),
    (CHALLENGE, {"authenticator_id": EMAIL}, (
        "MFA117", "$.authenticator_id", "the id that the caller named",
        "another string (26 characters instead of 24)")),
    (CHALLENGE, {"authenticator_id": GONE}, (
        "MFA117", "$.authenticator_id", "the id that the caller named", "nothing")),
    (CHALLENGE, {"challenge_type": "otp"}, ("MFA118", "$.challenge_type", "'oob', as the caller named", "'otp'")),
    (CHALLENGE, {"challenge_type": GONE}, ("MFA118", "$.challenge_type", "'oob', as the caller named", "nothing")),
    (CHALLENGE, {"challenge_type": "sms"}, ("MFA118", "$.challenge_type", "'oob', as the caller named", "'sms'")),
    (CHALLENGE, {"challenge_type": TOKEN}, (
        "MFA118", "$.challenge_type", "'oob', as the caller named", "another string (1900 characters instead of 3)")),
    (PUSH, {"binding_code": "1"}, (
        "MFA119", "$.binding_code", "nothing: binding_method did not ask for a code", "another string (1 characters)")),
    (OOB, {"binding_code": ""}, ("MFA119", "$.binding_code", "the code that the caller gave", "nothing")),
    (DELETE, {"_path": f"/mfa/authenticators/{quote(EMAIL)}"}, (
        "MFA120", "path", "the id that the caller named, percent-encoded once or raw", "another id")),
    (DELETE, {"_path": f"/mfa/authenticators/{quote(quote(SMS))}?a=/b"}, (
        "MFA120", "path", "the id that the caller named, percent-encoded once or raw", "encoded twice")),
    (OTP, {"client_id": ["x"]}, ("MFA108", "$.client_id", "a string", "a JSON list")),
    (OTP, {"client_id": "x"}, (
        "MFA121", "$.client_id", "the application's client_id", "another string (1 characters)")),
    (OTP, {"client_secret": "x"}, (
        "MFA121", "$.client_secret", "the application's secret, in the body or a Basic header",
        "another string (1 characters)")),
    (OTP, {"client_secret": GONE}, (
        "MFA121", "$.client_secret", "the application's secret, in the body or a Basic header", "nothing")),
    (OTP, {"client_secret": GONE, "_headers": {"authorization": f"Api {BASIC}"}}, (
        "MFA121", "$.client_secret", "the application's secret, in the body or a Basic header", "nothing")),
    (OTP, {"client_secret": GONE, "_headers": {"authorization": "Basic *Og=="}}, (
        "MFA121", "$.client_secret", "the application's secret, in the body or a Basic header", "nothing")),
    (LOG_IN, {"username": "x"}, (
        "MFA125", "$.username", "the username that the caller gave", "another string (1 characters instead of 33)")),
    (LOG_IN, {"password": "xy"}, (
        "MFA125", "$.password", "the password that the caller gave", "another string (2 characters instead of 19)")),
    (ENROLL, {"oob_channels": GONE}, ("MFA106", "$.oob_channels", "present", "missing")),
    (OTP, {"mfa_token": GONE}, ("MFA106", "$.mfa_token", "present", "missing")),
]  # fmt: skip


@pytest.mark.parametrize(("right", "changes", "fault"), CHANGED, ids=[f"{n}-{c[2][0]}" for n, c in enumerate(CHANGED)])
def test_a_change_has_its_fault(right: Right, changes: dict[str, Any], fault: tuple[str, str, str, str]) -> None:
    """The most telling one first; no other finding but those that say the same of the schema."""
    found = right.judged(**changes)
    assert found[0] == fault
    allowed = {fault[0], "MFA105", "MFA106", "MFA109", "MFA126", *BESIDE.get(fault[0], ())}
    assert {one[0] for one in found} <= allowed


BESIDE = {
    "MFA101": {"MFA122"},
    "MFA103": {"MFA108"},
    "MFA105": {"MFA121"},
    "MFA107": {"MFA111"},
    "MFA108": {"MFA115", "MFA121"},
    "MFA109": {"MFA108"},
    "MFA110": {"MFA108", "MFA119"},
    "MFA112": {"MFA111", "MFA114"},
    "MFA113": {"MFA112", "MFA114"},
    "MFA122": {"MFA101", "MFA120"},
}
"""What the same change is besides."""


@pytest.mark.parametrize("raw", ["", "[1]"])
def test_a_body_without_parameters_is_not_blamed_for_its_grant_type(raw: str) -> None:
    """That it cannot be read says it all."""
    assert "MFA109" not in {one[0] for one in OTP.judged(_raw=raw)}


def test_a_list_of_channels_may_be_empty() -> None:
    """An app has none; a list of types is never empty."""
    assert APP.judged(oob_channels=[]) == []
    assert APP.judged(authenticator_types=[], oob_channels=[])[0][:2] == ("MFA108", "$.authenticator_types")


def test_each_name_that_is_wrong_is_told() -> None:
    """Not the first one only."""
    names: dict[str, Any] = {"authentication_types": ["oob"], "oob_channel": ["sms"], "phoneNumber": ADA.phone_number}
    gone: dict[str, Any] = dict.fromkeys(("authenticator_types", "oob_channels", "phone_number"), GONE)
    found = [one[1] for one in ENROLL.judged(**gone, **names) if one[0] == "MFA107"]
    assert found == ["$.authentication_types", "$.oob_channel", "$.phoneNumber"]


def test_a_password_in_a_parameter_of_words_is_not_shown() -> None:
    """It may consist of letters only, so what the caller gave is compared."""
    right = replace(LOG_IN, asked=asked("log_in", username=ADA.email, password="correct-horse", audience=None))
    said = [one[3] for one in right.judged(grant_type="correct-horse") if one[0] == "MFA109"]
    assert said == ["another string (13 characters instead of 8)"]


def test_reprs_hold_no_token() -> None:
    """Neither as the caller has it, nor as the tenant knows it."""
    assert "t0ken" not in repr(Token("t0ken-held", "t0ken-true", ADA))
    assert "t0ken" not in repr(asked("verify_otp", mfa_token="t0ken")).replace(TOKEN, "t0ken")


def test_scopes_may_be_added_but_not_left_out() -> None:
    """A client that asks for more gets no finding, one that forgets a scope is told which."""
    right = replace(LOG_IN, asked=asked("log_in", username=ADA.email, password=ADA.password, scope="openid email"))
    assert right.judged(scope="email offline_access openid") == []
    assert right.judged(scope="openid") == [
        ("MFA125", "$.scope", "what the caller asked for: openid email", "no email")
    ]
    assert right.judged()[0][3] == "no email openid"


def test_a_challenge_type_that_nobody_named_fits_the_authenticator() -> None:
    """Of a TOTP it is otp, of everything else oob; both at once hold either."""
    free = asked("challenge", authenticator_id=SMS, mfa_token=TOKEN)
    app = asked("challenge", authenticator_id="totp|dev_abcdefghijklmnop", mfa_token=TOKEN)
    assert CHALLENGE.judged(free) == CHALLENGE.judged(free, challenge_type="otp oob") == []
    assert CHALLENGE.judged(free, challenge_type=GONE) == []
    assert CHALLENGE.judged(app, authenticator_id=app.authenticator_id, challenge_type="otp") == []
    said = ("MFA118", "$.challenge_type", "'oob', as the named authenticator needs, or nothing", "'otp'")
    assert CHALLENGE.judged(free, challenge_type="otp") == [said]
    (other,) = CHALLENGE.judged(app, authenticator_id=app.authenticator_id)
    assert other[2:] == ("'otp', as the named authenticator needs, or nothing", "'oob'")


def test_a_client_that_decides_is_held_to_what_it_was_given() -> None:
    """In sign_in any token of the tenant's and any code that was typed will do, and nothing else."""
    sign_in = replace(asked("sign_in", username=ADA.email, password=ADA.password), typed=["111111", "222222"])
    assert OTP.judged(sign_in, otp="222222", mfa_token=OLDER) == []
    typed = ("MFA110", "$.otp", "a code that the person typed, as a string", "another string (6 characters)")
    assert OTP.judged(sign_in, otp="333333") == [typed]
    token = ("MFA111", "$.mfa_token", "the mfa_token that the tenant answered", "another string (1 characters)")
    assert OTP.judged(sign_in, otp="111111", mfa_token="x") == [token]
    bearer = ("MFA114", "Authorization", "a token of the tenant's", "another string (1 characters)")
    assert LIST.judged(sign_in, _headers={"authorization": "Bearer x"}) == [bearer]
    assert LIST.judged(sign_in) == CHALLENGE.judged(sign_in) == DELETE.judged(sign_in) == []


def test_a_call_that_the_client_adds_is_not_held_to_the_callers_values() -> None:
    """A list or a challenge before what was asked for is judged as such."""
    assert CHALLENGE.judged(OTP.asked, authenticator_id=EMAIL) == []
    assert DELETE.judged(LIST.asked) == ENROLL.judged(LIST.asked) == []


@pytest.mark.parametrize(
    ("value", "like", "said"),
    [
        (None, None, "nothing"),
        ("", "x", "nothing"),
        (1.5, None, "a JSON number"),
        ([], None, "a JSON list"),
        ("ab", None, "another string (2 characters)"),
        (" AB ", "ab", BOTH_SIGNS),
        ("ab", " ab ", BOTH_SIGNS),
        ("ab", "abc", "only the first 2 of its 3 characters"),
        ("xy", "abc", "another string (2 characters instead of 3)"),
        ("aa", "ab", "another string (2 characters)"),
        ("ac", "ab", "another string (2 characters)"),
    ],
)
def test_a_value_is_described_without_being_shown(value: Json, like: str | None, said: str) -> None:
    """What it is, never what it says."""
    assert described(value, like) == said


@pytest.mark.parametrize("body", [b"[" * 90_000, b'{"x": NaN}', b'{"x": ' + b"[" * 200 + b"]" * 200 + b"}"])
def test_what_no_reader_takes_for_json_cannot_be_read(body: bytes) -> None:
    """Nor is it an error of the contract."""
    assert read_body(Request("POST", "/oauth/token", {}, body)).kind == "unreadable"
