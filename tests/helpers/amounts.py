"""Decides how much is tested when: in every run, in CI's slow tests, or in `python tools/nightly`."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping
from typing import Any, TypeVar

import pytest

T = TypeVar("T")


def examples(count: int) -> int:
    """The number of examples: ``count``, or a twentieth of it in a sample of the nightly tests."""
    return count // 20 if "AUTH0_MFA_TEST_SAMPLE" in os.environ else count


def of_each_kind(entries: Mapping[str, T], kind: Callable[[T], Hashable], quick: Collection[str]) -> list[Any]:
    """The names in a large zoo as test parameters.

    Those in ``quick`` run always, the first of each kind in the slow tests, and the others, which are more of the
    same, in the nightly tests.
    """
    first: dict[Hashable, str] = {}
    for name, entry in entries.items():
        first.setdefault(kind(entry), name)
    return _marked(entries, quick, first.values())


def every(step: int, names: Iterable[str], quick: Collection[str]) -> list[Any]:
    """As `of_each_kind`, but with every ``step``-th name in the slow tests."""
    names = list(names)
    return _marked(names, quick, names[::step])


def chosen(slow: Collection[T], names: Iterable[T]) -> list[Any]:
    """Names or other values as test parameters: those in ``slow`` are played in the slow tests, the others by night."""
    return _marked(names, (), slow)


def some(step: int, names: Iterable[str]) -> list[Any]:
    """As test parameters, of which every ``step``-th is played always, and the others, which are more of the same, in
    the nightly tests."""
    return [
        pytest.param(name, marks=() if place % step == 0 else pytest.mark.nightly) for place, name in enumerate(names)
    ]


def _marked(names: Iterable[T], quick: Collection[T], slow: Iterable[T]) -> list[Any]:
    names, slow = list(names), set(slow)
    assert set(quick) <= set(names), set(quick) - set(names)
    return [
        pytest.param(name, marks=() if name in quick else pytest.mark.slow if name in slow else pytest.mark.nightly)
        for name in names
    ]
