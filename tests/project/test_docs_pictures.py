"""The pictures of docs/ are small, are shown, and are described for those who do not see them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from helpers.places import PROJECT

DOCS = PROJECT / "docs"
PICTURES = sorted((DOCS / "images").glob("*.png"))
SHOWN = [
    found
    for page in DOCS.glob("*.md")
    for found in re.findall(r"!\[([^\]]*)\]\((images/[^)]+)\)", page.read_text("utf-8"))
]


@pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: picture.name)
def test_pictures_are_small_pngs(picture: Path) -> None:
    """Under 200 kB each."""
    content = picture.read_bytes()
    assert content.startswith(b"\x89PNG")
    assert len(content) < 200_000


def test_every_picture_is_shown_and_described() -> None:
    """A page shows it, with a text in its place."""
    assert {DOCS / name for _, name in SHOWN} == set(PICTURES)
    assert all(len(text.split()) > 4 for text, _ in SHOWN)
