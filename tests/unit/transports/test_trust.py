"""A client that does not trust the server is told how, in the words of its library."""

from __future__ import annotations

import asyncio
import urllib.request
from collections.abc import Callable

import aiohttp
import httpx
import httpx2
import pytest
import requests
import urllib3

from pytest_auth0_mfa import Tenant, serve
from pytest_auth0_mfa.transports.attempts import trust_advice


def _by_aiohttp(url: str) -> None:
    async def call() -> None:
        async with aiohttp.ClientSession() as session:
            await session.get(url)

    asyncio.run(call())


CONTEXT = "ssl.create_default_context(cafile=auth0_mfa_server.ca_file)"


@pytest.mark.parametrize(
    ("call", "how"),
    [
        (requests.get, "verify=auth0_mfa_server.ca_file"),
        (httpx.get, f"verify={CONTEXT}"),
        (httpx2.get, f"verify={CONTEXT}"),
        (_by_aiohttp, f"ssl={CONTEXT}"),
        (lambda url: urllib3.PoolManager(retries=False).request("GET", url), "PoolManager(ca_certs=auth0_mfa_serv"),
        (urllib.request.urlopen, f"context={CONTEXT}"),
    ],
)
def test_each_library_is_told_its_own_way(call: Callable[[str], object], how: str) -> None:
    """The advice names the argument that this library takes."""
    with serve(Tenant()) as tenant:
        with pytest.raises(Exception, match="certificate") as caught:
            call(tenant.url)
        advice = trust_advice(caught.value, tenant)
    assert advice is not None
    assert how in advice


def test_nothing_is_said_of_other_errors() -> None:
    """Another host's certificate, another error and a tenant without a server get no advice."""
    other = requests.exceptions.SSLError("HTTPSConnectionPool(host='api.example', port=443): CERTIFICATE_VERIFY_FAILED")
    with serve(Tenant()) as tenant:
        assert trust_advice(other, tenant) is None
        assert trust_advice(OSError(tenant.domain), tenant) is None
    assert trust_advice(other, Tenant()) is None


def test_an_untrusted_certificate_says_what_to_pass(pytester: pytest.Pytester) -> None:
    """A test that forgot the CA file ends in the argument that its library takes."""
    pytester.makepyfile(
        """
        import requests

        def test_keys(auth0_mfa_server):
            requests.get(auth0_mfa_server.url + "/.well-known/jwks.json")
        """
    )
    result = pytester.runpytest("-p", "no:cacheprovider")
    result.stdout.fnmatch_lines(
        ["E *pytest-auth0-mfa: the client does not trust*give it verify=auth0_mfa_server.ca_file."]
    )
