"""What the contracts play is the same each time, so that a seed that found something in CI finds it at one's desk."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from helpers.places import IMPORTABLE
from helpers.played_programs import KEPT, PLAYED, SNAPSHOTS, names_of, snapshot
from hypothesis.strategies import SearchStrategy

from pytest_auth0_mfa.contract.client.walk import programs as client_programs
from pytest_auth0_mfa.contract.driver import Plan, drive
from pytest_auth0_mfa.contract.tenant.walk.walk import programs as tenant_programs

SCRIPT = Path(__file__).parents[1] / "helpers" / "played_programs.py"


@pytest.mark.parametrize("step", [14, pytest.param(1, marks=pytest.mark.nightly)])
def test_two_processes_play_the_same(step: int, tmp_path: Path) -> None:
    """To the byte, but for signatures; whatever order sets have in each of them. A fourteenth of it in every run."""
    path = os.pathsep.join([*map(str, IMPORTABLE), *filter(None, [os.environ.get("PYTHONPATH")])])
    files = {seed: tmp_path / f"{seed}.json" for seed in ("1", "2")}
    processes = [
        subprocess.Popen(
            [sys.executable, SCRIPT, file, str(step)], env={**os.environ, "PYTHONPATH": path, "PYTHONHASHSEED": seed}
        )
        for seed, file in files.items()
    ]
    assert [process.wait() for process in processes] == [0, 0]
    one, other = (json.loads(file.read_text(encoding="utf-8")) for file in files.values())
    assert {kind: list(programs) for kind, programs in one.items()} == {kind: names_of(kind, step) for kind in PLAYED}
    for kind, programs in one.items():
        for name, lines in programs.items():
            assert lines == other[kind][name], f"{kind} {name}"
            assert len(lines) > 0 or kind == "client scenario", f"{kind} {name} plays nothing"


def test_what_is_drawn_does_not_hang_on_the_modules_of_the_consumer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hypothesis draws the numbers that it finds in the source of modules that were imported, among others."""

    def drawn(programs: SearchStrategy[object]) -> list[object]:
        seen: list[object] = []
        drive(programs, seen.append, Plan(max_examples=60, seed=3))
        return seen

    both = client_programs(12), tenant_programs(12)
    before = [drawn(programs) for programs in both]
    (tmp_path / "a_consumers_module.py").write_text(f"NUMBERS = {[*range(1000)]}\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    importlib.import_module("a_consumers_module")
    for programs, as_before in zip(both, before, strict=True):
        assert drawn(programs) == as_before


@pytest.mark.parametrize("name", KEPT)
def test_a_few_programs_are_played_as_they_were(name: str) -> None:
    """Who changes what is played sees how; ``python tests/helpers/played_programs.py --snapshots`` takes it over."""
    kept = (SNAPSHOTS / f"{name}.txt").read_text(encoding="utf-8")
    assert snapshot(name).splitlines() == kept.splitlines()


def test_no_snapshot_is_left_over() -> None:
    """Each file belongs to a program that is still played."""
    assert {file.stem for file in SNAPSHOTS.glob("*.txt")} == set(KEPT)
