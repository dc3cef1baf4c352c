"""How runs end: each outcome has a code of its own, kept by `auth0-mfa verify` and by the documentation."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from helpers.places import PROJECT

from pytest_auth0_mfa.report import exit_codes

DOCS = PROJECT / "docs"
OWN = {exit_codes.DRIFT, exit_codes.INCOMPLETE, exit_codes.COULD_NOT_RUN}
OF_DRIFT = {exit_codes.ADDED, exit_codes.CHANGED, exit_codes.BROKEN}


def test_no_code_clashes() -> None:
    """Ours are none of pytest's, and all are told apart; drift's are none of a run's."""
    pytests = {int(code) for code in pytest.ExitCode}
    assert len(OWN) == 3
    assert not OWN & pytests
    assert len(OF_DRIFT) == 3
    assert not OF_DRIFT & (OWN | pytests)
    assert OWN | pytests <= set(exit_codes.MEANINGS)  # older versions of pytest have fewer


def test_the_documentation_names_every_code() -> None:
    """The tables of the page hold all codes and no other."""
    page = (DOCS / "howto-reports.md").read_text(encoding="utf-8")
    runs = page.partition("## Exit codes of a run")[2]
    named = {int(code) for row in re.findall(r"^\| ([\d, ]+) \|", runs, re.MULTILINE) for code in row.split(", ")}
    assert named == set(exit_codes.MEANINGS)
    drift = page.partition("## Exit codes of a run")[0]
    assert {int(code) for code in re.findall(r"\| (\d+) \|$", drift, re.MULTILINE)} == OF_DRIFT | {exit_codes.SAME}


def verify(folder: Path, *arguments: str, **environment: str) -> int:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AUTH0_", "PYTEST_"))}
    done = subprocess.run(
        [sys.executable, "-m", "pytest_auth0_mfa", "verify", "-q", *arguments],
        cwd=folder, env={**kept, **environment}, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    return done.returncode


FEW = ("-k", "email-challenge-by-default")
DRIFTED = """
import pytest
from pytest_auth0_mfa.contract.findings.violation import Difference, violation

@pytest.fixture(autouse=True)
def set_up():
    {body}
"""


def test_verify_keeps_the_codes(tmp_path: Path) -> None:
    """All well, a broken contract, nothing selected, wrong usage, and a set-up that fails before anything is judged."""
    assert verify(tmp_path, *FEW) == exit_codes.ALL_WELL
    assert verify(tmp_path, "-k", "no-such-flow") == pytest.ExitCode.NO_TESTS_COLLECTED
    assert verify(tmp_path, "--auth0-mfa-report=nonsense") == pytest.ExitCode.USAGE_ERROR
    (tmp_path / "conftest.py").write_text(DRIFTED.format(body="raise RuntimeError('no network')"))
    assert verify(tmp_path, *FEW) == exit_codes.COULD_NOT_RUN
    (tmp_path / "conftest.py").write_text(
        "from pytest_auth0_mfa.contract.tenant import contract\n"
        "def perform(*arguments): raise AssertionError('broken')\n"
        "contract.perform = perform\n"
    )
    assert verify(tmp_path, *FEW) == exit_codes.VIOLATION


def test_a_missing_extra_is_no_violation(tmp_path: Path) -> None:
    """Without hypothesis the suite could not run."""
    code = "import sys; from importlib import util; found = util.find_spec\n"
    code += "util.find_spec = lambda name, *more: None if name == 'hypothesis' else found(name, *more)\n"
    code += "from pytest_auth0_mfa.cli import main; sys.exit(main(['verify']))"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == exit_codes.COULD_NOT_RUN
    assert "pip install 'pytest-auth0-mfa[contract]'" in done.stderr
