"""Requests, responses and header fields."""

from __future__ import annotations

import dataclasses
import json

import pytest

from pytest_auth0_mfa import Headers, Request, Response
from pytest_auth0_mfa.messages import media_type


def test_header_fields_are_found_in_any_case_and_listed_as_given() -> None:
    """A look-up ignores case; iteration keeps names and order."""
    headers = Headers({"Content-Type": "text/html", "X-B": "1"})
    assert headers["content-type"] == headers["CONTENT-TYPE"] == "text/html"
    assert list(headers) == ["Content-Type", "X-B"]
    assert "x-b" in headers
    assert "y" not in headers
    assert len(headers) == 2
    with pytest.raises(KeyError):
        headers["y"]


def test_a_field_sent_twice_is_joined() -> None:
    """RFC 9110: the values of a repeated field are one list."""
    headers = Headers([("Via", "a"), ("via", "b"), ("Age", "1")])
    assert headers["via"] == "a, b"
    assert dict(headers) == {"via": "a, b", "Age": "1"}


def test_header_fields_are_equal_whatever_their_case() -> None:
    """Equality and hash ignore the case of names; any mapping can be compared."""
    assert Headers({"A": "1"}) == Headers({"a": "1"}) == {"A": "1"}
    assert hash(Headers({"A": "1"})) == hash(Headers({"a": "1"}))
    assert Headers({"A": "1"}) != Headers({"A": "2"})
    assert Headers() != 1


@pytest.mark.parametrize("message", [Request("GET", "/", {"A": "1"}), Response(200, {"A": "1"})])
def test_messages_are_frozen_and_take_any_mapping(message: Request | Response) -> None:
    """Headers become immutable ones; nothing can be set afterwards."""
    assert isinstance(message.headers, Headers)
    assert message.headers["a"] == "1"
    with pytest.raises(dataclasses.FrozenInstanceError):
        message.body = b"x"  # type: ignore[misc]


def test_messages_are_positional_and_equal_by_value() -> None:
    """The order of the fields is part of the interface."""
    assert Request("POST", "/p", {"a": "1"}, b"{}") == Request(method="POST", path="/p", headers={"A": "1"}, body=b"{}")
    assert Response(200, {}, b"{}") == Response(status=200, headers={}, body=b"{}")
    assert Request("GET", "/p", {}).body == b""
    assert Response(204, {}).body == b""
    assert Response(200, {}).fault is None


def test_json_is_decoded_or_refused() -> None:
    """``.json()`` decodes the body; ValueError when it is not JSON."""
    assert Request("POST", "/", {}, b'{"a": 1}').json() == {"a": 1}
    assert Response(200, {}, b"[]").json() == []
    with pytest.raises(ValueError, match="Expecting value"):
        Response(200, {}, b"<html>").json()


@pytest.mark.parametrize(
    "body",
    [
        b"NaN",
        b'{"a": -Infinity}',
        b"\xff",
        b"[" * 100_000,
        b"[" * 101 + b"]" * 101,
        b'{"a":' * 101 + b"1" + b"}" * 101,
    ],
)
def test_what_is_no_json_or_too_deep_is_refused(body: bytes) -> None:
    """So that nothing that walks through a body meets what it cannot bear."""
    with pytest.raises(ValueError, match=r"nested too deeply|no JSON value|codec|Expecting value"):
        Response(200, {}, body).json()


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100 + b"]" * 100,
        b"[" * 100 + b"1" + b"]" * 100,
        b"[" * 99 + b"[1],[]" + b"]" * 99,
        b'[{"a":1},' * 60 + b"1" + b"]" * 60,
        b"[" + b"{}," * 200 + b"[]]",
        '\ufeff"ü"'.encode(),
    ],
)
def test_what_is_wide_or_deep_enough_is_decoded(body: bytes) -> None:
    """A long list is not deep."""
    assert Response(200, {}, body).json() == json.loads(body)


@pytest.mark.parametrize("label", ["application/json", "Application/JSON ; charset=utf-8"])
def test_a_media_type_has_no_parameters(label: str) -> None:
    """Nor capitals."""
    assert media_type(Response(200, {"content-type": label})) == "application/json"
    assert media_type(Request("GET", "/", {})) == ""


def test_the_path_is_kept_as_sent() -> None:
    """Query, escapes and a leading double slash are not touched."""
    assert Request("GET", "//mfa/x%7Cy?a=b", {}).path == "//mfa/x%7Cy?a=b"


def test_reprs_hold_no_secrets() -> None:
    """Neither header values nor queries nor bodies are shown."""
    request = Request("POST", "/mfa/x?code=hush", {"Authorization": "Bearer hush"}, b"hush")
    assert "hush" not in repr(request) + repr(request.headers) + repr(Response(200, {"x": "hush"}, b"hush"))
    assert repr(request) == "<Request POST /mfa/x, 4 bytes>"
