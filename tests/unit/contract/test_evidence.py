"""What reports show beside a finding: the calls, what was answered, and how to make them again."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pytest_auth0_mfa import Request, Response
from pytest_auth0_mfa.contract.findings.violation import Difference, evidence, violation
from pytest_auth0_mfa.contract.reproducer.trace import Exchange, Note, Steps

DIFFERENCE = Difference("MFA008", "$.a", "x", "y")
LIST = Request("GET", "/mfa/authenticators", {"authorization": "Bearer the-token-of-ada"})


def data(*events: Exchange | Note) -> dict[str, Any]:
    """As a report has it."""
    steps = Steps(events=list(events))
    steps.give("the-token-of-ada", "AUTH0_MFA_TOKEN")
    made = evidence(violation(DIFFERENCE, operation="challenge", source="row", steps=steps, refusal="here"))
    assert isinstance(made, dict)
    return made


def test_without_a_step_there_is_nothing_to_run() -> None:
    """No empty script, and what was found all the same."""
    made = data()
    assert (made["steps"], made["curl"], made["python"]) == ([], "", "")
    assert (made["refusal"], made["field"], made["expected"], made["actual"]) == ("here", "$.a", "x", "y")


def test_the_calls_can_be_made_again() -> None:
    """In both languages, the token by its variable."""
    made = data(Exchange("list-authenticators", LIST, Response(200, {}, b"[]")))
    for text in (made["curl"], made["python"], json.dumps(made["steps"])):
        assert "/mfa/authenticators" in text
        assert "AUTH0_MFA_TOKEN" in text
        assert "the-token-of-ada" not in text


@pytest.mark.parametrize(
    ("body", "shape", "fields"),
    [
        (b'{"b": "1", "a": "2"}', "object", ["a", "b"]),
        (b'[{"type": "otp", "id": "1"}, {"other": "2"}]', "2 items", ["id", "type"]),
        (b'[{"id": "1"}]', "1 items", ["id"]),
        (b"[]", "0 items", []),
        (b"", "empty", []),
        (b"<html>", "not JSON", []),
    ],
)
def test_of_an_answer_the_names_of_its_fields_are_shown(body: bytes, shape: str, fields: list[str]) -> None:
    """Of a list those of its first row; never a value."""
    (step,) = data(Exchange("list-authenticators", LIST, Response(200, {}, body)))["steps"]
    assert step["answer"] == {"status": 200, "error": "", "fields": fields, "shape": shape}


@pytest.mark.parametrize("name", ["K7Q2" * 6, "Fe26.2*abc", "the-token-of-ada", "690420"])
def test_of_a_name_that_may_be_a_secret_the_length_is_shown(name: str) -> None:
    """By its looks, or because it was given."""
    made = data(Exchange("list-authenticators", LIST, Response(200, {}, json.dumps({name: 1}).encode())))
    assert made["steps"][0]["answer"]["fields"] == [f"<a name of {len(name)} characters>"]
    assert name not in json.dumps(made)
