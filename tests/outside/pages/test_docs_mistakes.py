"""The page of the commonest mistakes: each fails as the page shows, and is explained in its last ten lines."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from helpers.doc_pages import check_printed
from helpers.places import PROJECT

PAGE = "mistakes.md"
WITHOUT_THE_EXTRA = 'import sys\n\nsys.modules["trustme"] = None  # as if it were not installed\n'
LAST = 10


def _mistakes() -> list[tuple[str, str, str]]:
    """Of each section: the name of its test file, the test, and what the failure says."""
    text = (PROJECT / "docs" / PAGE).read_text(encoding="utf-8")
    blocks = r"```python\n# file: test_(\w+)\.py\n(.*?)^```\n\n```text\n(.*?)^```"
    return [(name, code, shown) for name, code, shown in re.findall(blocks, text, re.MULTILINE | re.DOTALL)]


MISTAKES = _mistakes()


def test_there_are_fourteen() -> None:
    """One for each heading."""
    headings = re.findall(r"^## (\d+)\. ", (PROJECT / "docs" / PAGE).read_text(encoding="utf-8"), re.MULTILINE)
    assert [int(number) for number in headings] == [*range(1, 15)]
    assert len({name for name, _, _ in MISTAKES}) == 14


@pytest.mark.parametrize(("name", "code", "shown"), MISTAKES, ids=[name for name, _, _ in MISTAKES])
def test_a_mistake_is_explained_by_its_failure(
    name: str, code: str, shown: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where one looks first: the end. The page shows the very lines."""
    (tmp_path / f"test_{name}.py").write_text(code, encoding="utf-8")
    if name == "missing_extra":
        (tmp_path / "conftest.py").write_text(WITHOUT_THE_EXTRA, encoding="utf-8")
    # The last two make pytest write its summary at full length, and the page shows what a terminal does.
    for variable in ("AUTH0_DOMAIN", "PYTEST_ADDOPTS", "CI", "BUILD_NUMBER"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("COLUMNS", "80")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:xdist", "--color=no"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 1, done.stdout
    check_printed(shown, "\n".join(done.stdout.splitlines()[-LAST:]))
