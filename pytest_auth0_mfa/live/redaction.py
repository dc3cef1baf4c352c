"""Keeps secrets out of what is printed or written: every one that was seen is replaced wherever it stands."""

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
        """Remember these; what is too short to be told from other text is left out."""
        for secret in secrets:
            if secret and len(secret) >= _SHORTEST and secret not in self._known:
                self._known.add(secret)
                self._known.add(quote(secret, safe=""))

    def learn(self, body: Json) -> None:
        """Remember the secret members of a body, however deep."""
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
        """The text without any of them."""
        # Looked for one by one: a pattern of all would be made anew with each secret that a run sees.
        found = [secret for secret in tuple(self._known) if secret in text]
        if not found:
            return text
        # The longest first: a secret may begin with another one. Digits only as a whole number.
        found.sort(key=len, reverse=True)
        pattern = "|".join(rf"(?<!\d){value}(?!\d)" if value.isdigit() else re.escape(value) for value in found)
        return re.sub(pattern, SHOWN, text)
