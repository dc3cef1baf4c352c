"""Two results, two profiles, two cassettes: what drifted from the old one to the new one.

``info``: a field was added. ``warning``: one is gone or only sometimes there, or something behaves otherwise.
``error``: a type, a status or an `error` is another: clients break.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pytest_auth0_mfa.profile import Profile, by_name

from .model import BROKEN, Cell, Change, Result

INFO, WARNING, ERROR = "info", "warning", "error"
LEVELS: Final = (INFO, WARNING, ERROR)

_FIELD_IS_ADDED, _FIELD_IS_GONE = frozenset({"MFA004", "MFA032"}), frozenset({"MFA003"})
_ADDS_A_FIELD = frozenset(
    {
        "cache_control", "confirmation_gives_id_token", "mfa_requirements", "otp_rows_have_name", "rows_have_type",
        "slow_down_retry_after", "www_authenticate",
    }
)  # fmt: skip
"""Fields of the profile that say whether a field or header is in an answer."""
_RENAMES = frozenset({"oob_channel_name"})


def worst(changes: list[Change]) -> str | None:
    """The highest level among the changes; None when there are none."""
    return max((change.level for change in changes), key=LEVELS.index, default=None)


# -- results -----------------------------------------------------------------------------------


def compare_results(old: Result, new: Result) -> list[Change]:
    """What changed between two runs; what only one of them played is not compared. The worst first."""
    changes = [*_findings(old, new), *_observations(old, new), *_answers(old, new), *_flows(old, new)]
    return sorted(changes, key=lambda change: (-LEVELS.index(change.level), change.where, change.text))


def _findings(old: Result, new: Result) -> Iterator[Change]:
    before, after = ({finding.key: finding for finding in result.findings} for result in (old, new))
    played = {flow.name for flow in new.flows}
    for key, finding in after.items():
        if key not in before:
            level = INFO if finding.id in _FIELD_IS_ADDED else WARNING if finding.id in _FIELD_IS_GONE else ERROR
            what = f"{finding.field}: expected {finding.expected}, got {finding.got}"
            yield Change(level, f"{finding.id} at {finding.operation}", f"found for the first time: {what}")
    for key, finding in before.items():
        if key not in after and played & set(finding.flows):
            yield Change(INFO, f"{finding.id} at {finding.operation}", f"no longer found: {finding.field}")


def _observations(old: Result, new: Result) -> Iterator[Change]:
    defaults = {name: str(field.default) for name, field in by_name().items()}
    before, after = (
        {**defaults, **{one.field: one.value for one in result.observations}} if result.observations else None
        for result in (old, new)
    )
    if before is None and after is None:
        return
    before, after = before or defaults, after or defaults
    for name in sorted(before.keys() | after.keys()):
        was, now = before.get(name, "absent"), after.get(name, "absent")
        if was != now:
            yield Change(_level(name, was, now), f"profile {name}", f"{was} became {now}")


def _answers(old: Result, new: Result) -> Iterator[Change]:
    before = {(cell.operation, cell.outcome, cell.factor): cell for cell in old.coverage if cell.answers}
    for cell in new.coverage:
        was = before.get((cell.operation, cell.outcome, cell.factor))
        if was is not None and cell.answers:
            yield from _cell(was, cell)


def _cell(old: Cell, new: Cell) -> Iterator[Change]:
    where = " ".join(part for part in (new.operation, new.outcome, new.factor) if part)
    if old.answers != new.answers:
        yield Change(ERROR, where, f"{' or '.join(old.answers)} became {' or '.join(new.answers)}")
    for path in sorted(old.fields.keys() | new.fields.keys()):
        was, now = old.fields.get(path), new.fields.get(path)
        if was is None:
            yield Change(INFO, f"{where} {path}", "added")
        elif now is None:
            yield Change(WARNING, f"{where} {path}", "gone")
        elif was.rstrip("?") != now.rstrip("?"):
            yield Change(ERROR, f"{where} {path}", f"{was.rstrip('?')} became {now.rstrip('?')}")
        elif was != now:
            level, text = (WARNING, "now optional") if now.endswith("?") else (INFO, "no longer optional")
            yield Change(level, f"{where} {path}", text)


def _flows(old: Result, new: Result) -> Iterator[Change]:
    before = {(flow.contract, flow.name): flow for flow in old.flows}
    for flow in new.flows:
        was = before.get((flow.contract, flow.name))
        if was is not None and was.state != flow.state and BROKEN not in (was.state, flow.state):
            reason = f" ({flow.reason})" if flow.reason else ""
            yield Change(WARNING, f"flow {flow.name}", f"{was.state} became {flow.state}{reason}")


# -- profiles ----------------------------------------------------------------------------------


def compare_profiles(old: Profile, new: Profile) -> list[Change]:
    """What changed between two profiles. The worst first."""
    known = by_name()
    changes = []
    for name, (was, now) in old.differences(new).items():
        text = f"{was} became {now}: {known[name].metadata['doc']}"
        changes.append(Change(_level(name, str(was), str(now)), f"profile {name}", text))
    return sorted(changes, key=lambda change: (-LEVELS.index(change.level), change.where))


def _level(name: str, was: str, now: str) -> str:
    """How bad it is that a field of the profile changed."""
    declared = by_name().get(name)
    if declared is None:  # a field of an answer that nobody documented
        return INFO if was == "absent" else WARNING
    if declared.metadata.get("case") or name in _RENAMES:
        return ERROR
    return INFO if name in _ADDS_A_FIELD and now == "True" else WARNING
