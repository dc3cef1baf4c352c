"""Undocumented members and claims. Clients ignore them, so they are allowed, unless they are secrets."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
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


_OF_OTHER_ANSWERS: Final = ("userinfo.", "openid-configuration.", "jwks.")
"""Bodies whose members are not those of a login: they say nothing elsewhere."""
OPTIONAL: Final = {
    "list-authenticators": frozenset({"created_at", "last_auth"}),
    "passwordless-start": frozenset({"request_language"}),
}
"""Operation -> documented members that an answer may have at any time (entry P2, and SDKs)."""
_LONG = 16
"""A secret of so many characters is found inside a longer text as well. A shorter one may be there by chance."""


@cache
def _documented() -> frozenset[str]:
    """The members of the bodies that take part in a login. Clients act upon them wherever they stand."""
    found: set[str] = set()

    def walk(schema: Json) -> None:
        if isinstance(schema, dict):
            found.update(schema["properties"] if isinstance(schema.get("properties"), dict) else ())
            for part in schema.values():
                walk(part)
        elif isinstance(schema, list):
            for part in schema:
                walk(part)

    for name, known in schemas().items():
        if not name.startswith(_OF_OTHER_ANSWERS):
            walk(known)
    return frozenset(found)


def is_harmless(operation: str, name: str, value: Json, secrets: Collection[str]) -> bool:
    """Whether an undocumented member is allowed, of any type: clients ignore it (RFC 6749, section 5.1).

    Members of other bodies of a login are not allowed, nor are values that are, look like or contain codes, secrets or
    tokens.
    """
    if name == "refresh_token" and operation == "refresh-token":  # an application may rotate: entry T15
        return isinstance(value, str)
    for _, leaf in leaves("", value):
        if isinstance(leaf, str) and (SECRET.fullmatch(leaf) or is_jwt(leaf)):
            return False
    if holds_secret(value, secrets):
        return False
    return name not in _documented() or name in OPTIONAL.get(operation, ())


def leaves(path: str, value: Json) -> Iterator[tuple[str, Json]]:
    """The paths and values of all that an undocumented member holds, names of members among them."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield f"{path}.{{}}", name
            yield from leaves(f"{path}.{name}", part)
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from leaves(f"{path}[{index}]", part)
    else:
        yield path, value


def holds_secret(value: Json, secrets: Collection[str]) -> bool:
    """Whether a value contains one of the secrets: as a member, a name or an item, or a long one within a text."""
    texts = [leaf for _, leaf in leaves("", value) if isinstance(leaf, str)]
    return any(text in secrets for text in texts) or any(
        len(secret) >= _LONG and secret in text for text in texts if len(text) > _LONG for secret in secrets
    )


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
