"""The memory of a journalled call, and the cost of a call after many calls or with many users."""

from __future__ import annotations

import json
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import requests
import responses

from pytest_auth0_mfa import Request, Tenant, handler, in_process
from pytest_auth0_mfa.tenant.entities import User

from .in_process import STATIC, Logins, stub
from .measure import Row, seconds, summary

CALLS = 300


def _bytes_per_call(call: Callable[[], object]) -> float:
    for _ in range(20):
        call()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for _ in range(CALLS):
        call()
    held = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    return held / CALLS


def memory() -> list[Row]:
    """The memory per call, sent with `requests` to both: a list of authenticators, which changes nothing, and a
    login."""
    logins = Logins()
    ask = handler(logins.tenant)
    kind = {"Content-Type": "application/json"}
    demand = ask(Request("POST", "/oauth/token", kind, json.dumps(logins.body).encode()))
    bearer = {"Authorization": f"Bearer {demand.json()['mfa_token']}"}
    listing = requests.Session()
    with in_process(logins.tenant):
        url = logins.tenant.url + "/mfa/authenticators"
        ours = _bytes_per_call(lambda: listing.get(url, headers=bearer))
        answer = logins.tenant.calls[-1].response
        login = _bytes_per_call(lambda: listing.post(logins.tenant.url + "/oauth/token", json=logins.body))
    with responses.RequestsMock() as mock:
        mock.add("GET", STATIC, body=answer.body, content_type="application/json")
        theirs = _bytes_per_call(lambda: listing.get(STATIC, headers=bearer))
    with stub(demand.json()):
        their_login = _bytes_per_call(lambda: listing.post(STATIC, json=logins.body))
    baseline = "`responses`' call list"
    return [
        Row("memory of a journalled call: a list", baseline, ours / theirs, 0.5, detail=_kb(ours, theirs)),
        Row(
            "memory of a journalled call: a login, with its session",
            baseline,
            login / their_login,
            0.5,
            detail=_kb(login, their_login),
        ),
    ]


def _kb(ours: float, theirs: float) -> str:
    return f"{ours:.0f} / {theirs:.0f} bytes"


# -- the n-th call -------------------------------------------------------------------------------


class Grown:
    """A tenant that already has so many users and calls."""

    def __init__(self, users: int, calls: int) -> None:
        self.tenant = Tenant(seed=1)
        people: list[User] = [self.tenant.add_user() for _ in range(users)]
        self._handle = handler(self.tenant)
        self._login = self._request(people[users // 2])
        for _ in range(calls):
            self.log_in()

    def _request(self, user: User) -> Request:
        body = json.dumps(self.tenant.password_grant(user)).encode()
        return Request("POST", "/oauth/token", {"Content-Type": "application/json"}, body)

    def log_in(self) -> None:
        """Log in once more."""
        self._handle(self._login)


def measured(users: int, calls: int) -> float:
    """CPU seconds of a login on such a tenant, including garbage collection."""
    grown = Grown(users, calls)
    return min(seconds(grown.log_in, 500) for _ in range(9))


def _in_a_process(users: int, calls: int) -> float:
    """`measured` in its own process, since garbage collection depends on everything that is alive."""
    code = f"from benchmarks.growth import measured; print(measured({users}, {calls}))"
    root = Path(__file__).parents[1]
    return float(subprocess.run([sys.executable, "-c", code], cwd=root, check=True, capture_output=True).stdout)


def flatness() -> list[Row]:
    """The rows for a call after 100,000 calls and one with 100,000 users, against 10 of each."""
    many_calls, many_users = [], []
    for _ in range(3):
        few = _in_a_process(10, 10)
        many_calls.append((_in_a_process(10, 100_000), few))
        many_users.append((_in_a_process(100_000, 10), few))
    calls, users = summary(many_calls), summary(many_users)
    return [
        Row.of("a call after 100,000 calls", "after 10", calls, 1.2),
        Row.of("a call with 100,000 users", "with 10", users, 1.2),
    ]


def rows() -> list[Row]:
    """All rows of this module."""
    return [*memory(), *flatness()]
