"""The quick verdict is jsonschema's verdict, whatever the body."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.schema_compiler import Compiler
from pytest_auth0_mfa.schema_fields import Place
from pytest_auth0_mfa.validation import schemas

SCHEMAS = schemas()
CONTENTS = dict(SCHEMAS)
COMPILER = Compiler(CONTENTS)
VALUES: tuple[Json, ...] = (
    None, True, False, 0, 1, 1.0, -1, 2.5, "", "x", "prompt", "oob", "sms", "A" * 24, [], ["sms"], [1], [{}], {},
    {"a": 1},
)  # fmt: skip


def spoilt(body: Json) -> Iterator[Json]:
    """Bodies that differ from ``body`` in one place: replaced, dropped or added."""
    yield from VALUES
    if isinstance(body, dict):
        yield {**body, "unknown": 1}
        for name, value in body.items():
            yield {key: kept for key, kept in body.items() if key != name}
            for changed in spoilt(value):
                yield {**body, name: changed}
    elif isinstance(body, list):
        yield [*body, *body]
        for index, item in enumerate(body):
            for changed in spoilt(item):
                yield [*body[:index], changed, *body[index + 1 :]]


def mixed(examples: list[Json]) -> Iterator[Json]:
    """Bodies between two examples: the fields of one over those of the other."""
    for one, other in itertools.permutations(examples, 2):
        if isinstance(one, dict) and isinstance(other, dict):
            yield {**one, **other}


@pytest.mark.parametrize("name", sorted(CONTENTS))
def test_verdicts_are_equal(name: str) -> None:
    """For every example spoilt in every place, the compiled verdict is the validator's."""
    validator, verdict = SCHEMAS.validator(name), COMPILER.verdict(Place(name))
    examples = CONTENTS[name]["examples"]
    bodies = list(mixed(examples))
    for example in examples[:2] + examples[-1:]:
        bodies += [example, *spoilt(example)]
    for body in bodies:
        assert verdict(body) == validator.is_valid(body), body


@pytest.mark.parametrize(
    "schema",
    [
        {"type": ["integer", "null"]},
        {"type": "number", "minimum": 1},
        {"contains": {"const": "sms"}},
        {"anyOf": [{"type": "string"}, {"type": "array", "maxItems": 0}]},
        {"oneOf": [{"type": "number"}, {"type": "integer"}]},
        {"if": {"type": "string"}, "then": {"minLength": 2}, "else": {"type": "object", "maxProperties": 0}},
        {"if": {"type": "string"}, "else": {"not": {}}},
        {"items": {"type": "string"}, "minItems": 1},
        {},
    ],
)
def test_verdicts_are_equal_for_each_keyword(schema: Json) -> None:
    """Keywords alone are judged alike too, also where no schema happens to use them so."""
    from jsonschema import Draft202012Validator

    validator, verdict = Draft202012Validator(schema), Compiler({"s": schema}).verdict(Place("s"))
    for value in VALUES:
        assert verdict(value) == validator.is_valid(value), value


@pytest.mark.parametrize("schema", [{"uniqueItems": True}, {"enum": [1]}, {"const": True}])
def test_what_it_cannot_judge_is_refused(schema: Json) -> None:
    """A keyword or a comparison it does not know is an error when compiling, not a wrong verdict."""
    with pytest.raises(NotImplementedError, match="compiler"):
        Compiler({"s": schema}).verdict(Place("s"))
