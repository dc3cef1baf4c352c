"""The coverage section: a matrix of operations and factors, then the outcomes of each operation."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_auth0_mfa.contract.coverage import SUCCESS
from pytest_auth0_mfa.spec.operations import OPERATIONS
from pytest_auth0_mfa.spec.refusals import REFUSALS

from .elements import Html, e
from .model import Finding, Result
from .words import FACTORS, cells, count, covered, operations, outcomes


def matrix(result: Result) -> Html:
    """The coverage section."""
    found = _found(result)
    return e(
        "section",
        e("h2", "Coverage of the contract"),
        e(
            "p",
            f"{covered(result)}. Each number says how many outcomes of the "
            "operation were reached with the factor; the fuller its colour, the more.",
            e("span", " Each square is a documented outcome.", class_="of-squares"),
        ),
        e("div", _overview(result, found), class_="scrolls"),
        e("h3", "Outcome by outcome"),
        [_operation(result, operation, found.get(operation, [])) for operation in operations(result)],
        id="coverage",
    )


def _found(result: Result) -> dict[str, list[Finding]]:
    found: dict[str, list[Finding]] = {}
    for finding in result.findings:
        found.setdefault(finding.operation, []).append(finding)
    return found


def _overview(result: Result, found: dict[str, list[Finding]]) -> Html:
    names = [e("th", e("span", factor or "no factor"), scope="col", class_="factor") for factor in FACTORS]
    head = e("tr", e("th", "Operation", scope="col"), names, e("th", "Outcomes", scope="col", class_="outcomes"))
    rows = [_overview_row(result, operation, found.get(operation, [])) for operation in operations(result)]
    caption = e("caption", "Outcomes reached, by operation and factor", class_="unseen")
    return e("table", caption, e("thead", head), e("tbody", rows), class_="matrix")


def _overview_row(result: Result, operation: str, findings: list[Finding]) -> Html:
    reached, others = outcomes(result, operation)
    total = len(reached) + len(others)
    mark = e("span", " ✗ ", count(len(findings), "finding"), class_="bad mark") if findings else None
    columns = [_number(len({cell.outcome for cell in cells(result, operation, factor)}), total) for factor in FACTORS]
    squares = [e("i", class_="yes" if outcome in reached else None) for outcome in [*reached, *others]]
    return e(
        "tr",
        e("th", e("a", operation, href=f"#operation-{operation}"), mark, scope="row"),
        columns,
        e(
            "td",
            e("span", f"{len(reached)} of {total}", class_="of"),
            e("span", squares, class_="squares", aria_hidden="true"),
            class_="outcomes",
        ),
        class_="has-finding" if findings else None,
    )


def _number(reached: int, total: int) -> Html:
    if not reached:
        return e("td", e("span", "·", aria_hidden="true"), e("span", "none", class_="unseen"), class_="none")
    shade = min(4, 1 + 4 * reached // (total + 1))
    return e("td", reached, class_=f"shade{shade}")


def _operation(result: Result, operation: str, findings: list[Finding]) -> Html:
    row = OPERATIONS[operation]
    reached, others = outcomes(result, operation)
    calls = sum(cell.calls for cell in result.coverage if cell.operation == operation)
    totals = f" — {len(reached)} of {count(len(reached) + len(others), 'outcome')}, {count(calls, 'call')}"
    mark = e("span", " ✗", class_="bad") if findings else None
    factors = [factor for factor in FACTORS if cells(result, operation, factor)]
    body: list[Html] = [e("p", row.summary, ": ", e("code", f"{row.method} {row.path}"), _source(row.source))]
    if findings:
        links = [
            [", " if index else "", e("a", f"{finding.id} {finding.title}", href=f"#{anchor(finding, result)}")]
            for index, finding in enumerate(findings)
        ]
        body.append(e("p", "Found here: ", links, class_="bad"))
    if reached:
        body.append(_outcomes(result, operation, reached, factors))
    if others:
        named = [[", " if index else "", e("code", outcome)] for index, outcome in enumerate(others)]
        body.append(e("p", "Not reached: ", named))
    summary = e("summary", e("strong", operation), totals, mark)
    return e("details", summary, body, id=f"operation-{operation}", class_="operation")


def _source(url: str) -> list[Html | str]:
    return [" (", e("a", "documentation", href=url, rel="noreferrer"), ")"] if url.startswith("https://") else []


def _outcomes(result: Result, operation: str, reached: list[str], factors: list[str]) -> Html:
    head = e(
        "tr",
        e("th", "Outcome", scope="col"),
        e("th", "Answer", scope="col"),
        [e("th", factor or "no factor", scope="col", class_="number") for factor in factors],
    )
    rows = [e("tr", list(_outcome_row(result, operation, outcome, factors))) for outcome in reached]
    caption = e("caption", f"Calls of {operation}, by outcome and factor", class_="unseen")
    return e("table", caption, e("thead", head), e("tbody", rows), class_="stacks calls")


def _outcome_row(result: Result, operation: str, outcome: str, factors: list[str]) -> Iterator[Html]:
    mine = [cell for cell in result.coverage if (cell.operation, cell.outcome) == (operation, outcome)]
    row = f" ({REFUSALS[outcome].row})" if outcome != SUCCESS and outcome in REFUSALS else ""
    answers = sorted({answer for cell in mine for answer in cell.answers})
    yield e("th", e("code", outcome), e("span", row, class_="quiet"), scope="row")
    yield e("td", e("span", ", ".join(answers) or "—"), data_label="Answer")
    for factor in factors:
        calls = sum(cell.calls for cell in mine if cell.factor == factor)
        label = f"Calls, {factor or 'no factor'}"
        yield e("td", calls or "·", class_="number" if calls else "number none", data_label=label)


def anchor(finding: Finding, result: Result) -> str:
    """The HTML id of a finding's element."""
    return f"finding-{result.findings.index(finding) + 1}"
