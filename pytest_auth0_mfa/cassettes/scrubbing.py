"""Removes the secrets from interactions: by their fields, by their shape, and wherever known secrets appear."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import replace
from http.client import responses
from urllib.parse import quote_plus, urlsplit, urlunsplit

from pytest_auth0_mfa.messages import Json

from .bodies import (
    BOUNDARY,
    FORM,
    JSON,
    MULTIPART,
    PAGE,
    UNREADABLE,
    Fields,
    json_of,
    multipart,
    read_body,
)
from .fields import REQUEST_HEADERS, RESPONSE_HEADERS
from .interactions import Interaction, basic_credentials, read_meaning
from .placeholders import Placeholders
from .values import Values

_COOKIE_ATTRIBUTES = frozenset({"path", "expires", "max-age", "samesite", "secure", "httponly", "partitioned"})
_MEDIA_TYPE = re.compile(r"^[\w.+-]+/[\w.+-]+|charset=[\w-]+")
_PARAMETER = re.compile(r'([\w-]+)=("(?:[^"\\]|\\.)*"|[^\s,]+)')


def scrub(interactions: Sequence[Interaction], placeholders: Placeholders) -> list[Interaction]:
    """The interactions with placeholders for all secrets. A body that cannot be read is replaced as a whole."""
    right = right_values(interactions)
    for interaction in interactions:  # a first pass, because a text may contain a secret before its field appears
        Scrubber(placeholders, interaction, right, learning=True).result()
    return [Scrubber(placeholders, interaction, right).result() for interaction in interactions]


class Scrubber:
    """Replaces the secrets in the parts of one interaction."""

    def __init__(
        self, placeholders: Placeholders, interaction: Interaction, right: Set[str], *, learning: bool = False
    ) -> None:
        self._raw = interaction
        self._values = Values(placeholders, interaction, right, learning=learning)

    def result(self) -> Interaction:
        """The interaction without secrets."""
        raw = self._raw
        url, headers = self._target(raw.url), self._headers(raw.request_headers, REQUEST_HEADERS)
        body = self._body(raw.request_body, _label(raw.request_headers))
        self._values.in_request = False
        answer = self._body(raw.response_body, _label(raw.response_headers))
        return replace(
            raw,
            url=url,
            reason=responses.get(raw.status, ""),
            request_headers=headers,
            request_body=body,
            response_headers=self._headers(raw.response_headers, RESPONSE_HEADERS),
            response_body=answer,
        )

    def _target(self, url: str) -> str:
        parts = urlsplit(url)
        path, query = self._values.path(parts.path), self._values.form(parts.query)
        return urlunsplit((parts.scheme, self._values.host(parts.netloc), path, query, ""))

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
            kept = _MEDIA_TYPE.findall(value)
            return "; ".join([*kept, *([f"boundary={BOUNDARY}"] if kept[:1] == ["multipart/form-data"] else ())])
        if name == "cookie":
            return "; ".join(self._cookie(pair) for pair in value.split(";"))
        if name == "set-cookie":
            return self._set_cookie(value)
        if name == "location":
            return self._values.url(value)
        if name == "dpop-nonce":
            return self._values.placeholders.get("value", value)
        if name == "www-authenticate":
            return _PARAMETER.sub(self._parameter, value)
        return self._values.text(value)

    def _parameter(self, found: re.Match[str]) -> str:
        name, value = found[1], found[2]
        quote = '"' if value.startswith('"') else ""
        return f"{self._values.text(name)}={quote}{self._values.field(name, value.strip(quote or None))}{quote}"

    def _authorization(self, value: str) -> str:
        if (credentials := basic_credentials(value)) is not None:
            name, secret = (
                self._values.field("client_id", credentials[0]),
                self._values.field("client_secret", credentials[1]),
            )
            packed = f"{quote_plus(name)}:{quote_plus(secret)}".encode()
            return f"Basic {base64.b64encode(packed).decode()}"
        scheme, _, token = value.partition(" ")
        if scheme.lower() in ("bearer", "dpop"):
            written = "DPoP" if scheme.lower() == "dpop" else "Bearer"
            return f"{written} {self._values.field('access_token', token.strip())}"
        return self._values.placeholders.get("value", value)

    def _cookie(self, pair: str) -> str:
        name, equals, value = pair.strip().partition("=")
        return f"{self._values.text(name)}{equals}{self._values.placeholders.get('cookie', value)}"

    def _set_cookie(self, value: str) -> str:
        first, *attributes = value.split(";")
        kept = [self._cookie(first)]
        for attribute in attributes:
            name, equals, setting = attribute.strip().partition("=")
            if name.lower() in _COOKIE_ATTRIBUTES:
                kept.append(self._values.text(attribute.strip()))
            elif name.lower() == "domain":
                kept.append(f"Domain{equals}{self._values.host(setting.lstrip('.'))}")
        return "; ".join(kept)

    def _body(self, body: bytes, label: str) -> bytes:
        found = read_body(body, label)
        if found.kind == JSON:
            return json.dumps(self._values.walk("", found.value), ensure_ascii=False, separators=(",", ":")).encode()
        if found.kind == FORM:
            return self._values.pairs(found.pairs).encode()
        if found.kind == MULTIPART:
            return multipart((self._values.text(name), self._values.field(name, value)) for name, value in found.pairs)
        if found.kind is None:  # HTML pages and unreadable bodies may contain anything
            return (PAGE if body.lstrip()[:1] == b"<" else UNREADABLE).encode()
        return self._values.text(str(found.value)).encode() if found.value else body


def _label(fields: Fields) -> str:
    return next((values[0] for name, values in fields.items() if name.lower() == "content-type" and values), "")


def right_values(interactions: Sequence[Interaction]) -> Set[str]:
    """The values that the tenant issued or accepted. All other values in refused requests count as wrong."""
    found: set[str] = set()
    for interaction in interactions:
        found.update(_leaves(json_of(interaction.response_body)))
        if not interaction.refused:
            request = interaction.request
            found.update(_leaves(read_meaning(request.method, request.path, request.headers, request.body).parameters))
    return found


def _leaves(value: Json) -> Iterator[str]:
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _leaves(item)
    elif isinstance(value, str | int):
        yield str(value)
