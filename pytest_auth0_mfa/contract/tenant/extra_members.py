"""Undocumented members and claims. Clients ignore them, so they are allowed, unless they give a secret away."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Final

from pytest_auth0_mfa.contract.coverage import is_name
from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.spec.schemas import member_names

from .tokens import jwt_of

SECRET: Final = re.compile(r"(?![0-9]+$)[0-9A-Z]{24}|[A-Z2-7]{16,}=*|Fe26\..+|eyJ[\w-]*(\.[\w-]*){2,4}")
"""A recovery code, a TOTP secret, a sealed token or a JWT. A number says nothing by its looks: it may be a time."""
_NUMBER = re.compile(r"(?<![0-9])[0-9](?:[ -]?[0-9]){3,9}(?![0-9])")
"""A code within a text, perhaps in two halves: 690 420."""
_RUN = re.compile(r"(?<![0-9])[0-9]{4,10}(?![0-9])")
_SHORT_CODE = 5
"""A number of so few digits, or with separators, is often a part of an id or a date, and a code only by chance."""
SECRET_KINDS: Final = frozenset(
    {"access_token", "auth_session", "id_token", "mfa_token", "oob_code", "recovery_code", "refresh_token", "secret"}
)
"""Opaque fields whose values are secret. An id or `sub` is not secret and may appear anywhere."""


_OF_OTHER_ANSWERS: Final = (
    *("userinfo.", "openid-configuration.", "jwks."),
    *("me-", "problem", "authentication_method", "auth_session"),
)
"""Bodies whose members are not those of a login: they say nothing elsewhere."""
_OF_A_METHOD = frozenset({"last_auth_at", "name"})
_OPTIONAL: Final = {
    "list-authenticators": frozenset({"created_at", "last_auth"}),
    "me-create-method": frozenset({"type"}),
    "me-list-methods": _OF_A_METHOD,
    "me-get-method": _OF_A_METHOD,
    "me-update-method": _OF_A_METHOD,
    "me-verify-method": _OF_A_METHOD,
    "passwordless-start": frozenset({"request_language"}),
}
"""Operation -> documented members that an answer may have at any time (entry P2, section 13.2, and SDKs)."""
_BESIDE_ERROR = frozenset({"error_uri", "name"})
"""Members that an error body may also have: RFC 6749, and samples of SDKs."""
_LONG = 16
"""A secret of so many characters is found inside a longer text as well. A shorter one may be there by chance."""


def allowed_beside(operation: str, *, is_error: bool) -> Collection[str]:
    """The members that an answer may have at any time."""
    return _BESIDE_ERROR if is_error else _OPTIONAL.get(operation, frozenset())


def is_harmless(name: str, value: Json, secrets: Collection[str]) -> bool:
    """Whether what an undocumented member says is allowed: neither its name nor a value is, looks like or contains a
    secret or token. For codes see `Repeated`."""
    held = {name: value}
    looks = any(isinstance(leaf, str) and (SECRET.fullmatch(leaf) or jwt_of(leaf)) for _, leaf in leaves("", held))
    return not looks and not holds_secret(held, secrets)


def belongs_elsewhere(name: str) -> bool:
    """Whether a member is one of another body of a login. Others are allowed, of any type: clients ignore them
    (RFC 6749, section 5.1)."""
    return name in member_names(but=_OF_OTHER_ANSWERS)


def is_renewed(operation: str, name: str) -> bool:
    """Whether a member is the refresh token of a refresh, since an application may rotate: entry T15."""
    return operation == "refresh-token" and name == "refresh_token"


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


def is_secret(path: str, leaf: Json, secrets: Collection[str], *, any_length: bool = True) -> bool:
    """Whether one of the `leaves` of a value is one of the secrets, or contains a long one.

    A name that is a plain word says nothing, even where somebody's password is ``region``. ``any_length``: also a short
    secret counts.
    """
    if not isinstance(leaf, str) or (path.endswith("{}") and len(leaf) < _LONG and is_name(leaf)):
        return False
    if leaf in secrets:
        return any_length or len(leaf) >= _LONG
    return len(leaf) > _LONG and any(len(known) >= _LONG and known in leaf for known in secrets)


def holds_secret(value: Json, secrets: Collection[str], *, any_length: bool = True) -> bool:
    """Whether a value contains one of the secrets: as a member, a name or an item, or a long one within a text."""
    return any(is_secret(path, leaf, secrets, any_length=any_length) for path, leaf in leaves("", value))


def codes_in(text: str) -> Iterator[str]:
    """The numbers in a text that may be codes, without the separators of two halves."""
    found: set[str] = set()
    for match in (*_NUMBER.finditer(text), *_RUN.finditer(text)):
        digits = match[0].replace(" ", "").replace("-", "")
        around = text[match.start() - 1 : match.start()] + text[match.end() : match.end() + 1]
        often = len(digits) <= _SHORT_CODE or digits != match[0]
        if digits in found or (often and any(sign.isalpha() or sign in "-_" for sign in around)):
            continue
        found.add(digits)
        yield digits


def numbers(path: str, value: Json) -> Iterator[tuple[str, int]]:
    """The paths and numbers of all that a free value holds and that may be a code: as a number, or within a text."""
    for here, leaf in leaves(path, value):
        if type(leaf) is int:
            yield here, leaf
        elif isinstance(leaf, str):
            yield from ((here, int(digits)) for digits in codes_in(leaf))


class Repeated:
    """Recognises members that show codes, as numbers or within texts: those that show two different ones.

    One code may be chance: of a thousand numbers with four digits, one is among ten known codes.
    """

    def __init__(self) -> None:
        self._codes: dict[str, set[int]] = {}

    def is_code(self, path: str, number: int, codes: Collection[int]) -> bool:
        """Whether this number is the second code that the member has shown."""
        if number not in codes:
            return False
        shown = self._codes.setdefault(path, set())
        shown.add(number)
        return len(shown) > 1
