"""The cost of the installed but unused plugin: pytest on one trivial test, with the plugin and without.

The runs take turns, so that other load affects both alike. What is compared is the CPU time of the child process,
user and system. ``python -m benchmarks plugin_overhead`` prints this row alone.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from importlib.metadata import entry_points
from pathlib import Path

from .measure import Row, summary

BAR = 1.01
PAIRS = 30
# Other installed plugins are blocked: they would cost both sides the same and hide the difference.
OTHERS = sorted({f"no:{point.name}" for point in entry_points(group="pytest11")} - {"no:auth0_mfa"})
COMMAND = [sys.executable, "-m", "pytest", "-q", *(part for name in OTHERS for part in ("-p", name))]

# Children write bytecode, as pip does: without it this package would be compiled again in each process.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def cpu_seconds(folder: Path, *more: str) -> float:
    """The CPU time of one pytest run in ``folder``."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([*COMMAND, *more], cwd=folder, env=ENVIRONMENT, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def rows() -> list[Row]:
    """The row for the plugin."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "test_trivial.py").write_text("def test_nothing():\n    assert True\n")
        plain, ours = [], []
        for turn in range(-2, PAIRS):  # two to warm up: bytecode and disk cache
            times = cpu_seconds(folder, "-p", "no:auth0_mfa"), cpu_seconds(folder)
            if turn >= 0:
                plain.append(times[0])
                ours.append(times[1])
    pair = summary(list(zip(ours, plain, strict=True)))
    detail = f"{pair.ours * 1e3:.1f} ms / {pair.baseline * 1e3:.1f} ms"
    return [Row.of("plugin installed and unused", "plain pytest", pair, BAR, detail)]
