"""The results of a run as Markdown: a table and sentences."""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from .mutants import NO_BEHAVIOUR, PACKAGE, PARTS
from .trial import Verdict

PAGE = Path(__file__).parents[2] / "docs" / "hardening.md"
BEGIN, END = "<!-- mutation: what python tools/mutation --write wrote -->\n", "<!-- mutation: end -->\n"
BAR = 95.0
"""The percentage of the sample that must be killed."""


@dataclass(frozen=True)
class Results:
    """A run: its seed, the mutants that were passed over, and a verdict for each mutant."""

    seed: int
    verdicts: Sequence[Verdict]
    passed_over: Counter[str]
    seconds: float
    workers: int
    doubted: Sequence[str]

    @property
    def percent(self) -> float:
        """The percentage of all mutants that were killed; equivalent ones count as survivors."""
        return _percent(sum(one.killed for one in self.verdicts), len(self.verdicts))

    def page(self) -> str:
        """The results as Markdown."""
        return "\n".join([*self._table(), "", *self._words()]) + "\n"

    def _table(self) -> Iterator[str]:
        yield "| part | mutants | a test failed | not even imported | did not end | equivalent | survived | killed |"
        yield "| --- | --- | --- | --- | --- | --- | --- | --- |"
        for part in (*PARTS, ""):
            chosen = [one for one in self.verdicts if one.mutant.file.startswith(f"{PACKAGE}/{part}")]
            how = Counter(one.how for one in chosen)
            counts = [len(chosen), how["killed"], how["import"], how["timeout"], how["equivalent"]]
            counts.append(how["survived"] + how["unreached"])
            name = f"`{part}/`" if part else "all"
            yield " | ".join([f"| {name}", *map(str, counts), f"{self._killed(chosen)} |"])

    def _killed(self, chosen: Sequence[Verdict]) -> str:
        return f"{_percent(sum(one.killed for one in chosen), len(chosen)):.1f} %"

    def _words(self) -> Iterator[str]:
        rest = [one for one in self.verdicts if one.how != "equivalent"]
        yield f"Without the equivalent ones: {self._killed(rest)}."
        yield ""
        yield f"Seed {self.seed}; {self.seconds / 60:.0f} minutes with {self.workers} workers; {platform.system()},"
        yield f"Python {platform.python_version()}, cosmic-ray {version('cosmic-ray')}."
        passed = "; ".join(f"{self.passed_over[name]} times {text}" for name, text in NO_BEHAVIOUR.items())
        yield f"Passed over while drawing: {passed}."
        for one in self.verdicts:
            if one.how in ("survived", "unreached"):
                yield ""
                yield f"Survived: `{one.mutant.file}`, line {one.mutant.position[0]}"
                yield "```diff"
                yield from ("-" + line for line in one.before.splitlines())
                yield from ("+" + line for line in one.after.splitlines())
                yield "```"
        if self.doubted:
            yield ""
            yield "These tests failed without any mutant too, so that what they killed is in doubt:"
            yield from (f"* `{test}`" for test in self.doubted)

    def write(self) -> None:
        """Write the results into docs/hardening.md."""
        before, begin, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
        assert begin, f"{PAGE} has no line {BEGIN.strip()!r}"
        PAGE.write_text(before + BEGIN + self.page() + END + rest.partition(END)[2], encoding="utf-8")


def _percent(some: int, of: int) -> float:
    return 100 * some / of if of else 100.0
