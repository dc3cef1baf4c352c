"""The rows and sections of the contract, as docs/contract.md has them: what is known about Auth0, and from where.

``contract.json`` is made from that page by ``python docs/generate.py`` and ships with the package.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

GRADES = ("doc", "sdk", "seen", "guess", "disputed", "open")
"""The page's four marks; then rows about which sources disagree, and questions that nobody has answered."""


@dataclass(frozen=True, slots=True)
class ContractRow:
    """One row. ``links`` are pages of the sources that it names."""

    id: str
    title: str
    fact: str
    """Empty for an open question."""
    grade: str
    known_from: str
    section: str
    heading: str
    links: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A numbered section of the page, without its rows."""

    number: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class ContractPage:
    """Everything on the page; ``grades`` and ``sources`` say what their names mean."""

    rows: dict[str, ContractRow]
    sections: dict[str, Section]
    grades: dict[str, str]
    sources: dict[str, str]


@cache
def contract_page() -> ContractPage:
    """The page."""
    data = json.loads((files(__package__) / "contract.json").read_text(encoding="utf-8"))
    rows = {id: ContractRow(id=id, **{**row, "links": tuple(row["links"])}) for id, row in data["rows"].items()}
    sections = {number: Section(number, **section) for number, section in data["sections"].items()}
    extra = {
        "disputed": "sources disagree; the profile has a field for it",
        "open": "nobody has published the answer; the fake follows a default that can be switched",
    }
    return ContractPage(rows, sections, {**data["grades"], **extra}, data["sources"])
