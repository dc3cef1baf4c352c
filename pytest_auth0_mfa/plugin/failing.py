"""What was used wrongly, or what this machine refuses, fails a test with its sentence alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import pytest

from pytest_auth0_mfa.errors import ConfigurationError, MissingExtraError, UnwritableError

T = TypeVar("T")


def plainly(call: Callable[[], T], *also: type[Exception], let: type[Exception] | tuple[()] = ()) -> T:
    """The call's result; the sentence of what was refused, without a traceback through our own code.

    ``also`` is told so too, ``let`` is let through.
    """
    __tracebackhide__ = True
    told: tuple[type[Exception], ...] = (ConfigurationError, MissingExtraError, UnwritableError, *also)
    try:
        return call()
    except let:
        raise
    except told as refused:
        text = str(refused)
    pytest.fail(text, pytrace=False)
