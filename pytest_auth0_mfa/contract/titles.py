"""What a docstring says first, as summaries show it; under ``python -OO`` too, which drops docstrings."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable
from contextlib import suppress


def first_line(function: Callable[..., object]) -> str:
    """The first line of its docstring, or nothing."""
    text = function.__doc__
    if text is None and not __debug__:
        with suppress(OSError, SyntaxError):  # there may be no source
            made = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
            text = ast.get_docstring(made) if isinstance(made, ast.FunctionDef) else None
    return (text or "").strip().partition("\n")[0]
