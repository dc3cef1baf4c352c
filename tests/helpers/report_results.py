"""Handmade results of contract runs, for tests of reports."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pytest_auth0_mfa.report.model import Cell, Finding, Flow, Measurement, Result, RunSubject, Timing

STEPS: tuple[Any, ...] = (
    {
        "kind": "call", "operation": "password", "request": "POST /oauth/token",
        "headers": {"Content-Type": "application/json"}, "body": '{"username": "${AUTH0_MFA_USERNAME}"}',
        "captures": ["mfa_token_1"],
        "answer": {"status": 403, "error": "mfa_required", "fields": ["error", "mfa_token"], "shape": "object"},
    },
    {"kind": "read", "text": "the code that was sent by email", "variable": "email_code_1"},
    {"kind": "remark", "text": "approve the push request on the device"},
    {
        "kind": "call", "operation": "mfa-oob", "request": "POST /oauth/token", "headers": {}, "body": "",
        "captures": [], "answer": {"status": 500, "error": "", "fields": [], "shape": "not JSON"},
    },
)  # fmt: skip


def finding(**changes: Any) -> Finding:
    """A finding, with these changes."""
    due: dict[str, Any] = {
        "id": "MFA022", "level": "violation", "title": "refused what must be accepted", "operation": "mfa-oob",
        "refusal": "", "field": "status", "expected": "200", "actual": "500", "source": "https://auth0.com/docs/oob",
        "explanation": "Users are locked out.", "flows": ("email-challenge",), "tests": ("t.py::T::test[e]",),
        "steps": STEPS, "curl": "set -eu\ncall password\n", "python": "print('hi')\n",
    }  # fmt: skip
    return Finding(**{**due, **changes})


def result(**changes: Any) -> Result:
    """A run in which all is well, with these changes."""
    flows = (
        Flow("email-challenge", "TestStaging", "tenant", "A later login is challenged.", "kept", "t.py::T::test[e]"),
        Flow("push-enroll", "TestStaging", "tenant", "A push is enrolled.", "skipped", "t.py::T::test[p]", "it is off"),
    )
    cells = (
        Cell("password", "mfa_required", "", 3, ("403 mfa_required",), {"$.error": "string", "$.mfa_token": "string"}),
        Cell("mfa-oob", "success", "email", 2, ("200",), {"$.access_token": "string", "$.id_token": "string?"}),
    )
    due = Result(
        "all well",
        0,
        RunSubject("fake"),
        {"passed": 1, "failed": 0, "skipped": 1, "not_run": 0},
        Timing("2026-01-02T03:04:05+00:00", 4.2, 0, "", (("t.py::T::test[e]", 0.5),), "0.1.0"),
        flows,
        cells,
        observations=(Measurement("wrong_otp", "401 invalid_grant", "mfa-otp"),),
    )
    return replace(due, **changes)


def broken(**changes: Any) -> Result:
    """A run with one finding, with these changes."""
    flow = replace(result().flows[0], state="broken")
    return result(
        **{
            "outcome": "violation", "exit_code": 1, "flows": (flow,), "findings": (finding(),),
            "tests": {"passed": 0, "failed": 1, "skipped": 0, "not_run": 0}, **changes,
        }
    )  # fmt: skip
