"""Everything of pytest that is no public name of it, one function each.

Tried with pytest 8.2 to 9.2; `tests/unit/plugin/test_compat.py` names the version that each is known to work with.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TextIO

import pytest
from _pytest._code.code import (
    ExceptionChainRepr,
    ReprEntry,
    ReprEntryNative,
    ReprFileLocation,
    ReprTraceback,
)


def failure_of_lines(
    info: pytest.ExceptionInfo[Any], red: list[str], plain: list[str], headline: str
) -> ExceptionChainRepr:
    """A failure shown as lines of our own instead of a traceback; ``headline`` is for the short summary.

    pytest has no public way to say how a failure looks but `repr_failure` of collectors that are one's own.
    """
    entry = ReprEntry([f"E   {line}" for line in red], None, None, None, "short")
    traceback = ReprTraceback([entry, ReprEntryNative(plain)], None, style="short")
    crash = ReprFileLocation(str(info.traceback[-1].path), info.traceback[-1].lineno + 1, headline)
    return ExceptionChainRepr([(traceback, crash, None)])


def wrap_terminal(config: pytest.Config, wrapped: Callable[[TextIO], TextIO]) -> None:
    """Put something between pytest's terminal writer and its file."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None:
        reporter._tw._file = wrapped(reporter._tw._file)


def is_overridden(request: pytest.FixtureRequest, name: str) -> bool:
    """Whether somebody overrides a fixture of the plugin. Where it cannot be said: yes, which is slower."""
    manager = getattr(request, "_fixturemanager", None)
    return manager is None or len(manager.getfixturedefs(name, request.node) or ()) != 1


def terminal_width(reporter: pytest.TerminalReporter) -> int:
    """The columns of the terminal."""
    return int(reporter._tw.fullwidth)
