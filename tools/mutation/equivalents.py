"""Mutants that no test can notice, each with the reason (`equivalent.toml`)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).with_name("equivalent.toml")


@dataclass(frozen=True)
class Equivalent:
    """``line`` of ``module``, as it is and as the mutant has it; without indentation."""

    module: str
    line: str
    mutant: str
    reason: str


def equivalents() -> dict[tuple[str, str, str], Equivalent]:
    """By module and both lines."""
    rows = tomllib.loads(FILE.read_text(encoding="utf-8")).get("mutant", [])
    found = [Equivalent(**row) for row in rows]
    return {(one.module, one.line, one.mutant): one for one in found}
