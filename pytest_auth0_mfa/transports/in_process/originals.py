"""What the patches of this package stand in front of.

A mock that was started inside a test and ends after our patch was taken back puts ours back. It passes everything on,
but patched again in every test it would pile up: the next patch stands in front of what ours stood in front of.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

F = TypeVar("F", bound=Callable[..., Any])

_ORIGINAL = "_auth0_mfa_original"


def mark(function: Callable[..., Any], original: Callable[..., Any]) -> None:
    """Say what a function of ours stands in front of."""
    setattr(function, _ORIGINAL, original)


def unpatched(function: F) -> F:
    """The function, or what it stands in front of when it is one of ours that was left behind."""
    return cast(F, getattr(function, _ORIGINAL, function))
