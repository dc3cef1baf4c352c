"""Members and claims that no document names: clients ignore them, so they may be there, but for secrets."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from functools import cache
from typing import Final

from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.spec.schemas import schemas

from .tokens import is_jwt

SECRET: Final = re.compile(r"[0-9]{4,10}|[0-9A-Z]{24}|[A-Z2-7]{16,}=*|Fe26\..+")
"""A code, a recovery code, the secret of an authenticator app, a sealed token."""
SECRET_KINDS: Final = frozenset(
    {"access_token", "id_token", "mfa_token", "oob_code", "recovery_code", "refresh_token", "secret"}
)
"""The opaque fields that let somebody in. An id or a `sub` lets nobody in: it may stand anywhere."""


@cache
def _documented() -> frozenset[str]:
    """Every member that a body of the API has somewhere."""
    found: set[str] = set()

    def walk(schema: Json) -> None:
        if isinstance(schema, dict):
            found.update(schema["properties"] if isinstance(schema.get("properties"), dict) else ())
            for part in schema.values():
                walk(part)
        elif isinstance(schema, list):
            for part in schema:
                walk(part)

    for known in schemas().values():
        walk(known)
    return frozenset(found)


def is_harmless(operation: str, name: str, value: Json, secrets: Collection[str]) -> bool:
    """Whether a member that no document names may be there: clients ignore it (RFC 6749, section 5.1).

    One that the API has in other bodies may not, nor may what is or looks like a code, a secret or a token.
    """
    if name == "refresh_token" and operation == "refresh-token":  # an application may rotate: entry T15
        return isinstance(value, str)
    if isinstance(value, str) and (SECRET.fullmatch(value) or is_jwt(value) or value in secrets):
        return False
    return name not in _documented() and not isinstance(value, dict | list)


def holds_secret(value: Json, secrets: Collection[str]) -> bool:
    """Whether one of the secrets stands somewhere in a value."""
    if isinstance(value, str):
        return value in secrets
    if isinstance(value, dict | list):
        return any(holds_secret(one, secrets) for one in (value.values() if isinstance(value, dict) else value))
    return False


class Repeated:
    """Numbers beside documented members that are codes: the same member twice, with two codes.

    Once may be chance: a number of four digits is one of ten known codes in a thousand answers.
    """

    def __init__(self) -> None:
        self._codes: dict[str, set[int]] = {}

    def is_code(self, member: str, value: Json, codes: Iterable[str]) -> bool:
        """Whether the member has shown a second code now."""
        if type(value) is not int or value not in map(int, codes):
            return False
        shown = self._codes.setdefault(member, set())
        shown.add(value)
        return len(shown) > 1
