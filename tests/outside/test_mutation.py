"""The mutation run finds the lines that matter, and tells a mutant that is noticed from one that is not."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from helpers.places import PROJECT

pytest.importorskip("cosmic_ray", reason="the dependency group `mutation` is not installed: tox -e outside has it")

from mutation.equivalents import Equivalent, equivalents
from mutation.mutants import Mutant
from mutation.reach import LEFT_OUT
from mutation.source import module

ROOT = PROJECT


@pytest.mark.parametrize("entry", equivalents().values(), ids=lambda one: f"{Path(one.module).stem}: {one.mutant}")
def test_the_list_of_equivalent_mutants_is_current(entry: Equivalent) -> None:
    """Its lines stand in their modules, and each has a reason."""
    text = [line.strip() for line in (ROOT / entry.module).read_text(encoding="utf-8").splitlines()]
    assert set(entry.line.splitlines()) <= set(text)
    assert entry.mutant != entry.line
    assert len(entry.reason) > 20


def test_what_takes_no_part_exists() -> None:
    """A test module that was renamed is left out no longer."""
    assert [name for name in LEFT_OUT if not (ROOT / "tests" / name).exists()] == []


SOURCE = '''\
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import x

@dataclass(frozen=True, slots=False)
class A:
    b: int | None = 1 + 2

    def c(self, d: int | str, *, e: int = 1) -> int | None:
        """It."""
        if d == (
            e
        ):
            f = d + 1
            return f
        elif d:
            return 2 if e == "2" else d != c
        try:
            return d - 1
        except ValueError:
            return None

def g() -> None:
    h = [i + 1
         for i in range(3)]
'''


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A module to look at."""
    file = tmp_path / "source.py"
    file.write_text(SOURCE, encoding="utf-8")
    return file


def at(text: str) -> tuple[int, int]:
    """Where this stands, as line and column."""
    before = SOURCE[: SOURCE.index(text)]
    return before.count("\n") + 1, len(before) - before.rfind("\n") - 1


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("== (", {13, 14, 15}),
        ("+ 1\n            return f", {16}),
        ("d:\n            return 2", {18}),
        ("2 if e", {19}),
        ("- 1", {21}),
        ("ValueError", {22}),
        ("+ 1\n         for", {26, 27}),
    ],
)
def test_a_mutant_in_a_function_shows_where_its_statement_runs(source: Path, text: str, lines: set[int]) -> None:
    """The head of a compound statement is one thing, each statement in it another."""
    assert module(source).lines_to_reach(at(text)) == (frozenset(lines), True)


def test_what_runs_at_import_shows_anywhere(source: Path) -> None:
    """A default of a function shows in its body, a field of a class in any function of the module."""
    body = frozenset(range(12, 24))
    assert module(source).lines_to_reach(at("1) -> int")) == (body, False)
    assert module(source).lines_to_reach(at("1 + 2")) == (body | {26, 27}, False)


def test_classes_without_behaviour_are_told_apart(source: Path) -> None:
    """Annotations, conditions for type checkers, guards of dataclasses and bare stars, and nothing else."""
    seen = module(source)
    assert [seen.is_annotation(at(text)) for text in ("| None = 1", "| str", "| None:", "+ 2")] == [True] * 3 + [False]
    assert [seen.is_for_type_checkers(at(text)) for text in ("TYPE_CHECKING:", "d == (")] == [True, False]
    assert [seen.is_dataclass_guard(at(text)) for text in ("True", "False", "1 + 2")] == [True, True, False]
    assert [seen.is_bare_star(at(text)) for text in ("*, e", "- 1")] == [True, False]
    assert [seen.compares_with_literal(at(text)) for text in ('== "2"', "!= c", "== (")] == [True, False, False]


def test_a_change_of_one_module_draws_no_other_anew() -> None:
    """What is left of a sample after mutants have come and gone is in the order in which it was."""
    some = [Mutant(f"{name}.py", "core/AddNot", number, (1, 0)) for name in "ab" for number in range(9)]
    order = sorted(some, key=lambda one: one.lot(1))
    assert order != some
    assert order != sorted(some, key=lambda one: one.lot(2))
    moved = [Mutant(one.file, one.operator, one.occurrence, (7, 3)) for one in some if one.file == "a.py"]
    again = sorted(moved, key=lambda one: one.lot(1))
    assert [one.occurrence for one in again] == [one.occurrence for one in order if one.file == "a.py"]


MODEL = """\
def is_group(members: int) -> bool:
    return members > 1


def unheard() -> bool:
    return True
"""
DIRECT = """\
from pytest_auth0_mfa.tenant.model import is_group

def test_groups():
    assert is_group(3)
    assert not is_group(0)
"""
IN_A_COPY = f"""\
import multiprocessing

{DIRECT.replace("test_groups", "look")}
def test_groups():
    process = multiprocessing.get_context("fork").Process(target=look)
    process.start()
    process.join()
    assert process.exitcode == 0
"""


@pytest.mark.slow
@pytest.mark.parametrize("tests", [DIRECT, IN_A_COPY], ids=["direct", "in a copy of the process"])
def test_a_run_tells_who_survives(tmp_path: Path, tests: str) -> None:
    """It kills what the test notices, names what it does not, and ends with 1 below the bar."""
    pytest.importorskip("cosmic_ray", reason="the dependency group `mutation` is not installed: tox -e outside has it")
    package = tmp_path / "pytest_auth0_mfa"
    for folder in ("tenant", "app", "contract"):
        (package / folder).mkdir(parents=True)
        (package / folder / "__init__.py").touch()
    (package / "__init__.py").touch()
    (package / "plugin.py").write_text('"""Not the one that is installed."""\n', encoding="utf-8")
    (package / "tenant" / "model.py").write_text(MODEL, encoding="utf-8")
    shutil.copytree(ROOT / "tools" / "mutation", tmp_path / "tools" / "mutation")
    (tmp_path / "tests" / "unit").mkdir(parents=True)
    (tmp_path / "tests" / "unit" / "test_groups.py").write_text(tests, encoding="utf-8")
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)

    ran = subprocess.run(
        [sys.executable, "tools/mutation"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": ""},
    )

    assert ran.returncode == 1, ran.stdout + ran.stderr
    survivors = ran.stdout.partition("Survived:")[2]
    for alive in ("members >= 1", "members > 2", "members > 0", "False"):
        assert f"+return {alive}\n" in survivors
    for killed in ("members < 1", "members == 1", "members is not 1"):
        assert f"+return {killed}\n" not in survivors
    assert "| `tenant/` | 8 | 4 | 0 | 0 | 0 | 4 | 50.0 % |" in ran.stdout
    assert (package / "tenant" / "model.py").read_text(encoding="utf-8") == MODEL
