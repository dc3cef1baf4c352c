"""The exceptions, and the hints in their messages."""

from __future__ import annotations

import pytest

from pytest_auth0_mfa import (
    Auth0MfaError,
    ConfigurationError,
    ContractViolation,
    MissingExtraError,
    OAuthError,
    UnknownOperationError,
)
from pytest_auth0_mfa.errors import closest


@pytest.mark.parametrize(
    ("kind", "builtin"),
    [(ConfigurationError, ValueError), (UnknownOperationError, LookupError), (MissingExtraError, ImportError)],
)
def test_each_error_is_also_the_builtin_one(kind: type[Exception], builtin: type[Exception]) -> None:
    """Who catches ValueError, LookupError or ImportError catches ours."""
    assert issubclass(kind, builtin)
    assert issubclass(kind, Auth0MfaError)


def test_a_broken_contract_is_a_failed_assertion() -> None:
    """It is reported as a failure, not as an error, and says which, where and why."""
    violation = ContractViolation("status", finding="MFA104", operation="challenge", source="H1")
    assert isinstance(violation, AssertionError)
    assert not isinstance(violation, Auth0MfaError)
    assert (violation.finding, violation.operation, violation.source) == ("MFA104", "challenge", "H1")


def test_an_oauth_error_tells_nothing_that_came_along() -> None:
    """Its text is status, error and description; the mfa_token in ``extra`` is not in it."""
    error = OAuthError("mfa_required", 403, "mfa_required", "Multifactor", extra={"mfa_token": "hush"})
    assert str(error) == "403 mfa_required: Multifactor"
    assert error.extra == {"mfa_token": "hush"}
    assert error.headers == {}


def test_a_missing_extra_says_what_to_type() -> None:
    """The message is the command."""
    error = MissingExtraError("the HTTPS server", "server")
    assert str(error) == "the HTTPS server needs an optional dependency: pip install 'pytest-auth0-mfa[server]'"
    assert error.extra == "server"


def test_the_closest_name_comes_first() -> None:
    """A near miss is answered with a question, and a short list with all of it."""
    assert closest("chalenge", ["challenge", "associate"]) == "Did you mean 'challenge'? Known: associate, challenge."
    assert closest("zzz", ["challenge"]) == "Known: challenge."
    many = [f"name{n}" for n in range(30)]
    assert closest("name7x", many) == "Did you mean 'name7'?"
    assert closest("zzz", many).startswith("Known: name0, ")
