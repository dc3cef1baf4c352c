"""What the fixture `auth0_mfa` adds to a test's set-up and teardown, against one of a consumer's own.

Measured inside pytest, around the phases of each test; a test without a fixture is subtracted from both.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from importlib.metadata import entry_points
from pathlib import Path

from .measure import Row, summary

TESTS = 150
OTHERS = sorted({f"no:{point.name}" for point in entry_points(group="pytest11")} - {"no:auth0_mfa"})

CONFTEST = """
import json, os, time
import pytest, responses

PHASES = {}

@pytest.fixture
def stub():
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        mock.add("POST", "https://static.example/oauth/token", json={"a": 1})
        yield mock

def timed(item):
    start = time.process_time()
    result = yield
    PHASES.setdefault(item.originalname, {}).setdefault(item.name, []).append(time.process_time() - start)
    return result

pytest_runtest_setup = pytest.hookimpl(wrapper=True, tryfirst=True)(lambda item: (yield from timed(item)))
pytest_runtest_teardown = pytest.hookimpl(wrapper=True, tryfirst=True)(lambda item: (yield from timed(item)))

def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: item.callspec.params["n"])  # in turns, not one kind after the other

def pytest_sessionfinish():
    with open(os.environ["PHASES"], "w") as file:
        json.dump({kind: [sum(times) for times in tests.values()] for kind, tests in PHASES.items()}, file)
"""
MODULE = f"""
import pytest

@pytest.mark.parametrize("n", range({TESTS}))
class TestInTurns:
    def test_nothing(self, n): ...
    def test_ours(self, n, auth0_mfa): ...
    def test_stub(self, n, stub): ...
"""


def run(folder: Path) -> tuple[float, float]:
    """The CPU seconds that our fixture and the stub add to a test, medians of one run of pytest."""
    (folder / "conftest.py").write_text(CONFTEST, encoding="utf-8")
    (folder / "test_phases.py").write_text(MODULE, encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    found = folder / "phases.json"
    command = [sys.executable, "-m", "pytest", "-q", *(part for name in OTHERS for part in ("-p", name))]
    environment = {**os.environ, "PHASES": str(found)}
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL, env=environment)
    phases = json.loads(found.read_text(encoding="utf-8"))
    nothing, ours, stub = (phases[kind][10:] for kind in ("test_nothing", "test_ours", "test_stub"))
    return _added(ours, nothing), _added(stub, nothing)


def _added(times: list[float], nothing: list[float]) -> float:
    return statistics.median(mine - other for mine, other in zip(times, nothing, strict=True))


def rows() -> list[Row]:
    """One row."""
    pairs = []
    for _ in range(5):
        with tempfile.TemporaryDirectory() as name:
            pairs.append(run(Path(name)))
    pair = summary(pairs)
    return [Row.of("fixture, set-up and teardown in pytest", "`RequestsMock`, one stub", pair, 1.5)]
