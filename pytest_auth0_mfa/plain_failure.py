"""What was used wrongly, or what this machine refuses, fails a test with its sentence alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import pytest

from .errors import ConfigurationError, MissingExtraError, UnwritableError

T = TypeVar("T")


def plainly(call: Callable[[], T], *, let: type[Exception] | tuple[()] = ()) -> T:
    """The call's result; the sentence of what was refused, without a traceback through our own code, but of ``let``."""
    __tracebackhide__ = True
    try:
        return call()
    except let:
        raise
    except (ConfigurationError, MissingExtraError, UnwritableError) as refused:
        text = str(refused)
    pytest.fail(text, pytrace=False)
