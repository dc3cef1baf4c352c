"""The pages that are made from the code are current, and leave nothing out."""

from __future__ import annotations

import re
import sys
from importlib.util import module_from_spec, spec_from_file_location
from types import ModuleType

import pytest
from helpers.places import PROJECT

from pytest_auth0_mfa import contract, strategies
from pytest_auth0_mfa.cli import COMMANDS
from pytest_auth0_mfa.contract.findings.violation import FINDINGS
from pytest_auth0_mfa.spec.profile import COSTS, alternatives, profile_fields
from pytest_auth0_mfa.spec.schemas import schemas

DOCS = PROJECT / "docs"


def _load() -> ModuleType:
    spec = spec_from_file_location("docs_generate", DOCS / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


generate = _load()


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    """The generated pages, anew."""
    before = list(sys.path)
    made: dict[str, str] = generate.pages()
    sys.path[:] = before
    return made


@pytest.mark.parametrize("name", ["openapi.json", "operations.md", *generate.PAGES])
def test_generated_pages_are_current(name: str, pages: dict[str, str]) -> None:
    """docs/ holds what the code says now."""
    said = (DOCS / name).read_text(encoding="utf-8")
    assert said == pages[name], f"docs/{name} is out of date: run `python docs/generate.py` and commit what it wrote"


def test_the_contract_that_ships_is_the_page() -> None:
    """contract.json holds what docs/contract.md says now."""
    page = (DOCS / "contract.md").read_text(encoding="utf-8")
    said = generate.contract_data.TARGET.read_text(encoding="utf-8")
    assert said == generate.contract_data.contract_json(page), "contract.json is out of date: run docs/generate.py"


def test_every_profile_field_is_documented(pages: dict[str, str]) -> None:
    """Each field has one row with its default, each alternative, its sentence, its rows and its cost."""
    for name, field in profile_fields().items():
        (row,) = [line for line in pages["profile.md"].splitlines() if line.startswith(f"| `{name}` |")]
        for value in alternatives(field):
            assert str(value).lower() in row.lower()
        assert field.metadata["doc"].replace("|", "\\|") in row
        assert f"| {' '.join(field.metadata['rows'])} |" in row
        assert row.endswith(f"| {field.metadata['cost']} |")
        assert field.metadata["cost"] in COSTS


def test_a_default_that_is_a_guess_says_so(pages: dict[str, str]) -> None:
    """What rests on open questions alone is a guess; what sources dispute is not."""
    rows = {line.split("|")[1].strip(): line for line in pages["profile.md"].splitlines() if line.startswith("| `")}
    assert "| guess |" in rows["`used_oob_code`"]
    assert "| guess |" in rows["`totp_window`"]
    assert "| disputed |" in rows["`mfa_token_lifetime`"]
    assert "| sdk |" in rows["`wrong_otp`"]


def test_every_finding_is_documented(pages: dict[str, str]) -> None:
    """Each has a section with its title, its level and its source."""
    assert len(FINDINGS) > 50
    for id, finding in FINDINGS.items():
        section = pages["findings.md"].partition(f"\n### {id}: ")[2].partition("\n### ")[0]
        assert section.partition("\n")[0][1:] == finding.title[1:]
        assert f"*{finding.level.capitalize()}*. " in section
        assert "Source: " in section


def test_every_command_and_argument_is_documented(pages: dict[str, str]) -> None:
    """Each command has a section."""
    for name in COMMANDS:
        assert f"\n## {name}\n" in pages["reference-cli.md"]
    for argument in ("--config", "--port", "--dir", "--smtp", "--ledger", "--output", "--force"):
        assert f"`{argument}" in pages["reference-cli.md"]


def test_everything_that_pytest_lists_is_on_its_page(pytester: pytest.Pytester, pages: dict[str, str]) -> None:
    """Options, ini and markers, as `pytest --help` and `pytest --markers` list them."""
    page = pages["reference-settings.md"]
    options = set(re.findall(r"--auth0-mfa-[\w-]+[a-z]", str(pytester.runpytest("--help").stdout)))
    inis = set(re.findall(r"^  (auth0_mfa_\w+)", str(pytester.runpytest("--help").stdout), re.MULTILINE))
    markers = set(re.findall(r"@pytest\.mark\.(auth0_mfa\w*)", str(pytester.runpytest("--markers").stdout)))
    assert options
    assert inis
    assert markers
    assert {name for name in options if f"`{name}" not in page} == set()
    assert {name for name in inis if f"| `{name}` |" not in page} == set()
    assert {name for name in markers if f"| `@pytest.mark.{name}" not in page} == set()


def test_every_public_fixture_is_on_its_page(pytester: pytest.Pytester, pages: dict[str, str]) -> None:
    """As `pytest --fixtures` lists them."""
    listed = re.findall(r"^(\w*auth0_mfa\w*)", str(pytester.runpytest("--fixtures").stdout), re.MULTILINE)
    assert len(listed) > 10
    assert {name for name in listed if f"| `{name}` |" not in pages["reference-fixtures.md"]} == set()


def test_every_schema_is_on_its_page(pages: dict[str, str]) -> None:
    """With a link to its file."""
    for name in schemas():
        assert f"\n### {name}\n" in pages["schemas.md"]
        assert f"](../schemas/{name}.json)" in pages["schemas.md"]


def test_the_public_interface_is_documented(pages: dict[str, str]) -> None:
    """What a test calls is there, without what is for the model alone."""
    for member in (
        "add_user(",
        "fail_next(",
        "advance(",
        "approve(",
        "latest(",
        "of(",
        "code(",
        "in_process(",
        "serve(",
    ):
        assert f"| `{member}" in pages["reference-api.md"]
    assert "implicit_email" not in pages["reference-api.md"]


def test_what_the_reference_hides_exists() -> None:
    """A member that was renamed would be hidden under its old name, and promised to users under the new one."""
    page = generate.api_page
    classes = {kind.__name__: kind for kind in (*page._CLASSES, *page._CONTRACT)}
    hidden = [*page._FOR_THE_MODEL.items(), *page._FOR_THE_RUN.items()]
    assert {f"{kind}.{name}" for kind, names in hidden for name in names if not hasattr(classes[kind], name)} == set()


def test_what_contract_and_strategies_export_is_documented(pages: dict[str, str]) -> None:
    """Each name stands in the reference, classes with their members; what the suite itself needs does not."""
    page = pages["reference-api.md"]
    for name in contract.__all__:
        assert f"\n### {name}\n" in page or f"\n| `{name}" in page, name
    drawn = page.partition("\n## Strategies\n")[2]
    assert [name for name in strategies.__all__ if f"\n| `{name}" not in drawn] == []
    for member in ("`handler`", "`new_user(", "`now(", "`reach`", "`make_subject(", "`log_in(", "`steps`", "`adopt("):
        assert f"\n| {member}" in page, member
    assert "why_unplayable" not in page
    assert page.count("new_person") == 0
