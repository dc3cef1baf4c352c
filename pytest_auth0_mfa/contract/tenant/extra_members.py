"""Undocumented members and claims. Clients ignore them, so they are allowed, unless they are secrets."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from functools import cache
from typing import Final

from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.spec.schemas import schemas

from .tokens import is_jwt

SECRET: Final = re.compile(r"[0-9]{4,10}|[0-9A-Z]{24}|[A-Z2-7]{16,}=*|Fe26\..+")
"""A code, a recovery code, a TOTP secret or a sealed token."""
SECRET_KINDS: Final = frozenset(
    {"access_token", "id_token", "mfa_token", "oob_code", "recovery_code", "refresh_token", "secret"}
)
"""Opaque fields whose values are secret. An id or `sub` is not secret and may appear anywhere."""


@cache
def _documented() -> frozenset[str]:
    """Every member that some body of the API has."""
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
    """Whether an undocumented member is allowed: clients ignore it (RFC 6749, section 5.1).

    Members of other bodies of the API are not allowed, nor are values that are or look like codes, secrets or tokens.
    """
    if name == "refresh_token" and operation == "refresh-token":  # an application may rotate: entry T15
        return isinstance(value, str)
    if isinstance(value, str) and (SECRET.fullmatch(value) or is_jwt(value) or value in secrets):
        return False
    return name not in _documented() and not isinstance(value, dict | list)


def holds_secret(value: Json, secrets: Collection[str]) -> bool:
    """Whether a value contains one of the secrets as a member or item."""
    if isinstance(value, str):
        return value in secrets
    if isinstance(value, dict | list):
        return any(holds_secret(one, secrets) for one in (value.values() if isinstance(value, dict) else value))
    return False


class Repeated:
    """Recognises undocumented members with numbers that are codes: those that show two different codes.

    One code may be chance: of a thousand numbers with four digits, one is among ten known codes.
    """

    def __init__(self) -> None:
        self._codes: dict[str, set[int]] = {}

    def is_code(self, member: str, value: Json, codes: Iterable[str]) -> bool:
        """Whether this value is the second code that the member has shown."""
        if type(value) is not int or value not in map(int, codes):
            return False
        shown = self._codes.setdefault(member, set())
        shown.add(value)
        return len(shown) > 1
