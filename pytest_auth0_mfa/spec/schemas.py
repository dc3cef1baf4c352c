"""The JSON Schemas, and checks of bodies against them.

``schemas/`` has one file for each request and each answer, named ``<operation>.request.json`` and
``<operation>.<status>[.<variant>].json``, and shared parts. A 204 has no body and no schema. `Schemas` holds them all;
`check_call` checks a whole call. jsonschema is imported when it is first needed.
"""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from copy import deepcopy
from functools import cache, cached_property
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote

from pytest_auth0_mfa.errors import Auth0MfaError, ConfigurationError, UnknownOperationError, closest
from pytest_auth0_mfa.messages import Json, Request, Response, media_type

from .explain import Explainer, FieldWalk, Place, path
from .operations import FORM_TYPE, GRANTS, JSON_TYPE, MANAGEMENT, OPERATIONS, Operation, OperationId
from .quick import SaysYes, quick_yes

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    from jsonschema.protocols import Validator
    from referencing import Registry


class UnknownSchemaError(Auth0MfaError, KeyError):
    """A test named a schema that does not exist."""

    def __str__(self) -> str:  # str() of a KeyError is the repr of its message, in quotes
        return str(self.args[0])


class Schemas(Mapping[str, Json]):
    """Every schema by name, with or without ``.json``, and checks of bodies against them.

    Checks return one sentence for each fault, and an empty list for a valid body. A body is decoded JSON or bytes.
    """

    def __init__(self) -> None:
        self._contents = _load()
        self._explainer = Explainer(self._contents)
        self._walk = FieldWalk(self._contents, lambda place, body: self._validator(place).is_valid(body))
        self._validators: dict[Place, Validator] = {}

    def __getitem__(self, name: str) -> Json:
        key = name.removesuffix(".json")
        if key not in self._contents:
            raise UnknownSchemaError(f"no such schema {name!r}. {closest(key, self._contents)}")
        return deepcopy(self._contents[key])

    def __iter__(self) -> Iterator[str]:
        return iter(self._contents)

    def __len__(self) -> int:
        return len(self._contents)

    @cached_property
    def says_yes(self) -> SaysYes:
        """The fast check: True means that a body is certainly valid."""
        return quick_yes(self._contents)

    def check(self, operation: OperationId, status: int, body: Json | bytes, *, closed: bool = False) -> list[str]:
        """Check the body of an answer; returns one sentence for each fault.

        ``closed`` also reports fields that no schema names. Raises UnknownOperationError.
        """
        return self._check(operation, status, body, closed=closed, decoded=False)

    def check_decoded(self, operation: OperationId, status: int, body: Json) -> list[str]:
        """Like `check`, but faster: ``body`` must have been decoded from JSON."""
        return self._check(operation, status, body, closed=False, decoded=True)

    def _check(
        self, operation: OperationId, status: int, body: Json | bytes, *, closed: bool, decoded: bool
    ) -> list[str]:
        row = _row(operation)
        if status == row.success and row.bodiless:
            return [] if body in (None, b"", "") else [f"$: a {status} of {operation} has no body"]
        if is_plain_text(operation, status, body):
            return []
        name = f"{operation}.{status}"
        if name not in self._contents:
            return [f"status {status}: not documented for {operation}. Expected {self._statuses(row)}"]
        return self.judge(name, body, closed=closed, decoded=decoded)

    def check_request(self, operation: OperationId, body: Json | bytes, *, closed: bool = False) -> list[str]:
        """Check the body of a request (None: no body); returns one sentence for each fault.

        Credentials from a Basic header must be added to the body first. Raises UnknownOperationError.
        """
        return self.judge(f"{_row(operation).id}.request", None if body == b"" else body, closed=closed)

    def statuses(self, operation: OperationId) -> tuple[int, ...]:
        """The documented statuses of an operation, ascending. Raises UnknownOperationError."""
        row = _row(operation)
        parts = [name.split(".") for name in self._contents]
        found = {int(part[1]) for part in parts if part[0] == operation and len(part) == 2 and part[1].isdigit()}
        return tuple(sorted(found | {row.success}))

    def _statuses(self, row: Operation) -> str:
        return ", ".join(map(str, self.statuses(row.id)))

    def judge(self, name: str, body: Json | bytes, *, closed: bool = False, decoded: bool = False) -> list[str]:
        """Check a body against the schema ``name``, which must exist; returns one sentence for each fault.

        ``decoded`` allows the fast check: the body was decoded from JSON.
        """
        if isinstance(body, bytes):
            try:
                body, decoded = decode(body), True
            except ValueError as error:
                return [f"$: {error}"]
        if not (decoded and self.says_yes(name, body)):
            faults = self._explainer.explain(name, self.validator(name).iter_errors(body))
            if faults:
                return faults
        if not closed:
            return []
        return [f"{where}: no schema names this field ({name}.json)" for where in self._walk.unnamed(name, body)]

    def validator(self, name: str) -> Validator:
        """The jsonschema validator of a schema, built once. Its verdict is the one that counts."""
        return self._validator(Place(name))

    def _validator(self, place: Place) -> Validator:
        known = self._validators.get(place)
        return known or self._validators.setdefault(place, self._build(place))

    def _build(self, place: Place) -> Validator:
        from jsonschema import Draft202012Validator

        schema = {"$ref": place.reference} if place.steps else self._contents[place.name]
        return Draft202012Validator(schema, registry=self._registry)

    @cached_property
    def _registry(self) -> Registry[Json]:
        from referencing import Registry
        from referencing.jsonschema import DRAFT202012

        resources = [(f"{name}.json", DRAFT202012.create_resource(schema)) for name, schema in self._contents.items()]
        return Registry().with_resources(resources).crawl()


PLAIN_TEXTS = {("userinfo", 401): "Unauthorized"}
"""Answers that were recorded as plain text instead of JSON, by operation and status: entry D-24 of the contract."""


def is_plain_text(operation: str, status: int, body: Json | bytes) -> bool:
    """Whether a body is the plain text that some tenants answer instead of JSON."""
    text = PLAIN_TEXTS.get((operation, status))
    return isinstance(body, bytes) and text is not None and body == text.encode()


@cache
def schemas() -> Schemas:
    """The one `Schemas` of this process."""
    return Schemas()


@cache
def member_names(but: tuple[str, ...] = ()) -> frozenset[str]:
    """The names of all members that a schema knows, without those that only schemas beginning with ``but`` know."""
    found: set[str] = set()
    waiting: list[Json] = [schema for name, schema in _load().items() if not (but and name.startswith(but))]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            found.update(part["properties"] if isinstance(part.get("properties"), dict) else ())
            waiting += part.values()
        elif isinstance(part, list):
            waiting += part
    return frozenset(found)


def _load() -> dict[str, Json]:
    """Every schema by name. In a wheel the schemas are inside the package, in a checkout beside it."""
    package = files("pytest_auth0_mfa")
    folder: Traversable = package / "schemas"
    if not folder.is_dir() and isinstance(package, Path) and (package.parent / "pyproject.toml").is_file():
        folder = package.parent / "schemas"
    if not folder.is_dir():
        raise ConfigurationError(
            f"the JSON Schemas of pytest-auth0-mfa are missing: expected a folder {folder}. Install the package again."
        )
    found = sorted((entry.name, entry) for entry in folder.iterdir() if entry.name.endswith(".json"))
    return {name.removesuffix(".json"): json.loads(entry.read_text(encoding="utf-8")) for name, entry in found}


def _row(operation: str) -> Operation:
    try:
        return OPERATIONS[operation]
    except KeyError:
        raise UnknownOperationError(f"no such operation {operation!r}. {closest(operation, OPERATIONS)}") from None


def _no_constant(name: str) -> Json:
    raise ValueError(f"not JSON: {name} is no JSON value")


_STRICT = json.JSONDecoder(parse_constant=_no_constant)


def decode(body: bytes) -> Json:
    """Decode strict JSON. Raises ValueError; its message quotes nothing from the body."""
    try:
        return _STRICT.decode(body.decode())
    except UnicodeDecodeError as error:
        raise ValueError(f"not JSON: not UTF-8 at byte {error.start}") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON: {error.msg} at character {error.pos}") from None
    except RecursionError:
        raise ValueError("not JSON that can be read: nested too deeply") from None
    except ValueError as error:  # from `_no_constant`, or Python's limit on the digits of a number
        raise ValueError(str(error) if "no JSON value" in str(error) else "not JSON: a number is too long") from None


def check_call(operation: str | None, request: Request, response: Response, *, closed: bool = False) -> list[str]:
    """Check a call; returns one sentence for each fault, starting with ``request`` or ``response``.

    ``operation`` is None for a call that is not in the table; then only the grant type of a token request and the
    shape of an error are checked. Raises UnknownOperationError.
    """
    if operation in MANAGEMENT or request.path.startswith("/api/v2/"):  # documented in prose, not in schemas
        return []
    if operation is None:
        grant = [f"request {fault}" for fault in _check_grant(request)]
        return grant + [f"response {fault}" for fault in _check_stray(request, response)]
    row = _row(operation)
    asked = [f"request {fault}" for fault in _check_request(row, request)]
    return asked + [f"response {fault}" for fault in _check_response(row, request, response, closed)]


def _check_grant(request: Request) -> list[str]:
    """Check a token request that belongs to no operation."""
    if request.path.partition("?")[0] != OPERATIONS["password"].path:
        return []
    body, faults = _read(OPERATIONS["password"], request)
    grant_type = body.get("grant_type") if isinstance(body, dict) else None
    if faults or not isinstance(grant_type, str) or grant_type in GRANTS:
        return faults
    return [f"$.grant_type: the fake has no grant {grant_type[:80]!r}. {closest(grant_type[:80], GRANTS)}"]


def _check_stray(request: Request, response: Response) -> list[str]:
    if response.status < 400 or not response.body:
        return []
    shape = "problem" if request.path.startswith("/me/") else "error"
    return _check_media_type(response) or schemas().judge(shape, response.body)


def _check_request(row: Operation, request: Request) -> list[str]:
    body, faults = _read(row, request)
    if faults:
        return faults
    if row.auth == "client" and isinstance(body, dict) and "authorization" in request.headers:
        body = {**_basic(request), **body}
    return schemas().judge(f"{row.id}.request", body, decoded=True)


def _read(row: Operation, request: Request) -> tuple[Json, list[str]]:
    """The decoded body and its faults. JSON is read even if it is labelled as a form, as in one of Auth0's guides."""
    label = media_type(request)
    if not request.body:
        return None, []
    if not row.takes:
        return None, [f"$: {row.id} has no body"] if request.body.strip() != b"{}" else []
    if label and label not in (*row.takes, FORM_TYPE):
        return None, [f"content-type {label[:60]!r}: expected {' or '.join(row.takes)}"]
    if label != JSON_TYPE and request.body.lstrip()[:1] not in (b"{", b"["):
        return _read_form(row, request.body)
    try:
        return decode(request.body), []
    except ValueError as error:
        return None, [f"$: {error}"]


def _read_form(row: Operation, body: bytes) -> tuple[Json, list[str]]:
    if FORM_TYPE not in row.takes:
        return None, [f"content-type {FORM_TYPE!r}: expected {' or '.join(row.takes)}"]
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True)
    except ValueError:
        return None, ["$: not a form: not UTF-8"]
    sent = Counter(name for name, _ in pairs)
    return dict(pairs), [f"{path([name])}: sent more than once" for name, times in sent.items() if times > 1]


def _basic(request: Request) -> dict[str, str]:
    """The client credentials of a Basic header, under the names they have in a body."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return {}
    try:
        name, _, secret = base64.b64decode(value, validate=True).decode().partition(":")
    except ValueError:  # not ASCII, not base64, not UTF-8
        return {}
    return {"client_id": unquote(name), "client_secret": unquote(secret)}


def _check_response(row: Operation, request: Request, response: Response, closed: bool) -> list[str]:
    not_the_tenants = response.fault is not None and (response.fault.drop == "before" or response.fault.injected)
    if request.method == "HEAD" or not_the_tenants:
        return []
    label = media_type(response)
    if is_plain_text(row.id, response.status, response.body):
        return [] if label in ("", "text/plain") else [f"content-type {label[:60]!r}: this body is no JSON"]
    faults = _check_media_type(response) if response.body else []
    return faults + schemas().check(row.id, response.status, response.body, closed=closed)


def _check_media_type(response: Response) -> list[str]:
    if media_type(response) == JSON_TYPE:
        return []
    label = response.headers.get("content-type", "")
    return [f"content-type {label[:60]!r}: expected {JSON_TYPE}"]
