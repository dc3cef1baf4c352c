"""Every fenced block of README and docs/ runs, or says why it does not."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from helpers.doc_pages import Block, Player, blocks, check_printed, read
from helpers.places import PROJECT, TESTS

ROOT = PROJECT
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def _played_elsewhere() -> set[str]:
    """The pages that another test module names; it runs their blocks."""
    modules = [path for path in TESTS.rglob("test_*.py") if path.name != Path(__file__).name]
    named = set().union(*(re.findall(r'"([\w-]+\.md)"', path.read_text(encoding="utf-8")) for path in modules))
    return {page.name for page in PAGES if page.name in named and page.name.startswith(("howto-", "mistakes"))}


ELSEWHERE = _played_elsewhere()
HERE = [page for page in PAGES if page.name not in ELSEWHERE and any(True for _ in blocks(page))]


SLOW = ("howto-browser.md", "howto-example-app.md", "howto-staging.md", "howto-unittest-django.md", "howto-xdist.md")


def _parameter(page: Path) -> object:
    return pytest.param(page, id=page.name, marks=pytest.mark.slow if page.name in SLOW else ())


@pytest.mark.parametrize("page", [_parameter(page) for page in HERE])
def test_the_blocks_of_a_page_run(page: Path, tmp_path: Path) -> None:
    """Files are written, tests and commands run, and what a page shows as printed is printed."""
    Player(tmp_path).play(page)


@pytest.mark.parametrize("page", [*PAGES, ROOT / "CONTRIBUTING.md"], ids=lambda page: page.name)
def test_every_block_is_well_formed(page: Path) -> None:
    """Those that are not run, or run elsewhere, too."""
    for block in blocks(page):
        read(block)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_extras_that_pages_install_exist(page: Path) -> None:
    """`pip install 'pytest-auth0-mfa[extra]'` names an extra of the package."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    install = re.compile(r"pip install '(?:pytest-auth0-mfa|\.|path/to/clone)\[([\w,]+)\]")
    for listed in install.findall(page.read_text(encoding="utf-8")):
        assert set(listed.split(",")) <= set(project["optional-dependencies"])


def test_reasons_not_to_run_a_block_are_reasons() -> None:
    """Few blocks are only read, and each says why in more than a word."""
    reasons = [block.not_run for page in HERE for block in blocks(page) if block.not_run is not None]
    assert all(len(reason.split()) > 2 for reason in reasons)
    assert len(reasons) < 25


def test_a_broken_block_is_found(tmp_path: Path) -> None:
    """A page whose code fails, or prints something else, or is not well-formed, fails."""
    page = tmp_path / "page.md"
    for text in (
        "```python\nassert 1 == 2\n```\n",
        "```python\n# file: test_a.py\ndef test_a():\n    assert False\n```\n",
        "```python\ndef test_a():\n    assert False\n```\n",
        "```sh\necho hello\n```\n\n```text\ngoodbye\n```\n",
        "```sh\nfalse\n```\n",
        "```python\n# file: test_a.py\ndef test_a():\n    assert False\n```\n\n```sh\npytest -q\n```\n",
        "<!-- file: a.json -->\n```json\n{\n```\n",
        "```cobol\n```\n",
    ):
        page.write_text(text, encoding="utf-8")
        with pytest.raises((AssertionError, ValueError)):
            Player(tmp_path).play(page)


def test_a_sound_block_runs(tmp_path: Path) -> None:
    """Files stay for the commands that follow; a later one of the same name replaces an earlier one."""
    page = tmp_path / "page.md"
    page.write_text(
        '```python\n# file: a.py\nprint("one")\n```\n\n```sh\npython a.py\n```\n\n```text\none\n```\n'
        '```python\n# file: a.py\nprint("two, three")\n```\n\n```sh\npython a.py\n```\n\n```text\ntwo...\n```\n'
        "<!-- not run: it would install something -->\n```sh\nexit 1\n```\n",
        encoding="utf-8",
    )
    Player(tmp_path).play(page)
    assert [block.file for block in blocks(page)] == ["a.py", None, None, "a.py", None, None, None]


def test_what_is_printed_is_compared_in_order() -> None:
    """Lines may be left out between those that are shown; their order counts."""
    check_printed("a\n...\nc ... e", "a\nb\nc d e\n")
    with pytest.raises(AssertionError):
        check_printed("c\na", "a\nc\n")


def test_languages_without_a_checker_are_refused() -> None:
    """A block in a language that nothing checks has no place on a page."""
    with pytest.raises(AssertionError, match="checked by nothing"):
        read(Block("cobol", "", None, None))
