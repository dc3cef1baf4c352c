"""Every row, refusal, profile field and operation explains itself, with its grade and source."""

from __future__ import annotations

import re

import pytest
from helpers.places import PROJECT

from pytest_auth0_mfa.spec.explanations import contract_page, explanation, names
from pytest_auth0_mfa.spec.profile import profile_fields
from pytest_auth0_mfa.spec.refusals import REFUSALS

ALL = [(kind, name) for kind, titles in names().items() for name in titles]


@pytest.mark.parametrize(("kind", "name"), ALL)
def test_everything_that_is_listed_is_explained(kind: str, name: str) -> None:
    """Each text begins with its name, and its lines fit a terminal, links apart."""
    text = explanation(name)
    assert text is not None
    assert name in text.splitlines()[0]
    long = [line for line in text.splitlines() if len(line) > 100 and "https://" not in line]
    assert kind.startswith("sections") or not long


def test_every_row_of_the_page_is_in_the_data() -> None:
    """What docs/contract.md lists is what ships, each with a grade that is explained."""
    page = (PROJECT / "docs" / "contract.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"^\| ([A-Z]\d+|[DUN]-?\d+[a-z]?) \|", page, re.MULTILINE))
    assert len(listed) > 100
    assert set(contract_page().rows) == listed
    assert {row.grade for row in contract_page().rows.values()} - {""} == set(contract_page().grades)


def test_every_row_that_the_code_cites_is_on_the_page() -> None:
    """Docstrings and comments call the page's rows entries, and name only entries that are there."""
    row = r"[A-Z]-?\d+[a-c]?"
    cited = set()
    for file in (PROJECT / "pytest_auth0_mfa").rglob("*.py"):
        for rows in re.findall(
            rf"\b(?:[Ee]ntry|[Ee]ntries) ({row}(?:(?:,? and |, | to ){row})*)", file.read_text(encoding="utf-8")
        ):
            cited |= set(re.findall(row, rows))
    assert len(cited) > 50
    assert cited <= set(contract_page().rows)


def test_a_row_says_fact_grade_source_and_link() -> None:
    """V8: the answer, how sure it is, who shows it and where."""
    text = explanation("v8") or ""
    assert '403? invalid_grant / "Invalid binding_code."' in text
    assert "Grade: sdk (" in text
    assert "Source: sdk: Swift" in text
    assert "https://github.com/auth0/Auth0.swift" in text
    assert "wrong_binding_code" in text


def test_a_refusal_that_the_profile_decides_says_how() -> None:
    """Answer, alternatives, how to choose one, and each row that it rests on with its grade."""
    text = explanation("wrong_binding_code") or ""
    assert 'Answer: 403 invalid_grant / "Invalid binding_code."' in text
    assert 'Alternatives: "400 invalid_grant", "401 invalid_grant"' in text
    assert "Tenant(profile={'wrong_binding_code': '401 invalid_grant'})" in text
    assert all(f"  {row}: " in text for row in ("V8", "D-4", "U-1"))


def test_every_row_behind_a_refusal_or_a_field_is_shown() -> None:
    """No citation leads nowhere."""
    for name in (*REFUSALS, *profile_fields()):
        cited = REFUSALS[name].row if name in REFUSALS else profile_fields()[name].metadata["rows"][0]
        rests_on = (explanation(name) or "").partition("What it is based on:")[2]
        assert re.search(rf"^  (section )?{re.escape(cited)}\b", rests_on, re.MULTILINE), (name, cited)


def test_an_error_names_the_refusals_that_carry_it() -> None:
    """`error` alone is what a client sees."""
    text = explanation("expired_token") or ""
    assert "expired_mfa_token" in text
    assert "expired_oob_code" in text


def test_what_nobody_knows_is_not_explained() -> None:
    """The caller says so."""
    assert explanation("V99") is None
