"""Interactions without secrets: by the field that holds them, by their shape, and wherever known ones stand."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import replace
from functools import partial
from http.client import responses
from urllib.parse import parse_qsl, quote, quote_plus, unquote, urlencode, urlsplit, urlunsplit

from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.totp import PERIOD, matching_step, totp

from .errors import RecordingError
from .fields import (
    CODE_FIELDS,
    PUBLIC_HOSTS,
    REQUEST_HEADERS,
    RESPONSE_HEADERS,
    is_plain,
    kind_of,
)
from .interactions import Fields, Interaction, basic_credentials, is_form, json_of, read_ask
from .names import masked_name
from .placeholders import DOMAIN, is_placeholder, jwt, jwt_parts, placeholder
from .shapes import SHAPE, is_random
from .vault import Vault, is_public

WINDOW = 1
"""Steps of 30 seconds that a TOTP may be early or late."""

_COOKIE_ATTRIBUTES = frozenset({"path", "expires", "max-age", "samesite", "secure", "httponly", "partitioned"})
_MEDIA_TYPE = re.compile(r"^[\w.+-]+/[\w.+-]+|charset=[\w-]+")
_PLAIN_SEGMENT = re.compile(r"\.?[a-z][a-z._-]*|v\d|")
_HTML = "<!DOCTYPE html><title>placeholder</title>"
_MAX_PLAIN_NUMBER = 9999  # a longer number in a field nobody knows may be a code


def scrub(interactions: Sequence[Interaction], vault: Vault) -> list[Interaction]:
    """The interactions with a placeholder for every secret. Raises RecordingError for a body that is no text."""
    right = right_values(interactions)
    for interaction in interactions:  # a value may stand in a text before the field comes that says what it is
        Scrubber(vault, interaction, right, learning=True).result()
    return [Scrubber(vault, interaction, right).result() for interaction in interactions]


class Scrubber:
    """One interaction on its way into a cassette."""

    def __init__(self, vault: Vault, interaction: Interaction, right: Set[str], *, learning: bool = False) -> None:
        self._vault = vault
        self._raw = interaction
        self._refused = interaction.refused
        self._right = right
        self._learning = learning
        self._in_request = True

    def result(self) -> Interaction:
        """The interaction without secrets."""
        raw = self._raw
        self._in_request = True
        url, headers = self._target(raw.url), self._headers(raw.request_headers, REQUEST_HEADERS)
        body = self._body(raw.request_body, _label(raw.request_headers), "request")
        self._in_request = False
        answer = self._body(raw.response_body, _label(raw.response_headers), "response")
        return replace(
            raw,
            url=url,
            reason=responses.get(raw.status, ""),
            request_headers=headers,
            request_body=body,
            response_headers=self._headers(raw.response_headers, RESPONSE_HEADERS),
            response_body=answer,
        )

    # -- where secrets stand -------------------------------------------------------------------

    def _target(self, url: str) -> str:
        parts = urlsplit(url)
        *others, last = parts.path.split("/")
        if others[-2:] == ["mfa", "authenticators"] and last and not SHAPE.search(last):
            last = self._secret("device", unquote(last))
        path = "/".join(self._segment(part) for part in (*others, last))
        return urlunsplit((parts.scheme, self._host(parts.netloc), path, self._form(parts.query), ""))

    def _segment(self, part: str) -> str:
        cleaned = self.text(part)
        if cleaned != part or _PLAIN_SEGMENT.fullmatch(part) or is_placeholder(unquote(part).rpartition("|")[2]):
            return cleaned
        return self._unknown(part)

    def _headers(self, fields: Fields, kept: Sequence[str]) -> Fields:
        return {
            name: [self._header(name.lower(), value) for value in values]
            for name, values in fields.items()
            if name.lower() in kept
        }

    def _header(self, name: str, value: str) -> str:
        if name == "authorization":
            return self._authorization(value)
        if name == "content-type":
            return "; ".join(_MEDIA_TYPE.findall(value))
        if name == "cookie":
            return "; ".join(self._cookie(pair) for pair in value.split(";"))
        if name == "set-cookie":
            return self._set_cookie(value)
        if name == "location":
            return self.url(value) if "://" in value else self.text(value.partition("?")[0])
        return self.text(value)

    def _authorization(self, value: str) -> str:
        if (credentials := basic_credentials(value)) is not None:
            name, secret = self.field("client_id", credentials[0]), self.field("client_secret", credentials[1])
            packed = f"{quote_plus(name)}:{quote_plus(secret)}".encode()
            return f"Basic {base64.b64encode(packed).decode()}"
        scheme, _, token = value.partition(" ")
        if scheme.lower() == "bearer":
            return f"Bearer {self.field('access_token', token.strip())}"
        return self._vault.get("value", value)

    def _cookie(self, pair: str) -> str:
        name, equals, value = pair.strip().partition("=")
        return f"{self.text(name)}{equals}{self._vault.get('cookie', value)}"

    def _set_cookie(self, value: str) -> str:
        first, *attributes = value.split(";")
        kept = [self._cookie(first)]
        for attribute in attributes:
            name, equals, setting = attribute.strip().partition("=")
            if name.lower() in _COOKIE_ATTRIBUTES:
                kept.append(attribute.strip())
            elif name.lower() == "domain":
                kept.append(f"Domain{equals}{self._host(setting.lstrip('.'))}")
        return "; ".join(kept)

    def _body(self, body: bytes, label: str, side: str) -> bytes:
        if not body:
            return body
        if (decoded := json_of(body)) is not None:
            return json.dumps(self._walk("", decoded), ensure_ascii=False, separators=(",", ":")).encode()
        try:
            text = body.decode()
        except UnicodeDecodeError:
            raise RecordingError(
                f"{self._raw!r}: the {side}'s body is neither JSON nor text ({label or 'no content-type'}); what "
                "cannot be read cannot be scrubbed. Keep this request out of the test."
            ) from None
        if text.lstrip()[:1] == "<":  # a page for people: it has no meaning here, and room for anything
            return _HTML.encode()
        return (self._form(text) if is_form(label, text) else self.text(text)).encode()

    def _form(self, text: str) -> str:
        if not text:
            return text
        return urlencode([(self.text(n), self.field(n, v)) for n, v in parse_qsl(text, keep_blank_values=True)])

    def _walk(self, name: str, value: Json) -> Json:
        """A JSON value that stands in the field ``name``; lists hand the name down, objects have their own."""
        if isinstance(value, dict):
            return {self.text(key): self._walk(key, item) for key, item in value.items()}
        if isinstance(value, list):
            return [self._walk(name, item) for item in value]
        if isinstance(value, str):
            return self.field(name, value)
        if isinstance(value, int) and not isinstance(value, bool):
            return self._number(name, value)
        return value

    def _number(self, name: str, value: int) -> int | str:
        text = str(value)
        if name in CODE_FIELDS:
            return int(self._code(text.zfill(6)))
        if (known := self._vault.known(text)) is not None:
            return int(known) if known.isdecimal() else known
        if is_plain(name) or abs(value) <= _MAX_PLAIN_NUMBER or "value" in self._vault.off:
            return value
        return int(self._vault.get("code", text))

    # -- what stands there ---------------------------------------------------------------------

    def field(self, name: str, raw: str) -> str:
        """The text of the field ``name``."""
        if not raw:
            return raw
        if (known := self._vault.known(raw)) is not None and not (is_plain(name) and is_public(raw)):
            return known
        kind = kind_of(name)
        if kind is None:
            return self.text(raw) if is_plain(name) else self._unknown(raw)
        if kind == "code":
            return self._code(raw)
        if kind == "otpauth":
            return self.otpauth(raw)
        if kind == "name":
            return masked_name(self._vault, raw)
        if kind in ("access_token", "mfa_token", "jwt") and (parts := jwt_parts(raw)) is not None:
            return self._jwt(raw, parts[1])
        if kind in ("device", "user_id"):
            return self._id(kind, raw)
        if kind == "jwt":
            kind = "access_token"
        elif kind == "email" and "@" not in raw:
            kind = "username"
        return self._secret(kind, raw)

    def _secret(self, kind: str, raw: str) -> str:
        known = self._vault.known(raw)
        if known is None and self._in_request and self._refused and raw not in self._right:
            return self._vault.wrong(kind, raw)
        return known or self._vault.get(kind, raw)

    def _unknown(self, raw: str) -> str:
        if self._learning:
            return raw
        if raw.startswith(("http://", "https://")):
            return self.url(raw)
        return self.text(raw) if "value" in self._vault.off else self._vault.get("value", raw)

    def _code(self, raw: str) -> str:
        """A TOTP of a secret that the recording knows becomes one of its placeholder; else a numbered code."""
        if raw.isascii() and raw.isdigit():
            for secret, number in self._vault.totp_secrets.items():
                step = matching_step(secret, raw, self._raw.at, WINDOW)
                if step is not None:
                    return self._vault.custom("code", raw, partial(_code_of, step * PERIOD), number)
        return self._secret("code", raw)

    def _id(self, kind: str, raw: str) -> str:
        if raw.endswith("@clients"):
            return self.field("client_id", raw.removesuffix("@clients")) + "@clients"
        cleaned = self._cleaned(raw)
        return cleaned if cleaned != raw or is_placeholder(raw.rpartition("|")[2]) else self._secret(kind, raw)

    def _jwt(self, raw: str, claims: dict[str, Json]) -> str:
        if is_placeholder(raw):
            return raw
        made = self._walk("", claims)
        return raw if self._learning else self._vault.custom("jwt", raw, lambda n: jwt(n, made))

    def text(self, raw: str) -> str:
        """A text with everything in it replaced that is known, or looks like a secret."""
        if self._learning:  # only fields say for certain what a value is
            return raw
        return self._cleaned(raw)

    def _cleaned(self, raw: str) -> str:
        return SHAPE.sub(self._shape, self._vault.replace(raw))

    def _shape(self, found: re.Match[str]) -> str:
        group, raw = str(found.lastgroup), found[0]
        if is_placeholder(raw):
            return raw
        if group == "otpauth":
            return self.otpauth(raw)
        if group == "url":
            return self.url(raw)
        if group == "host":
            return self._host(raw)
        if group == "jwt":
            parts = jwt_parts(raw)
            return self._jwt(raw, parts[1]) if parts else self._vault.get("access_token", raw)
        if group == "sealed":
            return self._vault.get("mfa_token", raw)
        if group == "opaque":
            return self._vault.get("value", raw) if is_random(raw) else raw
        if group in ("email", "user_id", "phone_number") and "%" in raw:
            return quote(self._shape_of(group, unquote(raw)), safe="")
        return self._shape_of(group, raw)

    def _shape_of(self, kind: str, raw: str) -> str:
        return raw if is_placeholder(raw) else self._vault.get(kind, raw)

    def url(self, raw: str) -> str:
        """A URL: host, path, and query by the names of its parameters. Its fragment is dropped."""
        parts = urlsplit(raw)
        if f"{parts.netloc}{parts.path}".startswith("auth0.com/oauth/grant-type/"):
            return raw
        path = "/".join(self.text(segment) for segment in parts.path.split("/"))
        return urlunsplit((parts.scheme, self._host(parts.netloc), path, self._form(parts.query), ""))

    def _host(self, netloc: str) -> str:
        name = netloc.rpartition("@")[2]
        host = name.partition(":")[0].lower()
        if (known := self._vault.known(name)) is not None:
            return known
        if not name or host in PUBLIC_HOSTS or host == DOMAIN or is_placeholder(host) or host.endswith("example.com"):
            return name
        return self._vault.get("host", name)

    def otpauth(self, raw: str) -> str:
        """An ``otpauth://`` URI: label, secret and transaction."""
        if "otpauth" in self._vault.off:
            return raw
        parts = urlsplit(raw)
        account = unquote(parts.path).lstrip("/").rpartition(":")[2]
        label = f"{DOMAIN}:{quote(self.field('email', account), safe='')}"
        made = [(name, self._otpauth_parameter(name, value)) for name, value in parse_qsl(parts.query)]
        return urlunsplit((parts.scheme, parts.netloc, f"/{label}", urlencode(made, quote_via=quote), ""))

    def _otpauth_parameter(self, name: str, value: str) -> str:
        if name == "issuer":
            return DOMAIN
        if name == "secret":
            return self._vault.get("totp_secret", value)
        if name == "enrollment_tx_id":
            return self._vault.get("transaction", value)
        return value if name in ("algorithm", "digits", "period", "counter") else self.field(name, value)


def _code_of(at: float, number: int) -> str:
    return totp(placeholder("totp_secret", number), at)


def _label(fields: Fields) -> str:
    return next((values[0] for name, values in fields.items() if name.lower() == "content-type" and values), "")


def right_values(interactions: Sequence[Interaction]) -> Set[str]:
    """Values that the tenant issued or did not refuse: all others that it refused were never right."""
    found: set[str] = set()
    for one in interactions:
        found.update(_leaves(json_of(one.response_body)))
        if not one.refused:
            request = one.request
            found.update(_leaves(read_ask(request.method, request.path, request.headers, request.body).parameters))
    return found


def _leaves(value: Json) -> Iterator[str]:
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _leaves(item)
    elif isinstance(value, str | int):
        yield str(value)
