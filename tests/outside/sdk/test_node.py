"""@auth0/auth0-auth-js, auth0-server-js, auth0-spa-js and nextjs-auth0, unchanged, on Node."""

from __future__ import annotations

import shutil

import pytest
from sdk import sdk_tools

from pytest_auth0_mfa import Tenant

if shutil.which("node") is None or not (sdk_tools.NODE / "node_modules" / "@auth0").is_dir():
    sdk_tools.missing("Node, or what npm ci installs in tests/outside/sdk/node,")

SCENARIOS = {
    "auth-js.mjs": ["email", "otpAndRecoveryCode", "push", "passwordlessAndRevoke", "rotation", "expiry"],
    "server-js.mjs": ["email", "otpAndRecoveryCode", "push", "passwordlessAndRevoke"],
    "spa-js.mjs": ["refreshAndMfa", "listing", "rotationAndRevoke", "ownPage", "bound", "boundPage"],
}


@pytest.mark.parametrize("script", SCENARIOS)
def test_every_scenario_is_played(tenant: Tenant, script: str) -> None:
    """In a process of its own, which is told of the CA file by the environment alone."""
    assert sdk_tools.run_node(tenant, script).split("\n") == [*(f"ok {name}" for name in SCENARIOS[script]), ""]
    assert [violation for call in tenant.calls for violation in call.violations] == []


def test_nextjs_is_played_under_a_name_without_a_port(tenant: Tenant) -> None:
    """It takes no domain with a port: the tenant has a bare name, and the script sends its calls on to the server."""
    if not (sdk_tools.NODE.parent / "nextjs" / "node_modules" / "@auth0").is_dir():
        sdk_tools.missing("what npm ci installs in tests/outside/sdk/nextjs", module=False)
    tenant.domain, address = "shop.auth0.test", tenant.domain
    printed = sdk_tools.run_node(tenant, "../nextjs/nextjs.mjs", AUTH0_DOMAIN=address, AUTH0_MFA_NAME=tenant.domain)
    assert printed.split("\n") == ["ok refreshAndMfa", "ok passwordless", "ok ownPage", "ok bound", ""]
    assert [violation for call in tenant.calls for violation in call.violations] == []
