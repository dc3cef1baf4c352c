"""How runs end: each outcome has a code of its own, and the documentation names it."""

from __future__ import annotations

import re

import pytest
from helpers.places import PROJECT

from pytest_auth0_mfa.spec import outcomes
from pytest_auth0_mfa.spec.outcomes import ChangeLevel, Outcome

DOCS = PROJECT / "docs"
OWN = {Outcome.DRIFT.exit_code, Outcome.INCOMPLETE.exit_code, Outcome.COULD_NOT_RUN.exit_code}
OF_DRIFT = {ChangeLevel.INFO.exit_code, ChangeLevel.WARNING.exit_code, ChangeLevel.ERROR.exit_code}


def test_no_code_clashes() -> None:
    """Ours are none of pytest's, and all are told apart; drift's are none of a run's."""
    pytests = {int(code) for code in pytest.ExitCode}
    assert len(OWN) == 3
    assert not OWN & pytests
    assert len(OF_DRIFT) == 3
    assert not OF_DRIFT & (OWN | pytests)
    assert OWN | pytests <= set(outcomes.MEANINGS)  # older versions of pytest have fewer


def test_the_documentation_names_every_code() -> None:
    """The tables of the page hold all codes and no other."""
    page = (DOCS / "howto-reports.md").read_text(encoding="utf-8")
    runs = page.partition("## Exit codes of a run")[2]
    named = {int(code) for row in re.findall(r"^\| ([\d, ]+) \|", runs, re.MULTILINE) for code in row.split(", ")}
    assert named == set(outcomes.MEANINGS)
    drift = page.partition("## Exit codes of a run")[0]
    assert {int(code) for code in re.findall(r"\| (\d+) \|$", drift, re.MULTILINE)} == OF_DRIFT | {
        Outcome.ALL_WELL.exit_code
    }
