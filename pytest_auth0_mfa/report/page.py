"""report.html: one self-contained file. Only its copy buttons need JavaScript."""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files

from pytest_auth0_mfa.spec.outcomes import MEANINGS, FlowState, Outcome
from pytest_auth0_mfa.spec.profile import profile_fields

from .elements import Html, e, render, table
from .findings_section import earlier_section, findings_section
from .matrix import matrix
from .model import Flow, Result
from .words import count, duration, judged, listed, moment, title, verdict

_GLYPHS: dict[str, str] = {
    Outcome.ALL_WELL: "✓", Outcome.VIOLATION: "✗", Outcome.FAILED: "✗", Outcome.DRIFT: "≠", Outcome.INCOMPLETE: "…",
    Outcome.COULD_NOT_RUN: "!", Outcome.INTERRUPTED: "…",
}  # fmt: skip
_LOOKS: dict[str, str] = {Outcome.ALL_WELL: "good", Outcome.VIOLATION: "bad", Outcome.FAILED: "bad"}
_STATES = (
    FlowState.BROKEN,
    FlowState.FAILED,
    FlowState.COULD_NOT_RUN,
    FlowState.UNJUDGED,
    FlowState.SKIPPED,
    FlowState.KEPT,
)
_OPEN_ROWS = 40


def page(result: Result) -> str:
    """The text of the file."""
    style, script = _part("page.css"), _part("page.js")
    policy = f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; base-uri 'none'"
    head = e(
        "head",
        e("meta", charset="utf-8"),
        e("meta", http_equiv="Content-Security-Policy", content=policy),
        e("meta", name="viewport", content="width=device-width, initial-scale=1"),
        e("meta", name="color-scheme", content="light dark"),
        e("meta", name="referrer", content="no-referrer"),
        e("title", f"{result.outcome}: MFA API contract of {result.subject.target}"),
        e("style", Html(style)),
    )
    sections = [
        findings_section(result),
        earlier_section(result),
        _drift(result),
        matrix(result),
        _flows(result),
        _observations(result),
        _clients(result),
        _run(result),
    ]
    body = e(
        "body",
        e("a", "Skip to what was found", href="#main", class_="skip"),
        _header(result),
        e("main", [section for section in sections if section is not None], id="main"),
        e("footer", f"Written by pytest-auth0-mfa {result.timing.version}, which is not a product of Auth0."),
        e("p", "", id="said", role="status", class_="unseen"),
        e("script", Html(script)),
    )
    return f"<!DOCTYPE html>\n{e('html', head, body, lang='en')}\n"


def _part(name: str) -> str:
    return (files(__package__) / name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _header(result: Result) -> Html:
    facts = [
        ("Judged", judged(result)),
        ("Played", f"{moment(result.timing.started)}, {duration(result.timing.seconds)}"),
        ("Tests", listed(result.tests) or "none"),
        ("Exit code", f"{result.exit_code}: {MEANINGS.get(result.exit_code, 'unknown')}"),
    ]
    if result.timing.previous:
        facts.append(("Compared with", f"the report of {moment(result.timing.previous)}"))
    return e(
        "header",
        e("p", title(result), class_="kicker"),
        e(
            "h1",
            e("span", _GLYPHS[result.outcome], aria_hidden="true", class_="glyph"),
            " ",
            result.outcome[:1].upper() + result.outcome[1:],
        ),
        e("p", verdict(result), class_="lead"),
        e("dl", [e("div", e("dt", name), e("dd", value)) for name, value in facts], class_="facts"),
        class_=_LOOKS.get(result.outcome, "odd"),
    )


# -- flows -------------------------------------------------------------------------------------


def _flows(result: Result) -> Html:
    parts = []
    for state in _STATES:
        flows = result.in_state(state)
        if flows:
            opened = state != FlowState.KEPT and len(flows) <= _OPEN_ROWS
            summary = e("summary", e("strong", state), f" — {count(len(flows), 'flow')}")
            parts.append(e("details", summary, _table(flows, result), open=opened, class_=f"state {_look(state)}"))
    if not parts:
        parts = [e("p", "No contract test ran.")]
    return e("section", e("h2", "Documented flows"), parts, id="flows")


def _look(state: str) -> str:
    return "good" if state == FlowState.KEPT else "bad" if state in (FlowState.BROKEN, FlowState.FAILED) else "odd"


def _table(flows: tuple[Flow, ...], result: Result) -> Html:
    found: dict[str, list[Html]] = {}
    for index, finding in enumerate(result.findings):
        for test in finding.tests:
            found.setdefault(test, []).append(e("a", finding.id, href=f"#finding-{index + 1}"))
    several = len({flow.contract for flow in result.flows}) > 1
    rows = []
    for flow in flows:
        why = [*([flow.reason] if flow.reason else []), *found.get(flow.test, [])]
        contract = [" ", e("span", flow.contract, class_="quiet")] if several else None
        cell = [[", " if index else "", reason] for index, reason in enumerate(why)]
        rows.append(([e("code", flow.name), contract], flow.title, cell))
    columns = ("Flow", "What is documented", "Why")
    if not any(cell for *_, cell in rows):
        return table(columns[:2], [row[:2] for row in rows], class_="flows")
    return table(columns, rows, class_="flows")


# -- the rest ----------------------------------------------------------------------------------


def _drift(result: Result) -> Html | None:
    if not result.timing.previous:
        return None
    if not result.drift:
        text = f"Nothing changed since the report of {moment(result.timing.previous)}."
        return e("section", e("h2", "Since the last report"), e("p", text), id="drift")
    rows = [
        (change.where, change.text, e("span", change.level, class_=f"level-{change.level}")) for change in result.drift
    ]
    return e(
        "section",
        e("h2", "Since the last report"),
        e("p", f"{count(len(rows), 'change')} since {moment(result.timing.previous)}, the worst first."),
        table(("Where", "What changed", "Level"), rows, class_="drift"),
        id="drift",
    )


def _observations(result: Result) -> Html | None:
    if not result.observations:
        return None
    rows = [
        (
            e("code", observation.field),
            e("code", observation.value),
            _default(observation.field),
            observation.operation or "—",
        )
        for observation in result.observations
    ]
    return e(
        "section",
        e("h2", "Observations"),
        e("p", "Where Auth0's sources disagree, this is what the tenant does. It fails nothing."),
        table(("Field of the profile", "Observed", "Default", "At"), rows, class_="observations"),
        id="observations",
    )


def _default(name: str) -> Html:
    declared = profile_fields().get(name)
    return render("undocumented") if declared is None else e("code", str(declared.default))


def _clients(result: Result) -> Html | None:
    if not result.clients:
        return None
    items = []
    for client in result.clients:
        missing = f"; not covered: {', '.join(client.uncovered)}" if client.uncovered else ""
        observed = f"; observed: {', '.join(client.observed)}" if client.observed else ""
        items.append(e("li", e("strong", client.name), f": {count(client.examples, 'example')}{missing}{observed}"))
    return e("section", e("h2", "Clients"), e("ul", items), id="clients")


def _run(result: Result) -> Html:
    subject = result.subject
    facts: list[tuple[str, Html]] = []
    if result.plan:
        facts.append(("Budget", render(result.plan)))
    if result.spent:
        facts.append(("Used up", render(", ".join(f"{number} {name}" for name, number in result.spent.items()))))
    changed = [[", " if index else "", e("code", f"{n} = {v}")] for index, (n, v) in enumerate(subject.profile.items())]
    facts.append(("Profile", render(changed or "every field at its default")))
    if subject.factors:
        facts.append(("Factors said to be on", render(", ".join(subject.factors))))
    if subject.seed is not None:
        facts.append(("Seed", render(subject.seed)))
    if result.timing.workers:
        facts.append(("Workers", render(result.timing.workers)))
    slowest = [e("li", e("code", test), f" {duration(seconds)}") for test, seconds in result.timing.slowest]
    listed = e("details", e("summary", "The slowest tests"), e("ol", slowest, class_="slowest")) if slowest else None
    return e(
        "section",
        e("h2", "The run"),
        e("dl", [e("div", e("dt", name), e("dd", value)) for name, value in facts], class_="facts"),
        listed,
        id="run",
    )
