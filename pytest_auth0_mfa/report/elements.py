"""HTML built from elements. All text is escaped, so nothing that a tenant sends becomes markup."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import TypeAlias, Union


class Html(str):
    """Text that is already markup."""

    __slots__ = ()


Child: TypeAlias = Union[str, int, float, Iterable["Child"], None]  # noqa: UP007 - "Child" is a string
_VOID = frozenset({"meta", "col", "br", "hr"})


def e(tag: str, /, *children: Child, **attributes: str | int | bool | None) -> Html:
    """An element. ``class_`` is class and ``data_x`` is data-x; True gives a bare attribute, None and False none."""
    opened = "".join(_attribute(name, value) for name, value in attributes.items())
    if tag in _VOID:
        return Html(f"<{tag}{opened}>")
    return Html(f"<{tag}{opened}>{render(children)}</{tag}>")


def render(child: Child) -> Html:
    """The markup of a child: text is escaped, elements stay as they are, the items of an iterable are joined."""
    if child is None:
        return Html("")
    if isinstance(child, Html):
        return child
    if isinstance(child, str | int | float):
        return Html(escape(str(child)))
    return Html("".join(render(item) for item in child))


def table(columns: Sequence[str], rows: Iterable[Sequence[Child]], *, heading: int = 0, class_: str = "") -> Html:
    """A table whose rows become blocks on a narrow screen. ``heading`` is the index of the column with row
    headers."""
    head = e("tr", [e("th", name, scope="col") for name in columns])
    body = [e("tr", [_cell(cell, columns[n], n == heading) for n, cell in enumerate(row)]) for row in rows]
    return e("table", e("thead", head), e("tbody", body), class_=f"stacks {class_}".strip())


def _cell(cell: Child, column: str, heading: bool) -> Html:
    if heading:
        return e("th", cell, scope="row")
    return e("td", e("span", cell), data_label=column)


def _attribute(name: str, value: str | int | bool | None) -> str:
    if value is None or value is False:
        return ""
    known = name.rstrip("_").replace("_", "-")
    return f" {known}" if value is True else f' {known}="{escape(str(value))}"'
