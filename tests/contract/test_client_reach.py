"""A client that does not reach the tenant is told so, with the cause and what to do, whatever library it is on."""

from __future__ import annotations

import http.client
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import aiohttp
import httpx
import pytest
import requests
import urllib3
from client_zoo.entries import bench_for
from client_zoo.requests_client import RequestsClient

from pytest_auth0_mfa import ContractViolation
from pytest_auth0_mfa.contract.client.adapter import AuthError
from pytest_auth0_mfa.contract.client.flows import scenarios
from pytest_auth0_mfa.transports.server import Server

NOWHERE = "127.0.0.1:9"
TOKEN = "/oauth/token"


def by_requests(base: str) -> None:
    with requests.Session() as session:
        session.trust_env = False
        session.post(base + TOKEN, timeout=5)


def by_httpx(base: str) -> None:
    with httpx.Client(trust_env=False) as client:
        client.post(base + TOKEN)


def by_urllib3(base: str) -> None:
    with urllib3.PoolManager(retries=False, timeout=5) as pool:
        pool.request("POST", base + TOKEN)


def by_http_client(base: str, path: str = TOKEN) -> None:
    scheme, _, host = base.partition("://")
    kind = http.client.HTTPSConnection if scheme == "https" else http.client.HTTPConnection
    connection = kind(host, timeout=5)
    try:
        connection.request("POST", path, body=b"{}")
        connection.getresponse()
    finally:
        connection.close()


async def by_aiohttp(base: str) -> None:
    async with aiohttp.ClientSession() as session, session.post(base + TOKEN, ssl=True):
        pass


LIBRARIES = (by_requests, by_httpx, by_urllib3, by_http_client, by_aiohttp)


class Forgetful:
    """A login whose library's exception nobody sees: `how` says what is left of it."""

    def __init__(self, send: Callable[[str], Any], base: str, how: str) -> None:
        self.send, self.base, self.how = send, base, how

    async def log_in(self, username: str, password: str, **asked: Any) -> Any:
        try:
            sent = self.send(self.base)
            if sent is not None:
                await sent
        except Exception as error:
            if self.how == "cause":
                raise AuthError("no_answer") from error
        if self.how == "success":
            return {}
        raise AuthError("no_answer")


def found(
    client: Callable[..., object], server: Server | None = None, scenario: str = "login-wrong-password"
) -> ContractViolation:
    """What a login of it comes to, or what else the scenario calls."""
    with pytest.raises(ContractViolation) as caught:
        scenarios()[scenario].run(bench_for(client, scenario, server=server))
    return caught.value


@pytest.mark.parametrize("how", ["cause", "nothing", "success"])
@pytest.mark.parametrize("send", LIBRARIES, ids=lambda send: send.__name__)
def test_a_host_of_its_own_is_named(send: Callable[[str], Any], how: str) -> None:
    """Also where the adapter swallowed what its library raised."""
    violation = found(lambda domain, *_: Forgetful(send, f"https://{NOWHERE}", how))
    assert violation.headline == "MFA240 password: did not reach the tenant (host)"
    assert f"it called {NOWHERE} instead of tenant.example" in violation.block
    assert "to do:     Call https://tenant.example" in violation.block
    assert ("reported a success" in violation.block) == (how == "success")


@pytest.mark.parametrize("how", ["nothing", "success"])
@pytest.mark.parametrize("send", LIBRARIES, ids=lambda send: send.__name__)
def test_plain_http_is_named(send: Callable[[str], Any], how: str) -> None:
    """In process, where nothing listens at the port."""
    violation = found(lambda domain, *_: Forgetful(send, f"http://{domain}", how))
    assert violation.headline == "MFA240 password: did not reach the tenant (plain HTTP)"
    assert "to do:     Use https://" in violation.block


@pytest.mark.parametrize(
    ("send", "advice"),
    [
        (by_requests, "verify=tenant.ca_file"),
        (by_httpx, "verify=ssl.create_default_context(cafile=tenant.ca_file)"),
        (by_aiohttp, "Give aiohttp ssl="),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_trust_is_explained_for_the_library(send: Callable[[str], Any], advice: str) -> None:
    """Over a server whose certificate the client does not know."""
    with Server() as server:
        violation = found(lambda domain, *_: Forgetful(send, f"https://{domain}", "cause"), server)
    assert violation.headline == "MFA240 password: did not reach the tenant (certificate)"
    assert advice in violation.block


def test_a_call_of_something_else_is_no_attempt() -> None:
    """Who asked another service and not the tenant made no call of the API."""

    class Asks(Forgetful):
        async def log_in(self, username: str, password: str, **asked: Any) -> Any:
            with suppress(OSError):
                by_http_client(f"http://{NOWHERE}", "/metrics")
            return {}

    assert found(lambda *_: Asks(by_requests, "", "")).finding == "MFA219"


class OnlyDiscovers(RequestsClient):
    def log_in(self, username: str, password: str, **asked: Any) -> Any:
        self.call("GET", "/.well-known/openid-configuration")
        raise AuthError("unsupported")


class OnlyLists(RequestsClient):
    def challenge(self, mfa_token: str, authenticator_id: str | None = None, **asked: Any) -> Any:
        self.list_authenticators(mfa_token)
        raise AuthError("unsupported")


@pytest.mark.parametrize(
    ("client", "scenario"), [(OnlyDiscovers, "login-wrong-password"), (OnlyLists, "email-challenge")]
)
def test_a_call_that_arrived_was_made(client: Callable[..., object], scenario: str) -> None:
    """What another call of the client came to says nothing of the one that it did not make."""
    assert found(client, scenario=scenario).finding == "MFA219"
