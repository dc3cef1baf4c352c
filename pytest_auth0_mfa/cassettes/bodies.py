"""What a body is, whatever its label says: packed, JSON, a form, or text."""

from __future__ import annotations

import zlib

from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.spec.schemas import decode

from .errors import RecordingError

Fields = dict[str, list[str]]
"""Header fields by name, each with all its values."""


def json_of(body: bytes) -> Json | None:
    """The decoded body, or None when it is no JSON object or array."""
    if body.lstrip()[:1] not in (b"{", b"["):
        return None
    try:
        return decode(body)
    except ValueError:
        return None


def is_form(label: str, text: str) -> bool:
    """Whether a body is a form: by its label, or without one by its looks."""
    name = label.partition(";")[0].strip().lower()
    return name == "application/x-www-form-urlencoded" or (not name and "=" in text.partition("&")[0])


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
