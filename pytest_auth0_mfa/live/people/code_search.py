"""Finds the one-time code in a message that a tenant sent. It never guesses: two candidates are an error.

A code has 4 to 10 digits (a setting of the tenant), perhaps with spaces between them. Other numbers are recognized by
their context: the word before them (ticket, order, phone), a sign (#, €, +), a unit, or the form of a year or date.
Styles, attributes and links of HTML are ignored.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser

from pytest_auth0_mfa.tenant.entropy import CODE_LENGTHS

from .settings import SourceError

LENGTHS = range(CODE_LENGTHS[0], CODE_LENGTHS[1] + 1)

_CODE_WORDS = (
    r"pass-?codes?|codes?|pin|otp|one[- ]time (?:password|passcode|pin)|token|c[óo]digos?|codi|codice|kod[eu]?|koden|"
    r"k[óo]d|koodi|код|кода|κωδικός|mã|einmal\w*|[\w-]*code"  # Cyrillic
)
_CODE_WORDS_WITHOUT_SPACES = "コード|验证码|驗證碼|代码|인증|코드|รหัส|קוד|رمز"
_OTHER_WORDS = (
    r"(?:promo|promotion|discount|voucher|coupon|gift|postal|post|zip|area|country|dialling|error|status|http|qr|bar|"
    r"customer|product|order|source|tax|bank|sort|swift|member|referral|invite|account|client|company|branch) codes?|"
    r"(?:gutschein|post|rabatt|kunden|fehler)code|postleitzahl|plz|code postal|c[óo]digo postal|"
    r"tickets?|cases?|incidents?|issues?|orders?|invoices?|receipts?|bookings?|shipments?|parcel|refs?|references?|"
    r"requests?|accounts?|customers?|clients?|contracts?|members?|ids?|nos?\.|nr\.?|n[º°]|serial|builds?|versions?|"
    r"release|zip|phones?|tel|telephone|call|fax|mobile|ext|extension|room|suite|floor|box|street|road|avenue|vat|"
    r"registration|company|hrb|ust|tax|iban|siret|abn|vorgang|bestellung|bestellnummer|rechnung|kunden?nummer|"
    r"ticketnummer|auftrag|commande|facture|dossier|pedido|factura|ordine|fattura|bestelling|factuur"
)
_LABEL = re.compile(
    rf"(?<!\w)(?:(?P<other>{_OTHER_WORDS})|(?P<code>{_CODE_WORDS}))(?!\w)|(?P<code_>{_CODE_WORDS_WITHOUT_SPACES})",
    re.IGNORECASE,
)
_CODE_WORD = re.compile(rf"(?<!\w)(?:{_CODE_WORDS})(?!\w)|{_CODE_WORDS_WITHOUT_SPACES}", re.IGNORECASE)
_IS = re.compile(r"[ \t]*(?:is|was|ist|est|es|è|är|er|on|=|:|-|–|—)[ \t]", re.IGNORECASE)  # noqa: RUF001  # dashes of mails
_SENTENCE_END = re.compile(r"[.!?;]\s|\n\s*\n\s*\S+\s")
_NEAR = 60
"""The greatest distance in characters between a word and the number that it describes."""

_NUMBER = re.compile(
    r"(?<![A-Za-z0-9_#@/\\+&%$€£¥©.,-])(?<!\(c\) )[0-9]+(?:[ \t-][0-9]+)*"
    r"(?![A-Za-z0-9_@/%#€£¥]|[.,:–—-][0-9]|-\w| ?[€£¥%])"  # noqa: RUF001  # dashes of dates and ranges
)
_PHONE = re.compile(r"\+[0-9](?:[ \t().-]{0,2}[0-9]){6,14}(?![0-9])")
"""An international number, of 15 digits at most."""
_UNIT = re.compile(
    r"\s?(?:seconds?|secs?|s|minutes?|mins?|hours?|hrs?|days?|sekunden|minuten|stunden|usd|eur|gbp|chf|px|pt|users?|"
    r"customers?|points?|times|people|items?|percent|dollars?|euros?|kb|mb|km|miles?|street|st\.|avenue|ave|road|rd|blvd)"
    r"(?!\w)",
    re.IGNORECASE,
)
_MONTH = re.compile(
    r"(?:jan|feb|mar|mär|apr|may|mai|jun|jul|aug|sep|oct|okt|nov|dec|dez|janv|févr|mars|avr|juin|juil|août|déc|ene|abr|"
    r"ago|dic|gen|mag|giu|lug|set|ott)[a-zéû]*\.?[ ,]*(?:[0-9]{1,2}(?:st|nd|rd|th)?,? +)?$",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")
_BEFORE_YEAR = re.compile(
    r"(?:©|\(c\)|copyright|since|seit|depuis|desde|dal|est\.?|founded|in|for|of|until|by)\s*$", re.IGNORECASE
)
_STATE = re.compile(r", ?[A-Z]{2} $")
_AT_ONCE = re.compile(r"(?:[ \t]+(?:is|ist|est|es|è))?[ \t]*[:=\uff1a]?[*\s]*", re.IGNORECASE)
_MARKUP = re.compile(r"<(?:!doctype|html|body|head|table|div|span|p|td|br|b|strong|style|h[1-6])\b", re.IGNORECASE)
_SHORT = 100
"""The length in characters up to which a message is taken to be about nothing but its code."""


class UnclearCodeError(SourceError):
    """Several numbers in a message could be the code."""


@dataclass(frozen=True, slots=True)
class _Found:
    """A number that may be the code. ``named``: a word such as *code* belongs to it; ``alone``: it is on its own
    line."""

    digits: str
    line: int
    named: bool
    alone: bool


def find_code(text: str, digits: int | None = None) -> str | None:
    """The code in a message, plain text or HTML; None when there is none. ``digits``: its length, where that is
    known.

    Raises UnclearCodeError when two numbers could be the code.
    """
    text = visible(text) if _MARKUP.search(text) else text
    text = re.sub(r"[\u200b\u200c\u200d\u2060\ufeff\u00ad]", "", text)
    text = re.sub(r"[\u00a0\u2000-\u200a\u202f]", " ", text)
    text = re.sub(r"\b[a-z][a-z0-9+.-]*://\S+|\bwww\.\S+|(?<!\S)\S+@\S+", " ", text, flags=re.IGNORECASE)
    text = _PHONE.sub(" ", text)
    found = [candidate for candidate in _numbers(text) if digits in (None, len(candidate.digits))]
    likely = {candidate.digits for candidate in found if candidate.named or candidate.alone}
    speaks = _CODE_WORD.search(text)
    if not likely and (speaks or len(text.strip()) <= _SHORT):
        likely = {candidate.digits for candidate in found}
    lengths = {len(number) for number in likely}
    code_lines = {text.count("\n", 0, word.start()) for word in _CODE_WORD.finditer(text)}
    rivals = {
        candidate.digits
        for candidate in found
        if likely and (len(candidate.digits) in lengths or candidate.line in code_lines)
    }
    if not likely:
        return None
    if len(likely | rivals) > 1:
        sizes = ", ".join(str(len(number)) for number in sorted(likely | rivals, key=len))
        raise UnclearCodeError(
            f"{len(likely | rivals)} numbers of the message could be the code (they have {sizes} digits). Say which: "
            "override auth0_mfa_otp_source with a source that has a code_pattern, such as "
            r"ImapSource(..., code_pattern=re.compile(r'code: (\d+)')); or change the tenant's template"
        )
    return likely.pop()


def _numbers(text: str) -> Iterator[_Found]:
    """Every number that could be a code: not a date, a quantity, or a number of something else."""
    for match in _NUMBER.finditer(text):
        for start, number in _readings(match):
            end = start + len(number)
            digits = re.sub(r"\D", "", number)
            if len(digits) not in LENGTHS or _UNIT.match(text, end):
                continue
            before = text[max(0, start - _NEAR) : start]
            label = _label_before(before) or _label_after(text[end : end + _NEAR])
            if label == "other" or _STATE.search(before):
                continue
            named_at_once = bool(label == "code" and _AT_ONCE.fullmatch(_after_label(before)))
            alone = _line_around(text, start, end) == number
            is_year = _BEFORE_YEAR.search(before) or not alone
            if _YEAR.fullmatch(digits) and (_MONTH.search(before) or (is_year and not named_at_once)):
                continue
            yield _Found(digits, text.count("\n", 0, start), label == "code", alone)


def _readings(match: re.Match[str]) -> Iterator[tuple[int, str]]:
    """The possible readings of groups of digits, as (position, number): as one number, and each group by itself.

    Equally long groups, such as ``7391 0457``, are only one number if they are on a line of their own or directly
    follow a word such as *code*. ``2026 4821`` (a year?) and ``4821 93`` are read both ways.
    """
    whole = match[0]
    groups = list(re.finditer(r"[0-9]+", whole))
    alike = len({len(group[0]) for group in groups}) == 1 and len({*re.findall(r"[ \t-]", whole)}) <= 1
    if alike or "-" not in whole:
        yield match.start(), whole
    if len(groups) > 1 and "-" not in whole and not (alike and _is_one(match, groups)):
        for group in groups:
            yield match.start() + group.start(), group[0]


def _is_one(match: re.Match[str], groups: list[re.Match[str]]) -> bool:
    """Whether equally long groups are one number: they have a line of their own, or directly follow a word like
    *code*."""
    if any(_YEAR.fullmatch(group[0]) for group in groups) or len(re.sub(r"\D", "", match[0])) not in LENGTHS:
        return False
    before = match.string[max(0, match.start() - _NEAR) : match.start()]
    named = _label_before(before) == "code" and _AT_ONCE.fullmatch(_after_label(before))
    return bool(named) or _line_around(match.string, match.start(), match.end()) == match[0]


def _line_around(text: str, start: int, end: int) -> str:
    """The line that holds a number, without decoration around it."""
    line_end = text.find("\n", end)
    return text[text.rfind("\n", 0, start) + 1 : len(text) if line_end < 0 else line_end].strip(" \t\r*_-=|.")


def _label_before(before: str) -> str | None:
    """What the last label before a number, in the same sentence, makes it: ``code``, ``other``, or None without
    one."""
    words = list(_LABEL.finditer(before))
    if not words or _SENTENCE_END.search(before, words[-1].end()) or re.search(r"[0-9]{4}", before[words[-1].end() :]):
        return None
    return _kind(words[-1])


def _after_label(before: str) -> str:
    words = list(_LABEL.finditer(before))
    return before[words[-1].end() :] if words else before


def _label_after(after: str) -> str | None:
    """What a label after a number makes it, as in *482193 is your code*; None without one."""
    linked = _IS.match(after)
    word = _LABEL.search(after, linked.end()) if linked else None
    if not word or re.search(r"[0-9]|[.!?;]\s|\n", after[: word.start()]):
        return None
    return _kind(word)


def _kind(label: re.Match[str]) -> str:
    return str(label.lastgroup).rstrip("_")


class _Visible(HTMLParser):
    """Collects the text that a reader sees, with a line for each block."""

    _HIDDEN = frozenset({"style", "script", "head", "title", "template", "svg"})
    _BLOCKS = frozenset(
        {"address", "article", "blockquote", "body", "br", "center", "dd", "div", "dl", "dt", "footer", "form", "h1"}
        | {"h2", "h3", "h4", "h5", "h6", "header", "hr", "html", "li", "main", "ol", "p", "pre", "section", "table"}
        | {"tbody", "tfoot", "thead", "tr", "ul"}
    )

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a line for a block, and separate a cell from the text before it."""
        if tag in self._HIDDEN:
            self._hidden.append(tag)
        self._break(tag)

    def handle_endtag(self, tag: str) -> None:
        """End the line of a block."""
        if tag in self._hidden:
            del self._hidden[self._hidden.index(tag) :]
        self._break(tag)

    def _break(self, tag: str) -> None:
        if tag in ("td", "th", "img"):
            self.parts.append(" ")
        elif tag in self._BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        """Keep text that is shown, with each run of white space as one space."""
        if not self._hidden:
            self.parts.append(re.sub(r"\s+", " ", data))


def visible(html: str) -> str:
    """The text of an HTML message as a reader sees it, without styles, attributes and links."""
    parser = _Visible()
    head, sign, rest = html.partition("<")
    parser.parts.append(f"{head}\n" if sign else head)  # a subject before the markup stays on its own line
    parser.feed(sign + rest)
    parser.close()
    return re.sub(r"[ \t]+", " ", "".join(parser.parts))
