"""Private names of other packages that the transports use are still where they were."""

from __future__ import annotations

import asyncio
import http.client
import io
import threading
from concurrent.futures import ThreadPoolExecutor

import aiohttp
import pytest
import requests
import responses
from urllib3.connection import HTTPSConnection
from urllib3.response import HTTPResponse
from urllib3.util import Timeout

from pytest_auth0_mfa.transports import compat


def test_the_finder_of_responses(monkeypatch: pytest.MonkeyPatch) -> None:
    """responses 0.25 to 0.26: a mock asks `_find_match` for each request and answers with what it returns."""
    found = responses.Response("GET", "https://elsewhere.example/", body="found")
    monkeypatch.setattr(responses.RequestsMock, compat.FIND_MATCH, lambda mock, request: (found, []))
    with responses.RequestsMock():
        assert requests.get("https://tenant.example/").text == "found"


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


@pytest.mark.parametrize("library", [http.client.HTTPSConnection, HTTPSConnection])
def test_the_destination_behind_a_proxy(library: type[http.client.HTTPConnection]) -> None:
    """CPython 3.11 to 3.14, urllib3 1.26 to 2.8: a tunnelled connection knows where it leads."""
    connection = library("proxy.example", 3128)
    assert compat.destination(connection) == ("proxy.example", 3128)
    connection.set_tunnel("tenant.example", 443)
    assert compat.destination(connection) == ("tenant.example", 443)


def test_the_connector_of_aiohttp() -> None:
    """aiohttp 3.10 to 3.14: a connector opens connections with `_create_connection` and puts a protocol on top."""

    async def look() -> None:
        connector = aiohttp.TCPConnector()
        async with connector:
            assert asyncio.iscoroutinefunction(getattr(connector, compat.CREATE_CONNECTION))
            assert hasattr(compat.new_protocol(connector), "data_received")

    asyncio.run(look())


def test_the_workers_of_a_pool() -> None:
    """CPython 3.11 to 3.14: a thread of a pool is told from one that somebody started."""
    with ThreadPoolExecutor(1) as pool:
        worker = pool.submit(threading.current_thread).result()
        assert compat.is_pool_worker(worker)
    assert not compat.is_pool_worker(threading.current_thread())
