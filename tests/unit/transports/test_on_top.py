"""What is built on Python's HTTP libraries reaches a tenant in process, and so do they beside the consumer's mocks."""

from __future__ import annotations

import asyncio
import socket
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest
import requests
import requests_oauthlib
import urllib3
import vcr  # type: ignore[import-untyped]
from aioresponses import aioresponses
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.integrations.requests_client import OAuth2Session
from oauthlib.oauth2 import LegacyApplicationClient

from pytest_auth0_mfa import Tenant, in_process
from pytest_auth0_mfa.transports.attempts import attempts


@pytest.fixture
def tenant() -> Iterator[Tenant]:
    with in_process(Tenant()) as tenant:
        tenant.add_user("ada@example.com", "pw", mfa=False)
        yield tenant


PASSWORD = {"username": "ada@example.com", "password": "pw", "scope": "openid profile email"}


def test_authlib_on_requests(tenant: Tenant) -> None:
    """A session of Authlib fetches a token and calls with it."""
    session = OAuth2Session(tenant.client_id, tenant.client_secret, token_endpoint_auth_method="client_secret_post")
    token = session.fetch_token(tenant.url + "/oauth/token", grant_type="password", **PASSWORD)
    assert token["token_type"] == "Bearer"
    assert session.get(tenant.url + "/userinfo").json()["email"] == "ada@example.com"


def test_authlib_on_its_newest_client(tenant: Tenant) -> None:
    """Authlib's asynchronous client, which takes httpx2 where that is installed, does too."""

    async def call() -> str:
        client = AsyncOAuth2Client(
            tenant.client_id, tenant.client_secret, token_endpoint_auth_method="client_secret_post"
        )
        async with client:
            await client.fetch_token(tenant.url + "/oauth/token", grant_type="password", **PASSWORD)
            return str((await client.get(tenant.url + "/userinfo")).json()["email"])

    assert asyncio.run(call()) == "ada@example.com"
    assert [call.operation for call in tenant.calls] == ["password", "userinfo"]


def test_requests_oauthlib(tenant: Tenant) -> None:
    """requests-oauthlib fetches a token and calls with it."""
    with requests_oauthlib.OAuth2Session(client=LegacyApplicationClient(tenant.client_id)) as session:
        session.fetch_token(
            tenant.url + "/oauth/token",
            username="ada@example.com",
            password="pw",
            client_id=tenant.client_id,
            client_secret=tenant.client_secret,
            include_client_id=True,
            scope="openid profile email",
        )
        assert session.get(tenant.url + "/userinfo").json()["email"] == "ada@example.com"


def test_beside_aioresponses(tenant: Tenant) -> None:
    """A mock of aioresponses lets the tenant's requests through as it does those of any real host."""

    async def call() -> int:
        with aioresponses(passthrough=[tenant.url]):
            async with aiohttp.ClientSession() as session:
                return (await session.get(tenant.url + "/.well-known/jwks.json")).status

    assert asyncio.run(call()) == 200


def test_beside_vcr(tenant: Tenant, tmp_path: Path) -> None:
    """A cassette that a test begins stands above urllib3 and http.client: the tenant is a host like any other to it."""
    url = tenant.url + "/.well-known/jwks.json"
    with vcr.use_cassette(str(tmp_path / "cassette.yaml")) as cassette:
        assert urllib3.PoolManager().request("GET", url).status == 200
        with urllib.request.urlopen(url) as answer:
            assert answer.status == 200
        assert requests.get(url).status_code == 200
    assert tenant.calls
    assert {request.uri for request in cassette.requests} <= {url}


def test_a_name_that_a_test_resolves_itself(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fake resolver of the consumer's is neither in the way nor lost, and the guard goes when both have gone."""
    with monkeypatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: [])
        assert socket.getaddrinfo("tenant.example", 443) == []
    with pytest.raises(OSError, match="auth0_mfa"):
        socket.getaddrinfo("tenant.example", 443)
    assert len(attempts(tenant)) == 1
