"""The tenant that ``--auth0-mfa-target`` names (by default the fake) keeps the contract."""

from __future__ import annotations

from pytest_auth0_mfa.contract import TenantContract


class TestTenant(TenantContract):
    """Every scenario and the random walk, on the tenant under test."""
