"""`auth0-mfa drift`: what changed, on three levels, between reports, profiles and cassettes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from helpers.report_results import broken, finding, result

from pytest_auth0_mfa.cli import main
from pytest_auth0_mfa.report import store
from pytest_auth0_mfa.report.comparison import compare_profiles, compare_results
from pytest_auth0_mfa.report.model import Cell, Measurement, Result
from pytest_auth0_mfa.spec.outcomes import ChangeLevel, Outcome
from pytest_auth0_mfa.spec.profile import Profile

CELL = Cell("password", "mfa_required", "", 3, ("403 mfa_required",), {"$.error": "string", "$.mfa_token": "string"})


def changed(**changes: object) -> list[tuple[str, str, str]]:
    """What a change of one cell's answers comes to."""
    old, new = result(coverage=(CELL,)), result(coverage=(replace(CELL, **changes),))  # type: ignore[arg-type]
    return [(one.level, one.where, one.text) for one in compare_results(old, new)]


@pytest.mark.parametrize(
    ("fields", "due"),
    [
        ({**CELL.fields, "$.more": "object"}, ("info", "password mfa_required $.more", "added")),
        ({"$.error": "string"}, ("warning", "password mfa_required $.mfa_token", "gone")),
        ({**CELL.fields, "$.error": "string?"}, ("warning", "password mfa_required $.error", "now optional")),
        ({**CELL.fields, "$.error": "array"}, ("error", "password mfa_required $.error", "string became array")),
    ],
)
def test_fields_of_answers_drift_on_three_levels(fields: dict[str, str], due: tuple[str, str, str]) -> None:
    """Added is info, gone or optional a warning, another type an error."""
    assert changed(fields=fields) == [due]


@pytest.mark.parametrize("answer", ["401 mfa_required", "403 another_error"])
def test_another_status_or_error_is_an_error(answer: str) -> None:
    """Clients branch on both."""
    text = f"403 mfa_required became {answer}"
    assert changed(answers=(answer,)) == [("error", "password mfa_required", text)]


def test_more_calls_are_no_drift() -> None:
    """How often something was played says nothing about the tenant, nor does what only one run played."""
    assert changed(calls=99) == []
    assert compare_results(result(coverage=(CELL,)), result(coverage=())) == []


def test_findings_come_and_go() -> None:
    """A new finding is an error (a field too many: info, too few: a warning); one that is gone is info."""
    for number, level in (("MFA022", "error"), ("MFA003", "warning"), ("MFA004", "info")):
        (change,) = compare_results(result(), broken(findings=(finding(id=number),)))
        assert (change.level, change.where) == (level, f"{number} at mfa-oob")
        assert "expected 200, got 500" in change.text
    (change,) = compare_results(broken(), result())
    assert (change.level, change.text) == ("info", "no longer found: status: expected 200")


def test_what_was_measured_otherwise_is_drift() -> None:
    """An observation that changed is as bad as the profile's field."""
    new = result(observations=(Measurement("wrong_otp", "400 invalid_grant", "mfa-otp"),))
    (change,) = compare_results(result(), new)
    assert (change.level, change.where) == ("error", "profile wrong_otp")
    assert change.text == "401 invalid_grant became 400 invalid_grant"


def test_a_flow_that_is_no_longer_judged_is_a_warning() -> None:
    """Kept became skipped."""
    flows = tuple(replace(flow, state="skipped", reason="email is off") for flow in result().flows)
    (change,) = compare_results(result(), result(flows=flows))
    assert (change.level, change.where, change.text) == (
        "warning",
        "flow email-challenge",
        "kept became skipped (email is off)",
    )


def test_profiles_drift_on_three_levels() -> None:
    """A field of answers that appears is info, one that goes a warning, another status or error an error."""
    old = Profile()
    new = old.with_(mfa_requirements=True, rows_have_type="never", wrong_otp="401 invalid_grant", totp_window=2)
    new = new.with_(me_factors_as="array")
    found = {change.where: change.level for change in compare_profiles(old, new)}
    assert found == {
        "profile me_factors_as": "error",
        "profile wrong_otp": "error",
        "profile rows_have_type": "warning",
        "profile totp_window": "warning",
        "profile mfa_requirements": "info",
    }
    assert list(found.values()) == ["error", "error", "warning", "warning", "info"]  # the worst first


# -- the command -------------------------------------------------------------------------------


def saved(file: Path, made: Result) -> str:
    file.write_text(store.dumps(made))
    return str(file)


def test_the_exit_code_is_that_of_the_worst_level(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """0, 20, 21 and 22; --fail-on lets the lower ones pass."""
    old = saved(tmp_path / "old.json", result())
    assert main(["drift", old, old]) == 0
    assert capsys.readouterr().out == "nothing changed\n"
    for number, code in (
        ("MFA004", ChangeLevel.INFO.exit_code),
        ("MFA003", ChangeLevel.WARNING.exit_code),
        ("MFA001", ChangeLevel.ERROR.exit_code),
    ):
        new = saved(tmp_path / "new.json", broken(findings=(finding(id=number),)))
        assert main(["drift", old, new]) == code
    capsys.readouterr()
    new = saved(tmp_path / "new.json", broken(findings=(finding(id="MFA003"),)))
    assert main(["drift", old, new, "--fail-on=error"]) == 0
    out = capsys.readouterr().out
    assert out.splitlines() == [
        "warning  MFA003 at mfa-oob",
        "         found for the first time: status: expected 200, got 500",
        "",
        "1 change: 1 warning",
    ]


def test_profiles_end_with_the_code_of_the_worst_level(tmp_path: Path) -> None:
    """As reports do."""
    old = tmp_path / "old.toml"
    old.write_text("")
    lines = {
        ChangeLevel.INFO.exit_code: "mfa_requirements = true",
        ChangeLevel.WARNING.exit_code: "newest_first = true",
    }
    lines[ChangeLevel.ERROR.exit_code] = 'wrong_otp = "401 invalid_grant"'
    for code, line in lines.items():
        new = tmp_path / "new.toml"
        new.write_text(line)
        assert main(["drift", str(old), str(new)]) == code


def test_folders_of_reports_and_profiles_are_taken(tmp_path: Path) -> None:
    """A folder stands for its report.json; TOML files are profiles."""
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        saved(tmp_path / name / "report.json", result())
        profile = Profile() if name == "a" else Profile(wrong_otp="401 invalid_grant")
        (tmp_path / f"{name}.toml").write_text(profile.dumps())
    assert main(["drift", str(tmp_path / "a"), str(tmp_path / "b")]) == 0
    assert main(["drift", str(tmp_path / "a.toml"), str(tmp_path / "b.toml")]) == ChangeLevel.ERROR.exit_code


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("report.json", "gone.json", "gone.json: there is no such file or folder"),
        ("report.json", "profile.toml", "give two of one kind"),
        ("other.json", "other.json", 'no report: expected "format": "auth0-mfa-report"'),
        ("report.json", "newer.json", "a report of version 2, and this reads version 1; update pytest-auth0-mfa"),
        ("report.json", "odd.json", "a report of version 'x', and this reads version 1; make it anew"),
        ("report.json", "half.json", "half.json: no JSON"),
        ("report.json", "bytes.json", "bytes.json: cannot be read"),
        ("report.json", "folder", "folder: neither report.json nor a cassette"),
        ("profile.toml", "half.toml", "half.toml: profile: not TOML"),
        ("profile.toml", "typo.toml", "Did you mean 'wrong_otp'?"),
        ("report.json", "damaged.json", "$.exit_code"),
        ("folder", "folder", "neither report.json nor a cassette"),
        ("notes.txt", "notes.txt", "expected report.json, a profile (.toml), a cassette (.yaml) or a folder"),
    ],
)
def test_what_cannot_be_compared_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, said: str
) -> None:
    """Exit code 2, and a sentence that says what was expected."""
    text = store.dumps(result())
    (tmp_path / "report.json").write_text(text)
    (tmp_path / "newer.json").write_text(text.replace('"version": 1', '"version": 2'))
    (tmp_path / "odd.json").write_text(text.replace('"version": 1', '"version": "x"'))
    (tmp_path / "half.json").write_text(text[:40])
    (tmp_path / "bytes.json").write_bytes(b"\xff")
    (tmp_path / "half.toml").write_text("wrong_otp = ")
    (tmp_path / "typo.toml").write_text('wrong_otpp = "401 invalid_grant"')
    (tmp_path / "damaged.json").write_text(text.replace('"exit_code": 0', '"exit_code": "0"'))
    (tmp_path / "other.json").write_text("{}")
    (tmp_path / "profile.toml").write_text("")
    (tmp_path / "notes.txt").write_text("")
    (tmp_path / "folder").mkdir()
    assert main(["drift", str(tmp_path / old), str(tmp_path / new)]) == Outcome.WRONG_USAGE.exit_code
    assert said in capsys.readouterr().err


def test_a_result_is_read_as_it_was_written() -> None:
    """Nothing is lost on the way through the file."""
    for made in (result(), broken(drift=tuple(compare_results(result(), broken())))):
        again = store.loads(store.dumps(made), "here")
        assert again == made
        assert store.dumps(again) == store.dumps(made)
