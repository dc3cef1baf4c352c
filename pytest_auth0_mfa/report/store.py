"""Writes the reports into their folder, and reads report.json. The same result gives the same text."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, fields, is_dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from pytest_auth0_mfa.errors import ConfigurationError
from pytest_auth0_mfa.files import write_atomically
from pytest_auth0_mfa.messages import Json

from .comparison import with_history
from .model import Result

FORMAT, VERSION = "auth0-mfa-report", 1
FILE = "report.json"
SCHEMA = "report.schema.json"
T = TypeVar("T")


def dumps(result: Result) -> str:
    """The result as JSON: ASCII, keys sorted. Only ``timing`` differs between two runs with the same result."""
    return json.dumps({"format": FORMAT, "version": VERSION, **asdict(result)}, indent=2, sort_keys=True) + "\n"


def loads(text: str, where: str) -> Result:
    """The result in the text of a report.json. ``where`` begins the message of a ConfigurationError."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigurationError(f"{where}: no JSON: {error}") from None
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise ConfigurationError(f'{where}: no report: expected "format": "{FORMAT}"')
    version = data.get("version")
    if version != VERSION:
        newer = isinstance(version, int) and version > VERSION
        fix = "update pytest-auth0-mfa" if newer else "make it anew with --auth0-mfa-report=json"
        raise ConfigurationError(f"{where}: a report of version {version!r}, and this reads version {VERSION}; {fix}")
    problem = first_problem(data)
    if problem is not None:
        raise ConfigurationError(f"{where}: {problem}")
    return _made(Result, {name: value for name, value in data.items() if name not in ("format", "version")})


def load(file: Path) -> Result:
    """The result in a file. Raises ConfigurationError."""
    try:
        return loads(file.read_text(encoding="utf-8"), str(file))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{file}: cannot be read: {error}") from None


@cache
def schema() -> Json:
    """The JSON Schema of report.json."""
    return json.loads((files(__package__) / SCHEMA).read_text(encoding="utf-8"))


def first_problem(data: Json) -> str | None:
    """Where and how a document breaks the schema; None when it does not."""
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import best_match

    error = best_match(Draft202012Validator(schema()).iter_errors(data))
    return None if error is None else f"{error.json_path}: {error.message[:300]}"


def _made(kind: type[T], data: Json) -> T:
    hints = get_type_hints(kind)
    names = [field.name for field in fields(kind) if field.name in data]  # type: ignore[arg-type]
    return kind(**{name: _value(hints[name], data[name]) for name in names})


def _value(kind: Any, data: Json) -> Any:
    """``data`` converted to the type of an annotation."""
    if is_dataclass(kind):
        return _made(kind, data)  # type: ignore[arg-type]
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is UnionType:
        return data
    if origin is tuple:
        kinds = [arguments[0]] * len(data) if arguments[-1] is Ellipsis else arguments
        return tuple(_value(part, item) for part, item in zip(kinds, data, strict=True))
    if origin is dict:
        return {name: _value(arguments[1], member) for name, member in data.items()}
    return data


FORMATS = ("json", "md", "html")
_NAMES = {"json": FILE, "md": "report.md", "html": "report.html"}


def write(result: Result, folder: Path, formats: tuple[str, ...]) -> tuple[list[Path], str]:
    """Write the reports. Returns the files, and a sentence if an older report cannot be read. Raises
    UnwritableError."""
    old, problem = _older(folder)
    result = with_history(result, old)
    written = []
    for name in formats:
        file = folder / _NAMES[name]
        write_atomically(file, _renderer(name)(result))
        written.append(file)
    return written, problem


def _older(folder: Path) -> tuple[Result | None, str]:
    file = folder / FILE
    if not file.exists():
        return None, ""
    try:
        return load(file), ""
    except ConfigurationError as error:
        return None, f"the older report was not compared with: {error}"


def _renderer(name: str) -> Callable[[Result], str]:
    if name == "json":
        return dumps
    if name == "md":
        from .markdown import markdown

        return markdown
    from .page import page

    return page
