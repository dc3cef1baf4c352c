"""Paths with names in braces: how management and control plane find their row."""

from __future__ import annotations

from urllib.parse import unquote


def parts(template: list[str], asked: list[str]) -> dict[str, str] | None:
    """What stands where the template has a name in braces; None when the path is another one."""
    if len(template) != len(asked):
        return None
    found = {}
    for expected, given in zip(template, asked, strict=True):
        if expected.startswith("{") and given:
            found[expected[1:-1]] = unquote(given)
        elif expected != given:
            return None
    return found
