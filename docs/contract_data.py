"""The page of the contract (contract.md) as data, which the wheel ships: rows, sections, grades and sources."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parent.parent / "pytest_auth0_mfa" / "spec" / "contract.json"
_LINK = re.compile(r"\[([^]]*)]\(([^)\s]*)\)")
_OUTSIDE = re.compile(r"\[([^]]*)]\((https:[^)\s]*)\)")


def contract_json(page: str) -> str:
    """The text of contract.json."""
    return json.dumps(_data(page), indent=1, ensure_ascii=False) + "\n"


@dataclass
class _Page:
    """What was read so far."""

    grades: dict[str, str] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    sections: dict[str, dict[str, str]] = field(default_factory=dict)
    rows: dict[str, dict[str, Any]] = field(default_factory=dict)


def _data(text: str) -> dict[str, Any]:
    page = _Page()
    number = heading = ""
    head: tuple[str, ...] | None = None
    for line in text.splitlines():
        if title := re.match(r"#+ (.*)", line):
            heading = _plain(title[1])
            if numbered := re.match(r"([\d.]+[a-z]?)\.? (.*)", heading):
                number, heading = numbered[1].rstrip("."), numbered[2]
                page.sections[number] = {"title": heading, "text": ""}
        elif line.startswith("|"):
            cells = tuple(cell.strip() for cell in line.strip("|").split(" | "))
            if head is None:
                head = cells
            elif set(line) - set("| -"):
                _take(page, head, cells, number, heading)
        elif number:
            page.sections[number]["text"] += f"{_plain(line)}\n"
        if not line.startswith("|"):
            head = None
    for section in page.sections.values():
        section["text"] = re.sub(r"\n{3,}", "\n\n", section["text"]).strip()
    for row in page.rows.values():
        row["links"] = list(_links(row, page.links))
        if row["grade"] == "disputed":
            row["known_from"] = ""  # the fact names both sides already
    return {"grades": page.grades, "sources": page.sources, "sections": page.sections, "rows": page.rows}


def _take(page: _Page, head: tuple[str, ...], cells: tuple[str, ...], section: str, heading: str) -> None:
    """One row of a table."""
    first = head[0].strip("| ")
    if first == "mark":
        page.grades[cells[0].strip("| ")] = _plain(cells[1])
    elif first == "source":
        name = cells[0].strip("| ")
        page.sources[name] = _plain(cells[1])
        links = _OUTSIDE.findall(cells[1])
        for label, url in links:
            page.links.setdefault(label, url)
        if links:
            page.links[name] = links[0][1]
        for label, link in re.findall(r"\b(SEED|CTE2?) (?:is|its)[^[]*(\[[^]]*]\([^)]*\))", cells[1]):
            page.links[label] = _OUTSIDE.findall(link)[0][1]
    elif first == "entry":
        row = {name: _plain(cell) for name, cell in zip(head, cells, strict=True)}
        page.rows[row["entry"]] = _row(row, section, heading)
    elif section:
        page.sections[section]["text"] += f"{': '.join(_plain(cell) for cell in cells if cell)}\n"


def _row(row: dict[str, str], section: str, heading: str) -> dict[str, Any]:
    """A row in the same fields, whichever table it stands in."""
    where = {"section": section, "heading": heading}
    match row:
        case {"question": title, "one side": one, "the other": other, "better supported": better}:
            fact = f"One side: {one}. The other: {other}. Better supported: {better}."
            return {"title": title, "fact": fact, "grade": "disputed", "known_from": f"{one}; {other}", **where}
        case {"question": title}:
            return {"title": title, "fact": "", "grade": "open", "known_from": "", **where}
        case {"known from": known, **rest}:
            _, title, fact = list(rest.values())
            grade = next((mark for mark in re.findall(r"\b(doc|sdk|seen|guess)\b", known)), "")
            return {"title": title, "fact": fact, "grade": grade, "known_from": known, **where}
    raise ValueError(f"contract.md: no table of entries has these columns: {', '.join(row)}")


def _links(row: dict[str, Any], links: dict[str, str]) -> Iterator[str]:
    """Pages of the sources that a row names, in the order of the table of sources, each once."""
    seen = set()
    for label, url in links.items():
        if url not in seen and re.search(rf"\b{re.escape(label)}\b", row["known_from"]):
            seen.add(url)
            yield url


def _plain(text: str) -> str:
    """Text as a terminal shows it: links as their words, code without its marks."""
    return _LINK.sub(r"\1", text).replace("`", "").replace("\\|", "|")
