"""Hypothesis strategies for property tests of your own code: people, requests, responses, errors, profiles.

Values match the schemas and include every documented alternative: a parser that can read all of `responses` can read
every answer that a tenant is known to give. No strategy sends anything.

::

    @given(responses("list-authenticators", 200))
    def test_my_parser_reads_every_list(response):
        my_parser.rows(response.body)
"""

from __future__ import annotations

import json
import string
from collections.abc import Callable, Iterable
from dataclasses import fields
from typing import Any, Final, TypeAlias
from urllib.parse import quote, urlencode

from pytest_auth0_mfa.errors import MissingExtraError, closest
from pytest_auth0_mfa.messages import Json, Request, Response
from pytest_auth0_mfa.spec.operations import FORM_TYPE, JSON_TYPE, OPERATIONS, Operation, OperationId
from pytest_auth0_mfa.spec.people import AWKWARD, Person
from pytest_auth0_mfa.spec.profile import Profile, alternatives, profile_fields
from pytest_auth0_mfa.spec.schemas import schemas
from pytest_auth0_mfa.tenant.entropy import CODE_LENGTHS

try:
    from hypothesis import strategies as st
except ImportError:
    __tracebackhide__ = True  # so that pytest shows the line that imports this module
    raise MissingExtraError("pytest_auth0_mfa.strategies", "contract") from None

__all__ = ["Person", "errors", "people", "profiles", "requests", "responses"]

Draw: TypeAlias = Callable[[st.SearchStrategy[Any]], Any]

_LETTERS: Final = string.ascii_letters + string.digits
_PLAIN_TEXT: Final = string.ascii_letters + string.digits + " .-_'+&=%\"\\/#?äöüßéñ"
_CHANNELS: Final = {"sms": "sms", "voice": "voice", "email": "email", "push": "auth0"}
_KINDS: Final = (*_CHANNELS, "totp", "recovery-code")
_PLENTY: Final = {"x-ratelimit-limit": "10", "x-ratelimit-remaining": "9", "x-ratelimit-reset": "1893456000"}
_MOMENTS: Final = ("2026-01-02T03:04:05.678Z", "2026-01-02T03:04:05Z")
_SOURCES: Final = ("oob_channel", "oob_channels")
_METHOD_TYPES: Final = ("email", "phone", "totp", "push-notification", "recovery-code", "password", "passkey")


def people() -> st.SearchStrategy[Person]:
    """People with ``email``, ``password`` and ``phone_number``, some with awkward but valid values."""
    made = st.builds(
        Person,
        email=st.builds("{}@{}.example".format, _text(_LETTERS + "._+-", 1, 40), _text(string.ascii_lowercase, 1, 20)),
        password=_text(_PLAIN_TEXT, 8, 60),
        phone_number=st.builds(
            "+{}{}".format, st.sampled_from(("1", "44", "49", "86", "91")), _text("23456789", 9, 10)
        ),
    )
    return st.sampled_from(AWKWARD) | made


def requests(operation: OperationId) -> st.SearchStrategy[Request]:
    """Documented requests of an operation, as JSON and, where forms are documented, as forms.

    Raises ValueError for an unknown operation.
    """
    row = _row(operation)
    return st.composite(lambda draw: _request(draw, row))()


def responses(operation: OperationId, status: int | None = None) -> st.SearchStrategy[Response]:
    """Documented answers of an operation: every success and every refusal, or those with one ``status``.

    Successes have tokens of realistic length, lists of up to twelve authenticators or methods, optional fields that may
    be absent, and sometimes an unknown field. Raises ValueError for an unknown operation, or a status that it does not
    answer.
    """
    row = _row(operation)
    known = schemas().statuses(operation)
    if status is not None and status not in known:
        raise ValueError(f"{operation} never answers {status}; it answers {', '.join(map(str, known))}")
    wanted = known if status is None else (status,)
    return st.sampled_from(wanted).flatmap(lambda chosen: st.composite(lambda draw: _response(draw, row, chosen))())


def errors(operation: OperationId | None = None) -> st.SearchStrategy[Response]:
    """Documented refusals, of one operation or of any. Raises ValueError for an unknown operation."""
    rows = tuple(OPERATIONS.values()) if operation is None else (_row(operation),)
    known = [(row, status) for row in rows for status in schemas().statuses(row.id) if status >= 400]
    return st.sampled_from(known).flatmap(lambda refusal: st.composite(lambda draw: _response(draw, *refusal))())


def profiles(fields: Iterable[str] | None = None) -> st.SearchStrategy[Profile]:
    """Profiles with any listed value of the given fields (default: all fields).

    Raises ValueError for an unknown field.
    """
    names = tuple(profile_fields()) if fields is None else tuple(fields)
    for name in names:
        if name not in profile_fields():
            raise ValueError(f"no such field of a profile: {name!r}. {closest(name, profile_fields())}")
    return st.composite(lambda draw: _profile(draw, names))()


# -- how they are made -----------------------------------------------------------------------------


def _row(operation: str) -> Operation:
    if operation not in OPERATIONS:
        raise ValueError(f"no such operation: {operation!r}. {closest(operation, OPERATIONS)}")
    return OPERATIONS[operation]


def _text(alphabet: str, least: int, most: int) -> st.SearchStrategy[str]:
    """Text of these characters. Not `st.text`: without a `.hypothesis` folder, its first draw builds the table of all
    Unicode characters, and on a slow machine that alone fails Hypothesis' health check."""
    return st.lists(st.sampled_from(alphabet), min_size=least, max_size=most).map("".join)


def _opaque(draw: Draw, length: int) -> str:
    """An opaque token: only its start is drawn, the rest is padding."""
    return f"Fe26.2*{draw(_text(_LETTERS, 8, 16))}*".ljust(length, "x")


def _code(draw: Draw) -> str:
    return str(draw(_text(string.digits, *CODE_LENGTHS)))


def _id(draw: Draw, kind: str) -> str:
    return f"{kind}|dev_{draw(_text(_LETTERS, 16, 16))}"


def _jwt(draw: Draw) -> str:
    return f"eyJhbGciOiJSUzI1NiJ9.{draw(_text(_LETTERS + '_-', 8, 40))}.{draw(_text(_LETTERS + '_-', 8, 40))}"


def _values(draw: Draw) -> dict[str, Callable[[], Json]]:
    """Functions that draw the values of these fields. All other fields keep the value of the schema's example."""
    return {
        "access_token": lambda: draw(st.sampled_from((_jwt(draw), draw(_text(_LETTERS, 32, 64))))),
        "id_token": lambda: _jwt(draw),
        "refresh_token": lambda: f"v1.{draw(_text(_LETTERS, 16, 64))}",
        "mfa_token": lambda: _opaque(draw, draw(st.sampled_from((290, 1900, 2000)))),
        "oob_code": lambda: _opaque(draw, draw(st.sampled_from((290, 578, 620)))),
        "recovery_code": lambda: draw(_text("123456789ABCDEFGHJKLMNPQRSTUVWXYZ", 24, 24)),
        "expires_in": lambda: draw(st.sampled_from((600, 7200, 86400))),
        "auth_session": lambda: draw(st.sampled_from((draw(_text(_LETTERS, 32, 32)), _opaque(draw, 290)))),
        "manual_input_code": lambda: draw(_text("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 32, 32)),
        "binding_code": lambda: _code(draw),
        "otp_code": lambda: _code(draw),
        "otp": lambda: draw(_text(string.digits, 6, 6)),
        "username": lambda: draw(people()).email,
        "password": lambda: draw(people()).password,
        "email": lambda: draw(people()).email,
        "phone_number": lambda: draw(people()).phone_number,
    }


def _varied(draw: Draw, example: dict[str, Json]) -> dict[str, Json]:
    makers = _values(draw)
    return {name: makers[name]() if name in makers else value for name, value in example.items()}


def _request(draw: Draw, row: Operation) -> Request:
    path = row.path
    for name, kinds in (("authenticator_id", _KINDS), ("authentication_method_id", _METHOD_TYPES)):
        if f"{{{name}}}" in path:
            path = path.replace(f"{{{name}}}", quote(_id(draw, draw(st.sampled_from(kinds))), safe=""))
    if "type" in row.query and draw(st.booleans()):
        path += f"?type={draw(st.sampled_from(_METHOD_TYPES))}"
    headers = {} if row.auth != "bearer" else {"authorization": f"Bearer {_opaque(draw, 1900)}"}
    if not row.takes:
        return Request(row.method, path, headers)
    examples = schemas()[f"{row.id}.request"]["examples"]
    body = _varied(draw, draw(st.sampled_from(examples)))
    if FORM_TYPE in row.takes and all(isinstance(value, str) for value in body.values()) and draw(st.booleans()):
        return Request(row.method, path, {**headers, "content-type": FORM_TYPE}, urlencode(body).encode())
    return Request(row.method, path, {**headers, "content-type": JSON_TYPE}, json.dumps(body).encode())


def _response(draw: Draw, row: Operation, status: int) -> Response:
    limits = _PLENTY if status < 300 and row.path.startswith("/me/") else {}
    if status == row.success and row.bodiless:
        return Response(status, limits, b"")
    headers = {"content-type": draw(st.sampled_from((JSON_TYPE, f"{JSON_TYPE}; charset=utf-8"))), **limits}
    body = _success(draw, row) if status < 300 else _refusal(draw, row, status)
    if status in (201, 202):
        headers["location"] = f"https://tenant.example{row.path.partition('/{')[0]}/{quote(body['id'], safe='')}"
    if status == 429:
        headers |= {"retry-after": str(draw(st.integers(1, 60))), "x-ratelimit-remaining": "0"}
    ascii_only = draw(st.booleans())
    return Response(status, headers, json.dumps(body, ensure_ascii=ascii_only).encode())


def _success(draw: Draw, row: Operation) -> Json:
    if row.id == "list-authenticators":
        return [_authenticator(draw) for _ in range(draw(st.integers(0, 12)))]
    if row.id == "me-list-methods":
        return {"authentication_methods": [_method(draw) for _ in range(draw(st.integers(0, 12)))]}
    name, example = draw(st.sampled_from(_examples(row, row.success)))
    if isinstance(example, list):  # the factors of some profiles: entry D-39 of the contract
        return example
    body = _varied(draw, example)
    required = set(schemas()[name].get("required", ())) or set(example)
    left = {name: value for name, value in body.items() if name in required or draw(st.booleans())}
    if not _fits(row, row.success, left):
        left = body
    return _with_unknown(draw, row, row.success, left)


def _examples(row: Operation, status: int) -> list[tuple[str, Json]]:
    """The examples of an answer, each with the name of its schema, which is that of its form if it has several."""
    variants = [name for variant in row.variants if (name := f"{row.id}.{status}.{variant}") in schemas()]
    names = variants or [f"{row.id}.{status}"]
    return [(name, example) for name in names for example in schemas()[name].get("examples", ())]


def _refusal(draw: Draw, row: Operation, status: int) -> Json:
    _, example = draw(st.sampled_from(_examples(row, status)))
    return _with_unknown(draw, row, status, _varied(draw, example))


def _with_unknown(draw: Draw, row: Operation, status: int, body: dict[str, Json]) -> dict[str, Json]:
    if draw(st.integers(0, 4)):
        return body
    more = {**body, f"x_{draw(_text(string.ascii_lowercase, 1, 8))}": draw(st.sampled_from((None, 1, "new", [], {})))}
    return more if _fits(row, status, more) else body


def _fits(row: Operation, status: int, body: Json) -> bool:
    return not schemas().check(row.id, status, body)


def _authenticator(draw: Draw) -> Json:
    kind = draw(st.sampled_from(_KINDS))
    row: dict[str, Json] = {"id": _id(draw, kind), "active": draw(st.booleans())}
    row["authenticator_type"] = "oob" if kind in _CHANNELS else "otp" if kind == "totp" else "recovery-code"
    if kind in _CHANNELS:
        row[draw(st.sampled_from(_SOURCES))] = _CHANNELS[kind]
        if kind in ("sms", "voice"):
            row["name"] = f"XXXXXXXX{draw(_text(string.digits, 4, 4))}"
        elif kind == "email":
            row["name"] = "ada*****@exam*******"
    names = list(row)
    return {name: row[name] for name in draw(st.permutations(names))}


def _method(draw: Draw) -> Json:
    kind = draw(st.sampled_from(_METHOD_TYPES))
    row: dict[str, Json] = {"id": _id(draw, kind), "type": kind, "created_at": draw(st.sampled_from(_MOMENTS))}
    if kind in ("password", "passkey"):
        row |= {"usage": ["primary"], "identity_user_id": draw(_text(_LETTERS, 24, 24))}
    else:
        row |= {"usage": ["secondary"], "confirmed": draw(st.booleans())}
        row |= draw(st.sampled_from(({}, {"last_auth_at": _MOMENTS[0]})))
    if kind == "passkey":
        row |= {"credential_device_type": draw(st.sampled_from(("multi_device", "single_device")))}
        row |= {"credential_backed_up": draw(st.booleans())}
        row |= {name: draw(_text(_LETTERS, 24, 64)) for name in ("key_id", "public_key", "user_handle")}
    elif kind == "phone":
        row |= {"phone_number": draw(st.sampled_from((f"XXXXXXXXX{draw(_text(string.digits, 4, 4))}", "+11235550100")))}
        row |= {"preferred_authentication_method": draw(st.sampled_from(("sms", "voice")))}
    elif kind == "email":
        row |= {"email": draw(st.sampled_from(("ada@exam*******", "ada@example.com")))}
    names = list(row)
    return {name: row[name] for name in draw(st.permutations(names))}


def _profile(draw: Draw, names: tuple[str, ...]) -> Profile:
    declared = {field.name: field for field in fields(Profile)}
    values = {name: draw(st.sampled_from(alternatives(declared[name]))) for name in names}
    if values.get("challenge_form") is False:  # then no JSON as a form either
        values["challenge_json_as_form"] = False
    return Profile().with_(**values)
