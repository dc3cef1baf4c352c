"""The recipes of CONTRIBUTING work: each is carried out on a copy of the project."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from helpers.doc_pages import Player, blocks, changed
from helpers.places import PROJECT

ROOT = PROJECT
PAGE = ROOT / "CONTRIBUTING.md"
COPIED = ("pytest_auth0_mfa", "schemas", "tests", "tools", "docs")


@pytest.mark.slow
def test_every_recipe_works(tmp_path: Path) -> None:
    """The changes fit, and the tests that the page names pass after them."""
    leave_out = shutil.ignore_patterns("__pycache__", "node_modules", "*.png")
    for folder in COPIED:
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=leave_out)
    for file in (*ROOT.glob("*.toml"), *ROOT.glob("*.md"), *ROOT.glob("*.yml"), ROOT / "conftest.py"):
        shutil.copy(file, tmp_path)
    Player(tmp_path, environment={"PYTHONPATH": str(tmp_path)}).play(PAGE)


def test_the_changes_of_every_recipe_fit() -> None:
    """What a recipe shows of a file stands there, once."""
    texts: dict[str, str] = {}
    for block in blocks(PAGE):
        if block.language == "diff":
            for part in block.text.split("--- ")[1:]:
                name, _, hunk = part.partition("\n")
                texts[name] = changed(texts.get(name) or (ROOT / name).read_text(encoding="utf-8"), hunk)
    assert len(texts) > 8


def test_a_change_that_does_not_fit_is_refused() -> None:
    """Lines that are not there, or twice, are no place for a change."""
    assert changed("a\nb\nc\n", " a\n-b\n+B\n") == "a\nB\nc\n"
    for text in ("a\n", "a\nb\na\nb\n"):
        with pytest.raises(AssertionError, match="these lines stand"):
            changed(text, " a\n-b\n+B\n")
