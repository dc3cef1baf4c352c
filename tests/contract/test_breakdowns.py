"""A tenant that breaks down under way: whenever it does, the run ends with a finding and no error of Hypothesis."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from pytest_auth0_mfa import ContractViolation, Handler, Request, Response, Tenant, handler
from pytest_auth0_mfa.contract.driver import Plan
from pytest_auth0_mfa.contract.tenant.run import Run
from pytest_auth0_mfa.contract.tenant.subject_fake import fake_subject

MOMENTS = range(1, 653, 11)
"""After so many calls: twenty examples make about 740."""
QUICK = (78,)
_LOGINS = (b'"password"', b"password-realm")


def _answer(status: int, error: str) -> Response:
    body = {"error": error, "error_description": "It broke down"}
    return Response(status, {"content-type": "application/json"}, json.dumps(body).encode())


def _fails_for_ever(request: Request, answers: Handler) -> Response:
    """A 500 to everything."""
    return _answer(500, "server_error")


def _locks_out(request: Request, answers: Handler) -> Response:
    """No login of anybody any more; the rest goes on."""
    login = request.path == "/oauth/token" and any(grant in request.body for grant in _LOGINS)
    return _answer(429, "too_many_attempts") if login else answers(request)


def _breaking_down(after: int, then: Callable[[Request, Handler], Response]) -> Callable[[Tenant], Handler]:
    def wrap(tenant: Tenant) -> Handler:
        answers, calls = handler(tenant), 0

        def handle(request: Request) -> Response:
            nonlocal calls
            calls += 1
            return answers(request) if calls <= after else then(request, answers)

        return handle

    return wrap


@pytest.mark.parametrize("then", [_fails_for_ever, pytest.param(_locks_out, marks=pytest.mark.slow)])
@pytest.mark.parametrize("after", [pytest.param(n, marks=[] if n in QUICK else [pytest.mark.nightly]) for n in MOMENTS])
def test_a_breakdown_ends_with_a_finding(after: int, then: Callable[[Request, Handler], Response]) -> None:
    """Replays never see the tenant as it was, and the finding that was made is told all the same."""
    tenant = Tenant(seed=3)
    subject = fake_subject(tenant, handler=_breaking_down(after, then)(tenant))
    with pytest.raises(ContractViolation) as caught:
        Run(subject, Plan(max_examples=20, stories=False)).go()
    assert caught.value.finding in ("MFA001", "MFA016", "MFA018", "MFA022")
