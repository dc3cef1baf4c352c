"""What a finding rests on, as plain data for reports: the difference, the steps and both reproducers, no secret."""

from __future__ import annotations

import json
from collections.abc import Iterator

from pytest_auth0_mfa.contract.reproducer.curl import as_curl
from pytest_auth0_mfa.contract.reproducer.python import as_python
from pytest_auth0_mfa.contract.reproducer.trace import Template, TracedCall, TracedRead, TracedStep, Variable, trace
from pytest_auth0_mfa.contract.steps import Exchange, Remark, Steps
from pytest_auth0_mfa.messages import Json, Response

from .violation import ContractViolation

_LONGEST = 2000
_FIELDS = 40


def evidence(found: ContractViolation) -> Json:
    """As plain data. Values of requests are variables; of answers there are status, error and field names."""
    steps, difference = found.steps or Steps(), found.difference
    traced = trace(steps)
    return {
        "id": found.finding or "",
        "headline": found.headline,
        "operation": found.operation or "",
        "source": found.source or "",
        "refusal": found.refusal,
        "field": difference.field if difference else "",
        "expected": difference.expected if difference else "",
        "actual": difference.actual if difference else "",
        "steps": list(_steps(traced, steps)),
        "curl": as_curl(traced) if steps.events else "",
        "python": as_python(traced) if steps.events else "",
    }


def _steps(traced: list[TracedStep], steps: Steps) -> Iterator[Json]:
    answers = iter([event.response for event in steps.events if isinstance(event, Exchange)])
    for step in traced:
        if isinstance(step, TracedCall):
            yield _call(step, next(answers))
        elif isinstance(step, TracedRead):
            yield {"kind": "read", "text": step.how, "variable": step.variable.name}
        elif isinstance(step, Remark):
            yield {"kind": "remark", "text": step.text}


def _call(step: TracedCall, response: Response | None) -> Json:
    return {
        "kind": "call",
        "operation": step.operation,
        "request": f"{step.method} {_text(step.path)}",
        "headers": {name: _text(value) for name, value in step.headers.items()},
        "body": _body(step)[:_LONGEST],
        "answer": None if response is None else _answer(response),
        "captures": [variable.name for variable, _ in step.captures],
    }


def _body(step: TracedCall) -> str:
    if step.json is not None:
        return json.dumps(_members(step.json), indent=2)
    if step.form is not None:
        return "\n".join(f"{name}={_text(value)}" for name, value in step.form)
    return _text(step.raw) if step.raw is not None else ""


def _members(value: Json) -> Json:
    if isinstance(value, Variable | tuple):
        return _text(value)
    if isinstance(value, dict):
        return {name: _members(member) for name, member in value.items()}
    return [_members(item) for item in value] if isinstance(value, list) else value


def _text(template: Template | Variable) -> str:
    parts = (template,) if isinstance(template, Variable) else template
    return "".join(f"${{{part.name}}}" if isinstance(part, Variable) else part for part in parts)


def _answer(response: Response) -> Json:
    try:
        body = response.json() if response.body else None
    except ValueError:
        return {"status": response.status, "error": "", "fields": [], "shape": "not JSON"}
    error = body.get("error", "") if isinstance(body, dict) else ""
    shape = "object" if isinstance(body, dict) else f"{len(body)} rows" if isinstance(body, list) else "empty"
    row = body[0] if isinstance(body, list) and body else body
    names = sorted(row)[:_FIELDS] if isinstance(row, dict) else []
    return {"status": response.status, "error": str(error)[:200], "fields": names, "shape": shape}
