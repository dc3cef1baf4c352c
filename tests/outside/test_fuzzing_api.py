"""Schemathesis finds nothing: the server answers every case as the OpenAPI document says, and without complaint.

``python tools/fuzzing api`` plays 20,000 cases; what is played is described in `fuzzing.api`.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable, Iterator

import pytest

from pytest_auth0_mfa import Request, Response
from pytest_auth0_mfa.messages import Handler
from pytest_auth0_mfa.transports.server import Server

if importlib.util.find_spec("schemathesis") is None:
    if os.environ.get("AUTH0_MFA_FUZZ"):
        pytest.fail("schemathesis is not installed: tox -e fuzz installs it")
    pytest.skip("schemathesis is not installed: tox -e fuzz installs it", allow_module_level=True)

from fuzzing.api import Fuzzer, Log, listening

pytestmark = pytest.mark.slow


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        yield server


@pytest.fixture
def log() -> Iterator[Log]:
    with listening() as log:
        yield log


def test_the_document_is_kept(server: Server, log: Log) -> None:
    """1,000 cases over every operation, right and wrong: each answer is documented, and most get past the login."""
    figures = Fuzzer(server, log).run(1000, seed=1)
    assert figures.findings == []
    assert figures.cases >= 950
    assert figures.granted > figures.cases / 3
    assert {answer.split()[0] for answer in figures.answers if " 20" in answer} >= {
        *("password", "refresh-token", "client-credentials", "mfa-otp", "mfa-oob", "mfa-recovery-code", "associate"),
        *("list-authenticators", "delete-authenticator", "challenge", "openid-configuration", "jwks", "userinfo"),
        *("me-factors", "me-list-methods", "me-create-method", "me-verify-method", "me-get-method", "me-update-method"),
        "me-delete-method",
    }


def _changed(change: Callable[[Request, Response], Response]) -> Callable[[Handler], Handler]:
    return lambda good: lambda request: change(request, good(request))


def _raise(request: Request, response: Response) -> Response:
    raise RuntimeError("a fault of the model")


SPOILED: dict[str, Callable[[Request, Response], Response]] = {
    "a status that is not documented": lambda request, r: Response(418, r.headers, r.body),
    "another media type": lambda request, r: Response(r.status, {**r.headers, "content-type": "text/html"}, r.body),
    "a body off its schema": lambda request, r: Response(r.status, r.headers, b'{"keys": 5}'),
    "no JSON": lambda request, r: Response(r.status, r.headers, b"<html>"),
    "a field that nobody documented": lambda request, r: Response(
        r.status, r.headers, r.body.replace(b"{", b'{"odd": 1,', 1)
    ),
    "an exception": _raise,
    "a fault of the server": lambda request, r: Response(500, r.headers, b'{"error": "x"}'),
}


@pytest.mark.parametrize("change", SPOILED.values(), ids=SPOILED)
def test_a_broken_tenant_is_found(change: Callable[[Request, Response], Response], server: Server, log: Log) -> None:
    """The fuzzer can fail: each mistake of an answer is a finding within a few cases."""
    figures = Fuzzer(server, log, _changed(change)).run(40, seed=1)
    assert figures.findings
