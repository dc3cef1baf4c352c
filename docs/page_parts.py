"""What the generated pages have in common."""

from __future__ import annotations

from collections.abc import Iterable

NOTE = "<!-- Made by `python docs/generate.py` from the code: change the code, not this page. -->"


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    """A Markdown table; bars inside cells are escaped."""
    lines = [head, tuple("---" for _ in head), *rows]
    return [f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in lines]
