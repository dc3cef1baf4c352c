"""A copy of the checkout for each worker, so that each mutant is alone in its copy."""

from __future__ import annotations

import multiprocessing
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from .forked import die_with_parent, warm_up

Job = TypeVar("Job")
Result = TypeVar("Result")
Each = Callable[[Callable[[Job], Result], Iterable[Job]], Iterator[Result]]

_checkout = Path()


def checkout() -> Path:
    """This worker's copy of the checkout."""
    return _checkout


class Workers:
    """A pool of processes that have imported what tests need, each with its own copy of the checkout."""

    def __init__(self, copies: list[Path]) -> None:
        warm_up()
        context = multiprocessing.get_context("fork")
        free = context.SimpleQueue()
        for copy in copies:
            free.put(copy)
        self.pool = context.Pool(len(copies), _take, (free,))

    def each(self, work: Callable[[Job], Result], jobs: Iterable[Job]) -> Iterator[Result]:
        """The results of ``work`` for the jobs, in the order in which they are ready."""
        return self.pool.imap_unordered(work, jobs, chunksize=1)


def _take(free: multiprocessing.SimpleQueue[Path]) -> None:
    global _checkout
    die_with_parent()
    _checkout = free.get()


@contextmanager
def workers(root: Path, count: int) -> Iterator[Workers]:
    """Workers with copies of all files that git does not ignore, as they are on disk. Removed when the block ends."""
    names = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split("\0")
    with tempfile.TemporaryDirectory(prefix="mutation-") as folder:
        copies = [Path(folder, str(number)) for number in range(count)]
        for name in filter(None, names):
            if (root / name).is_file():
                for copy in copies:
                    (copy / name).parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy2(root / name, copy / name)
        made = Workers(copies)
        try:
            yield made
        finally:
            made.pool.terminate()
            made.pool.join()
