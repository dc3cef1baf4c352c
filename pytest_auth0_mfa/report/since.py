"""What an older report adds to a result: since when a finding is there, and what changed."""

from __future__ import annotations

from dataclasses import replace

from .comparison import compare_results
from .model import KEPT, Finding, Result


def with_history(new: Result, old: Result | None) -> Result:
    """The result, with what the older one of the same subject says. Another subject's is left out."""
    comparable = old is not None and old.subject.target == new.subject.target
    findings = tuple(_dated(finding, new, old if comparable else None) for finding in new.findings)
    if old is None or not comparable:
        return replace(new, findings=findings)
    timing = replace(new.timing, previous=old.timing.started)
    return replace(new, findings=findings, timing=timing, drift=tuple(compare_results(old, new)))


def _dated(finding: Finding, new: Result, old: Result | None) -> Finding:
    if old is None:
        return replace(finding, since=new.timing.started)
    known = next((one for one in old.findings if one.key == finding.key), None)
    if known is not None:
        return replace(finding, since=known.since or old.timing.started, last_without=known.last_without)
    kept = {flow.name for flow in old.flows if flow.state == KEPT}
    without = old.timing.started if kept & set(finding.flows) else ""
    return replace(finding, since=new.timing.started, last_without=without)
