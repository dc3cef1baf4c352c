"""What may be shown of a text that somebody else wrote: the one rule for messages, logs, reports and reproducers.

A text is judged part by part, between white space and slashes. A part is shown if it looks like words, numbers of at
most three digits, a host of Auth0, a masked address, a date or an authenticator's id, and holds nothing of the secrets
that the caller knows. What is left out becomes ``...``.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from string import ascii_lowercase, ascii_uppercase
from typing import Final
from urllib.parse import unquote_plus

_PART = re.compile(r"[^\s/]+")
_AROUND = "\"'`(),.;:!?<>[]{}"
"""Punctuation around a part, which stays where the part is left out."""
_LONGEST = 80
"""How long a part or a name may be."""
_MOST_READ = 10_000
"""How much of a text is looked at. Messages show far less."""
_MOST_DIGITS = 3
_DIGITS = re.compile(r"\d(?:[ -]?\d){3,}")
"""A code, whole or in groups."""

_DATE: Final = re.compile(
    r"(?<!\d)(?:19|20)\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
    r"(?:T[0-2]\d:[0-5]\d(?::[0-5]\d(?:\.\d{1,3})?)?(?:Z|[+-][01]\d:?[0-5]\d)?)?(?!\d)"
)
_MASKED: Final = re.compile(r"(?<!\w)X{4,}\d{0,4}(?!\w)")
_ID: Final = re.compile(r"[a-z-]{1,20}(?:\||%(?:25)*7[Cc])dev_[A-Za-z0-9]{1,20}(?![\w-])")
_WITH_DIGITS = (_DATE, _MASKED, _ID)
"""What may have more digits than others."""
_HOST = re.compile(r"[a-z0-9-]{1,63}(?:\.[a-z]{2,4}(?:-\d)?)?\.auth0\.com|\d{1,3}(?:\.\d{1,3}){3}")
_MASKED_EMAIL = re.compile(r"[A-Za-z.]{0,8}\*+@[A-Za-z.]{0,8}\*+(?:\.[a-z]{2,10})?")
_TERM = re.compile(
    r"(?<![A-Za-z0-9])(?:auth0|o?auth2|base(?:32|64)|x5[ctu]|(?:[EHPR]?S|sha-?)(?:1|256|384|512)|utf-?8)(?![0-9])",
    re.IGNORECASE,
)
"""Terms of the field that have digits."""
_NEVER = re.compile(r"eyJ|Fe26(?:\.|$)|%40|@|[\w-]\*", re.IGNORECASE)
"""The beginnings of JWTs and of sealed tokens; addresses that are not masked."""
_RUN = re.compile(r"[A-Za-z0-9]+")
_PIECE = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_BASE64 = re.compile(r"(?<!\S)(?=\S*[A-Z])(?=\S*\d)[\w+-][\w+/-]{31,}={0,2}(?!\S)", re.ASCII)
"""A token with slashes in it. A path begins with a slash, and a URL has a colon."""
_UNBROKEN = re.compile(r"[A-Z0-9]{16}|(?=[a-z]*\d)[a-z0-9]{16}")
"""As base32 and hexadecimal digits are written."""
_UNSPEAKABLE = re.compile(r"[^aeiouyAEIOUY0-9]{5}")
_LONG = 16
"""From this length on a part or a run has to have the structure of words."""
_AMIDST = re.compile(r"[a-z]\d+[a-z]")
_LONGEST_WORD = 25

_SHORT, _ROW = 4, 8
"""A secret of fewer characters than `_SHORT` is looked for as a word of its own; of a longer one no `_ROW` characters
in a row are shown."""
_LOWER = str.maketrans(ascii_uppercase, ascii_lowercase)


def plain(text: str, secrets: Iterable[str] = ()) -> str:
    """The text without the parts that may be a code, a token or another secret, or that hold one of ``secrets``."""
    text = text[:_MOST_READ]
    hidden = bytearray(len(text))
    for start, end in _spans(text, [secret for secret in secrets if secret]):
        hidden[start:end] = b"\1" * (end - start)
    for start, end in _cores(text):
        if any(hidden[start:end]) or not _looks_plain(text[start:end]):
            hidden[start:end] = b"\1" * (end - start)
    return "".join(_shortened(text, hidden))


def without(text: str, secrets: Iterable[str]) -> str:
    """A text of ours without the parts that hold one of ``secrets``."""
    secrets = [secret for secret in secrets if secret]
    hidden = bytearray(len(text))
    for start, end in _known(text, secrets):
        hidden[start:end] = b"\1" * (end - start)
    for start, end in _cores(text):
        if any(hidden[start:end]):
            hidden[start:end] = b"\1" * (end - start)
    return "".join(_shortened(text, hidden))


def is_plain(name: str, secrets: Iterable[str] = ()) -> bool:
    """Whether a name may be shown as it is, in one line."""
    return len(name) <= _LONGEST and name.isprintable() and plain(name, secrets) == name


def shown_name(name: str, secrets: Iterable[str] = ()) -> str:
    """A name that somebody else chose, or its length: a name can be a secret too."""
    return name if name and is_plain(name, secrets) else _length_of(name)


def _length_of(name: str) -> str:
    return f"<a name of {len(name)} characters>"


_JOINT = re.compile(r"([.:?]|\[\d+\])")


def shown_field(path: str, secrets: Iterable[str] = (), words: Collection[str] = ()) -> str:
    """The path of a field, such as ``$.a[0].b``, with the length of each name in it that may not be shown.

    ``words``: names that are documented, and shown whatever anybody's password is.
    """
    if not path.startswith("$"):
        return path
    secrets = [secret for secret in secrets if secret]
    spans = list(_known(path, secrets))
    shown: list[str] = []
    left_out, at = "", 0
    for index, part in enumerate(_JOINT.split(path)):
        start, at = at, at + len(part)
        if index % 2:
            hides = bool(left_out) and not part.startswith("[")
        elif not part or not index or part in words:
            hides = False
        else:  # what follows may be the rest of a token
            hides = bool(left_out) or any(start < end and first < at for first, end in spans)
            hides = hides or not is_plain(part, secrets)
        if hides:
            left_out += part
            continue
        if left_out:
            name = left_out.rstrip(".:?")
            shown += [_length_of(name), left_out[len(name) :]]
            left_out = ""
        shown.append(part)
    return "".join([*shown, _length_of(left_out)] if left_out else shown)


def shown_path(path: str) -> str:
    """The path of a request without its query, and without parts that may be a code or token."""
    return re.sub(r"\s+", " ", plain(path.partition("?")[0]))[:_LONGEST]


def _cores(text: str) -> Iterator[tuple[int, int]]:
    """The places of the parts, without the punctuation around them."""
    for found in _PART.finditer(text):
        part = found[0]
        core = part.strip(_AROUND)
        if core:
            start = found.start() + len(part) - len(part.lstrip(_AROUND))
            yield start, start + len(core)


def _shortened(text: str, hidden: bytearray) -> Iterator[str]:
    at = 0
    while at < len(text):
        end = hidden.find(not hidden[at], at)
        end = end if end >= 0 else len(text)
        yield "..." if hidden[at] else text[at:end]
        at = end


def _spans(text: str, secrets: list[str]) -> Iterator[tuple[int, int]]:
    """The places of codes and of known secrets."""
    others = text
    for found in _BASE64.finditer(text):
        if not _looks_plain(found[0].replace("/", "")):
            yield found.span()
    for allowed in _WITH_DIGITS:
        others = allowed.sub(lambda found: "x" * len(found[0]), others)
    for found in _DIGITS.finditer(others):
        yield found.span()
    yield from _known(text, secrets)


def _known(text: str, secrets: list[str]) -> Iterator[tuple[int, int]]:
    """The places of known secrets, in any case. One that is percent-encoded hides the part that it is in."""
    if not secrets:
        return
    lower = [secret.translate(_LOWER) for secret in secrets]
    yield from _rows(text.translate(_LOWER), lower)
    if "%" in text or "+" in text:
        for found in _PART.finditer(text):
            if (raw := unquote_plus(found[0])) != found[0] and any(_rows(raw.translate(_LOWER), lower)):
                yield found.span()


def _rows(text: str, secrets: list[str]) -> Iterator[tuple[int, int]]:
    for secret in secrets:
        if len(secret) < _ROW:
            apart = rf"(?<!\w){re.escape(secret)}(?!\w)" if len(secret) < _SHORT else f"(?={re.escape(secret)})"
            yield from ((found.start(), found.start() + len(secret)) for found in re.finditer(apart, text))
    long = "\0".join(secret for secret in secrets if len(secret) >= _ROW)
    for start in range(len(text) - _ROW + 1) if long else ():
        if text[start : start + _ROW] in long:
            yield start, start + _ROW


def _looks_plain(part: str) -> bool:
    if len(part) > _LONGEST or not (part.isascii() and part.isprintable()):
        return False
    if any(known.fullmatch(part) for known in (*_WITH_DIGITS, _HOST, _MASKED_EMAIL)):
        return True
    if not any(map(str.isalnum, part)):
        return True
    part = _TERM.sub("term", part)
    if _NEVER.search(part) or sum(map(str.isdigit, part)) > _MOST_DIGITS:
        return False
    runs = _RUN.findall(part)
    pieces = [piece for run in runs for piece in _PIECE.findall(run)]
    if len(part) < _LONG:
        return all(map(_is_word, runs))
    least = 2 if part.islower() or part.isupper() else 3
    return all(map(_is_word, runs)) and sum(map(len, pieces)) >= least * len(pieces)


def _is_word(run: str) -> bool:
    """Whether letters and digits in a row are words: short, or such as camelCase has."""
    pieces = _PIECE.findall(run)
    letters = sum(map(len, pieces))
    if any(len(piece) > _LONGEST_WORD for piece in pieces) or _UNBROKEN.search(run):
        return False
    if len(run) >= _LONG:
        return letters >= 4 * len(pieces) and not _UNSPEAKABLE.search(run)
    if len(run) > 10 and _AMIDST.search(run):
        return False
    return len(run) < _ROW or letters >= 2 * len(pieces)
