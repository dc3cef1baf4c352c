"""All mutants of the tested parts, and a seeded sample of them."""

from __future__ import annotations

import ast
import difflib
import hashlib
import json
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path

from cosmic_ray.ast import ast_nodes, get_ast_from_path
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

from .source import Position, module

PARTS = ("tenant", "app", "contract", "live")
PACKAGE = "pytest_auth0_mfa"

NO_BEHAVIOUR = {
    "annotation": "a type annotation: never evaluated",
    "type checkers": "the condition of `if TYPE_CHECKING:`",
    "dataclass guard": "`frozen=` or `slots=` of a dataclass: mypy holds the code to it",
    "bare star": "the `*` between parameters, which is no operator",
    "identity": "`is` or `is not` beside a text or number, for `==` or `!=`: ruff (F632) refuses it",
    "not Python": "the operator made something that does not compile, or the same program again",
}
"""The classes of mutants that are not tried, each with the reason."""
_SAME_BY_IDENTITY = ("_Eq_Is", "_NotEq_IsNot")


@dataclass(frozen=True)
class Mutant:
    """A change: an operator of cosmic-ray at one of the places where it applies."""

    file: str
    operator: str
    occurrence: int
    position: Position

    def lot(self, seed: int) -> bytes:
        """The sort key of the random order. It depends on this mutant only, so changes of other modules do not affect
        it."""
        return hashlib.sha256(f"{seed} {self.file} {self.operator} {self.occurrence}".encode()).digest()

    def text(self, root: Path) -> str:
        """The text of the module with the change."""
        return _changed(root, self)

    def difference(self, root: Path) -> tuple[str, str]:
        """The lines that differ, before and after the change."""
        before, after = module(root / self.file).text.splitlines(), self.text(root).splitlines()
        for tag, a, b, c, d in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
            if tag != "equal":
                return _joined(before[a:b]), _joined(after[c:d])
        raise AssertionError(self)


@cache
def _changed(root: Path, mutant: Mutant) -> str:
    changed = mutate_code(module(root / mutant.file).text, get_operator(mutant.operator)(), mutant.occurrence)
    assert changed is not None, mutant
    return str(changed)


def _joined(lines: list[str]) -> str:
    return "\n".join(line.strip() for line in lines)


def population(root: Path) -> list[Mutant]:
    """All mutants, by file, operator and place."""
    files = [file for part in PARTS for file in sorted((root / PACKAGE / part).rglob("*.py"))]
    return [mutant for file in files for mutant in _of_file(root, file)]


def _of_file(root: Path, file: Path) -> Iterator[Mutant]:
    """The mutants of a file. They are cached on disk, since finding them takes a minute."""
    name, known = file.relative_to(root).as_posix(), version("cosmic-ray")
    digest = hashlib.sha256(f"{name} {known} {module(file).text}".encode()).hexdigest()[:16]
    kept = root / ".mutation" / f"mutants-{digest}.json"
    if not kept.exists():
        kept.parent.mkdir(exist_ok=True)
        kept.write_text(json.dumps(list(_places(file))), encoding="utf-8")
    for operator, occurrence, (line, column) in json.loads(kept.read_text(encoding="utf-8")):
        yield Mutant(name, operator, occurrence, (line, column))


def _places(file: Path) -> Iterator[tuple[str, int, Position]]:
    nodes = list(ast_nodes(get_ast_from_path(file)))
    for name in operator_names():
        kind = get_operator(name)
        if kind.arguments():
            continue  # VariableInserter, VariableReplacer: they need the names of variables
        positions = (start for node in nodes for start, _ in kind().mutation_positions(node))
        for occurrence, position in enumerate(positions):
            yield name, occurrence, position


def without_behaviour(root: Path, mutant: Mutant) -> str | None:
    """The class of `NO_BEHAVIOUR` that a mutant belongs to, if any."""
    where = module(root / mutant.file)
    if where.is_annotation(mutant.position):
        return "annotation"
    if where.is_for_type_checkers(mutant.position):
        return "type checkers"
    if where.is_dataclass_guard(mutant.position):
        return "dataclass guard"
    if where.is_bare_star(mutant.position):
        return "bare star"
    if mutant.operator.endswith(_SAME_BY_IDENTITY) and where.compares_with_literal(mutant.position):
        return "identity"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)  # some mutants are `x is "text"`
        try:
            changed = ast.parse(mutant.text(root))
            compile(changed, mutant.file, "exec")
        except (SyntaxError, ValueError, AttributeError):  # AttributeError: from cosmic-ray, for `except a.b`
            return "not Python"
    return "not Python" if ast.dump(changed) == ast.dump(where.tree) else None


def sample(root: Path, seed: int, count: int, only: str = "") -> tuple[list[Mutant], Counter[str]]:
    """The first ``count`` mutants in random order, and how many of each class in `NO_BEHAVIOUR` were passed over."""
    drawn: list[Mutant] = []
    passed_over: Counter[str] = Counter()
    for mutant in sorted((one for one in population(root) if only in one.file), key=lambda one: one.lot(seed)):
        if len(drawn) == count:
            break
        reason = without_behaviour(root, mutant)
        if reason is None:
            drawn.append(mutant)
        else:
            passed_over[reason] += 1
    return drawn, passed_over
