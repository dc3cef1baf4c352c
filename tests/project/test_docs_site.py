"""The site: every page is in the navigation, and every link leads somewhere. `tox -e docs` builds it, strictly."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers.places import PROJECT

ROOT = PROJECT
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.glob("*.md"))
MADE_OF_ROOT = {"changelog.md", "contributing.md"}
"""Pages that docs/site_hooks.py makes of files beside docs/."""

_LINK = re.compile(r"(?<!!)\[[^\]\n]*(?:\n[^\]\n]*)?\]\(([^)\s]+)\)")
_FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


def _links(path: Path) -> Iterator[str]:
    text = _FENCED.sub("", path.read_text(encoding="utf-8"))
    yield from (link for link in _LINK.findall(text) if not re.match(r"[a-z]+:", link))


def _anchors(path: Path) -> set[str]:
    """The ids of a page's headings, as GitHub and MkDocs make them."""
    text = _FENCED.sub("", path.read_text(encoding="utf-8"))
    plain = (re.sub(r"[`*]|\[|\]\([^)]*\)", "", title) for title in re.findall(r"^#+ (.+)$", text, re.MULTILINE))
    return {re.sub(r"[^\w\- ]", "", title).strip().lower().replace(" ", "-") for title in plain}


def test_every_page_is_in_the_navigation() -> None:
    """A page that docs/ gains goes into the nav of mkdocs.yml."""
    listed = re.findall(r": ([\w-]+\.md)$", (ROOT / "mkdocs.yml").read_text(encoding="utf-8"), re.MULTILINE)
    assert len(listed) == len(set(listed))
    assert set(listed) == {page.name for page in PAGES} | MADE_OF_ROOT


@pytest.mark.parametrize("page", [*PAGES, *ROOT.glob("*.md")], ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    """Files exist, and so do the headings that links name."""
    for link in _links(page):
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.is_file(), f"{page.name}: {link} leads to no file"
        assert not anchor or anchor in _anchors(target), f"{page.name}: {link} leads to no heading"


def test_a_heading_has_the_id_that_links_use(tmp_path: Path) -> None:
    """Code marks and punctuation are left out, spaces become hyphens."""
    page = tmp_path / "page.md"
    page.write_text("## The `clock`, and more\n\n```sh\n# no heading\n```\n", encoding="utf-8")
    assert _anchors(page) == {"the-clock-and-more"}


def test_pages_refer_to_nothing_outside_the_project() -> None:
    """What the project needs it states in its own words."""
    for page in [*PAGES, *ROOT.glob("*.md")]:
        text = page.read_text(encoding="utf-8")
        assert f"{ROOT}/" not in text  # the checkout that a page was made in
        assert re.search(r"\bissue #?\d", text) is None


def test_every_environment_variable_is_documented() -> None:
    """Whatever the package reads from the environment stands on a page; `<n>` and `<NAME>` are left to the reader."""
    texts = "\n".join(page.read_text(encoding="utf-8") for page in [*PAGES, ROOT / "README.md"])
    read = {
        name
        for path in (ROOT / "pytest_auth0_mfa").rglob("*.py")
        for name in re.findall(r"\bAUTH0_[A-Z0-9_]*[A-Z0-9]\b", path.read_text(encoding="utf-8"))
    }
    assert len(read) > 15
    assert {name for name in read if name not in texts} == set()
