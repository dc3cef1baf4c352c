"""Classifies the place of a mutant in a module, and finds the lines that a test must reach to notice it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property
from itertools import pairwise
from pathlib import Path

Position = tuple[int, int]
_Function = ast.FunctionDef | ast.AsyncFunctionDef


def _span(node: ast.stmt | ast.expr) -> tuple[Position, Position]:
    return (node.lineno, node.col_offset), (node.end_lineno or node.lineno, node.end_col_offset or 0)


def _within(position: Position, nodes: list[ast.expr]) -> bool:
    return any(start <= position < end for start, end in map(_span, nodes))


@dataclass(frozen=True)
class Module:
    """The text and syntax tree of a module."""

    path: Path
    text: str = field(repr=False)
    tree: ast.Module = field(repr=False)

    def line(self, number: int) -> str:
        """A line without its indentation; the first line is 1."""
        return self.text.splitlines()[number - 1].strip()

    def is_annotation(self, position: Position) -> bool:
        """Whether the place is in an annotation. These are never evaluated, since all modules postpone them."""
        return _within(position, self._types)

    @cached_property
    def _types(self) -> list[ast.expr]:
        return [one for node in ast.walk(self.tree) for one in _annotations(node)]

    def is_for_type_checkers(self, position: Position) -> bool:
        """Whether the place is the condition of ``if TYPE_CHECKING:``."""
        conditions = [node.test for node in ast.walk(self.tree) if isinstance(node, ast.If)]
        named = [test for test in conditions if isinstance(test, ast.Name) and test.id == "TYPE_CHECKING"]
        return any(test.lineno == position[0] for test in named)

    def is_dataclass_guard(self, position: Position) -> bool:
        """Whether the place is the value of a dataclass's ``frozen=`` or ``slots=``."""
        calls = [
            one
            for node in ast.walk(self.tree)
            if isinstance(node, ast.ClassDef)
            for one in node.decorator_list
            if isinstance(one, ast.Call) and ast.unparse(one.func) == "dataclass"
        ]
        return _within(
            position, [one.value for call in calls for one in call.keywords if one.arg in ("frozen", "slots")]
        )

    def is_bare_star(self, position: Position) -> bool:
        """Whether the place is the ``*`` before keyword-only parameters."""
        return self.text.splitlines()[position[0] - 1][position[1] :].startswith(("*,", "*\n")) and any(
            _header_starts(node) <= position < _span(node.body[0])[0]
            for node in ast.walk(self.tree)
            if isinstance(node, _Function)
        )

    def compares_with_literal(self, position: Position) -> bool:
        """Whether the place is in a comparison with a literal string or number."""
        return any(
            type(one.value) in (str, bytes, int, float)
            for node in ast.walk(self.tree)
            if isinstance(node, ast.Compare)
            for left, right in pairwise([node.left, *node.comparators])
            if _span(left)[1] <= position < _span(right)[0]
            for one in (left, right)
            if isinstance(one, ast.Constant)
        )

    def lines_to_reach(self, position: Position) -> tuple[frozenset[int], bool]:
        """Lines of which a test must run at least one, and whether that is certain: code that runs at import may
        matter anywhere."""
        functions = [node for node in ast.walk(self.tree) if isinstance(node, _Function)]
        inside = [node for node in functions if _inside(node.body, position)]
        if inside:
            innermost = max(inside, key=lambda node: node.lineno)
            return frozenset(_lines_of_statement(innermost.body, position)), True
        headed = [node for node in functions if _header_starts(node) <= position <= _span(node)[1]]
        return frozenset(line for node in headed or functions for line in _body_lines(node)), False


def _annotations(node: ast.AST) -> Iterator[ast.expr]:
    if isinstance(node, ast.AnnAssign | ast.arg) and node.annotation is not None:
        yield node.annotation
    elif isinstance(node, _Function) and node.returns is not None:
        yield node.returns


def _inside(body: list[ast.stmt], position: Position) -> bool:
    return _span(body[0])[0] <= position <= _span(body[-1])[1]


def _header_starts(node: _Function) -> Position:
    return min((_span(one)[0] for one in node.decorator_list), default=(node.lineno, 0))[0], 0


def _body_lines(node: _Function) -> range:
    return range(node.body[0].lineno, (node.end_lineno or node.lineno) + 1)


def _lines_of_statement(body: list[ast.stmt], position: Position) -> range:
    """The lines of the innermost statement, without the statements inside it."""
    holder = next(one for one in body if one.lineno <= position[0] <= (one.end_lineno or one.lineno))
    for part in ast.walk(holder):
        for block in _blocks(part):
            if block and _inside(block, position):
                return _lines_of_statement(block, position)
    for part in ast.walk(holder):
        if isinstance(part, ast.ExceptHandler | ast.match_case):
            first = part.pattern.lineno if isinstance(part, ast.match_case) else part.lineno
            if first <= position[0] < part.body[0].lineno:
                return range(first, part.body[0].lineno)
    inner = [block[0].lineno for block in _blocks(holder) if block]
    return range(holder.lineno, min(inner, default=(holder.end_lineno or holder.lineno) + 1))


def _blocks(node: ast.AST) -> Iterator[list[ast.stmt]]:
    for name in ("body", "orelse", "finalbody"):
        block = getattr(node, name, None)
        if isinstance(block, list) and isinstance(node, ast.stmt | ast.ExceptHandler | ast.match_case):
            yield block


@cache
def module(path: Path) -> Module:
    """The module of a file, which is read only once."""
    text = path.read_text(encoding="utf-8")
    return Module(path, text, ast.parse(text))
