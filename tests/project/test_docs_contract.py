"""docs/contract.md has every row and section that the code, the findings and the profile rest on."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from helpers.places import PROJECT

from pytest_auth0_mfa.spec.profile import profile_fields
from pytest_auth0_mfa.spec.refusals import REFUSALS, Refusal

ROOT = PROJECT
PAGE = (ROOT / "docs" / "contract.md").read_text(encoding="utf-8")
ROWS = dict(re.findall(r"^\| ((?:[TVALXHPRMB]|[DU]-)\d+[a-z]?) \|(.*)$", PAGE, re.MULTILINE))
SECTIONS = set(re.findall(r"^##+ (\d+[a-z]?(?:\.\d+)?)\.? ", PAGE, re.MULTILINE))
SOURCES = {"SEED", "CTE2", "userinfo"}
"""What a refusal or field may rest on besides rows and sections: pages that the list of sources names."""

_ROW = r"(?:[TVALXHPRMB]\d+|[DU]-\d+)[a-z]?"
_CITED = re.compile(rf"\b{_ROW}\b")
_LISTED = r"\b(?:rows?|entry|entries)\s+"
_LIST = re.compile(rf"{_LISTED}({_ROW}(?:(?:,\s*|\s+to\s+|\s+and\s+|\s+or\s+|,\s+and\s+|\s+){_ROW})*)", re.IGNORECASE)
_DISPUTED = re.compile(r"(?<![\w-])[DU]-\d+[a-z]?\b")
_SECTION = re.compile(r"(?<!RFC \d{4}, )\bsections? (\d+[a-z]?(?:\.\d+)*)(?:(?: and |, | to )(\d+[a-z]?(?:\.\d+)*))?")


def _texts() -> Iterator[tuple[str, str]]:
    for folder, pattern in (("pytest_auth0_mfa", "*.py"), ("schemas", "*.json"), ("docs", "*.md")):
        for path in sorted((ROOT / folder).rglob(pattern)):
            # A line's end may stand inside a citation, with a comment's sign after it.
            yield path.name, re.sub(r"\s*\n\s*(?:#:? )?", " ", path.read_text(encoding="utf-8"))


def cited_rows(text: str) -> set[str]:
    """The rows that a text cites: after the word row or entry, or disputed ones anywhere."""
    rows = {row for listed in _LIST.findall(text) for row in _CITED.findall(listed)}
    return rows | set(_DISPUTED.findall(text))


def cited_sections(text: str) -> set[str]:
    """The sections that a text cites, without those of RFCs."""
    return {number for pair in _SECTION.findall(text) for number in pair if number and number.count(".") < 2}


@pytest.mark.parametrize(("name", "text"), list(_texts()), ids=lambda value: value if len(value) < 60 else "")
def test_every_citation_leads_to_a_row_or_section(name: str, text: str) -> None:
    """What code, schemas and pages cite is on the page."""
    assert cited_rows(text) <= set(ROWS)
    assert cited_sections(text) <= SECTIONS


def test_citations_are_found() -> None:
    """The patterns find what they are meant to find."""
    assert cited_rows("rows V4 to V12, D-8 and U-3.") == {"V4", "V12", "D-8", "U-3"}
    assert cited_rows("see row A5. Rows X1, X2") == {"A5", "X1", "X2"}
    assert cited_sections("sections 2.4 and 7a; RFC 6749, section 5.1") == {"2.4", "7a"}
    assert len({row for _, text in _texts() for row in cited_rows(text)}) > 80


@pytest.mark.parametrize("field", profile_fields())
def test_every_profile_field_rests_on_the_page(field: str) -> None:
    """Its rows, sections and sources are there."""
    for row in profile_fields()[field].metadata["rows"]:
        assert row in ROWS or row in SECTIONS or row in SOURCES


@pytest.mark.parametrize("refusal", REFUSALS.values(), ids=REFUSALS)
def test_every_refusal_rests_on_the_page(refusal: Refusal) -> None:
    """Its row is there, and a text that SDKs compare stands on the page to the letter."""
    assert refusal.row in ROWS or refusal.row in SECTIONS or refusal.row in SOURCES
    if refusal.compared:
        for part in re.split(r"\{\w+\}", refusal.description.rstrip(".")):
            assert part in PAGE


def test_rows_are_numbered_without_a_gap() -> None:
    """A row is never removed, since findings of older versions cite it."""
    for letter, last in {
        "T": 16,
        "P": 8,
        "R": 4,
        "V": 21,
        "A": 13,
        "L": 4,
        "X": 4,
        "H": 10,
        "M": 22,
        "B": 13,
        "D-": 38,
        "U-": 39,
    }.items():
        assert [f"{letter}{n}" for n in range(1, last + 1) if f"{letter}{n}" not in ROWS] == []
