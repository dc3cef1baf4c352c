"""The tenant that ``--auth0-mfa-target`` names (the fake, unless told otherwise) keeps the contract."""

from __future__ import annotations

from pytest_auth0_mfa.contract import TenantContract


class TestTenant(TenantContract):
    """Every scenario and the machine, on the default subject."""
