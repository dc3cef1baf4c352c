"""Where the project and its tests are."""

from __future__ import annotations

from pathlib import Path

TESTS = Path(__file__).parents[1]
PROJECT = TESTS.parent
IMPORTABLE = (TESTS, TESTS / "contract", TESTS / "outside", PROJECT / "tools")
"""What pytest has on its path here (`pythonpath`): for other processes that import helpers."""
