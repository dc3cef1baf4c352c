"""Auth0's SDKs for Python, unchanged and in process: no server, no CA file, no environment."""

from __future__ import annotations

import asyncio
from importlib.util import find_spec

import pytest
from sdk import sdk_tools

from pytest_auth0_mfa import Tenant, in_process

if find_spec("auth0") is None:
    sdk_tools.missing("auth0-python")

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of what the SDKs themselves use


def test_auth0_python_logs_in() -> None:
    """`GetToken.login`, which asks with requests, gets tokens."""
    from auth0.authentication import GetToken

    with in_process(Tenant()) as tenant:
        user = tenant.add_user(mfa=False)
        client = GetToken(tenant.domain, tenant.client_id, client_secret=tenant.client_secret)
        assert client.login(user.email, user.password, realm="Username-Password-Authentication", scope="openid")[
            "id_token"
        ]


def test_auth0_server_python_challenges() -> None:
    """The MFA client, which asks with httpx or its successor, lists and challenges."""
    if find_spec("auth0_server_python") is None:
        sdk_tools.missing("auth0-server-python")
    from sdk.test_auth0_server_python import Login

    async def scenario(tenant: Tenant) -> None:
        user = tenant.add_user("ada@example.com")
        user.enroll("email")
        login = Login(tenant, user)
        token = await login.mfa_token()
        (row, _) = await login.client.mfa.list_authenticators({"mfa_token": token})
        asked = {"mfa_token": token, "factor_type": "email", "authenticator_id": row.id}
        assert (await login.client.mfa.challenge_authenticator(asked)).binding_method == "prompt"

    with in_process(Tenant()) as tenant:
        asyncio.run(scenario(tenant))
