"""Finds parsers that take quadratic time for long documents of one repeated piece."""

from __future__ import annotations

import time
from collections.abc import Iterator

from .targets import Target

PIECES = (
    b"[", b"{", b'{"a":', b'"', b"\\", b"a", b"1", b" ", b"\n", b"\r\n", b"=", b"&", b"a=1&", b"a=1\n", b"- ", b"- x\n",
    b"a: ", b"? ", b"%", b"%41", b"(", b"@", b"a@", b".", b"a.", b",", b"{}\n", b"x\n", b"--x\r\n", b"a:b\r\n", b"\x00",
    b"'", b"#", b"0;\r\n", b"1\r\na\r\n", b"eyJ", b"/", b"|", b"\xff", b"\xc3\xa9",
)  # fmt: skip
NOT_OURS = {("profile", b"a."), ("baseline", b"a.")}
"""Known cases outside this package: for a TOML key of many parts, tomllib looks up all earlier parts for each
part."""


def long(target: Target, piece: bytes, size: int) -> Iterator[bytes]:
    """Documents with ``size`` bytes of the piece: one after a seed's first byte, one with them in a seed's middle."""
    seed = target.seeds[0]
    if (target.name, piece) not in NOT_OURS:
        much = piece * (size // len(piece))
        yield seed[:1] + much
        yield seed[: len(seed) // 2] + much + seed[len(seed) // 2 :]


def squares(target: Target) -> Iterator[str]:
    """A line for each document that takes over a second, and over eight times as long as one of a quarter its
    length."""
    for piece in PIECES:
        for shorter, longer in zip(long(target, piece, 25_000), long(target, piece, 100_000), strict=True):
            taken = _seconds(target, longer)
            if taken > 1 and taken > 8 * _seconds(target, shorter):
                yield f"{target.name}: {taken:.1f} s for {len(longer)} bytes of {piece!r}"


def _seconds(target: Target, document: bytes) -> float:
    began = time.process_time()
    target.parse(document)
    return time.process_time() - began
