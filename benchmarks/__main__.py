"""``python -m benchmarks [--write] [MODULE ...]``: print the table of what is promised and what was measured.

``--soak [CALLS]`` measures a server that is called 2,000,000 times, which takes half an hour.
"""

from __future__ import annotations

import importlib
import platform
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from .measure import Row

MODULES = ("processes", "in_process", "served", "machine", "plugin_overhead", "cassettes", "growth")
PACKAGES = (
    *("pytest", "requests", "responses", "httpx", "respx", "pytest-httpserver", "cryptography", "PyJWT"),
    *("hypothesis", "schemathesis", "jsonschema", "jsonschema-rs", "vcrpy"),
)
RESULTS = Path(__file__).with_name("RESULTS.md")
BEGIN, END = "<!-- table -->\n", "<!-- end of the table -->\n"


def lines(rows: list[Row]) -> Iterator[str]:
    """The table as Markdown."""
    yield "| what | against | bar | measured | spread | | ours / baseline |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for row in rows:
        bar = f"{'at least' if row.at_least else 'at most'} {row.bar:g}"
        verdict = "met" if row.met else "**missed**"
        spread = "" if row.spread is None else f"{row.spread[0]:.2f} to {row.spread[1]:.2f}"
        yield f"| {row.what} | {row.baseline} | {bar} | {row.ratio:.2f} | {spread} | {verdict} | {row.detail} |"


def machine() -> Iterator[str]:
    """The computer and the versions of the measurement."""
    cpu = next((line.partition(": ")[2] for line in _cpuinfo() if line.startswith("model name")), platform.processor())
    cores = sum(line.startswith("processor") for line in _cpuinfo())
    yield f"{cpu or 'unknown CPU'}, {cores} cores, {platform.system()}; Python {platform.python_version()};"
    yield ", ".join(f"{name} {version(name)}" for name in PACKAGES) + "."


def _cpuinfo() -> list[str]:
    file = Path("/proc/cpuinfo")
    return file.read_text(encoding="utf-8").splitlines() if file.exists() else []


def main() -> int:
    """Measure and print; with ``--write``, also put the table into RESULTS.md."""
    named = [argument for argument in sys.argv[1:] if argument in MODULES]
    numbers = [int(argument) for argument in sys.argv[1:] if argument.isdigit()]
    rows: list[Row] = []
    if "--soak" in sys.argv:
        from . import soak

        rows += soak.rows(*numbers)
    for name in named or (() if "--soak" in sys.argv else MODULES):
        rows += importlib.import_module(f"benchmarks.{name}").rows()
        print(f"{name}: {len(rows)} rows", file=sys.stderr)
    table = "\n".join([*lines(rows), "", *machine()]) + "\n"
    print(table)
    if "--write" in sys.argv:
        before, _, rest = RESULTS.read_text(encoding="utf-8").partition(BEGIN)
        RESULTS.write_text(before + BEGIN + table + END + rest.partition(END)[2], encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
