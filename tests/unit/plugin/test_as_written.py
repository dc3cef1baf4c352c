"""Which modules of this package pytest rewrites."""

from __future__ import annotations

import importlib
from importlib.machinery import SourceFileLoader

import pytest


@pytest.mark.parametrize("name", ["plugin.fixtures", "tenant.tenant", "app", "transports.in_process", "spec.schemas"])
def test_modules_of_the_fixtures_are_imported_as_they_are_written(name: str) -> None:
    """pytest's import of a module takes several times as long as Python's, in each run of each project."""
    loader = importlib.import_module(f"pytest_auth0_mfa.{name}").__loader__
    assert type(loader) is SourceFileLoader


@pytest.mark.parametrize("name", ["contract.tenant.contract", "contract.client.contract", "suite.test_tenant"])
def test_asserts_of_contract_and_suite_are_rewritten(name: str) -> None:
    """A failed assert of theirs shows its values."""
    loader = importlib.import_module(f"pytest_auth0_mfa.{name}").__loader__
    assert type(loader) is not SourceFileLoader
