"""Explains why a body violates its schema: one sentence per fault, with its path and the rule that it breaks.

::

    $.mfa_token: '1' is too short (mfa_required.json, properties/mfa_token/minLength)

No sentence quotes a token, code, secret or password, or a value that could contain one.

Schemas allow unknown fields, since a real tenant may add some. `FieldWalk.unnamed` walks through a valid body together
with the schemas that apply to each of its parts, and reports the fields that none of them mentions.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from pytest_auth0_mfa.messages import Json

from .secret_fields import SECRET_FIELDS

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

MOST = 20
"""The most faults of one body that are explained: a list may be wrong in every item."""

LONGEST = 60
"""The most characters of a value or field name that a sentence quotes."""

_KINDS = {dict: "an object", list: "an array", str: "a string", int: "a number", float: "a number"}
_TELLTALE = {"not": 2, "const": 1, "enum": 1}


class Explainer:
    """Turns jsonschema's errors into sentences that name the rule's file and its place there."""

    def __init__(self, contents: Mapping[str, Json]) -> None:
        self._places: dict[int, tuple[str, str]] = {}
        for name, schema in contents.items():
            self._remember(f"{name}.json", "", schema)

    def _remember(self, file: str, pointer: str, node: Json) -> None:
        if isinstance(node, dict):
            self._places[id(node)] = (file, pointer)
            for key, value in node.items():
                self._remember(file, f"{pointer}{key}/", value)
        elif isinstance(node, list):
            for index, value in enumerate(node):
                self._remember(file, f"{pointer}{index}/", value)

    def explain(self, name: str, errors: Iterable[ValidationError]) -> list[str]:
        """The sentences for the errors of one body against the schema ``name``."""
        some = list(islice(errors, MOST + 1))
        found = [leaf for error in some[:MOST] for leaf in _leaves(error)]
        found.sort(key=lambda error: [str(part) for part in error.absolute_path])
        more = [f"$: and more than these ({name}.json)"] if len(some) > MOST else []
        return [*dict.fromkeys(self._sentence(name, error) for error in found), *more]

    def _sentence(self, name: str, error: ValidationError) -> str:
        where = path(error.absolute_path)
        file, pointer = self._places.get(id(error.schema), (f"{name}.json", ""))
        return f"{where}: {_wording(error)} ({file}, {pointer}{error.validator})"


def path(parts: Iterable[str | int]) -> str:
    """A JSON path: ``$[0].id``. Names that are not identifiers are quoted."""
    return "$" + "".join(_step(part) for part in parts)


def _step(part: str | int) -> str:
    if isinstance(part, int):
        return f"[{part}]"
    if part.isascii() and part.replace("-", "_").isidentifier() and len(part) <= LONGEST:
        return f".{part}"
    return f"[{_cut(part)}]"


def _cut(text: str) -> str:
    """The text in quotes, shortened, with control characters escaped."""
    shown = text if len(text) <= LONGEST else text[:LONGEST] + "…"
    return "'" + json.dumps(shown)[1:-1].replace("'", "\\'") + "'"


def _leaves(error: ValidationError) -> Iterator[ValidationError]:
    """The error itself or, for a choice of alternatives, the errors of the alternative that comes closest."""
    branches: dict[object, list[ValidationError]] = {}
    for cause in error.context or ():
        branches.setdefault(cause.schema_path[0], []).append(cause)
    if not branches or all(_is_choice_of_fields(causes) for causes in branches.values()):
        yield error
        return
    for cause in min(branches.values(), key=_distance):
        yield from _leaves(cause)


def _is_choice_of_fields(causes: list[ValidationError]) -> bool:
    return all(cause.validator == "required" for cause in causes)


def _distance(causes: list[ValidationError]) -> tuple[int, int]:
    """How far a body is from an alternative: first by the rules that tell alternatives apart, then by all errors."""
    return sum(_TELLTALE.get(str(cause.validator), 0) for cause in causes), len(causes)


def _wording(error: ValidationError) -> str:
    if error.validator == "required":
        return str(error.message)  # names the field, quotes no value
    say = _WORDINGS.get(str(error.validator))
    return say(error) if say else f"{_shown(error)} does not satisfy {error.validator}"


def _shown(error: ValidationError) -> str:
    """The value if it may be quoted, otherwise its type."""
    value = error.instance
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    names = [part for part in error.absolute_path if isinstance(part, str)]
    # a value that is too short cannot be a token
    quotable = error.validator == "minLength" or (names and not SECRET_FIELDS.intersection(names))
    if not quotable or not isinstance(value, str | int | float):
        size = f" of {len(value)} characters" if isinstance(value, str) else ""
        return next((words for kind, words in _KINDS.items() if isinstance(value, kind)), "what is no JSON") + size
    return _cut(value) if isinstance(value, str) else json.dumps(value)[:LONGEST]


def _types(error: ValidationError) -> str:
    wanted: Json = error.validator_value
    return ", ".join(repr(name) for name in ([wanted] if isinstance(wanted, str) else wanted))


def _items(error: ValidationError) -> str:
    items: Json = error.instance
    return f"has {len(items)} items"


def _required_in(branches: Json) -> str:
    return ", ".join(repr(name) for branch in branches for name in branch.get("required", ()))


def _any_of(error: ValidationError) -> str:
    return f"one of these is required: {_required_in(error.validator_value)}"


def _one_of(error: ValidationError) -> str:
    return f"{_shown(error)} fits more than one of the variants"


_WORDINGS: dict[str, Callable[[ValidationError], str]] = {
    "not": lambda error: "is not allowed here",  # in schemas/, {"not": {}} excludes a field
    "anyOf": _any_of,
    "oneOf": _one_of,
    "type": lambda error: f"{_shown(error)} is not of type {_types(error)}",
    "const": lambda error: f"{_shown(error)} is not {json.dumps(error.validator_value)}",
    "enum": lambda error: f"{_shown(error)} is not one of {json.dumps(error.validator_value)}",
    "pattern": lambda error: f"{_shown(error)} does not match {error.validator_value!r}",
    "minLength": lambda error: f"{_shown(error)} is too short",
    "minimum": lambda error: f"{_shown(error)} is less than {error.validator_value}",
    "minItems": lambda error: f"{_items(error)}, at least {error.validator_value} expected",
    "maxItems": lambda error: f"{_items(error)}, at most {error.validator_value} expected",
    "maxProperties": lambda error: "no body is expected",
}


class Place(NamedTuple):
    """The place of a schema: a file name without ``.json`` and the steps into the file."""

    name: str
    steps: tuple[str | int, ...] = ()

    def step(self, *steps: str | int) -> Place:
        """The place that these steps lead to from here."""
        return Place(self.name, self.steps + steps)

    @property
    def reference(self) -> str:
        """The ``$ref`` that points to this place."""
        return f"{self.name}.json#{''.join(f'/{step}' for step in self.steps)}"

    def target(self, reference: str) -> Place:
        """The place that a ``$ref`` in this schema points to."""
        file, _, pointer = reference.partition("#")
        steps = tuple(int(step) if step.isdigit() else step for step in pointer.strip("/").split("/") if step)
        return Place(file.removesuffix(".json") or self.name, steps)


def follow(contents: Mapping[str, Json], place: Place) -> Json:
    """The schema at a place."""
    node = contents[place.name]
    for step in place.steps:
        node = node[step]
    return node


IsValid = Callable[[Place, Json], bool]


class FieldWalk:
    """Finds the fields of a body that no schema mentions. ``is_valid`` decides which alternatives apply."""

    def __init__(self, contents: Mapping[str, Json], is_valid: IsValid) -> None:
        self._contents = contents
        self._is_valid = is_valid

    def unnamed(self, name: str, body: Json) -> list[str]:
        """The paths of the fields in a valid body that the schema ``name`` does not mention."""
        return [path(parts) for parts in self._walk([Place(name)], body, ())]

    def _schema(self, place: Place) -> Json:
        return follow(self._contents, place)

    def _walk(self, places: list[Place], body: Json, at: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
        applying = [found for place in places for found in self._applying(place, body)]
        if isinstance(body, list):
            items = [place.step("items") for place in applying if "items" in self._schema(place)]
            for index, item in enumerate(body):
                yield from self._walk(items, item, (*at, index))
        elif isinstance(body, dict):
            for name, value in body.items():
                named = [p.step("properties", name) for p in applying if name in self._schema(p).get("properties", ())]
                if named:
                    yield from self._walk(named, value, (*at, name))
                else:
                    yield (*at, name)

    def _applying(self, place: Place, body: Json) -> Iterator[Place]:
        """This schema and every schema in it that applies to the same part of the body."""
        schema = self._schema(place)
        yield place
        if "$ref" in schema:
            yield from self._applying(place.target(schema["$ref"]), body)
        for index in range(len(schema.get("allOf", ()))):
            yield from self._applying(place.step("allOf", index), body)
        for keyword in ("anyOf", "oneOf"):
            for index in range(len(schema.get(keyword, ()))):
                if self._is_valid(branch := place.step(keyword, index), body):
                    yield from self._applying(branch, body)
        if "if" in schema:
            branch_name = "then" if self._is_valid(place.step("if"), body) else "else"
            if branch_name in schema:
                yield from self._applying(place.step(branch_name), body)
