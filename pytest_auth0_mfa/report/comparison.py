"""What changed between two results or two profiles.

``info``: a field was added. ``warning``: a field is gone or became optional, or some behaviour changed.
``error``: a type, a status or an `error` changed, which breaks clients.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from pytest_auth0_mfa.spec.outcomes import ChangeLevel, FlowState
from pytest_auth0_mfa.spec.profile import Profile, profile_fields

from .model import Cell, Change, Finding, Result

INFO, WARNING, ERROR = ChangeLevel
LEVELS: Final = tuple(ChangeLevel)

_FIELD_IS_ADDED, _FIELD_IS_GONE = frozenset({"MFA004", "MFA032"}), frozenset({"MFA003"})
_ADDS_A_FIELD = frozenset(
    {
        "cache_control", "confirmation_gives_id_token", "mfa_requirements", "otp_rows_have_name", "rows_have_type",
        "slow_down_retry_after", "www_authenticate",
    }
)  # fmt: skip
"""The profile fields that decide whether a field or header is in an answer."""
_RESHAPES = frozenset({"me_factors_as", "oob_channel_name"})
"""The profile fields that decide under which name, or in what, an answer holds something that clients read."""


def worst(changes: list[Change]) -> ChangeLevel | None:
    """The highest level among the changes; None without changes."""
    met = {change.level for change in changes}
    return next((level for level in reversed(LEVELS) if level in met), None)


# -- results -----------------------------------------------------------------------------------


def compare_results(old: Result, new: Result) -> list[Change]:
    """What changed between two runs, worst first. What only one of them played is not compared."""
    changes = [*_findings(old, new), *_observations(old, new), *_answers(old, new), *_flows(old, new)]
    return sorted(changes, key=lambda change: (-LEVELS.index(change.level), change.where, change.text))


def gone(finding: Finding, new: Result) -> bool:
    """Whether a finding is gone: all tests that met it pass now. A test that fails proves nothing."""
    return new.kept.issuperset(finding.tests)


def _findings(old: Result, new: Result) -> Iterator[Change]:
    before = {each.key: each for each in (*old.earlier, *old.findings)}
    after = {each.key: each for each in new.findings}
    for key, finding in after.items():
        if key not in before:
            level = INFO if finding.id in _FIELD_IS_ADDED else WARNING if finding.id in _FIELD_IS_GONE else ERROR
            what = f"{finding.field}: expected {finding.expected}, got {finding.actual}"
            yield Change(level, f"{finding.id} at {finding.operation}", f"found for the first time: {what}")
    for key, finding in before.items():
        if key not in after and gone(finding, new):
            what = f"{finding.field}: expected {finding.expected}"
            yield Change(INFO, f"{finding.id} at {finding.operation}", f"no longer found: {what}")


def _observations(old: Result, new: Result) -> Iterator[Change]:
    defaults = {name: str(field.default) for name, field in profile_fields().items()}
    before, after = _measured(old), _measured(new)
    for name in sorted(before.keys() | after.keys()):
        was, now = (values.get(name, defaults.get(name, "absent")) for values in (before, after))
        if was != now and _tells(name, old, new) and _tells(name, new, old):
            yield Change(_level(name, was, now), f"profile {name}", f"{was} became {now}")


def _measured(result: Result) -> dict[str, str]:
    """What is known of the tenant, by field: the profile it was checked against, and what was observed instead."""
    given = {name: str(value) for name, value in result.subject.profile.items()}
    return {**given, **{observation.field: observation.value for observation in result.observations}}


def _tells(name: str, result: Result, other: Result) -> bool:
    """Whether a run shows the value of a profile field, by observing it or by not observing it.

    The latter means the default value. It counts for a fake, and when all tests that observed the field in the
    ``other`` run passed.
    """
    if name in _measured(result) or result.subject.target in ("fake", "server"):
        return True
    shows = [observation for observation in other.observations if observation.field == name]
    return any(result.kept.issuperset(observation.tests) for observation in shows)


def _answers(old: Result, new: Result) -> Iterator[Change]:
    before = {(cell.operation, cell.outcome, cell.factor): cell for cell in old.coverage if cell.answers}
    fewer, more = bool(old.kept - new.kept), bool(new.kept - old.kept)
    for cell in new.coverage:
        was = before.get((cell.operation, cell.outcome, cell.factor))
        if was is not None and cell.answers:
            yield from _statuses(was, cell, fewer)
            yield from _fields(was, cell, fewer, more)


def _where(cell: Cell) -> str:
    return " ".join(part for part in (cell.operation, cell.outcome, cell.factor) if part)


def _statuses(old: Cell, new: Cell, fewer: bool) -> Iterator[Change]:
    if set(new.answers) - set(old.answers) or (set(old.answers) - set(new.answers) and not fewer):
        yield Change(ERROR, _where(new), f"{' or '.join(old.answers)} became {' or '.join(new.answers)}")


def _fields(old: Cell, new: Cell, fewer: bool, more: bool) -> Iterator[Change]:
    """The changed fields of an answer, except changes that other tests in the new run can explain.

    ``fewer``: some tests only passed in the old run; ``more``: some only passed in the new one.
    """
    for path in sorted(old.fields.keys() | new.fields.keys()):
        was, now = old.fields.get(path), new.fields.get(path)
        where = f"{_where(new)} {path}"
        if was is None:
            change = None if more else Change(INFO, where, "added")
        elif now is None:
            change = None if fewer else Change(WARNING, where, "gone")
        elif was.rstrip("?") != now.rstrip("?"):
            change = Change(ERROR, where, f"{was.rstrip('?')} became {now.rstrip('?')}")
        elif was == now:
            continue
        elif now.endswith("?"):
            change = None if more else Change(WARNING, where, "now optional")
        else:
            change = None if fewer else Change(INFO, where, "no longer optional")
        if change is not None:
            yield change


def _flows(old: Result, new: Result) -> Iterator[Change]:
    before = {(flow.contract, flow.name): flow for flow in old.flows}
    changed: dict[str, list[str]] = defaultdict(list)
    for flow in new.flows:
        was = before.get((flow.contract, flow.name))
        if was is not None and was.state != flow.state and FlowState.BROKEN not in (was.state, flow.state):
            reason = f" ({flow.reason})" if flow.reason else ""
            changed[f"{was.state} became {flow.state}{reason}"].append(flow.name)
    for text, names in changed.items():
        if len(names) == 1:
            yield Change(WARNING, f"flow {names[0]}", text)
        else:
            yield Change(WARNING, f"{len(names)} flows", f"{text}: {', '.join(names)}")


# -- profiles ----------------------------------------------------------------------------------


def compare_profiles(old: Profile, new: Profile) -> list[Change]:
    """What changed between two profiles, worst first."""
    known = profile_fields()
    changes = []
    for name, (was, now) in old.differences(new).items():
        text = f"{was} became {now}: {known[name].metadata['doc']}"
        changes.append(Change(_level(name, str(was), str(now)), f"profile {name}", text))
    return sorted(changes, key=lambda change: (-LEVELS.index(change.level), change.where))


def _level(name: str, was: str, now: str) -> str:
    """The level of a changed profile field."""
    declared = profile_fields().get(name)
    if declared is None:  # an undocumented field of an answer
        return INFO if was == "absent" else WARNING
    if declared.metadata["refusal"] or name in _RESHAPES:
        return ERROR
    return INFO if name in _ADDS_A_FIELD and now == "True" else WARNING


def with_history(new: Result, old: Result | None) -> Result:
    """The result with what an older result of the same subject adds to it; one of another subject is ignored.

    Findings whose tests were not all played to the end stay known, and so does when each test last passed.
    """
    if old is None or old.subject.target != new.subject.target:
        return replace(new, findings=tuple(replace(finding, since=new.timing.started) for finding in new.findings))
    known = {finding.key: finding for finding in (*old.earlier, *old.findings)}
    kept = {**old.timing.kept, **dict.fromkeys(old.kept, old.timing.started)}
    findings = tuple(_dated(finding, known.get(finding.key), kept, new, old) for finding in new.findings)
    found = {finding.key for finding in findings}
    return replace(
        new,
        findings=findings,
        earlier=tuple(finding for key, finding in known.items() if key not in found and not gone(finding, new)),
        timing=replace(
            new.timing,
            previous=old.timing.started,
            kept={test: at for test, at in sorted(kept.items()) if test not in new.kept},
        ),
        drift=tuple(compare_results(old, new)),
    )


def _dated(finding: Finding, known: Finding | None, kept: dict[str, str], new: Result, old: Result) -> Finding:
    if known is not None:
        return replace(finding, since=known.since or old.timing.started, last_without=known.last_without)
    without = max((kept[test] for test in finding.tests if test in kept), default="")
    return replace(finding, since=new.timing.started, last_without=without)
