"""Which fields of a body no schema names: how the fake's own answers are held closed.

Schemas are open, since a real tenant may add fields. `unnamed` walks a valid body together with
every schema that applies to each place of it and reports what none of them mentions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from pytest_auth0_mfa.messages import Json

from .explain import path


class Place(NamedTuple):
    """A schema by where it stands: a file name without ``.json`` and the steps into it."""

    name: str
    steps: tuple[str | int, ...] = ()

    def step(self, *steps: str | int) -> Place:
        """The place that many steps deeper."""
        return Place(self.name, self.steps + steps)

    def target(self, reference: str) -> Place:
        """The place that a ``$ref`` standing here means."""
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
    """The walk over one set of schemas. ``is_valid`` judges which alternatives apply."""

    def __init__(self, contents: Mapping[str, Json], is_valid: IsValid) -> None:
        self._contents = contents
        self._is_valid = is_valid

    def unnamed(self, name: str, body: Json) -> list[str]:
        """The paths of fields that the schema ``name`` does not mention, for a valid body."""
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
        """This schema and every schema inside it that speaks about the same place of the body."""
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
