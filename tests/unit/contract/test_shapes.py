"""What answers looked like, learnt one after the other and added up."""

from __future__ import annotations

import json

import pytest

from pytest_auth0_mfa import Response
from pytest_auth0_mfa.contract.coverage import Shape, json_type
from pytest_auth0_mfa.messages import Json


def learnt(*bodies: Json, status: int = 200) -> Shape:
    """The shape of answers with these bodies."""
    shape = Shape()
    for body in bodies:
        text = body if isinstance(body, bytes) else json.dumps(body).encode()
        shape.learn(Response(status, {}, text))
    return shape


def told(shape: Shape) -> dict[str, tuple[list[str], bool]]:
    """Types of each field that is in an object, and whether it may be absent."""
    return {path: (sorted(one.types), shape.optional(path)) for path, one in shape.fields.items() if one.parent}


def test_fields_are_told_by_path_type_and_presence() -> None:
    """In objects, lists and objects within; a field that was absent once may be absent."""
    shape = learnt({"a": 1, "b": {"c": None}, "d": [{"e": "x"}, {"e": True, "f": 1.5}]}, {"a": "x", "b": {}, "d": []})
    assert told(shape) == {
        "$.a": (["number", "string"], False),
        "$.b": (["object"], False),
        "$.b.c": (["null"], True),
        "$.d": (["array"], False),
        "$.d[].e": (["boolean", "string"], False),
        "$.d[].f": (["number"], True),
    }


def test_answers_are_told_by_status_and_error() -> None:
    """Without an error by the status, without JSON so."""
    assert learnt({}, b"").answers == {"200"}
    assert learnt([], {"error": "x" * 99}, b"<p>", status=403).answers == {
        "403",
        "403 a string of 99 characters",
        "403 without JSON",
    }


def test_shapes_add_up_and_travel() -> None:
    """Two halves are the whole, also as plain data."""
    one, other = {"a": 1, "b": [{"c": 1}]}, {"a": "x", "e": {}}
    whole = learnt(one, one, other)
    half = learnt(one)
    half.add(Shape.from_data(json.loads(json.dumps(learnt(one, other).to_data()))))
    assert half.to_data() == whole.to_data()
    assert half.answers == {"200"}
    assert half.optional("$.b")
    assert not half.optional("$.a")


def test_a_shape_has_an_end() -> None:
    """No more than 200 fields are kept; those that are known go on to count."""
    shape = learnt({f"n{number:03}": 1 for number in range(300)}, {"n000": "x", "n299": 1})
    assert len(shape.fields) == 200
    assert shape.fields["$.n000"].types == {"number", "string"}


def test_a_name_that_may_be_a_secret_is_kept_by_its_length() -> None:
    """By its looks, or because it is known."""
    told = "<a name of 24 characters>"
    assert list(learnt({"K7" * 12: {"y": 1}}).fields) == ["$", f"$.{told}", f"$.{told}.y"]
    shape = Shape()
    shape.learn(Response(200, {}, b'{"correct-horse": 1}'), {"correct-horse"})
    assert list(shape.fields) == ["$", "$.<a name of 13 characters>"]


@pytest.mark.parametrize(
    ("value", "kind"),
    [({}, "object"), ([], "array"), ("", "string"), (True, "boolean"), (1, "integer"), (1.5, "number"), (None, "null")],
)
def test_a_type_has_jsons_name(value: Json, kind: str) -> None:
    """A number without fraction is an integer, a truth value none."""
    assert json_type(value) == kind
