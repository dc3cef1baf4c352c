"""What the contracts play is the same each time: on every Python, with every Hypothesis, on every machine.

So a seed that found something in CI finds it at one's desk. Who changes what is played on purpose runs
``python tests/pinned.py``; for everybody else a difference is a mistake.
"""

from __future__ import annotations

import json

import pytest
from pinned import FILE, NAMES, digest, lines

PINNED = json.loads(FILE.read_text(encoding="utf-8"))


def test_all_that_is_played_is_known() -> None:
    """No scenario got lost, and none is new."""
    assert [f"{kind} {name}" for kind, name in NAMES] == list(PINNED)


@pytest.mark.parametrize(("kind", "name"), NAMES)
def test_what_is_played_is_the_same_each_time(kind: str, name: str) -> None:
    """To the byte, but for signatures."""
    played = lines(kind, name)
    assert digest(played) == PINNED[f"{kind} {name}"], "\n".join(played)
