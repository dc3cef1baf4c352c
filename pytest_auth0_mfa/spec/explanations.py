"""The entries of docs/contract.md, and explanations for ``auth0-mfa explain``.

Entries, refusals, profile fields, operations and errors can be explained.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import Field, dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from .operations import OPERATIONS, Operation
from .profile import COSTS, alternatives, profile_fields
from .refusals import REFUSALS, Refusal


@dataclass(frozen=True, slots=True)
class ContractRow:
    """One entry of the contract. ``links`` are the addresses of its sources."""

    id: str
    title: str
    fact: str
    """Empty if the question is open."""
    grade: str
    known_from: str
    section: str
    heading: str
    links: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A numbered section of the page, without its entries."""

    number: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class ContractPage:
    """The whole page. ``grades`` and ``sources`` map a grade or the short name of a source to its meaning."""

    rows: dict[str, ContractRow]
    sections: dict[str, Section]
    grades: dict[str, str]
    sources: dict[str, str]


@cache
def contract_page() -> ContractPage:
    """The page docs/contract.md as data."""
    data = json.loads((files(__package__) / "contract.json").read_text(encoding="utf-8"))
    rows = {id: ContractRow(id=id, **{**row, "links": tuple(row["links"])}) for id, row in data["rows"].items()}
    sections = {number: Section(number, **section) for number, section in data["sections"].items()}
    return ContractPage(rows, sections, data["grades"], data["sources"])


PAGE = "docs/contract.md"
_WIDTH = 100


def explanation(name: str) -> str | None:
    """All explanations of ``name``, or None. One name may be both a refusal and a profile field."""
    parts = [part for kind in _KINDS if (part := kind(name.strip())) is not None]
    return "\n".join(parts) or None


def names() -> dict[str, dict[str, str]]:
    """Everything that can be explained: kind (as a heading) -> name -> title."""
    page = contract_page()
    return {
        "refusals": {id: refusal.description for id, refusal in REFUSALS.items()},
        "profile fields": {id: field.metadata["doc"] for id, field in profile_fields().items()},
        "operations": {id: f"{operation.method} {operation.path}" for id, operation in OPERATIONS.items()},
        "entries of the contract": {id: row.title for id, row in page.rows.items()},
        "sections of the contract": {number: section.title for number, section in page.sections.items()},
    }


def grade_of_field(name: str) -> str:
    """How reliable the default of a profile field is: a grade of the contract, or ``disputed``."""
    field = profile_fields()[name]
    if name in REFUSALS and field.metadata["refusal"]:
        return REFUSALS[name].confidence
    return "guess" if all(row.startswith("U-") for row in field.metadata["rows"]) else "disputed"


def _row(name: str) -> str | None:
    row = _find_row(name)
    if row is None:
        return None
    lines = [*_wrapped(f"{row.id}, an entry of the contract: {row.title}"), "", *_facts(row)]
    used = [id for id, refusal in REFUSALS.items() if row.id in _rows_of_refusal(refusal)]
    fields = [id for id, field in profile_fields().items() if row.id in field.metadata["rows"]]
    if used:
        lines += ["", *_wrapped(f"Refusals based on it: {', '.join(used)}")]
    if fields:
        lines += ["", *_wrapped(f"Profile fields that switch it: {', '.join(fields)}")]
    lines += ["", *_wrapped(f"Page: {PAGE}, section {row.section}, {row.heading}")]
    return "\n".join(lines) + "\n"


def _facts(row: ContractRow, indent: str = "") -> Iterator[str]:
    """Fact, grade, source and links."""
    page = contract_page()
    yield from _wrapped(row.fact or "Nobody has published the answer.", indent)
    yield from _wrapped(f"Grade: {row.grade or 'none'} ({page.grades.get(row.grade, 'see its entries')})", indent)
    if row.known_from:
        yield from _wrapped(f"Source: {row.known_from}", indent)
    for link in row.links:
        yield f"{indent}  {link}"


def _refusal(name: str) -> str | None:
    refusal = REFUSALS.get(name)
    if refusal is None:
        return None
    field = profile_fields().get(name)
    switched = field is not None and field.metadata["refusal"]
    lines = [
        f"{name}, a refusal{' and the profile field that decides its answer' if switched else ''}",
        "",
        *_wrapped(f'Answer: {refusal.answer} / "{refusal.description}"'),
        *(["The text is exact: SDKs compare it."] if refusal.compared else []),
        *(_choices(name, field) if field is not None and switched else ()),
        *_wrapped(f"Grade: {refusal.confidence} ({contract_page().grades.get(refusal.confidence, '')})"),
        *_resting_on(_rows_of_refusal(refusal)),
    ]
    return "\n".join(lines) + "\n"


def _field(name: str) -> str | None:
    field = profile_fields().get(name)
    if field is None or (field.metadata["refusal"] and name in REFUSALS):
        return None
    grade = grade_of_field(name)
    lines = [
        *_wrapped(f"{name}, a profile field: {field.metadata['doc']}"),
        "",
        f"Default: {_toml(alternatives(field)[0])}",
        *_choices(name, field),
        *_wrapped(f"Grade of the default: {grade} ({contract_page().grades[grade]})"),
        *_resting_on(field.metadata["rows"]),
    ]
    return "\n".join(lines) + "\n"


def _choices(name: str, field: Field[Any]) -> Iterator[str]:
    """The alternatives of a profile field, how to choose one, and what it takes to measure the field."""
    more = ", or any positive number" if field.metadata["any_positive"] else ""
    yield from _wrapped(f"Alternatives: {', '.join(map(_toml, alternatives(field)[1:]))}{more}")
    yield from _wrapped(f"To choose one: Tenant(profile={{{name!r}: {alternatives(field)[-1]!r}}})")
    yield f"To measure it on a real tenant: {field.metadata['cost']} ({COSTS[field.metadata['cost']]})"


def _operation(name: str) -> str | None:
    operation: Operation | None = OPERATIONS.get(name)
    if operation is None:
        return None
    lines = [f"{name}, an operation: {operation.method} {operation.path}", "", f"Source: {operation.source}"]
    return "\n".join(lines) + "\n"


def _section(name: str) -> str | None:
    number = name.lower().removeprefix("section").strip().rstrip(".")
    section = contract_page().sections.get(number)
    if section is None:
        return None
    rows = [id for id, row in contract_page().rows.items() if row.section == number]
    lines = [f"Section {number} of the contract: {section.title}"]
    if section.text:
        lines += ["", section.text]
    if rows:
        lines += ["", *_wrapped(f"Entries: {', '.join(rows)}")]
    return "\n".join([*lines, "", f"Page: {PAGE}"]) + "\n"


def _error(name: str) -> str | None:
    """The refusals that carry an `error`. None if the name is itself a refusal, which has its own explanation."""
    found = [id for id, refusal in REFUSALS.items() if name in _errors(refusal)]
    if not found or name in REFUSALS:
        return None
    lines = [f"{name}, an error of the API; these refusals carry it:", ""]
    for id in found:
        alternative = "" if REFUSALS[id].answer.endswith(f" {name}") else " (if the profile says so)"
        lines.append(f"  {id:28}{REFUSALS[id].description[:70]}{alternative}")
    return "\n".join([*lines, "", f"More about each: auth0-mfa explain {found[0]}"]) + "\n"


_KINDS: tuple[Callable[[str], str | None], ...] = (_refusal, _field, _operation, _row, _section, _error)


def _errors(refusal: Refusal) -> set[str]:
    declared: Mapping[str, Field[Any]] = profile_fields()
    field = declared.get(refusal.id)
    answers = [refusal.answer, *(alternatives(field) if field is not None and field.metadata["refusal"] else ())]
    return {str(answer).partition(" ")[2] for answer in answers}


def _rows_of_refusal(refusal: Refusal) -> tuple[str, ...]:
    field = profile_fields().get(refusal.id)
    rows: tuple[str, ...] = field.metadata["rows"] if field is not None else ()
    return tuple(dict.fromkeys((refusal.row, *rows)))


def _find_row(name: str) -> ContractRow | None:
    """The entry with this id, in any case, with or without the dash: ``d4b`` means ``D-4b``."""
    wanted = name.removeprefix("row ").removeprefix("entry ").replace("-", "").casefold()
    return next((row for id, row in contract_page().rows.items() if id.replace("-", "").casefold() == wanted), None)


def _resting_on(ids: tuple[str, ...]) -> Iterator[str]:
    """The entries, sections, operations or sources that an explanation is based on."""
    yield ""
    yield "What it is based on:"
    for id in ids:
        if (row := contract_page().rows.get(id)) is not None:
            yield ""
            yield from _wrapped(f"{row.id}: {row.title}", "  ")
            yield from _facts(row, "      ")
        elif (section := contract_page().sections.get(id)) is not None:
            yield ""
            yield f"  section {section.number}: {section.title}"
        elif id in OPERATIONS:
            yield ""
            yield f"  {id}, an operation: {OPERATIONS[id].source}"
        else:
            yield ""
            yield f"  {id}, a source listed at the top of {PAGE}"
    yield ""
    yield f"Page: {PAGE}"


def _toml(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value).lower()


def _wrapped(text: str, indent: str = "") -> list[str]:
    return textwrap.wrap(
        text, _WIDTH, initial_indent=indent, subsequent_indent=f"{indent}  ", break_long_words=False,
        break_on_hyphens=False,
    )  # fmt: skip
