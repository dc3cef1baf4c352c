"""The forms in which one secret may stand in a text: escaped, spaced, in another case, or in part."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple
from urllib.parse import quote, quote_plus

from pytest_auth0_mfa.spec.factors import FACTORS
from pytest_auth0_mfa.spec.operations import OPERATIONS
from pytest_auth0_mfa.spec.refusals import REFUSALS

from .fields import PLAIN_FIELDS, SECRET_FIELDS

SHORTEST = 4
"""Characters of a value that is looked for in texts; a shorter one is replaced only where a field holds it."""
_PHONE = re.compile(r"\+?[\d() ./-]{7,}")
_CODE = re.compile(r"\d{4,10}")
_BASE32 = re.compile(r"[A-Z0-9]{16,}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_HOST = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+(?::\d+)?", re.IGNORECASE)
_NOBODY = ("example.com", "example.org", "example.net")


class Form(NamedTuple):
    """A pattern (case is ignored), and what stands in its place."""

    pattern: str
    made: str


def forms_of(raw: str, made: str) -> Iterator[Form]:
    """Every form of ``raw``; of what is too short, or a word of the API itself, there is none."""
    if len(raw) < SHORTEST or is_public(raw):
        return
    yield _whole(raw, re.escape(raw), made)
    escaped = {quote(raw, safe=""): quote(made, safe=""), quote_plus(raw): quote_plus(made)}
    escaped |= {json.dumps(raw)[1:-1]: made, html.escape(raw): made}
    for text, replacement in escaped.items():
        if text != raw:
            yield _whole(text, re.escape(text), replacement)
    if not raw.isalnum():
        yield _whole(raw, "".join(map(_escaped, raw)), made)
    if _EMAIL.fullmatch(raw):
        yield from _parts_of_address(raw, made)
    elif _CODE.fullmatch(raw):
        yield Form(rf"(?<!\d){_spaced(raw, '[ -]?')}(?!\d)", made)
    elif _PHONE.fullmatch(raw):
        yield from _numbers(re.sub(r"\D", "", raw), made)
    elif _BASE32.fullmatch(raw):
        yield Form(rf"(?<![A-Za-z0-9]){_spaced(raw, '[ -]?')}(?![A-Za-z0-9])", made)
    elif _HOST.fullmatch(raw):
        name = raw.partition(":")[0]
        if name != raw:
            yield Form(rf"(?<![\w.-]){re.escape(name)}(?![\w.-])", made)
        if name.lower().endswith(".auth0.com") and len(tenant := name.partition(".")[0]) >= SHORTEST:
            yield _whole(tenant, re.escape(tenant), made.partition(".")[0])


def _escaped(character: str) -> str:
    """A pattern of the character as a URL, JSON or HTML may have it."""
    if character.isalnum():
        return re.escape(character)
    forms = {character, quote(character, safe=""), f"\\u{ord(character):04x}", html.escape(character)}
    forms |= {"+"} if character == " " else set()
    return f"(?:{'|'.join(map(re.escape, sorted(forms)))})"


def _parts_of_address(raw: str, made: str) -> Iterator[Form]:
    local, _, domain = raw.partition("@")
    if len(local) >= SHORTEST and not is_public(local):
        yield _whole(local, re.escape(local), made.partition("@")[0])
    if domain.lower() not in _NOBODY:
        yield Form(rf"(?<![A-Za-z0-9]){re.escape(domain)}(?![A-Za-z0-9])", _NOBODY[0])


def _numbers(digits: str, made: str) -> Iterator[Form]:
    """A phone number with and without its country: with 00 or nothing for the plus, 0 or nothing for the country."""
    between = r"[ ()./-]{0,2}"
    yield Form(rf"(?<!\d)(?:\+|%2B|00)?{between}{_spaced(digits, between)}(?!\d)", made)
    for country in (1, 2, 3):
        if len(digits) - country >= 7:
            yield Form(rf"(?<!\d)0?{between}{_spaced(digits[country:], between)}(?!\d)", made.lstrip("+"))


def _spaced(text: str, between: str) -> str:
    return between.join(map(re.escape, text))


def _whole(raw: str, pattern: str, made: str) -> Form:
    """What has only letters is found as a word of its own, and not in a name that is made of words."""
    inside = r"[\w|-]" if raw.isalpha() else "[A-Za-z0-9]"
    return Form(f"(?<!{inside}){pattern}(?!{inside})", made)


def is_public(value: str) -> bool:
    """Whether a value is a word that every recording of this API has: a password may be ``password``."""
    return value.lower() in _public_words()


@cache
def _public_words() -> frozenset[str]:
    texts = [refusal.description for refusal in REFUSALS.values()]
    texts += [refusal.answer for refusal in REFUSALS.values()]
    texts += [row.grant_type or "" for row in OPERATIONS.values()] + [row.path for row in OPERATIONS.values()]
    texts += [*PLAIN_FIELDS, *SECRET_FIELDS, "application json charset utf-8 Bearer openid profile email"]
    words = {word.lower() for text in texts for word in re.findall(r"[A-Za-z0-9]+", text)}
    return frozenset(
        words | {text.lower() for text in texts} | {*FACTORS, "auth0", "totp", "true", "false", "null", "localhost"}
    )
