"""Notes the lines that run in a process started by a test. Python imports this module by its name at its start."""

import atexit
import json
import os
import sys

_INTO = os.environ.get("MUTATION_WATCH")
_BELOW = os.environ.get("MUTATION_CHECKOUT", "") + "/"
_seen: dict[str, list[int]] = {}


def _line(code: object, number: int) -> object:
    file = str(code.co_filename)  # type: ignore[attr-defined]
    if file.startswith(_BELOW):
        _seen.setdefault(file.removeprefix(_BELOW), []).append(number)
    return _monitoring.DISABLE


def _leave() -> None:
    name = f"{_INTO}/{os.getpid()}"
    with open(name, "w", encoding="utf-8") as file:
        json.dump(_seen, file)
    os.replace(name, f"{name}.json")


if _INTO:
    _monitoring = vars(sys)["monitoring"]
    _monitoring.use_tool_id(_monitoring.COVERAGE_ID, "mutation")
    _monitoring.register_callback(_monitoring.COVERAGE_ID, _monitoring.events.LINE, _line)
    _monitoring.set_events(_monitoring.COVERAGE_ID, _monitoring.events.LINE)
    atexit.register(_leave)
