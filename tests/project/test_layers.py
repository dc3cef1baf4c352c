"""The house as it is drawn: who imports whom, at the top of a module, inside a function or for types alone."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

from helpers.places import PROJECT

PACKAGE = "pytest_auth0_mfa"
ROOT_NAMES = 15
SAME_NAME = {
    "Person": "public in two places: whom a strategy draws, and whom a subject plays; both are somebody who signs in",
}
"""Names that stand for two things, and why."""


@cache
def modules() -> dict[str, Path]:
    """Every module of the package by its dotted name."""
    found = {}
    for path in sorted((PROJECT / PACKAGE).rglob("*.py")):
        parts = path.relative_to(PROJECT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


@cache
def tree(module: str) -> ast.Module:
    """A module's syntax."""
    return ast.parse(modules()[module].read_text(encoding="utf-8"))


def imported(module: str) -> Iterator[str]:
    """What a module imports of the package, wherever in it, and whatever for."""
    package = module if modules()[module].name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in modules())
        elif isinstance(node, ast.ImportFrom):
            parts = package.split(".")[: len(package.split(".")) + 1 - node.level] if node.level else []
            base = ".".join([*parts, *([node.module] if node.module else [])])
            for alias in node.names:
                target = f"{base}.{alias.name}"
                target = target if target in modules() else base
                if target in modules() and target != module:
                    yield target


@cache
def arrows() -> dict[str, frozenset[str]]:
    """Module to the modules that it imports."""
    return {module: frozenset(imported(module)) for module in modules()}


def room(module: str) -> str:
    """The first folder or module below the package; its own `__init__` is the root."""
    return module.split(".")[1] if "." in module else PACKAGE


def circles(graph: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """The groups of nodes each of which reaches all others."""
    reached = {node: _reached(node, graph) for node in graph}
    groups = {frozenset(other for other in reached[node] if node in reached[other]) for node in graph}
    return sorted(sorted(group) for group in groups if group)


def _reached(start: str, graph: Mapping[str, Iterable[str]]) -> set[str]:
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        for following in graph.get(waiting.pop(), ()):
            if following not in seen:
                seen.add(following)
                waiting.append(following)
    return seen


def test_a_circle_is_seen() -> None:
    """Whoever reaches itself is in one."""
    assert circles({"a": "b", "b": "c", "c": "a", "d": "a", "e": ""}) == [["a", "b", "c"]]


def test_lazy_imports_and_those_for_types_count() -> None:
    """Both are among the arrows."""
    assert f"{PACKAGE}.plugin.fixtures" in arrows()[f"{PACKAGE}.plugin"]  # inside a function
    assert f"{PACKAGE}.plugin.cassette" in arrows()[f"{PACKAGE}.plugin"]  # for types alone


def test_modules_form_no_circle() -> None:
    """Of any kind: each can be read before those that use it."""
    assert circles(arrows()) == []


def test_rooms_form_no_circle() -> None:
    """Nor does any folder, at any depth, taken as one."""
    for depth in (2, 3, 4):
        folded: dict[str, set[str]] = defaultdict(set)
        for module, targets in arrows().items():
            mine = _folder(module, depth)
            folded[mine] |= {other for target in targets if (other := _folder(target, depth)) != mine}
        assert circles(folded) == [], f"at depth {depth}"


def _folder(module: str, depth: int) -> str:
    """The folder a module counts as at a depth: a package's own module belongs to what is in it."""
    parts = module.split(".")
    return ".".join(parts[:depth])


def test_the_root_is_a_short_list() -> None:
    """A newcomer reads the names in one look."""
    names = [path.name for path in (PROJECT / PACKAGE).iterdir() if not path.name.startswith(("_", ".", "py.typed"))]
    assert len(names) <= ROOT_NAMES, names


def classes() -> dict[str, list[str]]:
    """The classes of the package that others may name, with their modules."""
    found = defaultdict(list)
    for module in modules():
        for node in ast.walk(tree(module)):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                found[node.name].append(module)
    return found


def test_no_two_classes_share_a_name_without_a_reason() -> None:
    """One word, one thing."""
    shared = {name: homes for name, homes in classes().items() if len(homes) > 1}
    assert shared.keys() - SAME_NAME.keys() == set(), {n: h for n, h in shared.items() if n not in SAME_NAME}
    assert SAME_NAME.keys() - shared.keys() == set(), "listed, and no longer shared"
