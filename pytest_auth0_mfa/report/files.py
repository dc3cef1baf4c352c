"""The folder of reports: written as a whole, the older report read first."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pytest_auth0_mfa.errors import ConfigurationError
from pytest_auth0_mfa.files import write_atomically

from . import store
from .model import Result
from .since import with_history

FORMATS = ("json", "md", "html")
_NAMES = {"json": store.FILE, "md": "report.md", "html": "report.html"}


def write(result: Result, folder: Path, formats: tuple[str, ...]) -> tuple[list[Path], str]:
    """Write the reports; their files, and a sentence about an older one that cannot be read. Raises UnwritableError."""
    old, problem = _older(folder)
    result = with_history(result, old)
    written = []
    for name in formats:
        file = folder / _NAMES[name]
        write_atomically(file, _renderer(name)(result))
        written.append(file)
    return written, problem


def _older(folder: Path) -> tuple[Result | None, str]:
    file = folder / store.FILE
    if not file.exists():
        return None, ""
    try:
        return store.load(file), ""
    except ConfigurationError as error:
        return None, f"the older report was not compared with: {error}"


def _renderer(name: str) -> Callable[[Result], str]:
    if name == "json":
        return store.dumps
    if name == "md":
        from .markdown import markdown

        return markdown
    from .page import page

    return page
