"""JSON text in and out: the standard library's codec without its preparations.

`json.loads` guesses an encoding and makes a decoder or looks for spaces, `JSONEncoder.encode` makes an
encoder for each call. For bodies as small as these that takes longer than the work itself.
"""

from __future__ import annotations

import json
import json.encoder
from collections.abc import Callable
from typing import Any, TypeAlias

Json: TypeAlias = Any
"""Decoded JSON: the only ``Any`` that may cross a module boundary."""

_read = json.JSONDecoder().raw_decode


def decode(body: bytes) -> Json:
    """What `json.loads` makes of a body. Raises ValueError when it is not JSON."""
    try:
        text = body.decode()
        value, end = _read(text)
    except ValueError:
        return json.loads(body)  # UTF-16, a byte order mark, spaces in front, or no JSON at all
    return value if end == len(text) else json.loads(body)


def _encoder() -> Callable[[Json], str]:
    public = json.JSONEncoder(separators=(",", ":"))
    make = getattr(json.encoder, "c_make_encoder", None)
    if make is None:  # a Python without the encoder in C
        return public.encode
    quote = json.encoder.encode_basestring_ascii
    parts = make(None, public.default, quote, None, ":", ",", False, False, True)
    return lambda value: "".join(parts(value, 0))


encode = _encoder()
"""Compact JSON text of a value, non-ASCII characters escaped."""
