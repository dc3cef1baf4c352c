"""`ContractViolation`: one exception with everything that terminal, JUnit and report show about a broken contract."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from pytest_auth0_mfa.contract.coverage import named
from pytest_auth0_mfa.contract.reproducer import reproducer
from pytest_auth0_mfa.contract.reproducer.curl import as_curl
from pytest_auth0_mfa.contract.reproducer.python import as_python
from pytest_auth0_mfa.contract.reproducer.trace import (
    Exchange,
    Note,
    Steps,
    Template,
    TracedCall,
    TracedRead,
    TracedStep,
    Variable,
    trace,
)
from pytest_auth0_mfa.errors import UnknownOperationError, closest, printable
from pytest_auth0_mfa.messages import Json, Response
from pytest_auth0_mfa.messages.showing import shown_name
from pytest_auth0_mfa.spec.api_errors import error_of
from pytest_auth0_mfa.spec.operations import OPERATIONS

from .client import ADVICE, CLIENT_FINDINGS
from .kinds import FindingKind
from .tenant import TENANT_FINDINGS

FINDINGS: Final[dict[str, FindingKind]] = {kind.id: kind for kind in (*TENANT_FINDINGS, *CLIENT_FINDINGS)}
"""All kinds of findings by id, sorted. Ids are never reused."""


def explain(finding_id: str) -> str:
    """The explanation of a finding as text. An unknown id raises UnknownOperationError (a LookupError) that suggests
    one."""
    found = FINDINGS.get(finding_id.strip().upper())
    if found is None:
        raise UnknownOperationError(f"no such finding: {finding_id!r}. {closest(finding_id.upper(), FINDINGS)}")
    text = re.sub(r" (?=What to do: )", "\n\n", found.text)
    wrapped = "\n".join(textwrap.fill(line, 100, break_on_hyphens=False) for line in text.split("\n"))
    return f"{found.id} ({found.level}): {found.title}\n\n{wrapped}\n\nSource: {found.source}\n"


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference between the expected and the actual answer. ``expected`` and ``actual`` are shown: never
    secrets."""

    finding: str
    """The id of its kind: ``MFA003``."""
    field: str
    """The part of the answer: ``status``, ``Content-Type``, ``$.error``, ``$[0].active`` ..."""
    expected: str
    actual: str


class ContractViolation(AssertionError):  # noqa: N818 - reads as the fact it states
    """A tenant or client broke the contract. What and where is in attributes, so no code has to parse the message."""

    def __init__(
        self,
        message: str,
        *,
        finding: str | None = None,
        operation: str | None = None,
        source: str | None = None,
        difference: Difference | None = None,
        steps: Steps | None = None,
        refusal: str = "",
        guess: str = "",
        headline: str = "",
        block: str = "",
    ) -> None:
        super().__init__(message)
        self.finding = finding
        """The id of its kind: ``MFA003``."""
        self.operation = operation
        self.source = source
        self.difference = difference
        self.steps = steps
        """What happened on the tenant, from the login on."""
        self.refusal = refusal
        """The id of the expected refusal, or ``""``."""
        self.guess = guess
        """On a real tenant: why the expectation is only a guess and no documented fact; ``""`` if it is
        documented."""
        self.headline = headline
        """The finding in one line, for a summary."""
        self.block = block
        """The finding as it is printed, without its reproducer."""


def violation(
    difference: Difference,
    *,
    operation: str,
    source: str = "",
    steps: Steps | None = None,
    refusal: str = "",
    guess: str = "",
    details: Mapping[str, str] | None = None,
    to_do: str = "",
) -> ContractViolation:
    """The exception for a difference. Its message contains the finding and its reproducer.

    ``details`` are the first lines of the printed block, label -> text; ``to_do`` replaces the advice of the
    finding's kind.
    """
    kind, row = FINDINGS[difference.finding], OPERATIONS.get(operation)
    source = source or kind.source
    lines = {
        **(details or {}),
        **({"operation": f"{row.id}: {row.method} {row.path}"} if row is not None else {}),
        **({"refusal": refusal} if refusal else {}),
        "field": difference.field,
        "expected": difference.expected,
        "got": difference.actual,
        "source": source,
        **({"to do": to_do or ADVICE[kind.id]} if to_do or kind.id in ADVICE else {}),
        "more": f"auth0-mfa explain {kind.id}",
    }
    headline = printable(kind.headline(operation, difference.field))
    block = printable("\n".join([headline, *(f"  {name + ':':<10} {text}" for name, text in lines.items())]))
    played = steps is not None and bool(steps.events)
    return ContractViolation(
        f"{block}\n\n{printable(reproducer(steps))}" if steps is not None and played else block,
        finding=kind.id,
        operation=operation,
        source=source,
        difference=difference,
        steps=steps,
        refusal=refusal,
        guess=guess,
        headline=headline,
        block=block,
    )


_LONGEST = 2000
_FIELDS = 40


def evidence(found: ContractViolation) -> Json:
    """A finding as plain data for the report: requests with variables for values, answers as status, error and field
    names."""
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
            yield _call(step, next(answers), steps.secrets)
        elif isinstance(step, TracedRead):
            yield {"kind": "read", "text": step.how, "variable": step.variable.name}
        elif isinstance(step, Note):
            yield {"kind": "remark", "text": step.text}


def _call(step: TracedCall, response: Response | None, secrets: set[str]) -> Json:
    return {
        "kind": "call",
        "operation": step.operation,
        "request": f"{step.method} {_text(step.path)}",
        "headers": {name: _text(value) for name, value in step.headers.items()},
        "body": _body(step)[:_LONGEST],
        "answer": None if response is None else _answer(response, secrets),
        "captures": [variable.name for variable, _ in step.captures],
    }


def _body(step: TracedCall) -> str:
    if step.json is not None:
        return json.dumps(_members(step.json), indent=2)
    if step.form is not None:
        return "\n".join(f"{_text(name)}={_text(value)}" for name, value in step.form)
    return _text(step.raw) if step.raw is not None else ""


def _members(value: Json) -> Json:
    if isinstance(value, Variable | tuple):
        return _text(value)
    if isinstance(value, dict):
        return {_text(name): _members(part) for name, part in value.items()}
    return [_members(item) for item in value] if isinstance(value, list) else value


def _text(template: Template | Variable) -> str:
    parts = (template,) if isinstance(template, Variable) else template
    return "".join(f"${{{part.name}}}" if isinstance(part, Variable) else part for part in parts)


def _answer(response: Response, secrets: set[str]) -> Json:
    try:
        body = response.json() if response.body else None
    except ValueError:
        return {"status": response.status, "error": "", "fields": [], "shape": "not JSON"}
    error = error_of(body)
    shape = "object" if isinstance(body, dict) else f"{len(body)} items" if isinstance(body, list) else "empty"
    row = body[0] if isinstance(body, list) and body else body
    names = [shown_name(name, secrets) for name in sorted(row)[:_FIELDS]] if isinstance(row, dict) else []
    return {"status": response.status, "error": named(error) if error else "", "fields": names, "shape": shape}
