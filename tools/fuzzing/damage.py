"""Damages valid documents: cuts, doubles, and inserts pieces that parsers often get wrong."""

# ruff: noqa: RUF001 - a table of odd characters
from __future__ import annotations

from hypothesis import strategies as st

from .targets import Target

_PIECES = tuple(
    piece.encode("utf-8", "surrogatepass")
    for piece in (
        *("", " ", "\n", "\r\n", "\t", "\x00", "\x1b[2J", "\x85", "\u202e", "\ud800", "é", "١", "²", "\ufeff"),
        *(
            "{",
            "}",
            "[",
            "]",
            "[[",
            "]]",
            '"',
            "'",
            '"""',
            "\\",
            "\\ud800",
            ":",
            ": ",
            ",",
            "=",
            "&",
            ";",
            "#",
            "|",
            ">",
        ),
        *("- ", "? ", "&a ", "*a", "!!python/object/apply:os.system ", "!!timestamp ", "!!int ", "!!bool ", "!!float "),
        *(
            "!!binary ",
            "!!set ",
            "!!omap ",
            "!<x> ",
            "%YAML 9.9\n",
            "---\n",
            "...\n",
            "<<: ",
            "~",
            "0o9",
            "1:60:60",
            ".inf",
        ),
        *(
            "null",
            "true",
            "-1",
            "0",
            "1e999",
            "NaN",
            "Infinity",
            "1" * 5000,
            "1" * 400,
            "0x",
            "1970-01-01",
            "0001-01-01",
        ),
        *("[" * 5000, "{" * 5000, '{"a":' * 5000, "a." * 2000 + "a=1\n", "((", "x" * 5000, "%", "%00", "%ff", "%7C"),
        *("HTTP/1.1", "Host: a\r\n", "Content-Length: 1\r\n", "Transfer-Encoding: chunked\r\n", "\r\n\r\n", "--x\r\n"),
        *("Bearer ", "Basic ", "eyJhIjoxfQ.e30.", "https://", "https://[", "@", "*", "?", "/", "//", ".."),
    )
)
_edits = st.tuples(
    st.integers(0, 10**6),
    st.integers(0, 10**6),
    st.sampled_from(_PIECES) | st.binary(max_size=8),
    st.sampled_from(("insert", "replace", "cut", "double")),
)


def damaged(target: Target) -> st.SearchStrategy[bytes]:
    """A seed of the target with up to five edits, or random bytes."""
    return st.builds(_apply, st.sampled_from(target.seeds), st.lists(_edits, max_size=5)) | st.binary(max_size=200)


def _apply(document: bytes, edits: list[tuple[int, int, bytes, str]]) -> bytes:
    for at, length, piece, kind in edits:
        begin = at % (len(document) + 1)
        end = begin + length % 40
        if kind == "insert":
            document = document[:begin] + piece + document[begin:]
        elif kind == "replace":
            document = document[:begin] + piece + document[end:]
        elif kind == "cut":
            document = document[:begin] + document[end:]
        else:
            document = document[:end] + document[begin:]
    return document
