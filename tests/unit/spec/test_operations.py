"""The table of operations: which of them a path belongs to."""

from __future__ import annotations

import pytest

from pytest_auth0_mfa.spec.operations import GRANTS, ME_SCOPES, METHODS, OPERATIONS, rows_at


@pytest.mark.parametrize(
    ("path", "ids"),
    [
        ("/mfa/authenticators", ["list-authenticators"]),
        ("/mfa/authenticators/totp%7Cdev_1?x=/", ["delete-authenticator"]),
        ("/mfa/authenticators/", []),
        ("/mfa/authenticators/a/b", []),
        (METHODS, ["me-list-methods", "me-create-method"]),
        (f"{METHODS}/totp|dev_1", ["me-get-method", "me-update-method", "me-delete-method"]),
        (f"{METHODS}/totp|dev_1/verify", ["me-verify-method"]),
        (f"{METHODS}/totp|dev_1/verify/", []),
        (f"{METHODS}//verify", []),
        ("/api/v2/users", []),
        ("", []),
    ],
)
def test_a_path_belongs_to_the_operations_of_its_template(path: str, ids: list[str]) -> None:
    """A parameter is one whole part of the path; a query is none of it."""
    assert [row.id for row in rows_at(path)] == ids


def test_all_grants_have_one_path() -> None:
    """Their grant_type tells them apart."""
    assert {row.id for row in rows_at("/oauth/token")} == {row.id for row in GRANTS.values()}


def test_the_scopes_of_the_my_account_api_are_those_that_its_operations_need() -> None:
    """No other can be granted, and none is missing."""
    assert set(ME_SCOPES) == {row.scope for row in OPERATIONS.values() if row.scope}
