"""What an older report adds to a result: since when a finding is there, what changed, and what is still unanswered."""

from __future__ import annotations

from dataclasses import replace

from .comparison import compare_results, gone
from .model import Finding, Result


def with_history(new: Result, old: Result | None) -> Result:
    """The result, with what the older one of the same subject says. Another subject's is left out.

    A run that plays a part takes nothing back: what it did not play stays known, and so does when that was last kept.
    """
    if old is None or old.subject.target != new.subject.target:
        return replace(new, findings=tuple(replace(one, since=new.timing.started) for one in new.findings))
    known = {one.key: one for one in (*old.earlier, *old.findings)}
    kept = {**old.timing.kept, **dict.fromkeys(old.kept, old.timing.started)}
    findings = tuple(_dated(one, known.get(one.key), kept, new, old) for one in new.findings)
    found = {one.key for one in findings}
    return replace(
        new,
        findings=findings,
        earlier=tuple(one for key, one in known.items() if key not in found and not gone(one, new)),
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
