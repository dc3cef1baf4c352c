"""The generated document: valid, current, and true of what the fake answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers import example_calls
from helpers.places import PROJECT
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from pytest_auth0_mfa import Call, Profile
from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.spec.openapi import document, main, operations_markdown, pages
from pytest_auth0_mfa.spec.operations import OPERATIONS, PATHS
from pytest_auth0_mfa.spec.refusals import REFUSALS

DOCS = PROJECT / "docs"
DOCUMENT = document()


def test_the_document_is_valid() -> None:
    """An OpenAPI 3.1 validator has nothing to say against it."""
    assert [str(error) for error in OpenAPIV31SpecValidator(DOCUMENT).iter_errors()] == []


@pytest.mark.parametrize("name", sorted(pages()))
def test_generated_files_are_current(name: str) -> None:
    """docs/ holds what `python -m pytest_auth0_mfa.spec.openapi docs` writes."""
    assert (DOCS / name).read_text(encoding="utf-8") == pages()[name]


def test_the_command_writes_the_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It writes into the folder it is given, and says how it is used otherwise."""
    assert main([str(tmp_path)]) == 0
    assert json.loads((tmp_path / "openapi.json").read_text(encoding="utf-8")) == DOCUMENT
    assert main([]) == 2
    assert "usage: python -m pytest_auth0_mfa.spec.openapi FOLDER" in capsys.readouterr().err


def test_every_operation_is_in_it() -> None:
    """Every path and method of the table is there; the token endpoint tells its grants apart."""
    assert list(DOCUMENT["paths"]) == list(PATHS)
    for operation in OPERATIONS.values():
        described = DOCUMENT["paths"][operation.path][operation.method.lower()]
        assert f"`{operation.id}`" in described["description"]
        assert str(operation.success) in described["responses"]
        assert list(described.get("requestBody", {}).get("content", ())) == list(operation.takes)
        if operation.grant_type:
            mapping = described["requestBody"]["content"]["application/json"]["schema"]["discriminator"]["mapping"]
            assert mapping[operation.grant_type] == f"#/components/schemas/{operation.id}.request"


def _references(node: Json) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        node = list(node.values())
    for child in node if isinstance(node, list) else ():
        yield from _references(child)


def test_every_reference_resolves() -> None:
    """References lead to components of the document itself."""
    for reference in _references(DOCUMENT):
        node = DOCUMENT
        for step in reference.removeprefix("#/").split("/"):
            node = node[step]


def _response_of(call: Call) -> str:
    operation = OPERATIONS[call.operation or ""]
    path = operation.path.replace("/", "~1")
    bodiless = operation.bodiless and call.response.status == operation.success
    content = "" if bodiless else "/content/application~1json/schema"
    return f"urn:doc#/paths/{path}/{operation.method.lower()}/responses/{call.response.status}{content}"


@pytest.mark.parametrize("profile", [example_calls.DEFAULT, example_calls.OTHER], ids=["default", "other"])
def test_what_the_fake_answers_fits_the_document(profile: Profile) -> None:
    """Every answer of typical calls fits the schema that the document gives for its path and status."""
    registry: Registry[Json] = Registry().with_resource("urn:doc", DRAFT202012.create_resource(DOCUMENT))
    for call in example_calls.play(profile):
        if call.operation is None:
            continue
        place = _response_of(call)
        row = OPERATIONS[call.operation]
        if row.bodiless and call.response.status == row.success:
            assert call.response.body == b""
            assert registry.resolver().lookup(place).contents["description"]
        else:
            Draft202012Validator({"$ref": place}, registry=registry).validate(call.response.json())


def test_the_page_names_every_operation_and_refusal() -> None:
    """docs/operations.md has a section for each operation, with each of its refusals."""
    page = operations_markdown()
    for operation in OPERATIONS.values():
        section = page.partition(f"\n## {operation.id}\n")[2].partition("\n## ")[0]
        for case in operation.refusals:
            assert f"| {case} | `{REFUSALS[case].answer}` |" in section


def test_links_of_the_page_lead_to_schemas() -> None:
    """Every schema that the page links to exists."""
    linked = {part.partition(")")[0] for part in operations_markdown().split("](../schemas/")[1:]}
    assert len(linked) > 20
    assert all((DOCS.parent / "schemas" / name).is_file() for name in linked)
