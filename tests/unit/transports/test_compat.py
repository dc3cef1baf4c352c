"""Private names of other packages that the transports use are still where they were."""

from __future__ import annotations

import io

import requests
import responses
from urllib3.response import HTTPResponse
from urllib3.util import Timeout

from pytest_auth0_mfa.transports import compat


def test_the_finder_of_responses() -> None:
    """responses 0.25 to 0.26: a mock asks `_find_match` for each request and answers with what it returns."""
    found = responses.Response("GET", "https://elsewhere.example/", body="found")
    original = compat.stub_finder(responses.RequestsMock)
    compat.set_stub_finder(responses.RequestsMock, lambda mock, request: (found, []))
    try:
        with responses.RequestsMock():
            assert requests.get("https://tenant.example/").text == "found"
    finally:
        compat.set_stub_finder(responses.RequestsMock, original)


def test_the_content_of_requests() -> None:
    """requests 2.31 to 2.34: a response whose content is set reads nothing more."""
    response = requests.Response()
    compat.set_content(response, b"whole")
    assert (response.content, list(response.iter_content(3))) == (b"whole", [b"who", b"le"])


def test_the_message_of_urllib3() -> None:
    """urllib3 1.26 to 2.8, requests 2.31 to 2.34: cookies are read from the message below a response."""
    raw = HTTPResponse(io.BytesIO(), headers={"Set-Cookie": "a=1"}, preload_content=False)
    compat.set_message(raw, HTTPResponse(io.BytesIO(), msg=raw.headers, preload_content=False))  # type: ignore[arg-type]
    request = requests.Request("GET", "https://tenant.example/").prepare()
    assert requests.adapters.HTTPAdapter().build_response(request, raw).cookies["a"] == "1"


def test_the_read_timeout_of_urllib3() -> None:
    """urllib3 1.26 to 2.8: a timeout knows what was given for reading."""
    assert compat.configured_read_timeout(Timeout(connect=1, read=7)) == 7
