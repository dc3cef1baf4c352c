"""The folders of the project and its tests."""

from __future__ import annotations

from pathlib import Path

TESTS = Path(__file__).parents[1]
PROJECT = TESTS.parent
IMPORTABLE = (TESTS, TESTS / "contract", TESTS / "outside", PROJECT / "tools")
"""The folders of pytest's `pythonpath` setting, for other processes that import helpers."""
