"""Reproducers of findings: what was sent, as a curl script or a Python program."""

from __future__ import annotations

from typing import Final

from .curl import as_curl, curl_parts
from .python import as_python, python_parts
from .trace import Steps, trace

CURL, PYTHON = "curl", "python"
LANGUAGES: Final = (CURL, PYTHON)


def functions(steps: Steps, language: str = CURL) -> tuple[str, str]:
    """A reproducer in two parts: the helper functions (nearly the same in all reproducers) and the steps."""
    return (python_parts if language == PYTHON else curl_parts)(trace(steps))


def reproducer(steps: Steps, language: str = CURL) -> str:
    """The reproducer with its heading, as a message shows it, in one of `LANGUAGES`."""
    if language == PYTHON:
        return f"Reproduce with Python:\n\n{as_python(trace(steps))}"
    return f"Reproduce with curl (bash):\n\n{as_curl(trace(steps))}"
