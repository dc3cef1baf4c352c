"""What the contracts play is the same each time: on every Python, with every Hypothesis, on every machine.

So a seed that found something in CI finds it at one's desk. Who changes what is played on purpose runs
``python tests/helpers/pinned.py``; for everybody else a difference is a mistake.
"""

from __future__ import annotations

import json

import pytest
from helpers.pinned import FILE, PLAYED, digest, lines

PINNED: dict[str, dict[str, str]] = json.loads(FILE.read_text(encoding="utf-8"))


@pytest.mark.parametrize("kind", PLAYED)
def test_all_that_is_played_is_known(kind: str) -> None:
    """No scenario got lost, and none is new."""
    assert list(PLAYED[kind][0]) == list(PINNED[kind])


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, names in PINNED.items() for name in names])
def test_what_is_played_is_the_same_each_time(kind: str, name: str) -> None:
    """To the byte, but for signatures."""
    played = lines(kind, name)
    assert digest(played) == PINNED[kind][name], "\n".join(played)
