"""report.md: findings first, and short enough for the summary of a CI job."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pytest_auth0_mfa.contract.findings.kinds import DRIFT
from pytest_auth0_mfa.spec.outcomes import MEANINGS, FlowState, Outcome

from .model import Finding, Result
from .words import (
    FACTORS,
    cells,
    count,
    covered,
    difference,
    duration,
    headline,
    judged,
    listed,
    moment,
    operations,
    outcomes,
    request,
    rerun,
    since,
    title,
    verdict,
)

_MOST_FINDINGS, _MOST_ROWS, _MOST_FLOWS = 10, 30, 10
_SPECIAL = re.compile(
    r"([\\`*\[\]<>|~$&@]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|#(?=\d)|!(?=\[)|(?<=\])\(|:(?=//|[\w+-]+:)|(?<=www)\.)",
    re.IGNORECASE,
)
"""What Markdown would not take as plain text within a line: markup, mentions, references, emoji and links."""


def markdown(result: Result) -> str:
    """The text of the file."""
    parts = [
        _head(result),
        _findings(result),
        _earlier(result),
        _changes(result),
        _coverage(result),
        _unjudged(result),
        _observations(result),
        _end(result),
    ]
    return "\n".join(line for part in parts for line in part) + "\n"


def text(value: str) -> str:
    """The text on one line, escaped for Markdown and HTML."""
    return _SPECIAL.sub(r"\\\1", " ".join(value.split())).replace("\\<", "&lt;").replace("\\>", "&gt;")


def code(value: str) -> str:
    """The text as inline code. A bar is replaced, since it would end a table's cell."""
    line = " ".join(value.split()).replace("|", "¦")
    ticks = "`" * (1 + max((len(run) for run in re.findall("`+", line)), default=0))
    pad = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{ticks}{pad}{line}{pad}{ticks}" if line else "—"


def block(language: str, value: str) -> Iterator[str]:
    """The lines of a code block, with a fence longer than any in the text."""
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", value)), default=0))
    yield f"{fence}{language}"
    yield from value.rstrip("\n").split("\n")
    yield fence


_MARKS: dict[str, str] = {Outcome.ALL_WELL: "✅", Outcome.VIOLATION: "❌", Outcome.FAILED: "❌"}


def _head(result: Result) -> Iterator[str]:
    mark = _MARKS.get(result.outcome, "⚠️")
    yield f"# {mark} {title(result)}: {result.outcome}"
    yield ""
    yield verdict(result)
    yield ""
    yield f"- Judged: {code(judged(result))}, {moment(result.timing.started)}, {duration(result.timing.seconds)}"
    yield f"- Tests: {listed(result.tests) or 'none'}"
    yield f"- Exit code {result.exit_code}: {MEANINGS.get(result.exit_code, 'unknown')}"
    yield ""


def _findings(result: Result) -> Iterator[str]:
    if not result.findings:
        return
    yield "## Findings"
    yield ""
    titles = {flow.name: flow.title for flow in result.flows}
    for finding in result.findings[:_MOST_FINDINGS]:
        yield from _finding(finding, result, titles)
    more = len(result.findings) - _MOST_FINDINGS
    if more > 0:
        yield f"And {count(more, 'more finding')}: see report.html."
        yield ""


def _finding(finding: Finding, result: Result, titles: dict[str, str]) -> Iterator[str]:
    yield f"### {finding.id} {text(headline(finding))}"
    yield ""
    yield f"- Level: {finding.level}"
    yield f"- Request: {code(request(finding))}"
    yield f"- In {code(finding.field)}: expected {code(finding.expected)}, got {code(finding.actual)}"
    yield f"- Since: {since(finding, result)}"
    yield f"- Source: {finding.source if finding.source.startswith('https://') else text(finding.source)}"
    yield f"- {'Met by' if finding.level == DRIFT else 'Broken'}: {count(len(finding.flows), 'flow')}"
    for name in finding.flows[:_MOST_FLOWS]:
        yield f"  - {code(name)} {text(titles.get(name, ''))}"
    if len(finding.flows) > _MOST_FLOWS:
        yield f"  - and {len(finding.flows) - _MOST_FLOWS} more"
    yield f"- Again: {code(rerun(finding, result))}"
    yield ""
    if finding.curl:
        yield "<details><summary>See it happen with curl</summary>"
        yield ""
        yield from block("bash", finding.curl)
        yield ""
        yield "</details>"
        yield ""


def _earlier(result: Result) -> Iterator[str]:
    if not result.earlier:
        return
    yield "## Found earlier, not played this time"
    yield ""
    yield "| finding | request | what | since |"
    yield "| --- | --- | --- | --- |"
    for finding in result.earlier[:_MOST_ROWS]:
        what = f"{finding.id} {text(headline(finding))} | {code(request(finding))} | {text(difference(finding))}"
        yield f"| {what} | {moment(finding.since)} |"
    if len(result.earlier) > _MOST_ROWS:
        yield ""
        yield f"And {len(result.earlier) - _MOST_ROWS} more: see report.html."
    yield ""


def _changes(result: Result) -> Iterator[str]:
    if not result.timing.previous:
        return
    yield f"## Since the report of {moment(result.timing.previous)}"
    yield ""
    if not result.drift:
        yield "Nothing changed."
    else:
        yield "| level | where | what changed |"
        yield "| --- | --- | --- |"
        for change in result.drift[:_MOST_ROWS]:
            yield f"| {change.level} | {code(change.where)} | {text(change.text)} |"
    if len(result.drift) > _MOST_ROWS:
        yield ""
        yield f"And {len(result.drift) - _MOST_ROWS} more: see report.html."
    yield ""


def _coverage(result: Result) -> Iterator[str]:
    kept = result.in_state(FlowState.KEPT)
    yield "## Coverage"
    yield ""
    tests = f"{len(kept)} of {count(len(result.flows), 'contract test')}"
    yield f"{tests} passed; {covered(result)}."
    yield ""
    yield f"| operation | {' | '.join(factor or 'no factor' for factor in FACTORS)} | outcomes |"
    yield f"| --- |{' ---: |' * len(FACTORS)} ---: |"
    for operation in operations(result):
        reached, others = outcomes(result, operation)
        numbers = [len({cell.outcome for cell in cells(result, operation, factor)}) for factor in FACTORS]
        columns = " | ".join(str(number) if number else "·" for number in numbers)
        yield f"| {operation} | {columns} | {len(reached)} of {len(reached) + len(others)} |"
    yield ""


def _unjudged(result: Result) -> Iterator[str]:
    flows = result.in_state(FlowState.FAILED, FlowState.UNJUDGED, FlowState.COULD_NOT_RUN, FlowState.SKIPPED)
    if not flows:
        return
    yield "## Not judged"
    yield ""
    yield "| flow | state | why |"
    yield "| --- | --- | --- |"
    for flow in flows[:_MOST_ROWS]:
        yield f"| {code(flow.name)} | {flow.state} | {text(flow.reason)} |"
    if len(flows) > _MOST_ROWS:
        yield ""
        yield f"And {len(flows) - _MOST_ROWS} more: see report.html."
    yield ""


def _observations(result: Result) -> Iterator[str]:
    if not result.observations:
        return
    yield "## Observations"
    yield ""
    yield "| field of the profile | observed | at |"
    yield "| --- | --- | --- |"
    for observation in result.observations[:_MOST_ROWS]:
        yield f"| {code(observation.field)} | {code(observation.value)} | {text(observation.operation) or '—'} |"
    yield ""


def _end(result: Result) -> Iterator[str]:
    for client in result.clients:
        missing = f"; not covered: {', '.join(client.uncovered)}" if client.uncovered else ""
        yield f"{code(client.name)}: {count(client.examples, 'example')}{missing}"
        yield ""
    if result.plan:
        used = ", ".join(f"{number} {name}" for name, number in result.spent.items())
        yield f"Budget: {text(result.plan)}; used: {text(used) or 'nothing'}"
        yield ""
