"""Keeps secrets out of what is printed or written, by replacing every secret that a run has seen."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from urllib.parse import quote

from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.spec.secret_fields import SECRET_FIELDS

_SECRET = SECRET_FIELDS | {"authorization"}
SHOWN = "[secret]"
_SHORTEST = 6


class Secrets:
    """The secrets that a run has seen."""

    def __init__(self, known: Iterable[str | None] = ()) -> None:
        self._known: set[str] = set()
        self.add(*known)

    def add(self, *secrets: str | None) -> None:
        """Remember these secrets, except those of fewer than 6 characters: they could be ordinary text."""
        for secret in secrets:
            if secret and len(secret) >= _SHORTEST and secret not in self._known:
                self._known.add(secret)
                self._known.add(quote(secret, safe=""))

    def learn(self, body: Json) -> None:
        """Remember the secret members of a body, at any depth."""
        if isinstance(body, Mapping):
            for name, value in body.items():
                if name in _SECRET:
                    self._add_all(value)
                else:
                    self.learn(value)
        elif isinstance(body, list):
            for value in body:
                self.learn(value)

    def _add_all(self, value: Json) -> None:
        if isinstance(value, str):
            self.add(value)
        elif isinstance(value, list):
            for item in value:
                self._add_all(item)

    def hidden(self, text: str) -> str:
        """The text with every known secret replaced by `SHOWN`."""
        # Searched one by one: a pattern of all secrets would have to be rebuilt with each new one.
        found = [secret for secret in tuple(self._known) if secret in text]
        if not found:
            return text
        # Longest first: a secret may begin with another one. A secret of digits is not replaced inside a longer
        # number.
        found.sort(key=len, reverse=True)
        pattern = "|".join(rf"(?<!\d){value}(?!\d)" if value.isdigit() else re.escape(value) for value in found)
        return re.sub(pattern, SHOWN, text)
