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

from .measure import Row

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


def run(folder: Path) -> dict[str, float]:
    """The median CPU seconds of set-up and teardown, by kind of test."""
    (folder / "conftest.py").write_text(CONFTEST, encoding="utf-8")
    (folder / "test_phases.py").write_text(MODULE, encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    found = folder / "phases.json"
    command = [sys.executable, "-m", "pytest", "-q", *(part for name in OTHERS for part in ("-p", name))]
    environment = {**os.environ, "PHASES": str(found)}
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL, env=environment)
    phases = json.loads(found.read_text(encoding="utf-8"))
    return {kind: statistics.median(times[10:]) for kind, times in phases.items()}


def rows() -> list[Row]:
    """One row."""
    ratios, ours, stub = [], [], []
    for _ in range(5):
        with tempfile.TemporaryDirectory() as name:
            found = run(Path(name))
        ours.append(found["test_ours"] - found["test_nothing"])
        stub.append(found["test_stub"] - found["test_nothing"])
        ratios.append(ours[-1] / stub[-1])
    detail = f"{statistics.median(ours) * 1e6:.0f} µs / {statistics.median(stub) * 1e6:.0f} µs"
    ratio = statistics.median(ratios)
    return [Row("fixture, set-up and teardown in pytest", "`RequestsMock`, one stub", ratio, 1.5, detail=detail)]
