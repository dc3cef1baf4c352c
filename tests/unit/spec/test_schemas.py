"""The schemas as data: valid, exemplified, reachable, and complete against the table of operations."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from helpers.places import PROJECT
from jsonschema import Draft202012Validator

from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.spec.api_errors import TITLES, URIS, error_of, text_of
from pytest_auth0_mfa.spec.operations import OPERATIONS, OperationId
from pytest_auth0_mfa.spec.profile import alternatives, profile_fields
from pytest_auth0_mfa.spec.refusals import REFUSALS
from pytest_auth0_mfa.spec.schemas import schemas

SCHEMAS = schemas()
NAMES = sorted(SCHEMAS)
SHARED = {
    "auth_session", "authenticated_client", "authentication_method", "authentication_method_id",
    "authentication_method_type", "authenticator", "authenticator_id", "client", "error", "factor_type", "mfa_required",
    "mfa_requirements", "oob_code", "problem", "recovery_code", "recovery_codes", "token", "user_token",
}  # fmt: skip


def answers(case: str) -> tuple[str, ...]:
    field = profile_fields().get(case)
    return alternatives(field) if field is not None and field.metadata["refusal"] else (REFUSALS[case].answer,)


def refusals() -> Iterator[tuple[str, int, str]]:
    """Every (operation, status, error) that the table names; a refusal may be none, as ``204``."""
    for operation in OPERATIONS.values():
        for case in operation.refusals:
            for answer in answers(case):
                status, _, error = answer.partition(" ")
                if error:
                    yield operation.id, int(status), error


ROWS = sorted(set(refusals()))


def references(node: Json) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        node = list(node.values())
    for child in node if isinstance(node, list) else ():
        yield from references(child)


def named_by_the_table() -> set[str]:
    """The schemas that rows of the table have by the naming rule."""
    names = {f"{operation}.{status}" for operation, status, _ in ROWS}
    for operation in OPERATIONS.values():
        names.add(f"{operation.id}.request")
        names |= {f"{operation.id}.{operation.success}.{variant}" for variant in operation.variants}
        if not operation.bodiless:
            names.add(f"{operation.id}.{operation.success}")
    return names


@pytest.mark.parametrize("name", NAMES)
def test_each_is_a_valid_schema(name: str) -> None:
    """A schema is valid under the metaschema of draft 2020-12 and says so."""
    schema = SCHEMAS[name]
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"


@pytest.mark.parametrize("name", NAMES)
def test_each_has_title_description_and_valid_examples(name: str) -> None:
    """A schema is explained, and each of its examples is right and holds no field it does not name."""
    schema = SCHEMAS[name]
    assert schema["title"]
    assert schema["description"].endswith(".")
    assert schema["examples"]
    for example in schema["examples"]:
        assert SCHEMAS.judge(name, example, closed=True) == []
        assert SCHEMAS.validator(name).is_valid(example)


def test_no_schema_has_an_id_and_every_reference_resolves() -> None:
    """References are relative file names or local pointers, and lead somewhere."""
    for name in NAMES:
        assert "$id" not in SCHEMAS[name]
        for reference in references(SCHEMAS[name]):
            assert re.fullmatch(r"[a-z_.0-9-]+\.json|#/\$defs/\w+", reference)
            target, _, pointer = reference.partition("#/$defs/")
            schema = SCHEMAS[target or name]
            assert not pointer or pointer in schema["$defs"]


def test_no_schema_is_open_or_closed_by_keyword() -> None:
    """No schema forbids or blesses unknown fields: answers stay open, and closed mode decides by name."""
    for name in NAMES:
        text = str(SCHEMAS[name])
        assert "additionalProperties" not in text
        assert "unevaluatedProperties" not in text


def test_schemas_are_exactly_those_of_the_table_and_shared_parts() -> None:
    """Every row of the table has its schema, and no file is without a row."""
    assert set(NAMES) == named_by_the_table() | SHARED


def test_no_shared_part_is_orphaned() -> None:
    """Each shared part is reached by references from a row's schema, or is the shape of a path parameter."""
    reached = named_by_the_table()
    frontier = set(reached)
    while frontier:
        found = {r.removesuffix(".json") for name in frontier for r in references(SCHEMAS[name]) if r[0] != "#"}
        frontier = found - reached
        reached |= found
    assert reached >= SHARED


@pytest.mark.parametrize("row", ROWS, ids=lambda row: "-".join(map(str, row)))
def test_each_refusal_of_the_table_is_accepted(row: tuple[OperationId, int, str]) -> None:
    """A refusal that the table names, by default or with another profile, fits its schema."""
    operation, status, error = row
    body: dict[str, Json] = {"error": error, "error_description": "Why."}
    if error == "mfa_required":
        body["mfa_token"] = "Fe26.2*SERVER_1726721698"
    bodies = [body]
    if error in TITLES:
        bodies = [{"type": f"{uri}{error}", "title": TITLES[error], "status": status, "detail": "Why."} for uri in URIS]
    assert [SCHEMAS.check(operation, status, body, closed=True) for body in bodies] == [[]] * len(bodies)


@pytest.mark.parametrize("name", sorted({f"{operation}.{status}" for operation, status, _ in ROWS}))
def test_each_error_schema_accepts_the_errors_of_the_table_only(name: str) -> None:
    """An error schema lists exactly the errors of its operation and status, each with an example."""
    errors = {error for operation, status, error in ROWS if f"{operation}.{status}" == name}
    schema = SCHEMAS[name]
    is_problem = name.startswith("me-")
    listed = schema["properties"]["type" if is_problem else "error"]["enum"]
    assert len(listed) == len(set(listed))
    assert set(listed) == ({f"{uri}{code}" for uri in URIS for code in errors} if is_problem else errors)
    assert {error_of(example) for example in schema["examples"]} == errors


def test_each_error_example_has_a_text_of_the_table() -> None:
    """The texts of error examples are those of the refusals, with placeholders filled in."""
    texts = [row.description for row in REFUSALS.values()]
    texts += [text for row in REFUSALS.values() for text in row.texts.values()]
    patterns = [
        "".join(".+" if part[0] == "{" else re.escape(part) for part in re.split(r"(\{\w+\})", t) if part)
        for t in texts
    ]
    for name in {f"{operation}.{status}" for operation, status, _ in ROWS}:
        for example in SCHEMAS[name]["examples"]:
            assert example.get("title", TITLES.get(error_of(example))) == TITLES.get(error_of(example))
            assert any(re.fullmatch(pattern, text_of(example)) for pattern in patterns), example


def test_files_read_well() -> None:
    """Files end in one newline, are indented by two spaces and sorted from the general to the particular."""
    for file in PROJECT.joinpath("schemas").iterdir():
        text = file.read_text(encoding="utf-8")
        assert file.suffix == ".json"
        assert text.startswith('{\n  "$schema"')
        assert text.endswith("}\n")
        assert max(map(len, text.splitlines())) < 420
