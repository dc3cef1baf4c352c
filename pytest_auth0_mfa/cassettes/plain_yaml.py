"""YAML of others: plain types only, and no more of them than the text could hold."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pytest_auth0_mfa.messages import Json

from .errors import CassetteError


def plain_yaml(yaml: Any, path: Path, text: str, loader: Any) -> Json:
    """The values in ``text``. Raises CassetteError with file and line."""
    try:
        value = yaml.load(text, Loader=loader)
        if _count(value, {}) > len(text):
            raise CassetteError(f"{path}: its aliases stand for more than the file holds; write them out")
        return value
    except CassetteError:
        raise
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        last = text.count("\n")  # the reader in C puts what is missing at the end into a line after it
        line = f":{min(mark.line, last) + 1}" if mark else ""
        raise CassetteError(f"{path}{line}: not YAML that is safe to load: {error.problem or error.context}") from None
    # PyYAML's constructors raise AttributeError, KeyError and others for values that do not fit their tags.
    except Exception as error:
        raise CassetteError(f"{path}: not YAML that can be read ({type(error).__name__})") from None


def _count(value: Json, counted: dict[int, float]) -> float:
    """How many values there are when each alias is written out; endless when one contains itself."""
    if not isinstance(value, dict | list):
        return 1
    if id(value) not in counted:
        counted[id(value)] = float("inf")
        members = value if isinstance(value, list) else [*value.keys(), *value.values()]
        counted[id(value)] = 1 + sum(_count(member, counted) for member in members)
    return counted[id(value)]
