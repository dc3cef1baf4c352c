"""The audit of dependencies: a finding fails it; a network that is not there fails the job that must look."""

from __future__ import annotations

import json
import sys

import audit
import pytest


def told(out: str, err: str, code: int, capsys: pytest.CaptureFixture[str], must_look: bool = False) -> tuple[int, str]:
    """What comes of a pip-audit that prints this."""
    program = "import sys; sys.stdout.write(sys.argv[1]); sys.stderr.write(sys.argv[2]); sys.exit(int(sys.argv[3]))"
    return audit.main(
        [sys.executable, "-c", program, out, err, str(code)], must_look=must_look
    ), capsys.readouterr().out


def _packages(*vulnerabilities: str) -> str:
    vulns = [{"id": known, "fix_versions": []} for known in vulnerabilities]
    skipped = {"name": "pytest-auth0-mfa", "skip_reason": "it is not on PyPI"}
    return json.dumps({"dependencies": [{"name": "requests", "version": "2.0", "vulns": vulns}, skipped], "fixes": []})


def test_a_finding_fails(capsys: pytest.CaptureFixture[str]) -> None:
    """Package, version and id are named."""
    code, said = told(_packages("PYSEC-1", "CVE-2"), "Found 2 known vulnerabilities in 1 package", 1, capsys)
    assert code == 1
    assert "requests 2.0: PYSEC-1" in said
    assert "requests 2.0: CVE-2" in said


def test_nothing_known_is_well(capsys: pytest.CaptureFixture[str]) -> None:
    """It says how many packages were looked at."""
    assert told(_packages(), "", 0, capsys) == (
        0,
        "audit: nothing is known against 1 packages; 1 could not be looked up\n",
    )


def test_an_index_without_advisories_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """A mirror of PyPI has none; that is no finding, and no success."""
    skipped = [{"name": name, "skip_reason": "Dependency not found on PyPI"} for name in ("requests", "idna")]
    said = "audit: the index knows no advisories of the 2 packages, so nothing was audited\n"
    assert told(json.dumps({"dependencies": skipped, "fixes": []}), "", 0, capsys) == (0, said)


def test_without_a_network_it_says_so_and_passes(capsys: pytest.CaptureFixture[str]) -> None:
    """One sentence; CI without a network is no finding."""
    error = "ERROR:pip_audit._cli:Could not connect to PyPI's vulnerability feed"
    code, said = told("", error, 1, capsys)
    assert code == 0
    assert said.startswith("audit: the advisory service cannot be reached from here, so nothing was audited (")
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("out", "err", "code"),
    [
        ("", "ERROR:pip_audit._cli:Could not connect to PyPI's vulnerability feed", 1),
        (json.dumps({"dependencies": [{"name": "idna", "skip_reason": "not on PyPI"}], "fixes": []}), "", 0),
    ],
    ids=["no network", "no advisories"],
)
def test_the_job_that_must_look_fails_when_it_could_not(
    out: str, err: str, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """Green means that somebody was asked."""
    failed, said = told(out, err, code, capsys, must_look=True)
    assert failed == 1
    assert "nothing was audited" in said


@pytest.mark.parametrize(("out", "err"), [("", "usage: pip-audit"), ("{}", ""), ('{"dependencies": []}', "")])
def test_any_other_failure_fails(out: str, err: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A pip-audit that cannot be run, or that looked at nothing, proves nothing."""
    code, said = told(out, err, 2, capsys)
    assert code == 1
    assert said.startswith("audit: ")
