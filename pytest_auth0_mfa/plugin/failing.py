"""What was used wrongly, or what this machine refuses, fails a test with its sentence alone."""

from __future__ import annotations

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
