"""What answers looked like: statuses, errors, and which fields of which type. Two runs are compared by it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from pytest_auth0_mfa.messages import Json, Response

_MOST_FIELDS, _LONGEST_NAME = 200, 80
_KINDS = {dict: "object", list: "array", str: "string", bool: "boolean", int: "number", float: "number"}


def json_type(value: Json) -> str:
    """What JSON calls the type of a value."""
    return "integer" if type(value) is int else _KINDS.get(type(value), "null")


@dataclass(slots=True)
class Shape:
    """The answers to one operation with one outcome and factor. Adds up over tests and workers."""

    answers: set[str] = field(default_factory=set)
    """``200``, ``403 mfa_required``."""
    fields: dict[str, FieldShape] = field(default_factory=dict)
    """By path, such as ``$.mfa_token`` or ``$[].id``."""

    def learn(self, response: Response) -> None:
        """One more answer."""
        try:
            body = response.json() if response.body else None
        except ValueError:
            self.answers.add(f"{response.status} without JSON")
            return
        error = body.get("error") if isinstance(body, dict) else None
        self.answers.add(f"{response.status} {error}"[:_LONGEST_NAME] if error else str(response.status))
        for parent, members in _objects("$", body):
            self._count(parent, members)

    def _count(self, parent: str, members: dict[str, Json]) -> None:
        seen = self.fields.setdefault(parent, FieldShape())
        seen.count += 1
        for name, value in members.items():
            if len(self.fields) < _MOST_FIELDS or f"{parent}.{name}" in self.fields:
                one = self.fields.setdefault(f"{parent}.{name[:_LONGEST_NAME]}", FieldShape(parent))
                one.types.add(_KINDS.get(type(value), "null"))
                one.seen += 1

    def add(self, other: Shape) -> None:
        """Take over what another one has learnt."""
        self.answers |= other.answers
        for path, theirs in other.fields.items():
            mine = self.fields.setdefault(path, FieldShape(theirs.parent))
            mine.types |= theirs.types
            mine.seen += theirs.seen
            mine.count += theirs.count

    def optional(self, path: str) -> bool:
        """Whether a field was absent at times."""
        one = self.fields[path]
        return one.seen < self.fields[one.parent].count

    def to_data(self) -> Json:
        """As plain data, with all that is needed to add it up."""
        fields = [
            [path, one.parent, sorted(one.types), one.seen, one.count] for path, one in sorted(self.fields.items())
        ]
        return {"answers": sorted(self.answers), "fields": fields}

    @classmethod
    def from_data(cls, data: Json) -> Shape:
        """From what `to_data` gave."""
        rows = data["fields"]
        return cls(
            set(data["answers"]),
            {path: FieldShape(parent, set(types), seen, count) for path, parent, types, seen, count in rows},
        )


@dataclass(slots=True)
class FieldShape:
    """One field: its types, how often it was there, and (of an object) how often it could hold members."""

    parent: str = ""
    types: set[str] = field(default_factory=set)
    seen: int = 0
    count: int = 0


def _objects(path: str, value: Json) -> Iterator[tuple[str, dict[str, Json]]]:
    if isinstance(value, dict):
        yield path, value
        for name, member in value.items():
            yield from _objects(f"{path}.{name[:_LONGEST_NAME]}", member)
    elif isinstance(value, list):
        for item in value:
            yield from _objects(f"{path}[]", item)
