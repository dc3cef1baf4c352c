"""All uses of pytest's private names, each in a function of its own.

They work with pytest 8.2 to 9.2; `tests/unit/plugin/test_compat.py` names the versions that each was tried with.
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
    """A failure that is shown as these lines instead of a traceback. ``headline`` is for the short summary.

    pytest's only public way is `repr_failure`, which works for a plugin's own collectors only.
    """
    entry = ReprEntry([f"E   {line}" for line in red], None, None, None, "short")
    traceback = ReprTraceback([entry, ReprEntryNative(plain)], None, style="short")
    crash = ReprFileLocation(str(info.traceback[-1].path), info.traceback[-1].lineno + 1, headline)
    return ExceptionChainRepr([(traceback, crash, None)])


def wrap_terminal(config: pytest.Config, wrapped: Callable[[TextIO], TextIO]) -> None:
    """Wrap the file that pytest's terminal writer writes to."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None:
        reporter._tw._file = wrapped(reporter._tw._file)


def is_overridden(request: pytest.FixtureRequest, name: str) -> bool:
    """Whether a fixture of the plugin is overridden. True when that cannot be found out, which is only slower."""
    manager = getattr(request, "_fixturemanager", None)
    return manager is None or len(manager.getfixturedefs(name, request.node) or ()) != 1


def terminal_width(reporter: pytest.TerminalReporter) -> int:
    """The width of the terminal in columns."""
    return int(reporter._tw.fullwidth)
