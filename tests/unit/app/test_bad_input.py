"""Whatever is sent, the answer is a well-formed error of the documented shape: no traceback, no 5xx."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from helpers.table_calls import Ask
from helpers.tenant_client import FACTORS, TenantClient
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.app.test_table import ask

from pytest_auth0_mfa import Request, Response
from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.spec.api_errors import error_of, text_of
from pytest_auth0_mfa.spec.operations import OPERATIONS
from pytest_auth0_mfa.spec.profile import profile_fields
from pytest_auth0_mfa.spec.schemas import schemas

JSON = {"content-type": "application/json"}
FORM = {"content-type": "application/x-www-form-urlencoded"}
MEGABYTE = 1_000_000
WITH_BODY = [o.id for o in OPERATIONS.values() if o.takes]


def is_error(response: Response) -> bool:
    """Whether this is an error of a documented shape, the one or the other."""
    body = response.json()
    problem = "title" in body
    return (
        400 <= response.status < 500
        and response.headers["content-type"] == ("application/json; charset=utf-8" if problem else "application/json")
        and isinstance(error_of(body), str)
        and isinstance(text_of(body), str)
    )


@pytest.mark.parametrize(
    "path",
    [
        "/", "", "*", "/mfa", "/mfa/", "//mfa/associate", "/mfa/associate/", "/MFA/associate", "/mfa/asociate",
        "/oath/token", "/oauth/token/", "/mfa/authenticators/", "/mfa/authenticators/a/b", "/mfa/%61ssociate",
        "/tenant.example/mfa/associate", "https://tenant.example/mfa/associate", "/\x00", "/" + "a" * MEGABYTE,
    ],
)  # fmt: skip
def test_unknown_paths_and_methods_are_not_found(path: str) -> None:
    """404 in Auth0's shape; a slash more or another case is another path. The fake gives no hint: Auth0 gives none."""
    for method in ("GET", "POST", "PUT", "DELETE", "OPTIONS", "BREW", "post", ""):
        api = TenantClient()
        response = api.handle(Request(method, path, JSON, b"{}"))
        assert is_error(response), method
        assert response.status == 404, method
        assert response.json() == {"error": "not_found", "error_description": "Not Found"}, method
        assert api.last.operation is None, method


@pytest.mark.parametrize("path", ["/mfa/associate", "/mfa/challenge", "/mfa/authenticators", "/mfa/authenticators/a"])
def test_a_path_is_for_its_own_verbs(path: str) -> None:
    """Every other verb is refused, whatever its place in the alphabet."""
    right = {"/mfa/authenticators": {"GET", "HEAD"}, "/mfa/authenticators/a": {"DELETE"}}.get(path, {"POST"})
    for method in ("BREW", "DELETE", "GET", "HEAD", "PATCH", "POST", "PUT"):
        api = TenantClient()
        api.handle(Request(method, path, JSON, b"{}"))
        assert (api.last.refusal_id == "wrong_verb") is (method not in right), method


def _nested(depth: int) -> bytes:
    return b'{"grant_type":' + b"[" * depth + b"]" * depth + b"}"


UNREADABLE = {
    "empty": b"",
    "no JSON": b'{"grant_type": ',
    "array": b'["grant_type"]',
    "string": b'"grant_type"',
    "number": b"1",
    "null": b"null",
    "NaN": b"NaN",
    "huge number": b'{"a": 1' + b"0" * 10_000 + b"}",
    "nested deeply": _nested(100_000),
    "invalid UTF-8": b'{"a": "\xff"}',
    "control characters": b'{"a": "\x00\x01"}',
    "trailing garbage": b"{} {}",
    "one megabyte of garbage": b"{" * MEGABYTE,
}


@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE)
def test_a_body_that_is_no_json_object_is_refused(body: bytes) -> None:
    """400, for every operation that takes a body."""
    for operation in WITH_BODY:
        made = ask(TenantClient(), operation)
        made.body = body
        response = made.send()
        assert is_error(response), operation
        if operation.startswith("me-"):  # there JSON of another type can be read, but is not valid
            assert error_of(response.json()) in ("A0E-400-0001", "A0E-400-0003"), operation
            assert made.api.last.refusal_id in ("me_unreadable_body", "me_invalid_body"), operation
        else:
            assert (response.status, response.json()["error"]) == (400, "invalid_request"), operation
            assert made.api.last.refusal_id == "unreadable_body", operation


@pytest.mark.parametrize("body", [b'{"grant_type": NaN}', b'{"grant_type": 1e999}', b'{"grant_type": [{}]}', b"{}"])
def test_a_grant_type_that_is_no_text_is_refused(body: bytes) -> None:
    """Numbers that are none, infinite ones and structures are a parameter of the wrong type."""
    api = TenantClient()
    assert is_error(api.send("POST", "/oauth/token", body))


VALUES: dict[str, Any] = {
    "true": True,
    "zero": 0,
    "number": 7,
    "float": 1.5,
    "infinite": float("inf"),
    "nan": float("nan"),
    "huge": 10**400,
    "list": ["a"],
    "mixed list": ["otp", 1],
    "nested list": [[["otp"]]],
    "object": {"a": {"b": None}},
    "null": None,
    "empty": "",
    "blank": "   ",
    "control": "\x00\r\n\x1b[2J",
    "surrogate": "\ud800",
    "six with a surrogate": "12345\ud800",
    "digits of another script": "١٢٣٤٥٦",
    "long": "x" * 100_000,
    "braces": "{name} {0} %s",
}


def _parameters(operation: str) -> list[str]:
    schema = schemas()[f"{operation}.request"]
    names = set(schema.get("properties", {}))
    for part in schema.get("allOf", []):
        names |= set(schemas()[part["$ref"]]["properties"]) if "$ref" in part else set(part.get("properties", {}))
    known = {"grant_type", "client_id", "client_secret", "client_assertion", "scope", "audience", "nonce"}
    return sorted(names | known | {"oob_channel", "organization", "binding_code", "email", "phone_number"})


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_wrong_types_are_refused_for_every_parameter(value: Json) -> None:
    """Each parameter of each operation is replaced: the answer is an error in the documented shape, or a success."""
    for operation in WITH_BODY:
        api = TenantClient(factors=FACTORS)
        for name in _parameters(operation):
            made = ask(api, operation)
            made.body = {**made.body, name: value}
            response = made.send()
            assert response.status < 300 or is_error(response), (operation, name, response)
            if not isinstance(value, str | list) and value is not None and name in _strict(operation):
                assert response.status == 400, (operation, name)


def _strict(operation: str) -> set[str]:
    """The parameters whose type is checked whatever the others say."""
    return {
        "associate": {"client_id", "authenticator_types"},
        "challenge": {"mfa_token"},
        "passwordless-start": {"connection"},
        "revoke": {"token"},
        "me-create-method": {"type"},
        "me-verify-method": {"auth_session", "otp_code"},
        "me-update-method": {"name", "preferred_authentication_method"},
    }.get(operation, {"grant_type"})


def test_repeated_form_fields_are_refused() -> None:
    """RFC 6749 forbids them; the error names the first repeated one. So are a hundred thousand and more."""
    api = TenantClient()
    response = api.send("POST", "/oauth/token", [("a", "1"), ("b", "2"), ("b", "3")], form=True)
    assert response.json()["error_description"] == "Repeated parameter: b"
    many = "&".join(f"{n:x}=" for n in range(140_000)) + "&1=2"
    assert is_error(api.handle(Request("POST", "/oauth/token", FORM, many.encode())))


@pytest.mark.parametrize("body", [b"grant_type=%ff", b"grant_type=\xff"])
def test_a_form_that_is_not_utf_8_is_refused(body: bytes) -> None:
    """Escaped or raw."""
    api = TenantClient()
    assert is_error(api.handle(Request("POST", "/oauth/token", FORM, body)))
    assert api.last.refusal_id == "unreadable_body"


@pytest.mark.parametrize(
    "body",
    [
        {"authenticator_types": ["oob"], "oob_channels": ["email"], "email": "x@" + "a." * (MEGABYTE // 2) + "@"},
        {"authenticator_types": ["oob"] * 100_000, "oob_channels": ["voice"] * 100_000},
        {"authenticator_types": ["oob"], "oob_channels": ["sms"], "phone_number": "+" + "1" * MEGABYTE},
        {"authenticator_types": ["x" * MEGABYTE]},
    ],
    ids=["email", "lists", "phone number", "type"],
)
def test_a_megabyte_is_refused(body: Json) -> None:
    """No check takes the square of what a client sends, which would be hours."""
    api = TenantClient()
    token = api.mfa_token(api.tenant.add_user())
    assert is_error(api.send("POST", "/mfa/associate", body, token))


@pytest.mark.parametrize(
    "authorization",
    [
        "Bearer", "Bearer ", "bearer \x00", "Basic", "Basic %%%", "Basic " + base64.b64encode(b"no colon").decode(),
        "Basic " + base64.b64encode(b"\xff:\xff").decode(), "Basic é", "Digest x", "Bearer " + "a" * MEGABYTE,
        "Bearer \ud800", "DPoP x",
    ],
)  # fmt: skip
def test_odd_authorization_headers_do_no_harm(authorization: str) -> None:
    """A header that cannot be read is a missing or wrong one; those who need none ignore it."""
    for operation, row in OPERATIONS.items():
        made = ask(TenantClient(), operation)
        made.token = None
        made.headers["authorization"] = authorization
        response = made.send()
        assert response.status < 300 or is_error(response), operation
        assert response.status == 401 or row.auth != "bearer", operation


@pytest.mark.parametrize("content_type", ["text/plain", "multipart/form-data; boundary=x", "application/xml", "é", "/"])
def test_other_media_types_are_refused(content_type: str) -> None:
    """What is neither JSON nor a form cannot be read."""
    for operation in WITH_BODY:
        made = ask(TenantClient(), operation)
        made.headers["content-type"] = content_type
        response = made.send()
        assert is_error(response), operation
        unsupported = "me_unsupported_media_type" if operation.startswith("me-") else "unreadable_body"
        assert made.api.last.refusal_id == unsupported, operation


@pytest.mark.parametrize(
    "content_type", ["Application/JSON", "APPLICATION/JSON; charset=UTF-8", "application/json;charset=utf-8"]
)
def test_json_is_read_however_its_type_is_written(content_type: str) -> None:
    """Media types have no case, and may have parameters."""
    for operation in WITH_BODY:
        made = ask(TenantClient(), operation)
        made.headers["content-type"] = content_type
        assert made.send().status == ask(TenantClient(), operation).send().status, operation
        assert made.api.last.refusal_id != "unreadable_body", operation


@pytest.mark.parametrize("assertion", ["", "a.b.c", "é.é.é", "\ud800", "." * 1000])
def test_odd_client_assertions_are_refused(assertion: str) -> None:
    """An assertion that is no JWT proves nothing."""
    api = TenantClient()
    application = api.tenant.add_application(
        client_id="machine", token_endpoint_auth_method="private_key_jwt", public_keys=["no key"]
    )
    deep = base64.urlsafe_b64encode(b"[" * 60_000).decode().rstrip("=")
    for token in (assertion, f"{deep}.{deep}.{deep}"):
        for named in ({}, {"client_id": application.client_id}):
            kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
            body = {"grant_type": "client_credentials", "audience": "https://api.example/", **named}
            body |= {"client_assertion": token, "client_assertion_type": kind}
            assert is_error(api.send("POST", "/oauth/token", body))


@pytest.mark.parametrize("id", ["%7C", "%", "%ff", "%00", "a" * MEGABYTE, "\ud800", "é", "?x", "%2e%2e"])
def test_odd_authenticator_ids_are_not_found(id: str) -> None:
    """Deletion of what cannot be an id is deletion of something unknown."""
    made: Ask = ask(TenantClient(), "delete-authenticator")
    made.path = f"/mfa/authenticators/{id}"
    response = made.send()
    assert is_error(response)
    assert response.status == 404


ATOMS = st.sampled_from([None, True, 0, -1, 1.5, "", "otp", "oob", "email", "\ud800", "\x00", "123456", 10**30])
NAMES = st.sampled_from(
    sorted({name for operation in WITH_BODY for name in _parameters(operation)} | {"", "{", "mfa_token "})
)
TREES = st.recursive(ATOMS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3))


@settings(max_examples=300, deadline=None, database=None, derandomize=True)
@given(
    operation=st.sampled_from(WITH_BODY),
    changes=st.dictionaries(NAMES, TREES, max_size=4),
    profile=st.sampled_from(["default", "last"]),
    form=st.booleans(),
)
def test_any_parameters_are_answered_in_shape(
    operation: str, changes: dict[str, Json], profile: str, form: bool
) -> None:
    """Any body is answered in shape, by default and with the last alternative of each field."""
    api = TenantClient(ODD if profile == "last" else None, factors=FACTORS)
    made = ask(api, operation)
    made.body = {**made.body, **changes}
    if form:
        made.form, made.body = True, {k: v for k, v in made.body.items() if not _has_surrogate(v)}
    response = made.send()
    assert response.status < 300 or is_error(response)


def _has_surrogate(value: Json) -> bool:
    return "\\ud800" in json.dumps(value)


ODD = {
    name: declared.metadata["alternatives"][-1]
    for name, declared in profile_fields().items()
    if name
    not in ("challenge_form", "challenge_checks_secret", "mfa_token_after_success", "associate_client_id_required")
}


@settings(max_examples=300, deadline=None, database=None, derandomize=True)
@given(
    method=st.sampled_from(["GET", "POST", "DELETE", "HEAD"]),
    path=st.sampled_from(sorted({o.path for o in OPERATIONS.values()})),
    body=st.binary(max_size=60),
    kind=st.sampled_from(["application/json", "application/x-www-form-urlencoded", "", "application/x+json"]),
)
def test_any_bytes_are_answered_in_shape(method: str, path: str, body: bytes, kind: str) -> None:
    """Random bodies with any label, to any path, by any method."""
    response = TenantClient().handle(Request(method, path, {"content-type": kind}, body))
    assert response.status == 200 or method == "HEAD" or is_error(response)
