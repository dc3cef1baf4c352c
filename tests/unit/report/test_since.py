"""What a report keeps of older ones: since when, what changed, and what was not played this time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from helpers.report_results import broken, finding, result

from pytest_auth0_mfa.report import store
from pytest_auth0_mfa.report.comparison import compare_results, with_history
from pytest_auth0_mfa.report.markdown import markdown
from pytest_auth0_mfa.report.model import Cell, Flow, Measurement, Result
from pytest_auth0_mfa.report.page import page

DAYS = [f"2026-01-0{day}T04:00:00+00:00" for day in range(1, 8)]


def on(day: int, made: Result) -> Result:
    """The result of a run of that day."""
    return replace(made, timing=replace(made.timing, started=DAYS[day]))


def flow(name: str, state: str) -> Flow:
    return Flow(name, "TestStaging", "tenant", "What is documented.", state, f"t.py::T::test[{name}]")


def run(**states: str) -> Result:
    """A run of these flows; a broken one has a finding of its own."""
    found = tuple(
        finding(id="MFA003", field=f"$.{name}", flows=(name,), tests=(flow(name, "").test,))
        for name, state in states.items()
        if state == "broken"
    )
    return result(flows=tuple(flow(name, state) for name, state in states.items()), findings=found, observations=())


def history(*runs: Result) -> list[Result]:
    """The reports that runs leave in one folder, day after day; each is read as it was written."""
    reports: list[Result] = []
    for day, made in enumerate(runs):
        before = store.loads(store.dumps(reports[-1]), "report.json") if reports else None
        reports.append(with_history(on(day, made), before))
    return reports


@pytest.mark.parametrize("other", [{}, {"email": "skipped"}, {"email": "unjudged"}, {"email": "could not run"}])
def test_what_was_not_played_stays_known(other: dict[str, str]) -> None:
    """Neither -k nor a skipped test takes a finding back, and when it is met again it is as old as it was."""
    _, first, partial, again = history(
        run(email="kept", otp="kept"), run(email="broken", otp="kept"), run(otp="kept", **other), run(email="broken")
    )
    assert partial.findings == ()
    assert [(one.field, one.since, one.last_without) for one in partial.earlier] == [("$.email", DAYS[1], DAYS[0])]
    assert partial.earlier == first.findings
    assert not [change for change in partial.drift if "MFA003" in change.where]
    assert (again.findings[0].since, again.findings[0].last_without) == (DAYS[1], DAYS[0])
    assert again.earlier == ()
    assert again.drift == ()


def test_what_was_played_and_is_kept_is_gone() -> None:
    """It is told once, and forgotten: met once more, it is new."""
    _, mended, again = history(run(email="broken"), run(email="kept"), run(email="broken"))
    assert [(one.level, one.text) for one in mended.drift] == [("info", "no longer found: $.email: expected 200")]
    assert mended.earlier == ()
    assert (again.findings[0].since, again.findings[0].last_without) == (DAYS[2], DAYS[1])


def test_a_test_that_breaks_earlier_takes_nothing_back() -> None:
    """It ended before it came to what was found: nobody knows."""
    one = run(email="broken")
    other = replace(one, findings=(replace(one.findings[0], field="$.another"),))
    _, hidden, again = history(one, other, one)
    assert [found.field for found in hidden.earlier] == ["$.email"]
    assert [change.text for change in hidden.drift] == ["found for the first time: $.another: expected 200, got 500"]
    assert again.findings[0].since == DAYS[0]


def test_a_partial_run_does_not_hide_when_a_flow_was_last_kept() -> None:
    """The report before the last one was still without the finding."""
    *_, last = history(run(email="kept", otp="kept"), run(otp="kept"), run(otp="kept"), run(email="broken"))
    assert (last.findings[0].since, last.findings[0].last_without) == (DAYS[3], DAYS[0])


def test_a_run_that_plays_everything_remembers_nothing_else() -> None:
    """What the report says of older ones is only what it cannot say itself."""
    _, whole = history(run(email="kept", otp="kept"), run(email="kept", otp="kept"))
    assert (whole.timing.kept, whole.earlier) == ({}, ())


def test_another_subject_has_a_history_of_its_own() -> None:
    """Nothing is taken over from a report of another target."""
    other = run(otp="kept")
    _, made = history(run(email="broken"), replace(other, subject=replace(other.subject, target="server")))
    assert (made.earlier, made.timing.previous, made.timing.kept) == ((), "", {})


def test_statuses_are_told_apart_by_what_was_due() -> None:
    """Two cases answered with a wrong status are two findings: the new one is not as old as the other."""
    due = [finding(id="MFA001", field="status", expected=f"403 ({case})", actual="401") for case in ("a", "b")]
    _, made = history(broken(findings=(due[0],)), broken(findings=tuple(due)))
    assert [one.since for one in made.findings] == [DAYS[0], DAYS[1]]


def test_the_reports_show_what_was_not_played() -> None:
    """With what it was, since when, and how to play it; the verdict says so too."""
    _, made = history(run(email="broken", otp="kept"), run(otp="kept"))
    for said in (page(made), markdown(made)):
        assert "Not played again: 1 finding of earlier reports" in said
        assert "Found earlier, not played this time" in said
        assert "2026-01-01 04:00 UTC" in said.partition("Found earlier")[2]
        assert "$.email: expected 200, got 500" in said.replace("\\", "")
    assert "pytest &#x27;t.py::T::test[email]&#x27;" in page(made)


# -- what changed, and what only looks so ------------------------------------------------------


def told(old: Result, new: Result) -> list[tuple[str, str, str]]:
    return [(one.level, one.where, one.text) for one in compare_results(old, new)]


def live(tests: dict[str, str], observed: dict[str, str], **profile: Any) -> Result:
    """A run against a real tenant, and what it observed; the test `email` showed it."""
    made = run(**tests)
    seen = tuple(Measurement(name, value, "mfa-oob", ("t.py::T::test[email]",)) for name, value in observed.items())
    return replace(made, subject=replace(made.subject, target="x.example", profile=profile), observations=seen)


def test_what_was_observed_and_then_given_is_no_change() -> None:
    """The profile that the first night measured holds in the second."""
    first = live({"email": "kept"}, {"missing_bearer": "401 access_denied", "newest_first": "True"})
    given = {"missing_bearer": "401 access_denied", "newest_first": True}
    assert told(first, live({"email": "kept"}, {}, **given)) == []
    changed = live({"email": "kept"}, {"newest_first": "False"}, **given)
    assert told(first, changed) == [("warning", "profile newest_first", "True became False")]


def test_what_was_not_observed_is_a_change_only_where_it_was_played() -> None:
    """Absent is the default when the test that showed it ran, and unknown otherwise; both ways round."""
    seen, unseen = live({"email": "kept"}, {"newest_first": "True"}), live({"email": "kept"}, {})
    unplayed = live({"otp": "kept"}, {})
    assert told(seen, unseen) == [("warning", "profile newest_first", "True became False")]
    assert told(unseen, seen) == [("warning", "profile newest_first", "False became True")]
    assert told(seen, unplayed) == told(unplayed, seen) == []


@pytest.mark.parametrize(
    ("old", "new", "due"),
    [
        ({}, {"$.x": "string"}, ["", "added", "added"]),
        ({"$.x": "string"}, {"$.x": "string?"}, ["", "now optional", "now optional"]),
        ({"$.x": "string?"}, {}, ["gone", "", "gone"]),
        ({"$.x": "string?"}, {"$.x": "string"}, ["no longer optional", "", "no longer optional"]),
        ({"$.x": "string"}, {"$.x": "number"}, ["string became number"] * 3),
    ],
)
def test_what_the_choice_of_tests_explains_is_no_drift(
    old: dict[str, str], new: dict[str, str], due: list[str]
) -> None:
    """A field may be missing because no test asked for it; another type has no such excuse."""
    few, many = {"otp": "kept"}, {"otp": "kept", "email": "kept"}
    for (before, after), text in zip([(few, many), (many, few), (few, few)], due, strict=True):
        cells = [(Cell("password", "success", "", 1, ("200",), fields),) for fields in (old, new)]
        changes = told(replace(run(**before), coverage=cells[0]), replace(run(**after), coverage=cells[1]))
        assert "".join(change for *_, change in changes) == text


def test_answers_that_were_not_asked_for_are_no_drift() -> None:
    """One of two answers is missing when fewer tests were played; a new one always counts."""
    both, one = ("400 a", "403 b"), ("403 b",)
    many, few = run(otp="kept", email="kept"), run(otp="kept")
    cells = {answers: (Cell("password", "x", "", 1, answers),) for answers in (both, one)}
    assert told(replace(many, coverage=cells[both]), replace(few, coverage=cells[one])) == []
    assert [level for level, *_ in told(replace(few, coverage=cells[one]), replace(many, coverage=cells[both]))] == [
        "error"
    ]
    assert [level for level, *_ in told(replace(few, coverage=cells[both]), replace(few, coverage=cells[one]))] == [
        "error"
    ]


def test_flows_that_changed_alike_are_told_together() -> None:
    """A factor that is switched off is one line, with all flows that need it."""
    (change,) = told(run(sms="kept", voice="kept"), run(sms="skipped", voice="skipped"))
    assert change == ("warning", "2 flows", "kept became skipped: sms, voice")
