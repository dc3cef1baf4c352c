"""Answers without their content encoding: what is packed cannot be scrubbed."""

from __future__ import annotations

import zlib

from .errors import RecordingError
from .interactions import Fields


def unpacked(headers: Fields, body: bytes) -> bytes:
    """The body as text. Raises RecordingError for an encoding that the standard library does not know."""
    encoding = next((v[0].lower() for name, v in headers.items() if name.lower() == "content-encoding" and v), "")
    if not encoding or encoding == "identity" or not body:
        return body
    if encoding in ("gzip", "x-gzip", "deflate"):
        for bits in (47, -15):  # gzip or zlib by its header, then raw deflate
            try:
                return zlib.decompress(body, bits)
            except zlib.error:
                continue
    if body.lstrip()[:1] in (b"{", b"["):  # aiohttp and HAR hand over what they have unpacked already
        return body
    raise RecordingError(
        f"an answer is packed with {encoding!r}, which cannot be read. Send `Accept-Encoding: gzip` when recording."
    )
