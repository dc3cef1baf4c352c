"""Text that a tenant may have said, made harmless for whoever reads it."""

from __future__ import annotations

import unicodedata

from pytest_auth0_mfa.messages import Json

_KEPT = frozenset("\n\t")
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
"""Controls (terminal escapes), formatting (text that runs backwards), halves of pairs, private use."""


def printable(text: str) -> str:
    """The text with every character that is not seen, or that does something, written as an escape."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        f"\\u{ord(char):04x}" if unicodedata.category(char) in _HIDDEN and char not in _KEPT else char for char in text
    )


def all_printable(value: Json) -> Json:
    """As `printable`, for every string in decoded JSON."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, dict):
        return {printable(str(name)): all_printable(member) for name, member in value.items()}
    return [all_printable(item) for item in value] if isinstance(value, list | tuple) else value
