"""The cost of a call in process with each HTTP library, against static stubs."""

from __future__ import annotations

import asyncio
import functools
import json
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import aiohttp
import httpx
import httpx2
import requests
import responses
import respx
import urllib3
from aioresponses import aioresponses

from pytest_auth0_mfa import Tenant, in_process
from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.tenant.entities import User

from . import verdicts
from .measure import Around, Pair, Row, Work, compare, compare_each, seconds

STATIC = "https://static.example/oauth/token"
TOKENS = {"access_token": "a" * 64, "expires_in": 86400, "token_type": "Bearer"}
DEMAND = {"error": "mfa_required", "error_description": "Multifactor authentication required", "mfa_token": "x" * 1900}


@contextmanager
def stub(answer: Json) -> Iterator[None]:
    """A stub as a user would write it by hand."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        mock.add("POST", STATIC, json=answer)
        yield


class Logins:
    """A tenant with a user who logs in repeatedly."""

    def __init__(self, *, mfa: bool = True, **more: str) -> None:
        self.tenant = Tenant()
        self.user: User = self.tenant.add_user("ada@example.com", "pw", mfa=mfa)
        if mfa:
            self.user.enroll("otp")
        self.body = self.tenant.password_grant(self.user, **more)

    def post(self) -> None:
        """Log in with `requests`."""
        requests.post(self.tenant.url + "/oauth/token", json=self.body)

    def post_static(self) -> None:
        """Send the same request to the stub."""
        requests.post(STATIC, json=self.body)

    def post_checked(self) -> None:
        """Log in, and check the call against its schemas."""
        self.post()
        assert not self.tenant.calls[-1].violations

    def forget(self) -> None:
        """Remove calls and tokens between rounds, to keep memory small."""
        self.tenant.calls.clear()
        self.tenant.tokens.clear()


def by_requests() -> list[Row]:
    """Four rows: a plain call, two with different checks, and one with a signature."""
    demand, signed = Logins(), Logins(mfa=False)
    static = "one static `responses` stub"
    plain, checked, quick = _against_stub(
        demand,
        DEMAND,
        (demand.post, nullcontext),
        (demand.post_checked, verdicts.core),
        (demand.post_checked, verdicts.quick),
    )
    (with_id_token,) = _against_stub(signed, {**TOKENS, "id_token": "e" * 900}, (signed.post, nullcontext))
    claims = {"iss": signed.tenant.issuer, "sub": signed.user.id, "aud": signed.tenant.client_id, "iat": 1, "exp": 2}
    signature = seconds(lambda: signed.tenant.signer.sign(claims), 500)
    signed_detail = f"{with_id_token.detail}; the signature alone {signature * 1e6:.0f} µs"
    return [
        Row.of("one `requests` call, no ID token", static, plain, 0.90),
        Row.of("the same, held to the schemas by jsonschema alone", static, checked, 1.25),
        Row.of("the same, with jsonschema-rs", static, quick, 1.00),
        Row.of("the same, with one RS256 ID token", static, with_id_token, 1.80, signed_detail),
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
    """A reused client of httpx, and one of its successor httpx2, both against a respx route for httpx."""
    logins = Logins()

    @contextmanager
    def route() -> Iterator[None]:
        with respx.mock(assert_all_called=False) as mock:
            mock.post(STATIC).respond(json=DEMAND)
            yield

    rows = []
    for library, bar in ((httpx, 0.90), (httpx2, 0.95)):
        with library.Client() as ours, httpx.Client() as theirs:
            post = functools.partial(ours.post, logins.tenant.url + "/oauth/token", json=logins.body)
            pair = compare(
                post,
                functools.partial(theirs.post, STATIC, json=logins.body),
                around_ours=lambda: in_process(logins.tenant),
                around_baseline=route,
                between=logins.forget,
            )
        rows.append(Row.of(f"one {library.__name__} call", "a static respx route (httpx)", pair, bar))
    return rows


def by_urllib() -> list[Row]:
    """urllib3 with a reused pool, and urllib.request, both against requests with a static stub."""
    logins = Logins()
    url, body, pool = logins.tenant.url + "/oauth/token", json.dumps(logins.body).encode(), urllib3.PoolManager()

    def by_urllib3() -> None:
        assert pool.request("POST", url, json=logins.body).json()

    def by_urllib_request() -> None:
        request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
        try:
            urllib.request.urlopen(request)
        except urllib.error.HTTPError as refused:  # the answer mfa_required is a 403
            json.loads(refused.read())

    pairs = _against_stub(logins, DEMAND, (by_urllib3, nullcontext), (by_urllib_request, nullcontext))
    static = "one static `responses` stub"
    return [
        Row.of(f"one {name} call", static, pair, 1.00) for name, pair in zip(("urllib3", "urllib"), pairs, strict=True)
    ]


def by_aiohttp() -> list[Row]:
    """A reused session of aiohttp against aioresponses, both in one event loop."""
    logins, loop = Logins(), asyncio.new_event_loop()

    async def open_session() -> aiohttp.ClientSession:
        return aiohttp.ClientSession()

    session = loop.run_until_complete(open_session())

    async def post(url: str) -> None:
        async with session.post(url, json=logins.body) as answer:
            await answer.json()

    @contextmanager
    def stubbed() -> Iterator[None]:
        with aioresponses() as mock:
            mock.post(STATIC, payload=DEMAND, repeat=True)
            yield

    try:
        pair = compare(
            lambda: loop.run_until_complete(post(logins.tenant.url + "/oauth/token")),
            lambda: loop.run_until_complete(post(STATIC)),
            around_ours=lambda: in_process(logins.tenant),
            around_baseline=stubbed,
            between=logins.forget,
        )
    except TypeError as error:  # aioresponses 0.7.9 does not know aiohttp 3.14
        print(f"aioresponses does not work with this aiohttp: {error}", file=sys.stderr)
        return []
    finally:
        loop.run_until_complete(session.close())
        loop.close()
    return [Row.of("one aiohttp call", "aioresponses", pair, 1.10)]


def rows() -> list[Row]:
    """All rows of this module."""
    return [*by_requests(), *by_httpx(), *by_urllib(), *by_aiohttp()]
