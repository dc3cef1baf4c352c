"""What a secret looks like, in whatever field or text it stands."""

from __future__ import annotations

import math
import re
from collections import Counter

OTPAUTH = re.compile(r"otpauth://[^\s\"'<>]+")
_SHAPES = {
    "otpauth": OTPAUTH.pattern,
    "jwt": r"eyJ[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*){2,4}",
    "sealed": r"Fe26\.[^\s\"'<>,;&]*",
    "url": r"https?://[^\s\"'<>]+",
    "host": r"(?<![A-Za-z0-9.-])[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.auth0\.com(?![A-Za-z0-9-])",
    # Before the @ there are 64 characters at most: tried from each of a long run, it took the square of its length.
    "email": r"(?<![A-Za-z0-9._%+-]{64})[A-Za-z0-9._%+-]+(?:@|%40)[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}",
    "device": r"dev_[A-Za-z0-9]{16}(?![A-Za-z0-9])",
    "user_id": r"(?<![A-Za-z0-9_-])(?!(?:sms|voice|email|push|totp|recovery-code)(?:\||%7C)dev_)"
    r"[a-z][a-z0-9-]*(?:\||%7C)[A-Za-z0-9][A-Za-z0-9_.@|-]{3,}",
    "phone_number": r"(?<![\w+])(?:\+|%2B)[1-9][\d() -]{5,}\d",
    "refresh_token": r"v1\.[A-Za-z0-9_-]{10,}",
    "recovery_code": r"(?<![A-Za-z0-9])[A-Z0-9]{24}(?![A-Za-z0-9])",
    "opaque": r"[A-Za-z0-9_\-]{20,}=*",
}
SHAPE = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in _SHAPES.items()))
"""Finds candidates; `is_random` decides about the last two groups."""

_SEPARATED = re.compile(r"[-_]")


def entropy(text: str) -> float:
    """Bits per character, by the frequencies of the text's own characters."""
    counts = Counter(text)
    return -sum(n / len(text) * math.log2(n / len(text)) for n in counts.values())


def is_random(text: str) -> bool:
    """Whether a word of 20 characters or more looks drawn rather than written."""
    if len(text) < 20:
        return False
    bits = entropy(text)
    digits = sum(c.isdigit() for c in text)
    letters = sum(c.isalpha() for c in text)
    if digits and letters:
        return bits >= 3.0
    if letters and not _SEPARATED.search(text):  # no words: camels and sentences are shorter or have separators
        return bits >= 3.5
    return bool(digits) and not letters and bits >= 3.0
