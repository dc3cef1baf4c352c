"""The first thing that every library of Python is asked for: the key set of the tenant, in process."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Iterator
from importlib.util import find_spec

import httpx2
import jwt
import pytest
import requests_oauthlib
from authlib.integrations.httpx_client import AsyncOAuth2Client, OAuth2Client
from helpers.http_clients import SENDERS
from oauthlib.oauth2 import LegacyApplicationClient
from sdk import sdk_tools

from pytest_auth0_mfa import Tenant, in_process

for package in ("auth0", "auth0_server_python"):
    if find_spec(package) is None:
        sdk_tools.missing(package)

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of what the SDKs themselves use
KEYS = "/.well-known/jwks.json"


@pytest.fixture
def tenant() -> Iterator[Tenant]:
    with in_process(Tenant(domain="shop.eu.auth0.com")) as tenant:  # as AUTH0_DOMAIN of a real tenant would have it
        yield tenant


@pytest.fixture
def kid(tenant: Tenant) -> str:
    """The id of the key that signs."""
    keys: list[dict[str, str]] = httpx2.get(tenant.url + KEYS).json()["keys"]
    tenant.calls.clear()
    return keys[0]["kid"]


@pytest.mark.parametrize("library", SENDERS)
def test_every_http_library(tenant: Tenant, kid: str, library: str) -> None:
    """requests, httpx, httpx2, urllib3, http.client, urllib.request, aiohttp; sync and async."""
    received = SENDERS[library]("GET", tenant.url + KEYS, {}, None)
    assert received.status == 200
    assert json.loads(received.body)["keys"][0]["kid"] == kid
    assert [call.operation for call in tenant.calls] == ["jwks"]


def test_pyjwt(tenant: Tenant, kid: str) -> None:
    """`PyJWKClient`, on urllib.request, finds the key of a token that was issued here."""
    user = tenant.add_user(mfa=False)
    login = tenant.password_grant(user, scope="openid")
    token = httpx2.post(tenant.url + "/oauth/token", json=login).json()["id_token"]
    key = jwt.PyJWKClient(tenant.url + KEYS).get_signing_key_from_jwt(token)
    assert key.key_id == kid
    assert jwt.decode(token, key, ["RS256"], audience=tenant.client_id, issuer=tenant.issuer)["sub"] == user.id


def test_authlib_with_httpx2_installed(tenant: Tenant, kid: str) -> None:
    """Both of its clients; which library they take is theirs to choose."""
    with OAuth2Client(tenant.client_id, tenant.client_secret) as client:
        assert client.request("GET", tenant.url + KEYS, withhold_token=True).json()["keys"][0]["kid"] == kid

    async def keys() -> str:
        async with AsyncOAuth2Client(tenant.client_id, tenant.client_secret) as client:
            return str((await client.request("GET", tenant.url + KEYS, withhold_token=True)).json()["keys"][0]["kid"])

    assert asyncio.run(keys()) == kid


def test_requests_oauthlib(tenant: Tenant, kid: str) -> None:
    """Its session, which is one of requests."""
    with requests_oauthlib.OAuth2Session(client=LegacyApplicationClient(tenant.client_id)) as session:
        assert session.request("GET", tenant.url + KEYS, withhold_token=True).json()["keys"][0]["kid"] == kid


def test_auth0_python(tenant: Tenant, kid: str) -> None:
    """Its verifier of tokens, which asks with requests."""
    from auth0.authentication.token_verifier import JwksFetcher

    assert JwksFetcher(tenant.url + KEYS).get_key(kid) is not None


def test_auth0_server_python(tenant: Tenant, kid: str) -> None:
    """Its client of a server fetches the key set of its domain."""
    from auth0_server_python.auth_server.server_client import ServerClient

    client = ServerClient(
        domain=tenant.domain,
        client_id=tenant.client_id,
        client_secret=tenant.client_secret,
        secret="a secret of thirty-two characters",
        transaction_store=object(),
        state_store=object(),
    )
    fetched = asyncio.run(client._get_jwks_cached(tenant.domain))
    assert fetched["keys"][0]["kid"] == kid


@pytest.mark.parametrize("port", [443, 8443])
def test_a_raw_socket_is_told_off(tenant: Tenant, port: int) -> None:
    """Before anything leaves the machine, by one sentence that names both fixtures."""
    with pytest.raises(
        OSError, match=r"shop\.eu\.auth0\.com, but auth0_mfa answers it .* there is auth0_mfa_server\.$"
    ):
        socket.create_connection((tenant.domain, port), timeout=5)
    assert not tenant.calls
