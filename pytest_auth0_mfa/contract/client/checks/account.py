"""Checks of requests to the My Account API, which takes no member that is null, unknown or not for its type."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from urllib.parse import parse_qsl

from pytest_auth0_mfa.contract.client.asked import Context, Found, absent, described
from pytest_auth0_mfa.messages.showing import is_plain

_CREATED_WITH: Final = {"email": ("email",), "phone": ("phone_number", "preferred_authentication_method")}
"""Type -> the members of its creation besides the type."""
_CHANGES: Final = ("name", "preferred_authentication_method")
_WORDS: Final = frozenset({"none", "null", "undefined", ""})


def kind(c: Context) -> Iterator[Found]:
    """MFA115: type and channel of what is to be enrolled are those that the caller named."""
    if c.seen.operation != "me-create-method" or not c.about:
        return
    for name in ("type", "preferred_authentication_method"):
        expected, actual = c.asked.params.get(name), c.params.get(name)
        if expected is not None and not absent(actual) and actual != expected:
            yield f"$.{name}", repr(expected), c.shown(actual, expected)
        elif name != "type" and expected is not None and absent(actual):
            yield f"$.{name}", repr(expected), "nothing"


def nulls(c: Context) -> Iterator[Found]:
    """MFA128: what the caller left out is not sent as null, which the API refuses."""
    if c.about and c.seen.operation.startswith("me-"):
        for name, value in c.params.items():
            if value is None and c.asked.params.get(name) is None:
                yield f"$.{name}" if is_plain(name) else "body", "nothing: the caller gave none", "null"


def kept_type(c: Context) -> Iterator[Found]:
    """MFA128: a list that the caller did not limit is not limited by a word for nothing, nor as an earlier one was."""
    if c.seen.operation != "me-list-methods" or not c.about or c.asked.params.get("type") is not None:
        return
    for actual in _types_in_query(c):
        if actual.lower() in _WORDS:
            yield "type", "nothing: the caller gave none", f"the word {actual!r}" if actual else "an empty text"
        elif actual in c.asked.earlier.get("type", ()):
            yield "type", "nothing: the caller gave none", "the type of an earlier call"


def change(c: Context) -> Iterator[Found]:
    """MFA137: the change is the caller's, and so is the type that a list is limited to."""
    if not c.about:
        return
    if c.seen.operation == "me-update-method":
        for name in _CHANGES:
            expected, actual = c.asked.params.get(name), c.params.get(name)
            told = described(actual, expected) if name == "name" else c.shown(actual, expected)
            if expected is not None and actual != expected:
                yield f"$.{name}", f"the {name} that the caller gave", told
            elif expected is None and actual is not None:
                yield f"$.{name}", "nothing: the caller gave none", told
    elif c.seen.operation == "me-list-methods":
        wanted = c.asked.params.get("type")
        for actual in _types_in_query(c):
            if actual != wanted:
                yield "type", repr(wanted) if wanted else "no type: the caller gave none", c.shown(actual)


def members(c: Context) -> Iterator[Found]:
    """MFA126: the body has no member but those of its type, since the API refuses others."""
    if not c.about or c.seen.operation not in ("me-create-method", "me-verify-method", "me-update-method"):
        return
    taken = _taken(c)
    for name in c.params:
        if name not in taken:
            yield f"$.{name}" if is_plain(name) else "body", f"nothing but {' and '.join(taken)}", "another member"


def code_missing(c: Context) -> Iterator[Found]:
    """MFA106: the code that the caller gave is there."""
    given = c.seen.operation == "me-verify-method" and c.about and c.asked.params.get("otp_code") is not None
    if given and absent(c.params.get("otp_code")):
        yield "$.otp_code", "present", "missing"


def _taken(c: Context) -> tuple[str, ...]:
    """The members that the body may have."""
    if c.seen.operation == "me-create-method":
        return ("type", *_CREATED_WITH.get(c.asked.params.get("type") or "", ()))
    if c.seen.operation == "me-verify-method":
        return ("auth_session",) if c.asked.params.get("otp_code") is None else ("auth_session", "otp_code")
    return _CHANGES if c.seen.operation == "me-update-method" else ()


def _types_in_query(c: Context) -> list[str]:
    query = c.seen.request.path.partition("?")[2]
    return [value for name, value in parse_qsl(query, keep_blank_values=True) if name == "type"]
