"""Fixtures for the tests of Auth0's SDKs."""

from __future__ import annotations

import pytest

from pytest_auth0_mfa import Tenant


@pytest.fixture
def tenant(auth0_mfa_server: Tenant, monkeypatch: pytest.MonkeyPatch) -> Tenant:
    """A served tenant that the environment points at: SDKs get no other hint of the CA file."""
    for name, value in auth0_mfa_server.env.items():
        monkeypatch.setenv(name, value)
    return auth0_mfa_server
