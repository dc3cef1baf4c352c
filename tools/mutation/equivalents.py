"""The mutants that no test can notice, each with the reason, from `equivalent.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).with_name("equivalent.toml")


@dataclass(frozen=True)
class Equivalent:
    """A line of ``module`` without indentation: ``line`` as it is, ``mutant`` as changed."""

    module: str
    line: str
    mutant: str
    reason: str


def equivalents() -> dict[tuple[str, str, str], Equivalent]:
    """The equivalent mutants, by module and both lines."""
    rows = tomllib.loads(FILE.read_text(encoding="utf-8")).get("mutant", [])
    found = [Equivalent(**row) for row in rows]
    return {(one.module, one.line, one.mutant): one for one in found}
