"""Try a seeded sample of mutants of the fake and of the contract, and print how many the tests notice."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path[0] = str(Path(__file__).parents[1])  # else it is this folder

from mutation.copies import Workers, workers
from mutation.equivalents import equivalents
from mutation.mutants import Mutant, sample
from mutation.reach import reached
from mutation.results import BAR, Results
from mutation.trial import Job, Verdict, attempt, failing, plan

ROOT = Path(__file__).parents[2]
SURVIVORS = ROOT / ".mutation" / "survivors.json"
SEED, COUNT = 20261124, 400


def main() -> int:
    """Draw, try and print; exit code 1 if the share of killed mutants is below `BAR` or a test is in doubt."""
    options = _options()
    start = time.monotonic()
    with workers(ROOT, options.workers) as crew, ThreadPoolExecutor(1) as aside:
        watching = aside.submit(reached, ROOT, crew)
        drawn, passed_over = _again() if options.again else sample(ROOT, options.seed, options.count, options.only)
        known = watching.result()
        jobs = (Job.of(ROOT, mutant, plan(ROOT, mutant, known), known) for mutant in drawn)
        verdicts = list(_told(_verdicts(crew, jobs)))
        doubted = failing(crew, sorted({one.by for one in verdicts if one.by}), known)
    verdicts.sort(key=lambda one: drawn.index(one.mutant))
    results = Results(options.seed, verdicts, passed_over, time.monotonic() - start, options.workers, doubted)
    print("\n" + results.page())
    _remember([one.mutant for one in verdicts if not one.killed and one.how != "equivalent"])
    if options.write:
        results.write()
    return 0 if results.percent >= BAR and not doubted else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python tools/mutation", description=__doc__)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--count", type=int, default=COUNT, help="how many mutants (default: %(default)s)")
    parser.add_argument("--workers", type=int, default=2, help="how many processes (default: %(default)s)")
    parser.add_argument("--only", default="", metavar="TEXT", help="only modules whose path holds this")
    parser.add_argument("--again", action="store_true", help="only those that survived the last time")
    parser.add_argument("--write", action="store_true", help="put the result into docs/hardening.md")
    return parser.parse_args()


def _verdicts(crew: Workers, jobs: Iterator[Job]) -> Iterator[Verdict]:
    """The verdicts as they become ready. Mutants listed as equivalent are not tried."""
    listed = equivalents()
    waived: list[Job] = []

    def tried() -> Iterator[Job]:
        for job in jobs:
            if (job.mutant.file, job.before, job.after) in listed:
                waived.append(job)
            else:
                yield job

    yield from crew.each(attempt, tried())
    yield from (Verdict.of(job, "equivalent") for job in waived)


def _told(verdicts: Iterator[Verdict]) -> Iterator[Verdict]:
    for number, one in enumerate(verdicts, 1):
        where = f"{one.mutant.file}:{one.mutant.position[0]}"
        print(f"{number:4} {one.how:10} {one.seconds:6.1f} s {one.tests:5} tests  {where}  {one.by}")
        if not one.killed:
            print(f"       - {one.before}\n       + {one.after}", flush=True)
        yield one


def _remember(survivors: list[Mutant]) -> None:
    rows = [[one.file, one.operator, one.occurrence, one.position] for one in survivors]
    SURVIVORS.write_text(json.dumps(rows), encoding="utf-8")


def _again() -> tuple[list[Mutant], Counter[str]]:
    rows = json.loads(SURVIVORS.read_text(encoding="utf-8"))
    return [Mutant(file, operator, number, (at[0], at[1])) for file, operator, number, at in rows], Counter()


if __name__ == "__main__":
    sys.exit(main())
