"""``python tools/fuzzing PARSER``: atheris looks for bytes that reach new lines of the package.

Each parser needs its own process: atheris instruments what is imported after it, and ends the process.
"""

from __future__ import annotations

import logging
import sys
import tempfile
import time
from pathlib import Path


def main(name: str, cases: int) -> None:
    """Fuzz a parser, starting with its seeds; stop at the first finding."""
    import atheris

    sys.path.insert(0, str(Path(__file__).parents[1]))
    with atheris.instrument_imports(include=["pytest_auth0_mfa"]):
        from fuzzing.targets import TARGETS
    logging.getLogger("pytest_auth0_mfa").addHandler(logging.NullHandler())  # it logs advice for each odd call
    target = TARGETS[name]
    began = time.monotonic()
    done = 0

    def one(data: bytes) -> None:
        nonlocal done
        target.parse(data)
        done += 1
        if done == cases:  # print here: libFuzzer does not return
            print(f"{name}: {cases} cases in {time.monotonic() - began:.0f} s, no finding", flush=True)  # noqa: T201

    with tempfile.TemporaryDirectory() as folder:
        for number, seed in enumerate(target.seeds):
            Path(folder, str(number)).write_bytes(seed)
        # -timeout: seconds after which one input counts as a hang; -runs counts the seeds too
        options = [f"-runs={cases + len(target.seeds) + 1}", "-timeout=60", "-verbosity=0", "-max_len=20000"]
        atheris.Setup([sys.argv[0], *options, folder], one)
        atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
