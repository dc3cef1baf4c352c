"""A new user with an empty folder and nothing but the wheel gets through docs/start.md.

Only ``tox -e build`` has a wheel; `test_docs_snippets` plays the same page in the environment at hand.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from helpers.doc_pages import Player
from helpers.places import PROJECT as ROOT
from packages.test_packaging import Environment

pytestmark = pytest.mark.skipif(
    "AUTH0_MFA_TEST_DIST" not in os.environ, reason="run `tox -e build`: it builds what is tested"
)


@pytest.mark.parametrize("name", ["start.md", "index.md"])
def test_the_page_can_be_followed(tmp_path: Path, name: str) -> None:
    """Each test passes or fails as the page says, with the words that the page shows."""
    environment = Environment(tmp_path)
    environment.install()
    Player(environment.folder, python=environment.bin / "python").play(ROOT / "docs" / name)
