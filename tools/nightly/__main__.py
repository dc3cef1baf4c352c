"""``python tools/nightly [--sample] [PART ...]``: tests that take hours, or a sample of them that takes minutes.

The sample is fixed, so that CI runs the same each time. The whole uses seeds made from the date.
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

SAMPLE = "(recovery-code-lives-on and alone) or (two-keys and thousand)"
"""The nightly tests that CI runs too."""

Command = tuple[str, ...]


def seeds(sample: bool, start: int) -> Iterator[Command]:
    """Both contracts with other seeds, on a correct tenant and a correct client: there must be no findings."""
    for seed in range(start, start + (1 if sample else 30)):
        yield (*VERIFY, f"--auth0-mfa-seed={seed}")
        chosen = "TestHttpxOverServer and test_machine" if sample else "test_machine"
        yield (*PYTEST, "tests/contract/test_client_contract.py", "-k", chosen, f"--auth0-mfa-seed={seed}")


def examples(sample: bool, start: int) -> Iterator[Command]:
    """The tenant contract with a thousand examples, and the tests with as many."""
    if not sample:
        yield (*VERIFY, "--auth0-mfa-max-examples=1000")
    yield (*PYTEST, "-m", "nightly", "tests/contract", *(("-k", SAMPLE) if sample else ("tests/unit", "tests/outside")))


def live(sample: bool, start: int) -> Iterator[Command]:
    """Complete runs against a tenant in another process, each with a new seed, as for a real tenant."""
    for _ in range(1 if sample else 100):
        yield (*PYTEST, "tests/outside/test_live_run.py", "-k", "given_back" if sample else "given_back or whole")


def mutation(sample: bool, start: int) -> Iterator[Command]:
    """Mutation tests. They are not in the sample: just watching all tests takes minutes."""
    if not sample:
        yield (*PYTHON, "tools/mutation", "--seed", str(start), "--count", "400")


def fuzzing(sample: bool, start: int) -> Iterator[Command]:
    """Fuzzing of the server and of every parser. The sample omits the server, which `tox -e fuzz` tests."""
    if sample:
        yield (*PYTHON, "tools/fuzzing", "--cases", "100", "stop", "growth", "headers")
    else:
        yield (*PYTHON, "tools/fuzzing", "--cases", "200000", "--seed", str(start))


PARTS: Mapping[str, Callable[[bool, int], Iterator[Command]]] = {
    part.__name__: part for part in (seeds, examples, live, mutation, fuzzing)
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the commands; return 1 when one failed. Each is printed first, so that it can be run again alone."""
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
