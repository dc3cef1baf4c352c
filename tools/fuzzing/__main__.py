"""``python tools/fuzzing [--cases N] [--seed N] [PART ...]``: fuzz, and print the findings."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

sys.path[0] = str(Path(__file__).parents[1])  # else it is this folder


def main() -> int:
    """Play the parts; return 1 when there are findings."""
    parser = argparse.ArgumentParser(prog="python tools/fuzzing", description=__doc__)
    parser.add_argument("--cases", type=int, default=20_000, metavar="N", help="of each part (20,000)")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="which cases (1)")
    parser.add_argument(
        "parts", nargs="*", metavar="PART", help="stop, growth, api, or the name of a parser; all when left out"
    )
    options = parser.parse_args()
    from fuzzing.targets import TARGETS

    findings = 0
    for part in options.parts or ["stop", "growth", "api", *TARGETS]:
        if part == "stop":
            _stop()
        elif part == "growth":
            findings += _growth()
        elif part == "api":
            findings += _api(options.cases, options.seed)
        else:
            findings += _parser(part, options.cases)
    return 1 if findings else 0


def _stop() -> None:
    """Measure how long a server takes to stop with eight clients in every state."""
    from fuzzing.holdouts import KINDS, held
    from pytest_auth0_mfa.transports.server import Server

    taken = []
    for _ in range(5):
        server = Server()
        with held(server, each=8):
            began = time.monotonic()
            server.stop()
            taken.append(time.monotonic() - began)
    _say(f"stop: {min(taken):.2f} to {max(taken):.2f} s with {8 * len(KINDS)} connections open, in 5 runs")


def _growth() -> int:
    from fuzzing.growth import squares
    from fuzzing.targets import TARGETS

    found = [one for target in TARGETS.values() for one in squares(target)]
    for finding in found:
        _say(f"FINDING {finding}")
    _say(f"growth: {len(TARGETS)} parsers, {len(found)} findings")
    return len(found)


def _api(cases: int, seed: int) -> int:
    from fuzzing.api import Fuzzer, listening
    from pytest_auth0_mfa.transports.server import Server

    with Server() as server, listening() as log:
        figures = Fuzzer(server, log).run(cases, seed)
    for answer, count in sorted(figures.answers.items()):
        _say(f"{count:7} {answer}")
    for finding in figures.findings:
        _say(f"FINDING {finding}")
    _say(
        f"api: {figures.cases} cases in {figures.seconds:.0f} s, {figures.granted} of them answered with a success, "
        f"{len(figures.answers)} kinds of answer, {len(figures.findings)} findings"
    )
    return len(figures.findings)


def _parser(name: str, cases: int) -> int:
    import subprocess

    # One process per target: atheris ends its process, and instruments what is imported after it.
    command = [sys.executable, str(Path(__file__).with_name("guided.py")), name, str(cases)]
    return 1 if subprocess.run(command, check=False).returncode else 0


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - a script prints


if __name__ == "__main__":
    sys.exit(main())
