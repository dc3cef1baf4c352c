"""Puts functions of ours in front of others, and takes them away again.

A mock that was started inside a test and ends after our patch was taken back puts ours back. It passes everything on,
but patched again in every test it would pile up: the next patch stands in front of what ours stood in front of.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

F = TypeVar("F", bound=Callable[..., Any])

Undo = Callable[[], None]

_ORIGINAL = "_auth0_mfa_original"


def mark(function: Callable[..., Any], original: Callable[..., Any]) -> None:
    """Say what a function of ours stands in front of."""
    setattr(function, _ORIGINAL, original)


def unpatched(function: F) -> F:
    """The function, or what it stands in front of when it is one of ours that was left behind."""
    return cast(F, getattr(function, _ORIGINAL, function))


def replace(owner: Any, name: str, make: Callable[[Any], Callable[..., Any]]) -> Undo:
    """Replace a function of a module or class by what ``make`` makes of it; returns what undoes it."""
    inherited = name not in vars(owner)
    original = unpatched(getattr(owner, name))
    ours = make(original)
    mark(ours, original)
    setattr(owner, name, ours)

    def undo() -> None:
        # Where somebody wrapped ours and has not let go, it stays and passes everything on.
        if vars(owner).get(name) is not ours:
            return
        if inherited:
            delattr(owner, name)
        else:
            setattr(owner, name, original)

    return undo


def together(*undos: Undo) -> Undo:
    """One that undoes all of these, the last one first."""

    def undo() -> None:
        for each in reversed(undos):
            each()

    return undo
