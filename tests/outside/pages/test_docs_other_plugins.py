"""docs/howto-other-plugins.md: its snippets run with the plugins that they are about (`tox -e plugins`)."""

from __future__ import annotations

from pathlib import Path

import pytest
from helpers.doc_pages import Player
from helpers.places import PROJECT
from other_plugins.runs import PLUGINS, need

PAGE = PROJECT / "docs" / "howto-other-plugins.md"


@pytest.mark.slow
def test_the_page(tmp_path: Path) -> None:
    """Its snippets run with the plugins that they are about."""
    need(*(module for name, module in PLUGINS.items() if name != "vcr"))
    Player(tmp_path, environment={"PYTEST_ADDOPTS": "-p no:vcr"}).play(PAGE)
