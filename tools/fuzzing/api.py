"""Schemathesis against the real server: cases from the project's OpenAPI document, most of which get past the login.

Schemathesis alone cannot guess tokens and codes, so its cases would be refused at once. Therefore a valid call of the
same operation is prepared (`test_app_table.ask`), and all, some or none of its parameters replace drawn ones.
Schemathesis checks each answer against the document; `tenant_client.problems` checks it against the operations table
and the closed schemas.
"""

from __future__ import annotations

import base64
import logging
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import hypothesis
import requests
import schemathesis
from helpers.table_calls import Ask
from helpers.tenant_client import FACTORS, START, TenantClient, problems
from hypothesis import strategies as st
from schemathesis.checks import load_all_checks, not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from unit.app.test_bad_input import ODD
from unit.app.test_table import ask

import pytest_auth0_mfa
from pytest_auth0_mfa import Profile, Response
from pytest_auth0_mfa.messages import Handler, Json
from pytest_auth0_mfa.spec import openapi
from pytest_auth0_mfa.spec.operations import GRANTS, METHODS, PATHS, Operation, path_values
from pytest_auth0_mfa.transports.server import Server

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]
CHECKS_OF_PLAIN_TEXT = [not_a_server_error, status_code_conformance]
"""For an answer without a media type: OpenAPI cannot describe it beside answers with one."""
PATIENCE = 20.0
"""Seconds after which a missing answer counts as a hang."""
_METHOD = f"{METHODS}/{{authentication_method_id}}"
SHARES = {
    "/oauth/token": 9, "/mfa/associate": 4, "/mfa/challenge": 4, "/mfa/authenticators/{authenticator_id}": 1.5,
    "/mfa/authenticators": 0.7, "/userinfo": 0.5, "/.well-known/openid-configuration": 0.15,
    "/.well-known/jwks.json": 0.15, "/me/v1/factors": 0.3, METHODS: 0.5, f"POST {METHODS}": 2, f"{_METHOD}/verify": 2,
    _METHOD: 0.5, f"PATCH {_METHOD}": 1, f"DELETE {_METHOD}": 0.7,
}  # fmt: skip
"""How often a path is called: by the first of its methods, or the one that is named."""
_USERS_AT_ONCE = 200


@dataclass
class Figures:
    """The counts and findings of a run."""

    cases: int = 0
    seconds: float = 0.0
    answers: Counter[str] = field(default_factory=Counter)
    findings: list[str] = field(default_factory=list)

    @property
    def granted(self) -> int:
        """The number of cases that succeeded."""
        return sum(count for answer, count in self.answers.items() if " 20" in answer)


class Log(logging.Handler):
    """Collects the server's log, which is empty unless it fails."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record.getMessage())


@contextmanager
def listening() -> Iterator[Log]:
    """Collect the server's log until the block ends."""
    log, logger = Log(), logging.getLogger("pytest_auth0_mfa.server")
    logger.addHandler(log)
    try:
        yield log
    finally:
        logger.removeHandler(log)


class Fuzzer:
    """Plays cases on a served tenant. ``spoil`` wraps the tenant's handler, to plant a fault."""

    def __init__(self, server: Server, log: Log, spoil: Callable[[Handler], Handler] | None = None) -> None:
        load_all_checks()
        self.figures = Figures()
        self._log = log
        self._session = requests.Session()
        self._session.trust_env = False
        self._api = TenantClient(factors=FACTORS)
        self._serving = server.serving(self._api.tenant, spoil and spoil(pytest_auth0_mfa.handler(self._api.tenant)))
        self._document: Any = schemathesis.openapi.from_dict(openapi.document())
        self._url, self._ca_file = server.url, server.ca_file

    def run(self, cases: int, seed: int) -> Figures:
        """Play so many cases and collect the findings, each reduced by Hypothesis."""
        began, total = time.monotonic(), sum(SHARES.values())
        with self._serving:
            for called, share in SHARES.items():
                due = self.figures.cases + round(cases * share / total)
                for turn in range(20):  # Hypothesis stops early when it finds no new cases
                    if self.figures.cases >= due or not self._play(called, due - self.figures.cases, seed + turn):
                        break
        self._session.close()
        self.figures.seconds = time.monotonic() - began
        return self.figures

    def _play(self, called: str, examples: int, seed: int) -> bool:
        method, _, path = called.rpartition(" ")
        row = next(row for row in PATHS[path] if method in ("", row.method))
        operation = self._document[path][row.method]
        right, wrong = (operation.as_strategy(generation_mode=mode) for mode in schemathesis.GenerationMode)
        drawn = st.one_of(right, right, right, wrong)  # wrong cases take three times as long to draw

        @hypothesis.seed(seed)
        @hypothesis.settings(
            max_examples=examples,
            database=None,
            deadline=None,
            phases=(hypothesis.Phase.generate, hypothesis.Phase.shrink),
            suppress_health_check=list(hypothesis.HealthCheck),
        )
        @hypothesis.given(case=drawn, choice=_choices)
        def play(case: Any, choice: Choice) -> None:
            self._case(row, case, choice)

        try:
            play()
        except (Exception, BaseExceptionGroup) as error:  # Schemathesis groups its findings
            self.figures.findings.append(f"{row.method} {path}: {type(error).__name__}: {error}"[:3000])
            return False
        return True

    def _case(self, row: Operation, case: Any, choice: Choice) -> None:
        tenant = self._api.tenant
        if len(tenant.users) > _USERS_AT_ONCE:
            tenant.reset()
        tenant.clock.freeze(START)
        tenant.profile = choice.profile
        valid = ask(self._api, _operation(row, case.body, choice.grant))
        _mix(row, case, valid, choice)
        before = len(tenant.calls)
        response = case.call(base_url=self._url, session=self._session, timeout=PATIENCE, verify=self._ca_file)
        self.figures.cases += 1
        plain = row.id == "userinfo" and choice.profile.userinfo_unauthorized_as_text and _without_media_type(response)
        case.validate_response(response, checks=CHECKS_OF_PLAIN_TEXT if plain else CHECKS)
        assert "Traceback" not in response.text
        assert self._log.records == []
        (call,) = list(tenant.calls)[before:]
        headers = {name: ", ".join(values) for name, values in response.headers.items()}
        arrived = Response(response.status_code, headers, response.content)
        assert problems(replace(call, response=arrived)) == []
        error = call.refusal_id or "success"
        self.figures.answers[f"{call.operation} {call.response.status} {error}"] += 1


@dataclass(frozen=True)
class Choice:
    """What is drawn besides Schemathesis' case: how much of a valid call is mixed in, and the tenant's profile."""

    grant: str
    kept: float
    """The share of drawn parameters that are kept; with 0 all are valid."""
    luck: int
    """The seed that decides which parameters are kept."""
    basic: bool
    bearer: str | None
    """The bearer token; None for the valid one."""
    profile: Profile


_latin = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=30)
_choices = st.builds(
    Choice,
    st.sampled_from(sorted(GRANTS)),
    st.sampled_from([0.0, 0.0, 0.2, 0.5, 1.0]),
    st.integers(0, 2**32),
    st.booleans(),
    st.one_of(st.none(), st.none(), st.none(), _latin.map(lambda text: text.strip())),
    st.sampled_from([Profile(), Profile.from_mapping(ODD)]),
)


def _without_media_type(response: requests.Response) -> bool:
    """Whether it is the recorded refusal without a media type: entry D-24."""
    return (response.status_code, response.content, "content-type" in response.headers) == (401, b"Unauthorized", False)


def _operation(row: Operation, body: Json, grant: str) -> str:
    """The id of the operation whose valid call is mixed in: that of the drawn grant_type, if it has one."""
    if row.grant_type is None:
        return row.id
    drawn = body.get("grant_type") if isinstance(body, dict) else None
    return ((GRANTS.get(drawn) if isinstance(drawn, str) else None) or GRANTS[grant]).id


def _mix(row: Operation, case: Any, valid: Ask, choice: Choice) -> None:
    """Replace drawn parameters by those of a valid call."""
    body: dict[str, Json] = valid.body if isinstance(valid.body, dict) else {}
    if isinstance(case.body, dict):
        names = sorted({*case.body, *body})
        luck = random.Random(choice.luck)
        drawn = {name for name in names if luck.random() < choice.kept}
        mixed = {name: case.body[name] for name in names if name in drawn and name in case.body}
        case.body = {**mixed, **{name: value for name, value in body.items() if name not in drawn}}
        if choice.basic and "client_id" in case.body and "client_id" not in drawn:
            pair = f"{case.body.pop('client_id')}:{case.body.pop('client_secret', '')}".encode()
            case.headers["Authorization"] = f"Basic {base64.b64encode(pair).decode()}"
    token = valid.token if choice.bearer is None else choice.bearer
    if token is not None and valid.token is not None:
        case.headers["Authorization"] = f"Bearer {token}"
    if case.path_parameters and choice.kept < 0.5:
        case.path_parameters |= path_values(row.path.split("/"), valid.path.split("/")) or {}
