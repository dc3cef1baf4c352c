"""Reads a body as what it is, whatever its Content-Type says: JSON, a form, a multipart form, prose, or unreadable.

A body that cannot be read may contain anything, so nothing of it is kept: `UNREADABLE` replaces it.
"""

from __future__ import annotations

import email
import json
import re
import zlib
from collections.abc import Iterable
from importlib import import_module
from typing import NamedTuple
from urllib.parse import parse_qsl

from pytest_auth0_mfa.errors import RecordingError
from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.spec.schemas import decode

from .fields import SECRET_NAMES

Fields = dict[str, list[str]]
"""Header fields: name -> all values."""

UNREADABLE = "placeholder-body"
PAGE = "<!DOCTYPE html><title>placeholder</title>"
BOUNDARY = "placeholder-boundary"

EMPTY, JSON, FORM, MULTIPART, PROSE = "empty", "JSON", "form", "multipart form", "prose"
_FORM_BY_LOOKS = re.compile(r"[&;]*[\w.\[\]%+*~-]+=")
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_WORD = re.compile(r"[A-Za-z]{1,20}|\d{1,3}")
_NAMED = re.compile(rf"(?<![A-Za-z0-9])(?:{SECRET_NAMES})\W{{0,3}}[:=]", re.IGNORECASE)


class Body(NamedTuple):
    """A body and its kind. ``value`` is decoded JSON or a text, ``pairs`` are those of a form; kind None:
    unreadable."""

    kind: str | None
    value: Json = None
    pairs: tuple[tuple[str, str], ...] = ()


def read_body(body: bytes, label: str) -> Body:
    """Read a body. ``label`` is its Content-Type, which is only a hint."""
    if not body or not body.strip():
        return Body(EMPTY)
    if (decoded := json_of(body)) is not None:
        return Body(JSON, decoded)
    text = _text(body)
    if text is None:
        return Body(None)
    if text in (UNREADABLE, PAGE):
        return Body(PROSE, text)
    media_type = label.partition(";")[0].strip().lower()
    if media_type == "multipart/form-data" or text.startswith("--"):
        parts = _parts(text, label)
        return Body(None) if parts is None else Body(MULTIPART, None, parts)
    if media_type == "application/x-www-form-urlencoded" or _FORM_BY_LOOKS.match(text):
        return Body(FORM, None, tuple(parse_qsl(text, keep_blank_values=True)))
    return Body(PROSE, text) if is_prose(text) else Body(None)


def json_of(body: bytes) -> Json | None:
    """The decoded JSON, or None unless the body is an object or array. A byte order mark and NaN are accepted.

    A lone surrogate is not a Unicode character, so a body with one counts as unreadable.
    """
    text = _text(body) or ""
    if text.lstrip()[:1] not in ("{", "["):
        return None
    try:
        found = decode(text.encode())
    except ValueError:
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            return None
    return None if _SURROGATE.search(text) and not _is_unicode(found) else found


def _is_unicode(value: Json) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except (UnicodeEncodeError, RecursionError):
        return False
    return True


def is_prose(text: str) -> bool:
    """Whether a text consists only of words: no long number, and nothing that looks like a value."""
    if len(text) > 2000 or _NAMED.search(text):
        return False
    return all(_WORD.fullmatch(word) for word in re.findall(r"[^\s,.!?;:'()/-]+", text))


def _text(body: bytes) -> str | None:
    try:
        text = body.decode(json.detect_encoding(body) if b"\0" in body else "utf-8-sig")
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text.removeprefix("\ufeff")


def _parts(text: str, label: str) -> tuple[tuple[str, str], ...] | None:
    """Name and value of each part; None if a part is a file or has no name."""
    if "boundary=" not in label:
        label = f"multipart/form-data; boundary={text.split(maxsplit=1)[0].removeprefix('--')}"
    message = email.message_from_string(f"Content-Type: {label}\n\n{text}")
    if not message.is_multipart():
        return None
    found = []
    for part in list(message.walk())[1:]:
        name = part.get_param("name", header="content-disposition")
        if not isinstance(name, str) or part.get_filename() is not None or part.is_multipart():
            return None
        found.append((name, str(part.get_payload()).rstrip("\r\n")))
    return tuple(found)


def multipart(pairs: Iterable[tuple[str, str]]) -> bytes:
    """A multipart form with these names and values."""
    parts = (f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n' for n, v in pairs)
    return f"{''.join(parts)}--{BOUNDARY}--\r\n".encode()


# -- content encodings -------------------------------------------------------------------------

_PACKED_BY_LOOKS = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}
_MODULES = {"br": ("brotli", "brotlicffi"), "zstd": ("compression.zstd", "zstandard", "backports.zstd")}


def unpacked(encoding: str, body: bytes) -> bytes:
    """The body with its Content-Encoding undone. Raises RecordingError for an encoding that cannot be undone."""
    for name in reversed([part.strip().lower() for part in encoding.split(",")]):
        if name not in ("", "identity"):
            body = _unpacked(name, body)
    for mark, name in _PACKED_BY_LOOKS.items():
        if body.startswith(mark):
            return _unpacked(name, body)
    return body


def encoding_of(headers: Fields) -> str:
    """The Content-Encoding, or ``""``."""
    return next((values[0] for name, values in headers.items() if name.lower() == "content-encoding" and values), "")


def _unpacked(name: str, body: bytes) -> bytes:
    if not body:
        return body
    if name in ("gzip", "x-gzip", "deflate"):
        for bits in (47, -15):  # first gzip or zlib, by its header, then raw deflate
            try:
                return zlib.decompress(body, bits)
            except zlib.error:
                continue
    for module in _MODULES.get(name, ()):
        try:
            return bytes(import_module(module).decompress(body))
        except Exception:  # not installed, or another encoding: each library has its own errors
            continue
    if body.lstrip()[:1] in (b"{", b"["):  # aiohttp and HAR files have it unpacked already
        return body
    raise RecordingError(
        f"a body is packed with {name!r}, which cannot be read. Send `Accept-Encoding: gzip` when recording."
    )
