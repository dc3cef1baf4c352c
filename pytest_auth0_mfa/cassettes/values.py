"""Replaces the secrets in one value: by its field, by its shape, or because it is known."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Set
from functools import partial
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.spec.secret_fields import CODE_FIELDS
from pytest_auth0_mfa.tenant.totp import PERIOD, matching_step, totp

from .bodies import json_of
from .fields import ID_TYPES, PUBLIC_HOSTS, SECRET_NAMES, SHAPE, is_plain, is_public, is_random, kind_of
from .interactions import Interaction
from .placeholders import DOMAIN, Placeholders, is_placeholder, jwt, jwt_parts, placeholder

WINDOW = 1
"""How many steps of 30 seconds a TOTP may be early or late."""

_MAX_PLAIN_NUMBER = 9999  # a longer number in an unknown field may be a code

_NAME = re.compile(r"https?://auth0\.com/(?:oauth/grant-type/[a-z/-]+|api-errors[/#][A-Z0-9]{3}-\d{3}-\d{4})")
"""The name of a grant type, or of an error of the My Account API."""
NEW = "new"
"""What may stand for the device in the id of a method that is not verified yet."""
_FOLDERS = ("authenticators", "authentication-methods")
_PLAIN_SEGMENT = re.compile(r"\.?[a-z][a-z._-]*|v\d|")
_QUOTE = re.compile(r"\\*[\"']")
_NAMED = re.compile(
    rf"(?<![A-Za-z0-9])(?P<name>{SECRET_NAMES})(?P<sign>(?:\\*[\"'])?\s*(?:=>|[:=]|%3[AaDd])\s*)"
    r"(?P<value>\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|(?P<q>\\+[\"']).*?(?P=q)|\[[^\]]*\]?|[^\s&,;<>}\]]+)",
    re.IGNORECASE | re.DOTALL,
)
_MASKED_PHONE = re.compile(r"X+\d{0,4}")
_MASKED_EMAIL = re.compile(r"[^@\s]*\*[^@\s]*@[^@\s]*\*[^@\s]*")


class Values:
    """Replaces the values of one interaction. ``right`` has the values that the tenant issued or accepted.

    ``learning`` is the first of two passes. It looks only at fields, since only they say for certain what a value is.
    """

    def __init__(
        self, placeholders: Placeholders, interaction: Interaction, right: Set[str], *, learning: bool = False
    ) -> None:
        self.placeholders = placeholders
        self.in_request = True
        self._at = interaction.at
        self._refused = interaction.refused
        self._right = right
        self._learning = learning

    def form(self, text: str) -> str:
        """Scrub a form or a query."""
        return self.pairs(parse_qsl(text, keep_blank_values=True))

    def pairs(self, sent: Iterable[tuple[str, str]]) -> str:
        """Scrub names and values, and encode them as a form."""
        return urlencode([(self.text(name), self.field(name, value)) for name, value in sent])

    def walk(self, name: str, value: Json) -> Json:
        """Scrub the JSON value of the field ``name``. Items of a list count as the same field."""
        if isinstance(value, dict):
            return {self.text(key): self.walk(key, item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.walk(name, item) for item in value]
        if isinstance(value, str):
            return self.field(name, value)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return self._number(name, value)
        return value

    def _number(self, name: str, value: float) -> float | str:
        if isinstance(value, float):
            if not value.is_integer():
                return value if is_plain(name) else self.placeholders.get("value", repr(value))
            value = int(value)
        text = str(value)
        if name in CODE_FIELDS:
            return int(self._code(text if self.placeholders.known(text) else text.zfill(6)))
        if (known := self.placeholders.known(text)) is not None:
            return int(known) if known.isdecimal() else known
        if (kind := kind_of(name)) is not None:
            return self.secret("value" if kind == "otpauth" else kind, text)
        if is_plain(name) or abs(value) <= _MAX_PLAIN_NUMBER:
            return value
        return int(self.placeholders.get("code", text))

    def field(self, name: str, raw: str) -> str:
        """Scrub the text of the field ``name``."""
        if not raw:
            return raw
        if (known := self.placeholders.known(raw)) is not None and not (is_plain(name) and is_public(raw)):
            return known
        kind = kind_of(name)
        if kind is None:
            return self.text(raw) if is_plain(name) else self.unknown(raw)
        if kind == "code":
            return self._code(raw)
        if kind == "otpauth":
            return self.otpauth(raw)
        if kind == "name" or (kind in ("email", "phone_number") and _is_masked(raw)):
            return self._masked_name(raw)
        if kind in ("access_token", "mfa_token", "jwt") and (parts := jwt_parts(raw)) is not None:
            return self._jwt(raw, parts[1])
        if kind in ("device", "user_id"):
            return self._id(kind, raw)
        if kind == "jwt":
            kind = "access_token"
        elif kind == "email" and "@" not in raw:
            kind = "username"
        return self.secret(kind, raw)

    def _masked_name(self, raw: str) -> str:
        """Scrub a name, or a masked address. A masked one becomes another masked one of the same length."""
        if _MASKED_PHONE.fullmatch(raw):
            width = len(raw) - len(raw.rstrip("0123456789"))
            return self.placeholders.custom(
                "mask", raw, lambda n: "X" * (len(raw) - width) + str(n).zfill(width)[-width or 99 :]
            )
        if _MASKED_EMAIL.fullmatch(raw):
            local, _, domain = raw.partition("@")
            return f"{_unmasked('user', local)}@{_unmasked('example.com', domain)}"
        return self.placeholders.get("email" if "@" in raw else "name", raw)

    def secret(self, kind: str, raw: str) -> str:
        """The placeholder of a secret. A value that was refused and never issued gets the placeholder of wrong
        values."""
        if (known := self.placeholders.known(raw)) is not None:
            return known
        return self.placeholders.wrong(kind, raw) if self._is_wrong(raw) else self.placeholders.get(kind, raw)

    def _is_wrong(self, raw: str) -> bool:
        return self.in_request and self._refused and raw not in self._right

    def unknown(self, raw: str) -> str:
        """Scrub the value of an undocumented field."""
        if self._learning:
            return raw
        if raw.startswith(("http://", "https://")):
            return self.url(raw)
        return self.placeholders.get("value", raw)

    def _code(self, raw: str) -> str:
        """Replace a code. A TOTP of a known secret becomes the TOTP of that secret's placeholder."""
        if raw.isascii() and raw.isdigit():
            for secret, number in self.placeholders.totp_secrets.items():
                step = matching_step(secret, raw, self._at, WINDOW)
                if step is not None:
                    return self.placeholders.custom("code", raw, partial(_code_of, step * PERIOD), number)
        return self.secret("code", raw)

    def _id(self, kind: str, raw: str) -> str:
        if raw.endswith("@clients"):
            return self.field("client_id", raw.removesuffix("@clients")) + "@clients"
        type_, _, rest = raw.partition("|")
        if kind == "device" and type_ in ID_TYPES and rest and not rest.startswith("dev_"):
            return raw if rest == NEW else f"{type_}|{self.secret(kind, rest)}"
        cleaned = self._cleaned(raw)
        return cleaned if cleaned != raw or is_placeholder(raw.rpartition("|")[2]) else self.secret(kind, raw)

    def _jwt(self, raw: str, claims: dict[str, Json]) -> str:
        if is_placeholder(raw):
            return raw
        if self._is_wrong(raw):
            return self.placeholders.wrong("access_token", raw)
        made = self.walk("", claims)
        return raw if self._learning else self.placeholders.custom("jwt", raw, lambda n: jwt(n, made))

    def text(self, raw: str) -> str:
        """Scrub a text: replace known secrets, and everything that looks like a secret."""
        if raw[:1] in ("{", "[") and (inside := json_of(raw.encode())) is not None:
            made = json.dumps(self.walk("", inside), ensure_ascii=False)
            return raw if self._learning else made
        named = _NAMED.sub(self._named, raw)
        if self._learning:  # only fields tell for certain
            return raw
        return self._cleaned(named)

    def _named(self, found: re.Match[str]) -> str:
        """Scrub the value that follows the name of a secret field in a text."""
        value = found["value"]
        mark = _QUOTE.match(value)
        quote = mark[0] if mark and len(value) > 2 * len(mark[0]) and value.endswith(mark[0]) else ""
        inside = value[len(quote) : len(value) - len(quote)] if quote else value
        if is_public(inside) or inside == "[" or is_placeholder(inside):
            return found[0]
        return f"{found['name']}{found['sign']}{quote}{self.field(found['name'], inside)}{quote}"

    def _cleaned(self, raw: str) -> str:
        return SHAPE.sub(self._shape, self.placeholders.replace(raw))

    def path(self, path: str) -> str:
        """Scrub a path. What follows the folder of authenticators or of methods is an id."""
        parts = path.split("/")
        return "/".join(self._step(folder, part) for folder, part in zip(["", *parts], parts, strict=False))

    def _step(self, folder: str, part: str) -> str:
        if folder not in _FOLDERS or not part:
            return self.segment(part)
        return quote(self.field("id", unquote(part)), safe="" if "%7C" in part.upper() else "|")

    def segment(self, part: str) -> str:
        """Scrub a segment of a path and its parameters. Plain words are kept, unknown values are replaced."""
        word, *parameters = part.split(";")  # `;jsessionid=...`
        if parameters:
            return ";".join((self.segment(word), *map(self._path_parameter, parameters)))
        cleaned = self.text(part)
        if cleaned != part or _PLAIN_SEGMENT.fullmatch(part) or is_placeholder(unquote(part).rpartition("|")[2]):
            return cleaned
        return self.unknown(part)

    def _path_parameter(self, pair: str) -> str:
        name, sign, value = pair.partition("=")
        return (
            f"{self.segment(name)}=" + quote(self.field(name, unquote(value)), safe="@|+")
            if sign
            else self.segment(name)
        )

    def _shape(self, found: re.Match[str]) -> str:
        group, raw = str(found.lastgroup), found[0]
        if is_placeholder(raw):
            return raw
        if group == "otpauth":
            return self.otpauth(raw)
        if group == "url":
            return self.url(raw)
        if group == "host":
            return self.host(raw)
        if group == "jwt":
            parts = jwt_parts(raw)
            return self._jwt(raw, parts[1]) if parts else self.placeholders.get("access_token", raw)
        if group == "sealed":
            return self.placeholders.get("mfa_token", raw)
        if group == "opaque":
            return self.placeholders.get("value", raw) if is_random(raw) else raw
        if group in ("email", "user_id", "phone_number") and "%" in raw:
            return quote(self._shape_of(group, unquote(raw)), safe="")
        return self._shape_of(group, raw)

    def _shape_of(self, kind: str, raw: str) -> str:
        return raw if is_placeholder(raw) else self.placeholders.get(kind, raw)

    def url(self, raw: str) -> str:
        """Scrub the host, path and query of a URL. Its fragment is dropped."""
        try:
            parts = urlsplit(raw)
        except ValueError:
            return self.placeholders.get("value", raw)
        if _NAME.fullmatch(raw):
            return raw
        return urlunsplit((parts.scheme, self.host(parts.netloc), self.path(parts.path), self.form(parts.query), ""))

    def host(self, netloc: str) -> str:
        """Scrub a host and port. Credentials in front of them are dropped."""
        name = netloc.rpartition("@")[2]
        host = name.partition(":")[0].lower()
        if (known := self.placeholders.known(name)) is not None:
            return known
        if not name or host in PUBLIC_HOSTS or host == DOMAIN or is_placeholder(host) or host.endswith("example.com"):
            return name
        return self.placeholders.get("host", name)

    def otpauth(self, raw: str) -> str:
        """Scrub an ``otpauth://`` URI: its label, secret and transaction."""
        try:
            parts = urlsplit(raw)
        except ValueError:
            return self.placeholders.get("value", raw)
        account = unquote(parts.path).lstrip("/").rpartition(":")[2]
        label = f"{DOMAIN}:{quote(self.field('user_id' if '|' in account else 'email', account), safe='')}"
        made = [(name, self._otpauth_parameter(name, value)) for name, value in parse_qsl(parts.query)]
        return urlunsplit((parts.scheme, parts.netloc, f"/{label}", urlencode(made, quote_via=quote), ""))

    def _otpauth_parameter(self, name: str, value: str) -> str:
        if name == "issuer":
            return DOMAIN
        if name == "secret":
            return self.placeholders.get("totp_secret", value)
        if name == "enrollment_tx_id":
            return self.placeholders.get("transaction", value)
        return value if name in ("algorithm", "digits", "period", "counter") else self.field(name, value)


def _is_masked(raw: str) -> bool:
    return (_MASKED_PHONE.fullmatch(raw) or _MASKED_EMAIL.fullmatch(raw)) is not None


def _code_of(at: float, number: int) -> str:
    return totp(placeholder("totp_secret", number), at)


def _unmasked(words: str, part: str) -> str:
    visible = len(part) - len(part.lstrip("*")) if part.startswith("*") else part.find("*")
    shown = "" if part.startswith("*") else words[:visible]
    return shown + "*" * (len(part) - len(shown))
