"""Keeps Hypothesis from leaving a folder ``.hypothesis`` where a contract run was started.

``database=None`` stops the examples only: the first draw also caches the constants of every module
of the consumer's project. What a run of ours reads from there it can do without.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from hypothesis import configuration

_HOME = "__hypothesis_home_directory"  # where `set_hypothesis_home_dir` keeps it; there is no public way to ask


@contextmanager
def nothing_left_behind() -> Iterator[None]:
    """Hypothesis has no home until the block ends, then the one it had: no cache is written, which it bears."""
    before = getattr(configuration, _HOME, None)
    configuration.set_hypothesis_home_dir(os.devnull)
    try:
        yield
    finally:
        configuration.set_hypothesis_home_dir(before)
