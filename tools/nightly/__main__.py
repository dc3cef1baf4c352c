"""``python tools/nightly [--sample] [PART ...]``: what takes too long for every change, in hours; a sample in minutes.

The sample is fixed, so that CI plays the same each time; the whole takes seeds that follow from the date.
"""

from __future__ import annotations

import argparse
import datetime
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
PYTHON = (sys.executable,)
PYTEST = (*PYTHON, "-m", "pytest", "-q", "-p", "no:cacheprovider")
VERIFY = (*PYTHON, "-m", "pytest_auth0_mfa", "verify", "-q", "-p", "no:cacheprovider", "-k", "test_machine")

SAMPLE = "oob-code-works-twice or recovery-code-lives-on or twin-not-deleted or (two-keys and thousand)"
"""Of the nightly tests, those that CI plays too."""

Command = tuple[str, ...]


def seeds(sample: bool, start: int) -> Iterator[Command]:
    """Both contracts on what is right, with other seeds: nothing may be found."""
    for seed in range(start, start + (1 if sample else 30)):
        yield (*VERIFY, f"--auth0-mfa-seed={seed}")
        yield (*PYTEST, "tests/contract/test_client_contract.py", "-k", "test_machine", f"--auth0-mfa-seed={seed}")


def examples(sample: bool, start: int) -> Iterator[Command]:
    """The contract of a tenant with a thousand examples, and the tests that play as many."""
    yield (*VERIFY, f"--auth0-mfa-max-examples={50 if sample else 1000}")
    yield (*PYTEST, "-m", "nightly", "tests/contract", *(("-k", SAMPLE) if sample else ("tests/unit",)))


def live(sample: bool, start: int) -> Iterator[Command]:
    """Whole runs against a tenant in another process. Each draws a seed of its own, as it does of a real tenant."""
    for _ in range(1 if sample else 100):
        yield (*PYTEST, "tests/outside/test_live_run.py", "-k", "given_back" if sample else "given_back or whole")


def mutation(sample: bool, start: int) -> Iterator[Command]:
    """Would the tests notice a changed line? Watching all tests alone takes minutes: none of it is in the sample."""
    if not sample:
        yield (*PYTHON, "tools/mutation", "--seed", str(start), "--count", "400")


def fuzzing(sample: bool, start: int) -> Iterator[Command]:
    """Odd requests to the server, odd bytes to every parser. Of the sample `tox -e fuzz` plays the server."""
    if sample:
        yield (*PYTHON, "tools/fuzzing", "--cases", "200", "stop", "growth", "headers")
    else:
        yield (*PYTHON, "tools/fuzzing", "--cases", "200000", "--seed", str(start))


PARTS: Mapping[str, Callable[[bool, int], Iterator[Command]]] = {
    part.__name__: part for part in (seeds, examples, live, mutation, fuzzing)
}


def main(arguments: Sequence[str] | None = None) -> int:
    """1 when one of the commands failed. Each is printed before it runs, so that it can be run again alone."""
    parser = argparse.ArgumentParser(prog="python tools/nightly", description=__doc__)
    parser.add_argument("--sample", action="store_true", help="a fixed small part of each")
    parser.add_argument("--seed", type=int, help="the first seed (default: the date, 20261128)")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)}; all when left out")
    options = parser.parse_args(arguments)
    if unknown := set(options.parts) - PARTS.keys():
        parser.error(f"no such part: {', '.join(sorted(unknown))}; expected {', '.join(PARTS)}")
    start = options.seed or (1 if options.sample else int(f"{datetime.date.today():%Y%m%d}"))
    environment = {**os.environ, **({"AUTH0_MFA_TEST_SAMPLE": "1"} if options.sample else {})}
    failed = []
    for name in options.parts or PARTS:
        for command in PARTS[name](options.sample, start):
            _say(f"{name}: {' '.join(command)}")
            began = time.monotonic()
            code = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
            _say(f"{name}: {'passed' if code == 0 else f'failed with {code}'} after {time.monotonic() - began:.0f} s")
            if code:
                failed.append(" ".join(command))
    for line in failed:
        _say(f"nightly: failed: {line}")
    return 1 if failed else 0


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - a script prints


if __name__ == "__main__":
    sys.exit(main())
