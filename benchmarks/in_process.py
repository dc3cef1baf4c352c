"""What a call costs in process: against a static stub, a static respx route, and `requests` alone."""

from __future__ import annotations

import dataclasses
import functools
import json
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import httpx
import requests
import responses
import respx

from pytest_auth0_mfa import Call, Headers, Request, Response, Tenant, handler, in_process
from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.tenant.entities import User

from . import verdicts
from .measure import Around, Pair, Row, Work, compare, compare_each, seconds

STATIC = "https://static.example/oauth/token"
TOKENS = {"access_token": "a" * 64, "expires_in": 86400, "token_type": "Bearer"}
DEMAND = {"error": "mfa_required", "error_description": "Multifactor authentication required", "mfa_token": "x" * 320}


@contextmanager
def stub(answer: Json) -> Iterator[None]:
    """What a consumer would write by hand."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        mock.add("POST", STATIC, json=answer)
        yield


class Logins:
    """A tenant with one user, who logs in again and again."""

    def __init__(self, *, mfa: bool = True, **more: str) -> None:
        self.tenant = Tenant()
        self.user: User = self.tenant.add_user("ada@example.com", "pw", mfa=mfa)
        if mfa:
            self.user.enroll("otp")
        self.body = self.tenant.password_grant(self.user, **more)

    def post(self) -> None:
        """One login by `requests`."""
        requests.post(self.tenant.url + "/oauth/token", json=self.body)

    def post_static(self) -> None:
        """The same to the stub."""
        requests.post(STATIC, json=self.body)

    def post_checked(self) -> None:
        """One login, held to its schemas."""
        self.post()
        assert not self.tenant.calls[-1].violations

    def forget(self) -> None:
        """Keep memory small between rounds."""
        self.tenant.calls.clear()
        self.tenant.tokens.clear()


def by_requests() -> list[Row]:
    """Four rows: plain, checked in two ways, with a signature."""
    demand, signed = Logins(), Logins(mfa=False)
    static = "one static `responses` stub"
    plain, checked, fast = _against_stub(
        demand,
        DEMAND,
        (demand.post, nullcontext),
        (demand.post_checked, verdicts.core),
        (demand.post_checked, verdicts.fast),
    )
    (with_id_token,) = _against_stub(signed, {**TOKENS, "id_token": "e" * 900}, (signed.post, nullcontext))
    claims = {"iss": signed.tenant.issuer, "sub": signed.user.id, "aud": signed.tenant.client_id, "iat": 1, "exp": 2}
    signature = seconds(lambda: signed.tenant.signer.sign(claims), 500)
    signed_detail = f"{with_id_token.detail}; the signature alone {signature * 1e6:.0f} µs"
    return [
        Row("one `requests` call, no ID token", static, plain.ratio, 0.95, detail=plain.detail),
        Row("the same, held to the schemas (core dependencies)", static, checked.ratio, 1.20, detail=checked.detail),
        Row("the same (extra `fast`)", static, fast.ratio, 1.00, detail=fast.detail),
        Row("the same, with one RS256 ID token", static, with_id_token.ratio, 1.80, detail=signed_detail),
    ]


def _against_stub(logins: Logins, answer: Json, *ours: tuple[Work, Around]) -> list[Pair]:
    def answered(around: Around) -> Around:
        @contextmanager
        def both() -> Iterator[None]:
            with around(), in_process(logins.tenant):
                yield

        return both

    return compare_each(
        [(work, answered(around)) for work, around in ours],
        (logins.post_static, lambda: stub(answer)),
        between=logins.forget,
    )


def by_httpx() -> list[Row]:
    """One client, kept."""
    logins = Logins()

    @contextmanager
    def route() -> Iterator[None]:
        with respx.mock(assert_all_called=False) as mock:
            mock.post(STATIC).respond(json=DEMAND)
            yield

    with httpx.Client() as client:
        pair = compare(
            lambda: client.post(logins.tenant.url + "/oauth/token", json=logins.body),
            lambda: client.post(STATIC, json=logins.body),
            around_ours=lambda: in_process(logins.tenant),
            around_baseline=route,
            between=logins.forget,
        )
    return [Row("one httpx call", "a static respx route", pair.ratio, 1.25, detail=pair.detail)]


class NullAdapter(requests.adapters.BaseAdapter):
    """Answers at once."""

    def send(self, request: requests.PreparedRequest, **_: object) -> requests.Response:  # type: ignore[override]
        answer = requests.Response()
        answer.status_code, answer._content, answer.url = 200, b"{}", str(request.url)
        answer.request = request
        return answer

    def close(self) -> None:
        """Nothing is open."""


def model_alone() -> list[Row]:
    """Parse, transition, render, without a transport: for each kind of call."""
    session = requests.Session()
    session.mount("https://static.example", NullAdapter())
    rows = []
    for what, work, logins in _model_calls():
        post = functools.partial(session.post, STATIC, json=logins.body)
        pair = compare(work, post, between=logins.forget)
        rows.append(Row(f"the model alone: {what}", "`requests`, null adapter", pair.ratio, 0.05, detail=pair.detail))
    least = seconds(_least(), 20_000)
    detail = f"{rows[0].detail}; JSON, two random values and a journal entry alone {least * 1e6:.1f} µs"
    return [dataclasses.replace(rows[0], detail=detail), *rows[1:]]


def _least() -> Work:
    """What a login costs without any behaviour: read JSON, write JSON, a token, a request id, a journal entry."""
    logins = Logins()
    body, entropy = json.dumps(logins.body).encode(), logins.tenant.entropy
    request = Request("POST", "/oauth/token", {"content-type": "application/json"}, body)
    encode = json.JSONEncoder(separators=(",", ":")).encode

    def work() -> Call:
        json.loads(request.body)
        answer = encode({**DEMAND, "mfa_token": entropy.sealed(1.0, 1900)}).encode()
        response = Response(403, Headers.of_lower({"x-auth0-requestid": entropy.hexadecimal(20)}), answer)
        return Call("password", request, response, 1.0, "mfa_required", frozenset())

    return work


def _model_calls() -> Iterator[tuple[str, Work, Logins]]:
    logins = Logins()
    handle = handler(logins.tenant)
    kind = {"Content-Type": "application/json"}
    login = Request("POST", "/oauth/token", kind, json.dumps(logins.body).encode())
    yield "a login that demands MFA", lambda: handle(login), logins
    lister = Logins()
    ask = handler(lister.tenant)
    token = ask(Request("POST", "/oauth/token", kind, json.dumps(lister.body).encode())).json()["mfa_token"]
    listing = Request("GET", "/mfa/authenticators", {"Authorization": f"Bearer {token}"})
    lister.forget = lister.tenant.calls.clear  # type: ignore[method-assign]
    yield "a list of authenticators", lambda: ask(listing), lister


def rows() -> list[Row]:
    """All of this module."""
    return [*by_requests(), *by_httpx(), *model_alone()]
