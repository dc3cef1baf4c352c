"""@auth0/auth0-auth-js and @auth0/auth0-server-js, unchanged, on Node."""

from __future__ import annotations

import shutil

import pytest
from sdk import sdk_tools

from pytest_auth0_mfa import Tenant

if shutil.which("node") is None or not (sdk_tools.NODE / "node_modules" / "@auth0").is_dir():
    sdk_tools.missing("Node, or what npm ci installs in tests/outside/sdk/node,")

SCENARIOS = {
    "auth-js.mjs": ["email", "otpAndRecoveryCode", "push", "expiry"],
    "server-js.mjs": ["email", "otpAndRecoveryCode", "push"],
}


@pytest.mark.parametrize("script", SCENARIOS)
def test_every_scenario_is_played(tenant: Tenant, script: str) -> None:
    """In a process of its own, which is told of the CA file by the environment alone."""
    assert sdk_tools.run_node(tenant, script).split("\n") == [*(f"ok {name}" for name in SCENARIOS[script]), ""]
    assert [violation for call in tenant.calls for violation in call.violations] == []
