"""Compares what a client returned with what the tenant answered: fields, and lists row by row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pytest_auth0_mfa.contract.client.asked import Asked, absent, described
from pytest_auth0_mfa.contract.client.recording import Seen
from pytest_auth0_mfa.contract.client.unannounced import FOREIGN_TYPES, UNKNOWN_ROW
from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.tenant.tenant import Tenant

TOKEN_FIELDS: Final = ("access_token", "id_token", "refresh_token", "recovery_code")
_METHOD: Final = (
    *("id", "type", "confirmed", "usage", "name", "email", "phone_number", "preferred_authentication_method"),
)
_FIELDS: Final = {
    "associate": ("oob_code", "binding_method", "secret", "barcode_uri", "recovery_codes"),
    "challenge": ("challenge_type", "oob_code", "binding_method"),
    "me-create-method": ("id", "auth_session", "barcode_uri", "manual_input_code", "recovery_code"),
    "me-verify-method": _METHOD,
    "me-get-method": _METHOD,
    "me-update-method": _METHOD,
}
"""Operation -> fields that must reach the caller if they are in the answer. For token operations: TOKEN_FIELDS."""


@dataclass(frozen=True, slots=True)
class _Listing:
    """What a list consists of."""

    what: str
    key: str
    """The field that tells its rows apart."""
    fields: tuple[str, ...]
    """The fields of a row that must reach the caller if they are in the answer."""
    member: str = ""
    """The member of the answer that is the list; empty, or the answer is an array: it is the list itself."""


_LISTS: Final = {
    "list-authenticators": _Listing("authenticators", "id", ("id", "authenticator_type", "active", "oob_channel")),
    "me-list-methods": _Listing("methods", "id", _METHOD, "authentication_methods"),
    "me-factors": _Listing("factors", "type", ("type", "usage"), "factors"),
}
LISTS: Final = frozenset(_LISTS)
"""The operations that answer a list."""
Found = tuple[str, str, str, str]


def fields(
    asked: Asked, operation: str, body: Mapping[str, Json], value: Mapping[str, Json], tenant: Tenant
) -> Iterator[Found]:
    """The faults in what a client returned for an answer that is no list."""
    for name in _FIELDS.get(operation, TOKEN_FIELDS):
        if name == "manual_input_code" and name not in body:
            continue  # a client may read it from the barcode
        for finding, where, expected, actual in compared(name, name, body, value, tenant):
            if (operation, name) != ("refresh-token", "refresh_token"):
                yield finding, where, expected, actual
            elif finding != "MFA212":  # a new one in the answer replaces the old one: entry T15
                yield "MFA241", where, expected, actual
            elif value[name] != asked.params.get(name):  # the old one is still valid: RFC 6749, section 6
                yield finding, where, expected, actual


def compared(
    where: str, name: str, body: Mapping[str, Json], value: Mapping[str, Json], tenant: Tenant | None
) -> Iterator[Found]:
    """The faults in one field that has to reach the caller."""
    expected, actual = body.get(name), value.get(name)
    if name == "oob_channel" and expected is None and body.get("oob_channels"):  # entry D-12: two names of one field
        expected, actual = (
            [channels] if isinstance(channels, str) else channels
            for channels in (body["oob_channels"], actual or value.get("oob_channels"))
        )
    if expected is None:
        if not absent(actual) and actual != []:
            yield "MFA212", where, "absent, as in the answer", f"a {type(actual).__name__}"
    elif actual is None:
        yield ("MFA216" if name == "recovery_code" else "MFA210"), where, "what the tenant answered", "nothing"
    elif (
        list(actual)
        if isinstance(expected, list) and isinstance(actual, Sequence) and not isinstance(actual, str)
        else actual
    ) != expected:
        yield _other(name, actual, tenant), where, "what the tenant answered", _kind(expected, actual)


def _other(name: str, actual: Json, tenant: Tenant | None) -> str:
    if name == "oob_code" and isinstance(actual, str) and tenant is not None and actual in tenant.challenges:
        return "MFA215"
    if name == "refresh_token" and isinstance(actual, str) and tenant is not None and actual in tenant.tokens.refresh:
        return "MFA241"  # an earlier one, which may be used up: entry T15
    return "MFA216" if name == "recovery_code" else "MFA211"


def _kind(expected: Json, actual: Json) -> str:
    if type(expected) is not type(actual):
        return f"a {type(actual).__name__} instead of a {type(expected).__name__}"
    return described(actual, expected) if isinstance(expected, str) else "another value"


def rows(asked: Asked, last: Seen, value: Json) -> Iterator[Found]:
    """The faults in the list that a client returned.

    A list that the caller limited to one type may be limited by the tenant or by the client.
    """
    listing, wanted = _LISTS[last.operation], asked.params.get("type")
    what, key = listing.what, listing.key
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Sequence):
        yield "MFA218", "conclusion", f"a list of {what}", type(value).__name__
        return
    if not all(isinstance(row, Mapping) for row in value):
        yield "MFA218", "conclusion", "a list of mappings", "an item of another type"
        return
    if not all(isinstance(row.get(key), str | None) for row in value):
        yield "MFA218", "conclusion", f"{what} whose {key} is a string", f"{_article(key)} of another type"
        return
    returned = {row.get(key): row for row in value}
    answered = _answered(listing, last)
    for index, row in enumerate(answered):
        actual = returned.get(row[key])
        if wanted is not None and row["type"] != wanted:
            if actual is not None:
                yield "MFA137", f"$[{index}]", f"{what} of the type {wanted} only", _row_named(listing, row)
        elif actual is None:
            if not _may_be_left_out(listing, row):
                yield "MFA213", f"$[{index}]", _row_named(listing, row), "not in the list"
        else:
            foreign = _may_be_left_out(listing, row)  # may have lost fields, and no others are made up for it
            for name in listing.fields:
                if name == key or not foreign or row.get(name) is None:
                    yield from compared(f"$[{index}].{name}", name, row, actual, None)
    known = {row[key] for row in answered}
    if any(one not in known for one in returned):
        yield "MFA212", "$", f"{len(answered)} {what}", "one that the tenant did not answer"


def _answered(listing: _Listing, last: Seen) -> Sequence[Mapping[str, Json]]:
    body: Json = last.response.json()
    found: Sequence[Mapping[str, Json]] = body if isinstance(body, list) else body[listing.member]
    return found


def _may_be_left_out(listing: _Listing, row: Mapping[str, Json]) -> bool:
    """Whether a typed client may leave the row out, because it knows nothing of such ones."""
    return row["type"] in FOREIGN_TYPES if listing.member else row["id"] == UNKNOWN_ROW["id"]


def _article(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def _row_named(listing: _Listing, row: Mapping[str, Json]) -> str:
    if listing.key == "type":
        return f"the factor {row['type']}"
    if listing.member:
        confirmed = "a method" if row.get("confirmed", True) else "an unconfirmed method"
        return f"{confirmed} {row['id'].partition('|')[0]}|..."
    return f"{'an active' if row['active'] else 'an inactive'} authenticator {row['id'].partition('|')[0]}|..."
