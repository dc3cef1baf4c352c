"""Finds out which lines each test runs and how long it takes, so that a mutant does not need the whole suite."""

from __future__ import annotations

import hashlib
import json
import multiprocessing.util
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import CodeType

import pytest

from .copies import Workers, checkout
from .forked import QUIETLY, pytest_in_fork
from .mutants import PACKAGE, PARTS

LEFT_OUT = {
    "outside/test_cassettes.py": "starts a pytest for each test, and looks at recordings",
    "project/test_docs_contract.py": "looks at tables and pages, not at behaviour",
    "project/test_docs_generated.py": "looks at tables and pages, not at behaviour",
    "project/test_docs_pictures.py": "looks at pictures",
    "outside/pages/test_docs_recipes.py": "changes source text: any mutant of such a line would seem to be noticed",
    "project/test_docs_site.py": "looks at pages",
    "outside/pages/test_docs_snippets.py": "starts a pytest for each test",
    "project/test_installed.py": "looks at the installation",
    "outside/test_mutation.py": "looks at this",
    "outside/packages/test_packaging.py": "looks at the built wheel",
    "outside/test_report.py": "starts a pytest for each test, and looks at reports",
    "outside/test_report_chromium.py": "starts a browser",
    "outside/test_sandbox_browser.py": "starts a browser",
    "outside/pages/test_schedule.py": "starts a pytest for each test, and looks at reports",
    "outside/other_plugins": "starts a pytest for each test, with plugins of others",
    "outside/sdk": "looks at what others wrote",
}
"""Test modules and folders that are left out, each with the reason."""
NOT_BEHAVIOUR = ("test_a_mutant_of_the_model_is_killed",)
"""Tests that are left out because they change source text."""
WHOLE = ("tests/contract/test_client_zoo.py", "tests/contract/test_zoo.py")
"""Test modules whose slow tests take part too: each of these is quick, there are just many."""
LONGEST = 60.0
"""Seconds; tests that take longer are left out."""


@dataclass(frozen=True)
class Reached:
    """The CPU seconds of a test and, by module, the lines that it ran: bit n for line n."""

    seconds: float
    lines: dict[str, int]

    @cached_property
    def nearness(self) -> float:
        """The higher, the fewer lines the test runs."""
        return 1 / (1 + sum(bits.bit_count() for bits in self.lines.values()))


class Watch:
    """A plugin for pytest that notes the lines of each test with `sys.monitoring`, which costs once per line and
    test."""

    def __init__(self, checkout: Path, into: Path) -> None:
        self._files = {
            str(file): file.relative_to(checkout).as_posix()
            for part in PARTS
            for file in (checkout / PACKAGE / part).rglob("*.py")
        }
        self._checkout, self._into = checkout, into
        self._others = Path(tempfile.mkdtemp(prefix="watched-"), "others")
        self._monitoring = vars(sys)["monitoring"]  # new in Python 3.12, while the project supports 3.11
        self._now: dict[str, int] = {}
        self._passed: dict[str, bool] = {}
        self._seen: dict[str, Reached] = {}

    def start(self) -> None:
        """Start watching, in the process that runs the tests. Processes that it starts report by themselves
        (`elsewhere`)."""
        self._others.mkdir()
        os.environ["PYTHONPATH"] += os.pathsep + str(Path(__file__).with_name("elsewhere"))
        os.environ |= {"MUTATION_WATCH": str(self._others), "MUTATION_CHECKOUT": str(self._checkout)}
        monitoring = self._monitoring
        monitoring.use_tool_id(monitoring.COVERAGE_ID, "mutation")
        monitoring.register_callback(monitoring.COVERAGE_ID, monitoring.events.LINE, self._line)
        monitoring.set_events(monitoring.COVERAGE_ID, monitoring.events.LINE)
        multiprocessing.util.register_after_fork(self, Watch._in_copy)

    def _in_copy(self) -> None:
        """Watch and report in a fork that a test made, too."""
        self._now.clear()
        self._monitoring.restart_events()
        multiprocessing.util.Finalize(None, self._leave, exitpriority=1)

    def _leave(self) -> None:
        file = self._others / f"{os.getpid()}.json"
        lines = {name: [at for at in range(bits.bit_length()) if bits >> at & 1] for name, bits in self._now.items()}
        file.write_text(json.dumps(lines), encoding="utf-8")

    def end(self) -> None:
        """Remove temporary files, in the process that waited for the tests."""
        shutil.rmtree(self._others.parent)

    def _line(self, code: CodeType, number: int) -> object:
        name = self._files.get(code.co_filename)
        if name is not None:
            self._now[name] = self._now.get(name, 0) | 1 << number
        return self._monitoring.DISABLE

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Note the lines and seconds of a test."""
        signal.alarm(0)
        self._now.clear()
        self._monitoring.restart_events()
        start = _processor_seconds()
        result = yield
        self._ask_others()
        if self._passed.get(item.nodeid):
            self._seen[item.nodeid] = Reached(_processor_seconds() - start, dict(self._now))
        return result

    def _ask_others(self) -> None:
        for file in self._others.glob("*.json"):
            for name, lines in json.loads(file.read_text(encoding="utf-8")).items():
                if name in self._files.values():
                    self._now[name] = self._now.get(name, 0) | sum(1 << line for line in set(lines))
            file.unlink()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note whether a test passed: others are not used."""
        fine = report.outcome == "passed" and not hasattr(report, "wasxfail")
        self._passed[report.nodeid] = self._passed.get(report.nodeid, True) and fine

    def pytest_sessionfinish(self) -> None:
        """Write the results for the parent process."""
        rows = {
            test: [one.seconds, {name: hex(bits) for name, bits in one.lines.items()}]
            for test, one in self._seen.items()
        }
        self._into.write_text(json.dumps(rows), encoding="utf-8")


def reached(root: Path, workers: Workers) -> dict[str, Reached]:
    """What each test that takes part reached. Results are cached until the test module or the package changes."""
    store = root / ".mutation"
    store.mkdir(exist_ok=True)
    files = sorted(
        file for file in (root / "tests").rglob("test_*.py") if not _left_out(file.relative_to(root / "tests"))
    )
    common = [*(root / PACKAGE).rglob("*.py"), *(root / "schemas").rglob("*.json")]
    common += [one for one in (root / "tests").rglob("*.py") if not one.name.startswith("test_")]
    base = _digest(root, common, repr(WHOLE))
    kept = {file: store / _name_of_results(root, file, base) for file in files}
    for old in set(store.glob("tests-*.json")) - set(kept.values()):
        old.unlink()
    missing = sorted((file for file in files if not kept[file].exists()), key=_work, reverse=True)
    for line in workers.each(_watch, [(file.relative_to(root).as_posix(), kept[file]) for file in missing]):
        print(f"watched {line}", file=sys.stderr)
    tests = {test: one for file in files for test, one in _read(kept[file]).items()}
    return {test: one for test, one in tests.items() if _takes_part(test, one)}


def _left_out(file: Path) -> bool:
    return any(part.as_posix() in LEFT_OUT for part in (file, *file.parents))


def _name_of_results(root: Path, file: Path, salt: str) -> str:
    return f"{'-'.join(file.relative_to(root).with_suffix('').parts)}-{_digest(root, [file], salt)}.json"


def _work(file: Path) -> tuple[bool, int]:
    """A sort key: the longest first, so that all workers end at about the same time."""
    return file.parent.name == "contract" and file.name.endswith("_zoo.py"), file.stat().st_size


def _watch(job: tuple[str, Path]) -> str:
    name, into = job
    watch = Watch(checkout(), into)
    log = into.with_suffix(".log")
    try:
        all_but = " and ".join(f"not {test}" for test in NOT_BEHAVIOUR)
        chosen = ("-k", all_but) if name in WHOLE else ("-m", "not slow and not nightly")
        code = pytest_in_fork(checkout(), [name, *chosen, *QUIETLY], watch, log, watch.start)
    finally:
        watch.end()
    if not into.exists():
        raise RuntimeError(f"{name}: pytest ended with {code} and left no result; see {log}")
    return f"{name}: {len(_read(into))} tests" + (f", and some fail: {log}" if code not in (0, 5) else "")


def _processor_seconds() -> float:
    """CPU seconds of this process and of children that it waited for, which do not depend on other load."""
    return sum(os.times()[:4])


def _takes_part(test: str, one: Reached) -> bool:
    return one.seconds <= LONGEST and not any(name in test for name in NOT_BEHAVIOUR)


def _digest(root: Path, files: Iterable[Path], salt: str = "") -> str:
    seen = hashlib.sha256(salt.encode())
    for file in sorted(files):
        seen.update(file.relative_to(root).as_posix().encode() + file.read_bytes())
    return seen.hexdigest()[:16]


def _read(file: Path) -> dict[str, Reached]:
    rows = json.loads(file.read_text(encoding="utf-8"))
    return {
        test: Reached(seconds, {name: int(bits, 16) for name, bits in lines.items()})
        for test, (seconds, lines) in rows.items()
    }
