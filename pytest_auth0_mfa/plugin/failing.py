"""What was used wrongly, or what this machine refuses, fails a test with its sentence alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeVar

import pytest

from pytest_auth0_mfa.errors import ConfigurationError, MissingExtraError, UnwritableError

T = TypeVar("T")


def fail_plainly(call: Callable[[], T], *also: type[Exception], reraise: type[Exception] | tuple[()] = ()) -> T:
    """The call's result; the sentence of what was refused, without a traceback through our own code.

    Exceptions in ``also`` are reported the same way; those in ``reraise`` propagate.
    """
    __tracebackhide__ = True
    refusals: tuple[type[Exception], ...] = (ConfigurationError, MissingExtraError, UnwritableError, *also)
    try:
        return call()
    except reraise:
        raise
    except refusals as refused:
        text = str(refused)
    pytest.fail(text, pytrace=False)


def with_scope_advice(message: str) -> str:
    """pytest's message about a fixture of a narrower scope, and what to use when the fixture is ours."""
    if re.search(r"fixture '?(make_)?auth0_mfa(_server)?\b", message) is None:
        return message
    return (
        f"{message}\nA tenant lives as long as a test. For an application that is started once, take "
        "auth0_mfa_session_server (scope session) and call its reset() in each test; or make a tenant of your own: "
        "with serve(Tenant()) as tenant, in a fixture of the scope you need."
    )
