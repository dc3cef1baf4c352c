"""Bodies and calls held to the schemas: verdicts, wording, secrecy, closed mode."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from helpers import example_calls
from helpers.places import PROJECT
from hypothesis import given, settings
from hypothesis import strategies as st

import pytest_auth0_mfa
from pytest_auth0_mfa import Fault, Profile, Request, Response, UnknownOperationError
from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.spec.operations import OPERATIONS, OperationId
from pytest_auth0_mfa.spec.quick import never
from pytest_auth0_mfa.spec.schemas import UnknownSchemaError, check_call, decode, schemas
from pytest_auth0_mfa.spec.secret_fields import SECRET_FIELDS

MFA_TOKEN = "Fe26.2*SERVER_1726721698*68aee2"
LOGIN = {"grant_type": "password", "username": "ada@example.com", "password": "hush-hush", "client_id": "app"}
MFA_REQUIRED = {"error": "mfa_required", "error_description": "MFA", "mfa_token": MFA_TOKEN}
MESSAGE = {
    "authenticator_type": "oob", "binding_method": "prompt", "oob_channel": "email", "oob_code": MFA_TOKEN,
}  # fmt: skip
OTP = {
    "authenticator_type": "otp",
    "secret": "HJ6XM2DNERXDAVCUONGWKRTCMNTU6VDF",
    "barcode_uri": "otpauth://totp/Shop:ada?secret=HJ6XM2DNERXDAVCUONGWKRTCMNTU6VDF",
}
SMS_ROW = {
    "id": "sms|dev_klnv5yshzzoosSUm",
    "authenticator_type": "oob",
    "active": True,
    "oob_channel": "sms",
    "name": "XXXXXXXX9167",
}
METHOD = {
    "id": "phone|dev_klnv5yshzzoosSUm",
    "type": "phone",
    "confirmed": True,
    "phone_number": "XXXXXXXXX9167",
    "preferred_authentication_method": "sms",
    "usage": ["secondary"],
    "created_at": "2026-01-02T03:04:05.000Z",
}
PASSWORD_METHOD = {
    "id": "password|Njg4OWEw", "type": "password", "identity_user_id": "688", "usage": ["primary"],
    "created_at": "2026-01-02T03:04:05Z",
}  # fmt: skip
BEGUN = {"id": "totp|dev_WzMZ2sZbUw1wbC2F", "auth_session": "hush-hush", "barcode_uri": OTP["barcode_uri"]}
PROBLEM = {
    "type": "https://auth0.com/api-errors/A0E-404-0002", "title": "Any", "status": 404, "detail": "No such method.",
}  # fmt: skip
TOKENS = {"access_token": "a-secret-token", "token_type": "Bearer", "expires_in": 86400}


@pytest.fixture(autouse=True, scope="module", params=["core", "quick"])
def verdicts(request: pytest.FixtureRequest) -> Iterator[None]:
    """Everything here is true with jsonschema-rs and without it."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "core":
            patch.setattr(schemas(), "says_yes", never)
        yield


def without(body: dict[str, Json], *names: str) -> dict[str, Json]:
    return {name: value for name, value in body.items() if name not in names}


# -- the mapping ---------------------------------------------------------------------------------


def test_a_schema_is_found_with_and_without_its_suffix() -> None:
    """``schemas[name]`` takes the name or the file name."""
    held = schemas()
    assert held["error"] == held["error.json"]
    assert held["error"]["title"] == "Error"
    assert "error" in held
    assert "error.json" in held
    assert "nothing" not in held
    assert len(list(held)) == len(held) > 90


def test_a_schema_handed_out_is_a_copy() -> None:
    """Changing what was handed out changes nothing for anybody else."""
    schemas()["error"].clear()
    assert schemas()["error"]["title"] == "Error"


def test_an_unknown_schema_names_the_closest() -> None:
    """A misspelt name is a KeyError that says what was meant."""
    with pytest.raises(UnknownSchemaError, match=r"^no such schema 'asociate.200'. Did you mean 'associate.200'\?"):
        schemas()["asociate.200"]
    assert schemas().get("asociate.200") is None


@pytest.mark.parametrize("ask", ["check", "check_request", "statuses"])
def test_an_unknown_operation_names_the_closest(ask: str) -> None:
    """A misspelt operation is refused with what was meant."""
    every: dict[str, tuple[Json, ...]] = {"check": (200, {}), "check_request": ({},), "statuses": ()}
    arguments = every[ask]
    with pytest.raises(UnknownOperationError, match="Did you mean 'challenge'"):
        getattr(schemas(), ask)("chalenge", *arguments)


# -- right and wrong answers ---------------------------------------------------------------------

RIGHT: list[tuple[str, int, Json]] = [
    ("password", 200, TOKENS),
    ("password", 200, {**TOKENS, "scope": "openid", "id_token": "a.b.c", "refresh_token": "v1.x"}),
    ("password", 403, MFA_REQUIRED),
    ("password", 403, without(MFA_REQUIRED, "mfa_token")),
    ("password", 401, {**MFA_REQUIRED, "mfa_requirements": {"enroll": [{"type": "otp"}]}}),
    ("password", 403, {"error": "invalid_grant"}),
    ("associate", 200, OTP),
    ("associate", 200, {**OTP, "recovery_codes": ["MZCRK3YX5V3AKNNYY6JEBQCL"]}),
    ("associate", 200, MESSAGE),
    ("associate", 200, {**without(MESSAGE, "oob_channel"), "oob_channels": ["email"]}),
    ("challenge", 200, {"challenge_type": "otp"}),
    ("challenge", 200, {"challenge_type": "oob", "oob_code": MFA_TOKEN}),
    ("challenge", 200, {"challenge_type": "oob", "oob_code": MFA_TOKEN, "binding_method": "prompt"}),
    ("list-authenticators", 200, []),
    ("list-authenticators", 200, [SMS_ROW, {**SMS_ROW, "type": "phone"}]),
    ("list-authenticators", 200, [{**without(SMS_ROW, "oob_channel"), "oob_channels": "sms"}]),
    ("list-authenticators", 200, [{**SMS_ROW, "confirmed": True}]),
    ("delete-authenticator", 204, None),
    ("delete-authenticator", 204, b""),
    ("me-factors", 200, {"factors": [{"type": "webauthn-roaming"}, {"type": "phone", "usage": ["secondary"]}]}),
    ("me-factors", 200, [{"type": "webauthn-roaming"}, {"type": "phone", "usage": ["secondary"], "label": "1"}]),
    ("me-list-methods", 200, {"authentication_methods": [METHOD, PASSWORD_METHOD, {**METHOD, "phone_number": "+1"}]}),
    ("me-create-method", 202, BEGUN),
    ("me-create-method", 202, {**BEGUN, "id": "totp|new", "type": "totp"}),
    ("me-create-method", 202, {"id": "password|new", "auth_session": "x", "policy": {}}),
    ("me-create-method", 202, {"auth_session": "x", "authn_params_public_key": {}}),
    ("me-verify-method", 201, METHOD),
    ("me-verify-method", 201, PASSWORD_METHOD),
    ("me-get-method", 404, PROBLEM),
    ("me-get-method", 404, {**PROBLEM, "type": "https://auth0.com/api-errors#A0E-404-0002", "validation_errors": []}),
    ("revoke", 200, b""),
    ("password", 403, json.dumps(MFA_REQUIRED).encode()),
]


@pytest.mark.parametrize(("operation", "status", "body"), RIGHT)
def test_right_answers_have_no_faults(operation: OperationId, status: int, body: Json) -> None:
    """What Auth0 answers, in any documented variant and with fields nobody knows, is right."""
    assert schemas().check(operation, status, body) == []


WRONG: list[tuple[str, int, Json, list[str]]] = [
    (
        "password", 403, {**MFA_REQUIRED, "mfa_token": "1"},
        ["$.mfa_token: '1' is too short (mfa_required.json, properties/mfa_token/minLength)"],
    ),
    (
        "password", 403, without(MFA_REQUIRED, "error"),
        ["$: 'error' is a required property (error.json, required)"],
    ),
    (
        "password", 429, {"error": "teapot", "error_description": 1},
        [
            "$.error: 'teapot' is not one of [\"too_many_requests\", \"too_many_attempts\"] "
            "(password.429.json, properties/error/enum)",
            "$.error_description: 1 is not of type 'string' (error.json, properties/error_description/type)",
        ],
    ),
    (
        "associate", 200, {**MESSAGE, "recovery_codes": ["short"]},
        ["$.recovery_codes[0]: a string of 5 characters does not match '^[A-Z0-9]{24}$' (recovery_code.json, pattern)"],
    ),
    (
        "associate", 200, {**MESSAGE, "recovery_codes": []},
        ["$.recovery_codes: has 0 items, at least 1 expected (recovery_codes.json, minItems)"],
    ),
    (
        "associate", 200, without(MESSAGE, "binding_method"),
        ["$: 'binding_method' is a required property (associate.200.message.json, required)"],
    ),
    (
        "associate", 200, without(MESSAGE, "oob_channel"),
        ["$: one of these is required: 'oob_channel', 'oob_channels' (associate.200.message.json, anyOf)"],
    ),
    (
        "associate", 200, {**OTP, "secret": "0189"},
        [
            "$.secret: a string of 4 characters does not match '^[A-Z2-7]{16,}$' "
            "(associate.200.otp.json, properties/secret/pattern)",
        ],
    ),
    (
        "challenge", 200, {"challenge_type": "oob", "oob_code": MFA_TOKEN, "binding_method": "sent"},
        ['$.binding_method: \'sent\' is not "prompt" (challenge.200.message.json, properties/binding_method/const)'],
    ),
    (
        "list-authenticators", 200, [{**SMS_ROW, "active": "no"}],
        ["$[0].active: 'no' is not of type 'boolean' (authenticator.json, properties/active/type)"],
    ),
    (
        "list-authenticators", 200, [SMS_ROW, {**SMS_ROW, "oob_channel": "email"}],
        ['$[1].oob_channel: \'email\' is not "sms" (authenticator.json, $defs/sms/properties/oob_channel/const)'],
    ),
    (
        "me-factors", 200, [{"type": "totp"}, {"usage": ["first"]}],
        [
            "$[1]: 'type' is a required property (me-factors.200.json, $defs/factor/required)",
            '$[1].usage[0]: \'first\' is not one of ["primary", "secondary"] '
            "(me-factors.200.json, $defs/factor/properties/usage/items/enum)",
        ],
    ),
    (
        "me-factors", 200, "totp",
        ["$: a string of 4 characters is not of type 'object', 'array' (me-factors.200.json, type)"],
    ),
    (
        "list-authenticators", 200, {},
        ["$: an object is not of type 'array' (list-authenticators.200.json, type)"],
    ),
    (
        "mfa-recovery-code", 200, TOKENS,
        ["$: 'recovery_code' is a required property (mfa-recovery-code.200.json, required)"],
    ),
    (
        "mfa-otp", 200, {**TOKENS, "expires_in": 0, "token_type": "bearer"},
        [
            "$.expires_in: 0 is less than 1 (token.json, properties/expires_in/minimum)",
            '$.token_type: \'bearer\' is not one of ["Bearer", "DPoP"] (token.json, properties/token_type/enum)',
        ],
    ),
    (
        "mfa-otp", 418, TOKENS,
        ["status 418: not documented for mfa-otp. Expected 200, 400, 401, 403, 429"],
    ),
    (
        "me-list-methods", 200, {"authentication_methods": [{**METHOD, "id": "sms|dev_klnv5yshzzoosSUm"}]},
        [
            "$.authentication_methods[0].id: 'sms|dev_klnv5yshzzoosSUm' does not match '^(password|passkey|"
            "webauthn-platform|webauthn-roaming|totp|phone|email|push-notification|recovery-code)\\\\|[!-~]+$' "
            "(authentication_method_id.json, pattern)",
            "$.authentication_methods[0].id: 'sms|dev_klnv5yshzzoosSUm' does not match '^phone\\\\|' "
            "(authentication_method.json, allOf/2/then/properties/id/pattern)",
        ],
    ),
    (
        "me-get-method", 200, without(METHOD, "confirmed"),
        ["$: 'confirmed' is a required property (authentication_method.json, allOf/0/then/required)"],
    ),
    (
        "me-create-method", 202, without(BEGUN, "barcode_uri"),
        ["$: 'barcode_uri' is a required property (me-create-method.202.totp.json, required)"],
    ),
    (
        "me-create-method", 202, {**BEGUN, "manual_input_code": "0189"},
        [
            "$.manual_input_code: a string of 4 characters does not match '^[A-Z2-7]+=*$' "
            "(me-create-method.202.totp.json, properties/manual_input_code/pattern)",
        ],
    ),
    (
        "me-verify-method", 201, {**METHOD, "confirmed": False},
        ["$.confirmed: false is not true (me-verify-method.201.json, properties/confirmed/const)"],
    ),
    (
        "me-get-method", 404, {**PROBLEM, "status": 400, "type": "about:blank"},
        [
            "$.status: 400 is not 404 (me-get-method.404.json, properties/status/const)",
            "$.type: 'about:blank' does not match '^https://auth0\\\\.com/api-errors[/#]A0E-[0-9]{3}-[0-9]{4}$' "
            "(problem.json, properties/type/pattern)",
            "$.type: 'about:blank' is not one of [\"https://auth0.com/api-errors/A0E-404-0002\", "
            "\"https://auth0.com/api-errors#A0E-404-0002\"] (me-get-method.404.json, properties/type/enum)",
        ],
    ),
    ("delete-authenticator", 204, {}, ["$: a 204 of delete-authenticator has no body"]),
    ("revoke", 200, {}, ["$: a 200 of revoke has no body"]),
    ("mfa-otp", 200, b"<html>", ["$: not JSON: Expecting value at character 0"]),
    ("mfa-otp", 200, b"\xff", ["$: not JSON: not UTF-8 at byte 0"]),
    ("mfa-otp", 200, b'{"expires_in": NaN}', ["$: not JSON: NaN is no JSON value"]),
    ("mfa-otp", 200, b'{"expires_in": ' + b"9" * 5_000 + b"}", ["$: not JSON: a number is too long"]),
    ("mfa-otp", 200, b"[" * 100_000, ["$: not JSON that can be read: nested too deeply"]),
]  # fmt: skip


@pytest.mark.parametrize(("operation", "status", "body", "faults"), WRONG)
def test_wrong_answers_say_where_what_and_by_which_rule(
    operation: OperationId, status: int, body: Json, faults: list[str]
) -> None:
    """A fault names the place, the value, the file and the rule; of alternatives, the one that was meant."""
    assert schemas().check(operation, status, body) == faults


@pytest.mark.parametrize("name", sorted(schemas()))
def test_no_sentence_quotes_a_secret(name: str) -> None:
    """Whatever field a secret turns up in or under, and whatever is wrong with it, no sentence repeats it."""
    secret = "hush-hush-secret-value"
    for example in schemas()[name]["examples"]:
        for spoilt in (secret, [secret], {"x": secret}, {secret[:4]: [secret]}):
            assert secret not in " ".join(schemas().judge(name, spoilt))
            for field in SECRET_FIELDS.intersection(example if isinstance(example, dict) else ()):
                for value in (secret, [secret], {"x": secret}, 5):
                    assert secret not in " ".join(schemas().judge(name, {**example, field: value}))


def test_sentences_are_short_and_have_no_control_characters() -> None:
    """A hostile tenant can neither flood a report nor send escapes to a terminal."""
    faults = schemas().check("userinfo", 403, {"error": "\x1b[31m" + "x" * 10_000})
    assert len(faults) == 2  # neither the pattern nor the list of errors
    faults += schemas().check("userinfo", 403, {"error": 10**4000, "error_description": -(10**4000)})
    assert all(len(fault) < 300 and fault.isprintable() for fault in faults)


def test_not_every_fault_of_a_long_list_is_explained() -> None:
    """After the first faults it says that there are more."""
    faults = schemas().check("list-authenticators", 200, [{"id": 1}] * 1_000)
    assert len(faults) == 21
    assert faults[-1] == "$: and more than these (list-authenticators.200.json)"


WORDS = st.sampled_from(["error", "mfa_token", "keys", "id", "active", "recovery_codes", "oob_channels", "grant_type"])
BODIES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=8,
)
BYTES = st.binary(max_size=40) | BODIES.map(lambda body: json.dumps(body).encode())
LABELS = st.sampled_from(["application/json", "application/x-www-form-urlencoded", "text/\x1b[1m", ""])


@given(st.sampled_from([*OPERATIONS, None]), BYTES, LABELS, BYTES, st.sampled_from([200, 204, 400, 403, 999]))
@settings(max_examples=300, deadline=None, database=None, derandomize=True)
def test_any_call_can_be_judged(
    operation: OperationId | None, asked: bytes, label: str, body: bytes, status: int
) -> None:
    """No request and no answer is too odd: the verdict is a list of printable sentences of bounded length."""
    headers = {"content-type": label, "authorization": f"Basic {label}"}
    call = Request("POST", "/", headers, asked), Response(status, headers, body)
    for fault in check_call(operation, *call, closed=True):
        assert fault.isprintable()
        assert len(fault) < 400


# -- requests ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("operation", "body"),
    [
        ("password", {**LOGIN, "audience": "", "scope": None, "unknown": [1]}),
        ("password", {**without(LOGIN, "client_id"), "client_assertion": "a.b.c"}),
        ("associate", {"authenticator_types": ["otp"], "oob_channels": ["sms"], "phone_number": ""}),
        ("associate", {"authenticator_types": ["oob"], "oob_channels": ["email"]}),
        ("challenge", {"mfa_token": "x", "client_id": "app", "challenge_type": "oob otp", "realm": None}),
        ("challenge", {"mfa_token": "x", "client_id": "app", "challenge_type": ""}),
        ("me-create-method", {"type": "phone", "phone_number": "+11235550100"}),
        ("me-create-method", {"type": "passkey", "connection": "a-b", "identity_user_id": "1"}),
        ("me-verify-method", {"auth_session": "x"}),
        ("me-update-method", {}),
        ("list-authenticators", None),
        ("list-authenticators", b""),
        ("list-authenticators", {}),
    ],
)
def test_right_requests_have_no_faults(operation: OperationId, body: Json) -> None:
    """Unknown parameters, and null or empty optional ones, are right: SDKs send them."""
    assert schemas().check_request(operation, body) == []


@pytest.mark.parametrize(
    ("operation", "body", "faults"),
    [
        (
            "password",
            {**LOGIN, "username": "", "scope": 1},
            [
                "$.scope: 1 is not of type 'string', 'null' (password.request.json, properties/scope/type)",
                "$.username: '' is too short (password.request.json, properties/username/minLength)",
            ],
        ),
        (
            "password",
            without(LOGIN, "client_id"),
            ["$: one of these is required: 'client_id', 'client_assertion' (authenticated_client.json, anyOf)"],
        ),
        (
            "associate",
            {"authenticator_types": ["oob"], "oob_channels": ["sms"]},
            ["$: 'phone_number' is a required property (associate.request.json, then/then/required)"],
        ),
        (
            "associate",
            {"authenticator_types": ["oob"]},
            ["$: 'oob_channels' is a required property (associate.request.json, then/required)"],
        ),
        (
            "associate",
            {"authenticator_types": "otp"},
            [
                "$.authenticator_types: 'otp' is not of type 'array' "
                "(associate.request.json, properties/authenticator_types/type)",
            ],
        ),
        (
            "me-create-method",
            {"type": "phone"},
            ["$: 'phone_number' is a required property (me-create-method.request.json, allOf/1/then/required)"],
        ),
        (
            "me-verify-method",
            {"auth_session": "", "otp_code": 123456},
            [
                "$.auth_session: '' is too short (auth_session.json, minLength)",
                "$.otp_code: a number is not of type 'string' "
                "(me-verify-method.request.json, properties/otp_code/type)",
            ],
        ),
        ("jwks", {"a": 1}, ["$: no body is expected (jwks.request.json, maxProperties)"]),
    ],
)
def test_wrong_requests_are_explained(operation: OperationId, body: Json, faults: list[str]) -> None:
    """A request's faults read like an answer's."""
    assert schemas().check_request(operation, body) == faults


# -- closed mode ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("operation", "status", "body", "places"),
    [
        ("password", 200, {**TOKENS, "recovery_code": "A" * 24}, ["$.recovery_code"]),
        ("client-credentials", 200, {**TOKENS, "id_token": "a.b.c"}, ["$.id_token"]),
        ("password", 403, {"error": "invalid_grant", "mfa_token": MFA_TOKEN}, ["$.mfa_token"]),
        (
            "password", 403, {**MFA_REQUIRED, "mfa_requirements": {"challenge": [{"type": "otp", "x": 1}]}},
            ["$.mfa_requirements.challenge[0].x"],
        ),
        (
            "list-authenticators", 200, [SMS_ROW, {**SMS_ROW, "confirmed": True, "a b": 1}],
            ["$[1].confirmed", "$[1]['a b']"],
        ),
        ("associate", 200, {**MESSAGE, "barcode_uri": "otpauth://totp/x"}, ["$.barcode_uri"]),
        ("associate", 200, {**OTP, "id": "totp|dev_WzMZ2sZbUw1wbC2F"}, ["$.id"]),
        ("challenge", 200, {"challenge_type": "otp", "name": "x"}, ["$.name"]),
    ],
)  # fmt: skip
def test_closed_mode_reports_fields_that_no_schema_names(
    operation: OperationId, status: int, body: Json, places: list[str]
) -> None:
    """A field is named by the schema, what it refers to, and the alternative that the body fits; no other."""
    assert schemas().check(operation, status, body) == []
    faults = schemas().check(operation, status, body, closed=True)
    assert faults == [f"{place}: no schema names this field ({operation}.{status}.json)" for place in places]


@pytest.mark.parametrize("profile", [example_calls.DEFAULT, example_calls.OTHER], ids=["default", "other"])
def test_the_fake_answers_only_what_the_schemas_name(profile: Profile) -> None:
    """Typical calls of every operation, right and wrong, are answered within the schemas, held closed."""
    calls = example_calls.play(profile)
    succeeded = {call.operation for call in calls if call.refusal_id is None}
    assert succeeded == set(OPERATIONS)
    assert len({call.refusal_id for call in calls}) > 30
    for call in calls:
        faults = check_call(call.operation, call.request, call.response, closed=True)
        answered = [fault for fault in faults if fault.startswith("response ")]
        assert answered == [], call
        assert faults == [] or call.refusal_id is not None, call


# -- whole calls ---------------------------------------------------------------------------------

JSON = {"content-type": "application/json"}
FORM = {"content-type": "application/x-www-form-urlencoded"}
DEMAND = Response(403, JSON, json.dumps(MFA_REQUIRED).encode())


def login(headers: dict[str, str], body: bytes) -> Request:
    return Request("POST", "/oauth/token", headers, body)


@pytest.mark.parametrize(
    "request_",
    [
        login(JSON, json.dumps(LOGIN).encode()),
        login({"Content-Type": "application/json; charset=utf-8"}, json.dumps(LOGIN).encode()),
        login(FORM, urlencode({**LOGIN, "audience": ""}).encode()),
        login({}, urlencode(LOGIN).encode()),
        login(FORM, json.dumps(LOGIN).encode()),
        login(
            {**JSON, "authorization": "Basic " + base64.b64encode(b"app:hush").decode()},
            json.dumps(without(LOGIN, "client_id")).encode(),
        ),
    ],
    ids=["json", "charset", "form", "unlabelled", "labelled as a form", "basic"],
)
def test_right_calls_have_no_violations(request_: Request) -> None:
    """A body is read as what it is; a Basic header stands for client_id."""
    assert check_call("password", request_, DEMAND) == []


@pytest.mark.parametrize(
    ("headers", "body", "faults"),
    [
        (JSON, b"{", ["request $: not JSON: Expecting property name enclosed in double quotes at character 1"]),
        ({}, b"[1]", ["request $: an array is not of type 'object' (client.json, type)"]),
        (JSON, b"", ["request $: null is not of type 'object' (client.json, type)"]),
        (FORM, urlencode(LOGIN).encode() + b"&scope=a&scope=b", ["request $.scope: sent more than once"]),
        (FORM, b"\xff", ["request $: not a form: not UTF-8"]),
        (
            {"content-type": "text/plain"},
            b"x",
            ["request content-type 'text/plain': expected application/x-www-form-urlencoded or application/json"],
        ),
        (
            {**JSON, "authorization": "Basic é"},
            json.dumps(without(LOGIN, "client_id")).encode(),
            ["request $: one of these is required: 'client_id', 'client_assertion' (authenticated_client.json, anyOf)"],
        ),
    ],
)
def test_wrong_requests_are_violations(headers: dict[str, str], body: bytes, faults: list[str]) -> None:
    """What is wrong with a request is told apart from what is wrong with its answer."""
    found = check_call("password", login(headers, body), DEMAND)
    assert found[: len(faults)] == faults
    assert all(fault.startswith("request ") for fault in found)


RIGHT_LOGIN = login(JSON, json.dumps(LOGIN).encode())


@pytest.mark.parametrize(
    ("response", "faults"),
    [
        (Response(403, {}, DEMAND.body), ["response content-type '': expected application/json"]),
        (
            Response(403, {"content-type": "text/html"}, b"<p>"),
            [
                "response content-type 'text/html': expected application/json",
                "response $: not JSON: Expecting value at character 0",
            ],
        ),
        (
            Response(302, {}, b""),
            ["response status 302: not documented for password. Expected 200, 400, 401, 403, 429"],
        ),
        (Response(200, {}, b""), ["response $: not JSON: Expecting value at character 0"]),
        (Response(502, {}, b"", Fault(drop="before")), []),
    ],
)
def test_wrong_answers_are_violations(response: Response, faults: list[str]) -> None:
    """Status, media type and body of an answer are judged; one that was never sent is not."""
    assert check_call("password", RIGHT_LOGIN, response) == faults


@pytest.mark.parametrize(
    ("body", "label", "right"),
    [
        (b"Unauthorized", None, True),
        (b"Unauthorized", "text/plain; charset=utf-8", True),
        (b"Unauthorized", "application/json", False),
        (b"Forbidden", "text/plain", False),
    ],
)
def test_a_recorded_text_may_stand_in_the_place_of_json(body: bytes, label: str | None, right: bool) -> None:
    """/userinfo refuses a token with one word, without a media type: entry D-24. No other text, and nowhere else."""
    request = Request("GET", "/userinfo", {"authorization": "Bearer x"})
    answer = Response(401, {"content-type": label} if label else {}, body)
    assert (check_call("userinfo", request, answer) == []) is right
    assert (schemas().check("userinfo", 401, body) == []) is (body == b"Unauthorized")
    assert check_call("list-authenticators", Request("GET", "/mfa/authenticators", {}), Response(401, {}, body))


def test_a_call_without_a_body_has_none() -> None:
    """A body where none belongs is a violation; an empty object is not."""
    empty = Response(204, {})
    target = "/mfa/authenticators/sms%7Cdev_klnv5yshzzoosSUm"
    assert check_call("delete-authenticator", Request("DELETE", target, JSON, b"{}"), empty) == []
    found = check_call("delete-authenticator", Request("DELETE", target, FORM, b"a=1"), empty)
    assert found == ["request $: delete-authenticator has no body"]


def test_a_form_where_none_is_documented_is_a_violation() -> None:
    """Only JSON is documented for associate."""
    asked = Request("POST", "/mfa/associate", FORM, b"authenticator_types=otp")
    found = check_call("associate", asked, Response(200, JSON, json.dumps(OTP).encode()))
    assert found == ["request content-type 'application/x-www-form-urlencoded': expected application/json"]


@pytest.mark.parametrize(
    ("response", "faults"),
    [
        (Response(404, JSON, b'{"error":"not_found","error_description":"Not Found"}'), []),
        (Response(204, {}), []),
        (
            Response(404, JSON, b'{"message":"?"}'),
            ["response $: 'error' is a required property (error.json, required)"],
        ),
        (
            Response(404, {"content-type": "text/plain"}, b"?"),
            ["response content-type 'text/plain': expected application/json"],
        ),
    ],
)
def test_a_call_that_is_no_operation_is_held_to_the_error_envelope(response: Response, faults: list[str]) -> None:
    """For an unknown path nothing is documented but the shape of errors."""
    assert check_call(None, Request("POST", "/mfa/asociate", {}), response) == faults


def test_the_answer_to_head_is_not_missed() -> None:
    """HEAD has no body by definition."""
    asked = Request("HEAD", "/.well-known/jwks.json", {})
    assert check_call("jwks", asked, Response(200, JSON)) == []


def test_check_call_refuses_an_unknown_operation() -> None:
    """A misspelt operation is the caller's mistake, not a violation."""
    with pytest.raises(UnknownOperationError, match="Did you mean 'password'"):
        check_call("pasword", RIGHT_LOGIN, DEMAND)


def test_decoded_json_is_what_json_says() -> None:
    """A right body is decoded as usual."""
    assert decode(b'{"a": [1, null]}') == {"a": [1, None]}


def test_right_bodies_do_not_load_jsonschema() -> None:
    """The verdict on a right body costs no import; only an explanation loads jsonschema."""
    script = """
import sys
from pytest_auth0_mfa.spec.schemas import schemas
assert schemas().check("challenge", 200, b'{"challenge_type": "otp"}') == []
assert "jsonschema" not in sys.modules
assert schemas().check("challenge", 200, {}) != []
assert "jsonschema" in sys.modules
"""
    subprocess.run([sys.executable, "-c", script], check=True)


# -- where the schemas are found -----------------------------------------------------------------

SOURCE = PROJECT
COUNT = "from pytest_auth0_mfa.spec.schemas import schemas; print(len(schemas()))"


def run_with(place: Path, script: str) -> subprocess.CompletedProcess[str]:
    """Python with ``place`` first on its path, in which the package must be found."""
    script = f"import pytest_auth0_mfa as p; assert p.__file__.startswith({str(place)!r}), p.__file__; {script}"
    environment = {**os.environ, "PYTHONPATH": str(place)}
    command = [sys.executable, "-P", "-c", script]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_schemas_are_found_in_a_zipped_wheel(tmp_path: Path) -> None:
    """Inside the package, also when it is imported from a zip file."""
    wheel = tmp_path / "package.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        package = Path(pytest_auth0_mfa.__file__).parent
        for file in package.rglob("*.py"):
            archive.write(file, Path("pytest_auth0_mfa") / file.relative_to(package))
        for file in (SOURCE / "schemas").iterdir():
            archive.write(file, Path("pytest_auth0_mfa/schemas") / file.name)
    result = run_with(wheel, COUNT)
    assert (result.stdout.strip(), result.stderr) == (str(len(schemas())), "")


@pytest.mark.parametrize("project", [True, False], ids=["checkout", "no checkout"])
def test_schemas_beside_the_package_are_those_of_a_checkout_only(tmp_path: Path, project: bool) -> None:
    """A folder schemas/ beside the package counts only beside a pyproject.toml; without either the error says so."""
    package = Path(pytest_auth0_mfa.__file__).parent
    shutil.copytree(package, tmp_path / "pytest_auth0_mfa", ignore=shutil.ignore_patterns("schemas", "__pycache__"))
    shutil.copytree(SOURCE / "schemas", tmp_path / "schemas")
    if project:
        (tmp_path / "pyproject.toml").touch()
    result = run_with(tmp_path, COUNT)
    if project:
        assert (result.stdout.strip(), result.stderr) == (str(len(schemas())), "")
    else:
        assert "ConfigurationError: the JSON Schemas of pytest-auth0-mfa are missing" in result.stderr
        assert "Install the package again." in result.stderr


def test_an_answer_that_the_test_asked_for_is_not_held_to_the_schemas() -> None:
    """`fail_next` may answer what it likes: only the tenant's own answers are judged."""
    from pytest_auth0_mfa import Request, Tenant, handler

    tenant = Tenant()
    tenant.fail_next("jwks", status=500, body="<html>")
    handler(tenant)(Request("GET", "/.well-known/jwks.json", {}))
    assert tenant.calls[-1].violations == []
