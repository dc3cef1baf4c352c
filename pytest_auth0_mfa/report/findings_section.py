"""The findings of a result, each with its steps as a diagram and the ways to see it happen."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_auth0_mfa.operations import OPERATIONS

from .elements import Html, e
from .model import ALL_WELL, Finding, Result
from .sequence import diagram
from .words import count, rerun, since

_OPEN = 3
_NAMED = 6


def findings_section(result: Result) -> Html | None:
    """The section; None when all is well."""
    if not result.findings:
        if result.outcome == ALL_WELL:
            return None
        return e("section", e("h2", "Findings"), e("p", "Nothing was found in what was played."), id="findings")
    titles = {flow.name: flow.title for flow in result.flows}
    parts = [_finding(finding, index, result, titles) for index, finding in enumerate(result.findings, start=1)]
    index = _index(result) if len(result.findings) > 1 else None
    return e("section", e("h2", "Findings"), index, parts, id="findings")


def _index(result: Result) -> Html:
    rows = []
    for number, one in enumerate(result.findings, start=1):
        link, tests = e("a", f"{one.id} {one.title}", href=f"#finding-{number}"), count(len(one.tests), "test")
        rows.append(e("li", link, f" at {one.operation}: ", e("code", one.field), f" ({tests})"))
    return e("ol", rows, class_="index")


def _finding(finding: Finding, number: int, result: Result, titles: dict[str, str]) -> Html:
    heading = e("h3", e("span", finding.id, class_="id"), " ", finding.title, f" at {finding.operation}")
    level = e("span", finding.level, class_=f"badge {finding.level}")
    return e(
        "details",
        e("summary", heading, level),
        list(_body(finding, number, result, titles)),
        open=number <= _OPEN,
        id=f"finding-{number}",
        class_="finding",
    )


def _body(finding: Finding, number: int, result: Result, titles: dict[str, str]) -> Iterator[Html]:
    yield e("dl", [e("div", e("dt", name), e("dd", value)) for name, value in _facts(finding, result, titles)])
    yield e("h4", "What happened")
    if finding.steps:
        yield diagram(finding)
    else:
        yield e("p", "The finding came without its steps: see the test's own message.")
    yield e("h4", "See it happen")
    yield _copied("Play the flow again", rerun(finding, result), f"rerun-{number}")
    if finding.curl:
        curl = _copied("bash, curl and python3", finding.curl, f"curl-{number}")
        python = _copied("Standard library only", finding.python, f"python-{number}")
        yield e("details", e("summary", "With curl"), curl)
        yield e("details", e("summary", "With Python"), python)
    yield e("h4", "What it means")
    yield e("p", finding.explanation)


def _facts(finding: Finding, result: Result, titles: dict[str, str]) -> Iterator[tuple[str, Html]]:
    yield "Broken flow" if len(finding.flows) == 1 else "Broken flows", _flows(finding, titles)
    operation = OPERATIONS.get(finding.operation)
    request = f"{operation.method} {operation.path}" if operation is not None else finding.operation
    yield "Request", e("code", request)
    if finding.field:
        yield "In", e("code", finding.field)
        yield "Expected", e("span", finding.expected)
        yield "Got", e("span", finding.got)
    if finding.case:
        yield "Case", e("code", finding.case)
    yield "Since", e("span", since(finding, result))
    url = finding.source.startswith("https://") and " " not in finding.source
    yield "Source", e("a", finding.source, href=finding.source, rel="noreferrer") if url else e("span", finding.source)


def _flows(finding: Finding, titles: dict[str, str]) -> Html:
    items = [e("li", e("code", name), f" {titles.get(name, '')}") for name in finding.flows]
    shown, more = items[:_NAMED], items[_NAMED:]
    rest = e("details", e("summary", f"{len(more)} more"), e("ul", more)) if more else None
    return e("div", e("ul", shown, class_="flow-names"), rest)


def _copied(label: str, text: str, name: str) -> Html:
    """Text to copy; the script adds a button."""
    return e(
        "figure",
        e("figcaption", label),
        e("pre", text, id=name, tabindex="0", aria_label=label),
        class_="copied",
        data_copy=name,
    )
