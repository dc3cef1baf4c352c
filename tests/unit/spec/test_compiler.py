"""The quick verdict is jsonschema's verdict, whatever the body."""

from __future__ import annotations

import pytest
from helpers.body_variants import VALUES, around

from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.spec.compiler import Compiler
from pytest_auth0_mfa.spec.explain import Place
from pytest_auth0_mfa.spec.schemas import schemas

SCHEMAS = schemas()
CONTENTS = dict(SCHEMAS)
COMPILER = Compiler(CONTENTS)


@pytest.mark.parametrize("name", sorted(CONTENTS))
def test_verdicts_are_equal(name: str) -> None:
    """For every example spoilt in every place, the compiled verdict is the validator's."""
    validator, verdict = SCHEMAS.validator(name), COMPILER.verdict(Place(name))
    for body in around(CONTENTS[name]["examples"]):
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
