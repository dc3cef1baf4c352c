"""The findings of a result, each with a diagram of its steps and ways to reproduce it."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_auth0_mfa.contract.findings.kinds import DRIFT
from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.spec.outcomes import Outcome

from .elements import Html, e, table
from .model import Finding, Result
from .words import count, difference, headline, moment, request, rerun, since


def diagram(finding: Finding) -> Html:
    """A sequence diagram of client and tenant. The last call is the one where the contract broke."""
    last = max((index for index, step in enumerate(finding.steps) if step["kind"] == "call"), default=-1)
    rows = [_row(step, finding if index == last else None) for index, step in enumerate(finding.steps)]
    return e(
        "div",
        e("div", e("span", "Client"), e("span", "Tenant"), class_="actors", aria_hidden="true"),
        e("ol", rows, class_="sequence", aria_label="The steps, from the login on"),
        class_="diagram",
    )


def _row(step: Json, broken: Finding | None) -> Html:
    if step["kind"] == "call":
        return e("li", list(_call(step, broken)), class_="call broken" if broken else "call")
    if step["kind"] == "read":
        content = ["Read ", step["text"], " (", e("code", f"${{{step['variable']}}}"), ")"]
    else:
        content = [step["text"][:1].upper() + step["text"][1:]]
    return e("li", e("span", content, class_="note"), class_="aside")


def _call(step: Json, broken: Finding | None) -> Iterator[Html]:
    yield e(
        "div",
        e("span", "Client to tenant: ", class_="unseen"),
        e("code", step["request"]),
        e("span", step["operation"], class_="operation"),
        class_="there",
    )
    sent = "\n".join([*(f"{name}: {value}" for name, value in step["headers"].items()), "", step["body"]]).strip()
    if sent:
        yield e("details", e("summary", "What is sent"), e("pre", sent, tabindex="0"), open=broken is not None)
    yield e("div", e("span", "Tenant to client: ", class_="unseen"), list(_answer(step["answer"])), class_="back")
    if step["captures"]:
        taken = [[" " if index else "", e("code", f"${{{name}}}")] for index, name in enumerate(step["captures"])]
        yield e("div", "kept for later: ", taken, class_="kept")
    if broken is not None:
        yield e(
            "dl",
            e("div", e("dt", "Expected"), e("dd", broken.expected)),
            e("div", e("dt", "Got"), e("dd", broken.actual)),
            e("div", e("dt", "In"), e("dd", e("code", broken.field))),
            class_="verdict",
        )


def _answer(answer: Json) -> Iterator[Html]:
    if answer is None:
        yield e("strong", "no answer")
        return
    yield e("code", f"{answer['status']} {answer['error']}".strip())
    if answer["fields"]:
        yield e("span", " ", ", ".join(answer["fields"]), class_="fields")
    elif answer["shape"] != "object":
        yield e("span", " ", answer["shape"], class_="fields")


_OPEN = 3
_NAMED = 6


def findings_section(result: Result) -> Html | None:
    """The section about findings; None when all is well."""
    if not result.findings:
        if result.outcome == Outcome.ALL_WELL:
            return None
        return e("section", e("h2", "Findings"), e("p", "Nothing was found in what was played."), id="findings")
    titles = {flow.name: flow.title for flow in result.flows}
    parts = [_finding(finding, index, result, titles) for index, finding in enumerate(result.findings, start=1)]
    index = _index(result) if len(result.findings) > 1 else None
    return e("section", e("h2", "Findings"), index, parts, id="findings")


def earlier_section(result: Result) -> Html | None:
    """The section about findings of older reports that were not played again; None when there are none."""
    if not result.earlier:
        return None
    rows = [
        (
            [e("strong", finding.id), f" {headline(finding)}"],
            e("code", request(finding)),
            difference(finding),
            moment(finding.since),
            e("code", rerun(finding, result)),
        )
        for finding in result.earlier
    ]
    text = (
        "Older reports found this. Not every test that met it was played to its end this time, so it may still be so."
    )
    listed = table(("Finding", "Request", "What", "Since", "Play it again"), rows, class_="earlier")
    return e("section", e("h2", "Found earlier, not played this time"), e("p", text), listed, id="earlier")


def _index(result: Result) -> Html:
    rows = []
    for number, finding in enumerate(result.findings, start=1):
        new = (
            e("span", "new", class_="new")
            if finding.since == result.timing.started and result.timing.previous
            else None
        )
        rows.append(
            (
                [e("a", f"{finding.id} {headline(finding)}", href=f"#finding-{number}"), " "],
                e("code", request(finding)),
                difference(finding),
                [moment(finding.since), " ", new] if new else moment(finding.since),
                count(len(finding.tests), "test"),
            )
        )
    return table(("Finding", "Request", "What", "First reported", "Met by"), rows, class_="index")


def _finding(finding: Finding, number: int, result: Result, titles: dict[str, str]) -> Html:
    heading = e("h3", e("span", finding.id, class_="id"), " ", headline(finding))
    level = e("span", finding.level, class_="badge")
    return e(
        "details",
        e("summary", heading, level),
        list(_body(finding, number, result, titles)),
        open=number <= _OPEN,
        id=f"finding-{number}",
        class_=f"finding {finding.level}",
    )


def _body(finding: Finding, number: int, result: Result, titles: dict[str, str]) -> Iterator[Html]:
    yield e("dl", [e("div", e("dt", name), e("dd", value)) for name, value in _facts(finding, result, titles)])
    happened = diagram(finding) if finding.steps else e("p", "The finding came without its steps.")
    again = [_copied("Play the flow again", rerun(finding, result), f"rerun-{number}")]
    if finding.curl:
        curl = _copied("bash, curl and python3", finding.curl, f"curl-{number}")
        python = _copied("Standard library only", finding.python, f"python-{number}")
        again += [
            e("details", e("summary", "With curl"), curl),
            e("details", e("summary", "With Python"), python),
        ]
    yield e(
        "div",
        e("div", e("h4", "What happened"), happened),
        e(
            "div",
            e("h4", "See it happen"),
            again,
            e("h4", "What it means"),
            e("p", finding.explanation),
        ),
        class_="columns",
    )


def _facts(finding: Finding, result: Result, titles: dict[str, str]) -> Iterator[tuple[str, Html]]:
    singular, plural = ("Flow", "Flows") if finding.level == DRIFT else ("Broken flow", "Broken flows")
    yield singular if len(finding.flows) == 1 else plural, _flows(finding, titles)
    yield "Since", e("span", since(finding, result))
    yield "Request", e("code", request(finding))
    if finding.field:
        yield "In", e("code", finding.field)
        yield "Expected", e("span", finding.expected)
        yield "Got", e("span", finding.actual)
    if finding.refusal:
        yield "Refusal", e("code", finding.refusal)
    url = finding.source.startswith("https://") and " " not in finding.source
    yield "Source", e("a", finding.source, href=finding.source, rel="noreferrer") if url else e("span", finding.source)


def _flows(finding: Finding, titles: dict[str, str]) -> Html:
    items = [e("li", e("code", name), f" {titles.get(name, '')}") for name in finding.flows]
    shown, more = items[:_NAMED], items[_NAMED:]
    rest = e("details", e("summary", f"{len(more)} more"), e("ul", more, class_="flow-names")) if more else None
    return e("div", e("ul", shown, class_="flow-names"), rest)


def _copied(label: str, text: str, name: str) -> Html:
    """Text that the reader can copy. The script of the page adds a button."""
    return e(
        "figure",
        e("figcaption", label),
        e("pre", text, id=name, tabindex="0", aria_label=label, class_=None if "\n" in text else "line"),
        class_="copied",
        data_copy=name,
    )
