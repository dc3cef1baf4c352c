"""The steps of a finding as a sequence diagram: a list that reads the same without its looks."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_auth0_mfa.messages import Json

from .elements import Html, e
from .model import Finding


def diagram(finding: Finding) -> Html:
    """Client and tenant, each call an arrow there and one back; the last call is the broken one."""
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
        said = ["Read ", step["text"], " (", e("code", f"${{{step['variable']}}}"), ")"]
    else:
        said = [step["text"][:1].upper() + step["text"][1:]]
    return e("li", e("span", said, class_="note"), class_="aside")


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
