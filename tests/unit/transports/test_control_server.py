"""The control plane over HTTPS: who reaches it, from where, and when it is there at all."""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Callable

import pytest
import requests

from pytest_auth0_mfa import Tenant, serve


def _ask(tenant: Tenant, method: str = "GET", path: str = "tenant", **headers: str) -> requests.Response:
    fields = {"Authorization": f"Bearer {tenant.control_token}"} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    with requests.Session() as session:
        session.trust_env = False
        url = f"{tenant.url}/_auth0_mfa/{path}"
        return session.request(method, url, headers=fields, verify=tenant.ca_file, timeout=10)


def test_a_served_tenant_has_a_control_plane(auth0_mfa_server: Tenant) -> None:
    """Its token is in the environment that the fixture hands out."""
    answer = _ask(auth0_mfa_server)
    assert answer.json()["domain"] == auth0_mfa_server.domain
    assert auth0_mfa_server.env["AUTH0_MFA_CONTROL_TOKEN"] == auth0_mfa_server.control_token


def test_a_tenant_in_process_has_none(auth0_mfa: Tenant) -> None:
    """A Python test has the tenant itself."""
    assert auth0_mfa.control_token is None
    assert "AUTH0_MFA_CONTROL_TOKEN" not in auth0_mfa.env


def test_every_server_has_a_token_of_its_own(make_auth0_mfa_server: Callable[..., Tenant]) -> None:
    """The token of one opens no other."""
    one, other = make_auth0_mfa_server(), make_auth0_mfa_server()
    assert one.control_token != other.control_token
    assert _ask(one, Authorization=f"Bearer {other.control_token}").status_code == 401
    assert len(one.control_token or "") >= 32


def test_a_given_token_is_kept_and_a_made_one_is_taken_back() -> None:
    """After the server the tenant is as it was before."""
    tenant = Tenant()
    with serve(tenant):
        assert tenant.control_token
    assert tenant.control_token is None
    tenant.control_token = "mine"
    with serve(tenant):
        assert tenant.control_token == "mine"
    assert tenant.control_token == "mine"


@pytest.mark.parametrize("host", ["evil.example", "localhost", "evil.example:{port}", "localhost.evil.example:{port}"])
def test_a_foreign_host_is_refused(auth0_mfa_server: Tenant, host: str) -> None:
    """A name that was rebound to this machine does not reach the control plane, token or not."""
    port = int(auth0_mfa_server.domain.rpartition(":")[2])
    context = ssl.create_default_context(cafile=auth0_mfa_server.ca_file)
    connection = http.client.HTTPSConnection("localhost", port, context=context, timeout=10)
    headers = {"Host": host.format(port=port), "Authorization": f"Bearer {auth0_mfa_server.control_token}"}
    connection.request("POST", "/_auth0_mfa/reset", headers=headers)
    answer = connection.getresponse()
    assert answer.status == 421
    assert b"client_id" not in answer.read()
    connection.close()


def test_pages_of_other_origins_get_nothing(auth0_mfa_server: Tenant) -> None:
    """Neither an answer nor a preflight that would let them ask; Auth0's own paths stay open to pages."""
    origin = {"Origin": "https://evil.example"}
    preflight = {**origin, "Access_Control_Request_Method": "POST", "Access_Control_Request_Headers": "authorization"}
    for answer in (_ask(auth0_mfa_server, **origin), _ask(auth0_mfa_server, "OPTIONS", **preflight)):
        assert answer.status_code == 403
        assert not any(name.lower().startswith("access-control-") for name in answer.headers)
    with requests.Session() as session:
        url = f"{auth0_mfa_server.url}/.well-known/jwks.json"
        answer = session.get(url, headers=origin, verify=auth0_mfa_server.ca_file, timeout=10)
    assert answer.headers["Access-Control-Allow-Origin"] == "https://evil.example"


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "[::1]"])
def test_its_own_page_may_ask(auth0_mfa_server: Tenant, name: str) -> None:
    """By each of the names that the server goes by."""
    port = auth0_mfa_server.domain.rpartition(":")[2]
    answer = _ask(auth0_mfa_server, Origin=f"https://{name}:{port}", Host=f"{name}:{port}")
    assert answer.status_code == 200
