"""Tries a mutant: runs the tests that reach it, one after another, until one fails."""

from __future__ import annotations

import math
import os
import re
import signal
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest
from pathlib import Path

import pytest

from .copies import Workers, checkout
from .forked import QUIETLY, pytest_in_fork
from .mutants import Mutant
from .reach import Reached
from .source import module

NEAR, FIRST = 3, 3.0
"""How many test modules, and seconds of their tests, run first, since collecting all others takes longer."""
BUDGET = 60.0
"""Seconds of tests for a mutant. If none of them fails, it has survived."""


@dataclass(frozen=True)
class Job:
    """A mutant with its module's changed text, the line before and after, and its tests with their seconds."""

    mutant: Mutant
    text: str
    before: str
    after: str
    tests: Sequence[tuple[str, float]]

    @classmethod
    def of(cls, root: Path, mutant: Mutant, tests: Iterable[str], reached: Mapping[str, Reached]) -> Job:
        """A job with everything that a worker needs."""
        timed = [(test, reached[test].seconds) for test in tests]
        return cls(mutant, mutant.text(root), *mutant.difference(root), timed)


@dataclass(frozen=True)
class Verdict:
    """The result for a mutant. ``by`` is the test that noticed it.

    ``how`` is killed (a test failed), import (pytest did not reach the first test), timeout, survived, unreached (no
    test runs the line) or equivalent.
    """

    mutant: Mutant
    before: str
    after: str
    how: str
    by: str
    tests: int
    seconds: float

    @classmethod
    def of(cls, job: Job, how: str, by: str = "", seconds: float = 0.0) -> Verdict:
        """The verdict on a job."""
        return cls(job.mutant, job.before, job.after, how, by, len(job.tests), seconds)

    @property
    def killed(self) -> bool:
        """Whether the tests noticed the mutant."""
        return self.how in ("killed", "import", "timeout")


class Selection:
    """A plugin for pytest that runs only these tests, in this order and each with a time limit."""

    def __init__(self, seconds: Mapping[str, float], note: Path) -> None:
        self._rank = {test: number for number, test in enumerate(seconds)}
        self._seconds = seconds
        self._note = note

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Keep only the selected tests, in order."""
        items[:] = sorted(
            (item for item in items if item.nodeid in self._rank), key=lambda item: self._rank[item.nodeid]
        )

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Make the kernel end a test that uses too much CPU time or waits too long."""
        self._note.write_text(item.nodeid, encoding="utf-8")
        signal.setitimer(signal.ITIMER_PROF, 5 + 10 * self._seconds[item.nodeid])
        signal.alarm(math.ceil(60 + 30 * self._seconds[item.nodeid]))
        return (yield)


def plan(root: Path, mutant: Mutant, reached: Mapping[str, Reached]) -> list[str]:
    """The tests that reach a mutant, as many as `BUDGET` allows.

    Half of the budget goes to the test modules in turns, quickest tests and nearest modules first. The other half goes
    to the quickest of all remaining tests: in turns, slow modules would use it up.
    """
    lines, certain = module(root / mutant.file).lines_to_reach(mutant.position)
    bits = sum(1 << line for line in lines)
    chosen = _in_turns({test: one for test, one in reached.items() if one.lines.get(mutant.file, 0) & bits})
    if not certain:
        rest = {test: one for test, one in reached.items() if mutant.file in one.lines}
        naming = _in_turns(_naming(root, mutant, reached))
        chosen = list(dict.fromkeys(chain(naming, chosen, _in_turns(rest) or _in_turns(reached))))
    first = dict.fromkeys(_within(chosen, reached, BUDGET / 2))
    left = sorted((test for test in chosen if test not in first), key=lambda test: reached[test].seconds)
    return [*first, *_within(left, reached, BUDGET / 2)]


def _naming(root: Path, mutant: Mutant, reached: Mapping[str, Reached]) -> dict[str, Reached]:
    """The tests in modules that import the mutant's module: lines do not show which tests use its constants."""
    parent, _, name = mutant.file.removesuffix(".py").removesuffix("/__init__").replace("/", ".").rpartition(".")
    module = re.compile(rf"\b{re.escape(parent)}(\.| import .*\b){name}\b")
    files = {test.partition("::")[0] for test in reached}
    naming = {file for file in files if module.search((root / file).read_text(encoding="utf-8"))}
    return {test: one for test, one in reached.items() if test.partition("::")[0] in naming}


def _in_turns(tests: Mapping[str, Reached]) -> list[str]:
    """The quickest test of each module, then the next of each, and so on; the nearest modules come first."""
    files: dict[str, list[str]] = {}
    for test in sorted(tests, key=lambda name: tests[name].seconds):
        files.setdefault(test.partition("::")[0], []).append(test)
    near = sorted(files, key=lambda file: -sum(tests[test].nearness for test in files[file]))[:NEAR]
    first = list(_within(_turns([files[file] for file in near]), tests, FIRST))
    return list(dict.fromkeys(chain(first, _turns(list(files.values())))))


def _turns(queues: Sequence[Sequence[str]]) -> Iterator[str]:
    return (test for turn in zip_longest(*queues) for test in turn if test is not None)


def _within(tests: Iterable[str], reached: Mapping[str, Reached], budget: float) -> Iterator[str]:
    for test in tests:
        budget -= reached[test].seconds + 0.01
        if budget < 0:
            return
        yield test


def attempt(job: Job) -> Verdict:
    """Write the mutant into this worker's copy, run its tests and restore the file."""
    if not job.tests:
        return Verdict.of(job, "unreached")
    start = time.monotonic()
    file = checkout() / job.mutant.file
    before = file.read_bytes()
    _replace(file, job.text.encode())
    try:
        how, by = "survived", ""
        for stage in _stages(job.tests):
            how, by = _run(stage)
            if how != "survived":
                break
    finally:
        _replace(file, before)
    return Verdict.of(job, how, by, time.monotonic() - start)


def failing(workers: Workers, tests: Sequence[str], reached: Mapping[str, Reached]) -> list[str]:
    """Those of the tests that also fail without a mutant, so that their verdicts do not count."""
    left, failed = list(tests), []
    while left:
        [(how, by)] = workers.each(_run, [[(test, reached[test].seconds) for test in left]])
        if how == "survived":
            break
        failed.append(by)
        left = left[left.index(by) + 1 :] if by in left else []
    return failed


def _stages(tests: Sequence[tuple[str, float]]) -> Iterator[Sequence[tuple[str, float]]]:
    files: set[str] = set()
    left = FIRST
    for count, (test, seconds) in enumerate(tests):
        files.add(test.partition("::")[0])
        left -= seconds + 0.01
        if count and (left < 0 or len(files) > NEAR):
            yield tests[:count]
            yield tests[count:]
            return
    yield tests


def _run(tests: Sequence[tuple[str, float]]) -> tuple[str, str]:
    with tempfile.TemporaryDirectory(prefix="mutant-") as folder:
        note = Path(folder, "note")
        selection = Selection(dict(tests), note)
        files = sorted({test.partition("::")[0] for test, _ in tests})
        code = pytest_in_fork(checkout(), [*files, "-x", *QUIETLY], selection, Path(folder, "log"))
        at = note.read_text(encoding="utf-8") if note.exists() else ""
    if code in (0, 5):
        return "survived", ""
    if code in (-signal.SIGALRM, -signal.SIGPROF):
        return "timeout", at
    return ("killed" if at else "import"), at


def _replace(file: Path, text: bytes) -> None:
    """Replace a file and remove its bytecode, which would still count as current within the same second."""
    file.write_bytes(text)
    for cached in (file.parent / "__pycache__").glob(f"{file.stem}.*.pyc"):
        os.unlink(cached)
