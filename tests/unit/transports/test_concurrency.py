"""Races: what is good once is good once, whoever sends it; limits are exact; no answer and no update is lost.

Python switches threads as often as it can while these run. The same flows without races are in
test_server_threads.py.
"""

from __future__ import annotations

import contextlib
import functools
import json
import socket
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import requests
from fuzzing.holdouts import KINDS, Open, held
from helpers.tenant_client import TenantClient

from pytest_auth0_mfa import Request, Tenant, User, handler
from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.spec.operations import MFA_OOB, MFA_OTP, MFA_RECOVERY_CODE, REFRESH_TOKEN
from pytest_auth0_mfa.transports import certificates
from pytest_auth0_mfa.transports.in_process import in_process
from pytest_auth0_mfa.transports.server import Server, serve

THREADS = 32
PATIENCE = 120.0
Answer = tuple[int, Json]
Ask = Callable[[str, Json, str | None], Answer]
"""A call: path, body (None: GET), bearer. It answers status and body."""


@pytest.fixture(autouse=True)
def _restless() -> Iterator[None]:
    """Threads are switched after every microsecond."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def together(work: Sequence[Callable[[], Any]]) -> list[Any]:
    """Call all at the same moment, each in a thread of its own; what they returned."""
    barrier = threading.Barrier(len(work))

    def one(call: Callable[[], Any]) -> Any:
        barrier.wait(PATIENCE)
        return call()

    with ThreadPoolExecutor(len(work)) as pool:
        return list(pool.map(one, work, timeout=PATIENCE))


# -- ways to a tenant ----------------------------------------------------------------------------


@contextmanager
def _by_handler(tenant: Tenant) -> Iterator[Callable[[], Ask]]:
    handle = handler(tenant)

    def ask(path: str, body: Json, bearer: str | None) -> Answer:
        headers = {"content-type": "application/json", **({"authorization": f"Bearer {bearer}"} if bearer else {})}
        method, content = ("GET", b"") if body is None else ("POST", json.dumps(body).encode())
        response = handle(Request(method, path, headers, content))
        return response.status, response.json()

    yield lambda: ask


@contextmanager
def _by_requests(tenant: Tenant) -> Iterator[Callable[[], Ask]]:
    with in_process(tenant):
        yield lambda: _asking(tenant, requests.Session())


@contextmanager
def _by_httpx(tenant: Tenant) -> Iterator[Callable[[], Ask]]:
    with in_process(tenant):
        yield lambda: _asking(tenant, httpx.Client(trust_env=False, timeout=PATIENCE))


@contextmanager
def _by_server(tenant: Tenant) -> Iterator[Callable[[], Ask]]:
    def client() -> Ask:
        session = requests.Session()
        session.trust_env, session.verify = False, tenant.ca_file
        return _asking(tenant, session)

    with serve(tenant):
        yield client


def _asking(tenant: Tenant, client: requests.Session | httpx.Client) -> Ask:
    def ask(path: str, body: Json, bearer: str | None) -> Answer:
        headers = {"authorization": f"Bearer {bearer}"} if bearer else {}
        more: dict[str, Any] = {} if body is None else {"json": body}
        method = "GET" if body is None else "POST"
        answer = client.request(method, tenant.url + path, headers=headers, **more, timeout=PATIENCE)
        return answer.status_code, answer.json()

    return ask


WAYS = {"handler": _by_handler, "requests": _by_requests, "httpx": _by_httpx, "server": _by_server}
ways = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
Way = Callable[[Tenant], Any]


# -- many users ----------------------------------------------------------------------------------


def _walk(tenant: Tenant, user: User, ask: Ask) -> set[str]:
    """Log in, enroll and confirm a factor, log in with it: all values that were handed out."""
    client = {"client_id": tenant.client_id, "client_secret": tenant.client_secret}

    def token(body: Json) -> Answer:
        return ask("/oauth/token", {**client, **body}, None)

    status, demand = token(tenant.password_grant(user))
    assert (status, demand["error"]) == (403, "mfa_required")
    first = demand["mfa_token"]
    address = f"code-{user.email}"
    enroll = {"authenticator_types": ["oob"], "oob_channels": ["email"], "email": address}
    status, made = ask("/mfa/associate", enroll, first)
    assert status == 200
    assert made["recovery_codes"] == [user.recovery_code]
    sent = tenant.outbox.latest(user)
    assert sent.to == address
    grant = {"grant_type": MFA_OOB, "mfa_token": first, "oob_code": made["oob_code"], "binding_code": sent.code}
    status, granted = token(grant)
    assert status == 200, granted
    assert ask("/userinfo", None, granted["access_token"])[1]["sub"] == user.id
    second = token(tenant.password_grant(user))[1]["mfa_token"]
    status, rows = ask("/mfa/authenticators", None, second)
    assert (status, [row["id"] for row in rows if row["authenticator_type"] == "oob"]) == (
        200,
        [authenticator.id for authenticator in user.authenticators],
    )
    status, renewed = token({"grant_type": MFA_RECOVERY_CODE, "mfa_token": second, "recovery_code": user.recovery_code})
    assert (status, renewed["recovery_code"]) == (200, user.recovery_code)
    assert renewed["recovery_code"] != made["recovery_codes"][0]
    handed = (first, second, made["oob_code"], granted["access_token"], renewed["access_token"])
    return {*handed, *made["recovery_codes"], renewed["recovery_code"]}


@ways
@pytest.mark.parametrize("users", [THREADS, pytest.param(200, marks=pytest.mark.slow)])
def test_everyone_walks_alone(way: Way, users: int) -> None:
    """32 threads walk the flows of their users: everyone gets what is hers, and nothing is handed out twice."""
    tenant = Tenant()
    people = [tenant.add_user(f"user-{number}@example.com") for number in range(users)]
    with way(tenant) as client:

        def walk(number: int) -> list[set[str]]:
            ask = client()
            return [_walk(tenant, user, ask) for user in people[number::THREADS]]

        walked = together([lambda number=number: walk(number) for number in range(THREADS)])  # type: ignore[misc]
    handed = [values for one in walked for values in one]
    assert len(set().union(*handed)) == sum(map(len, handed)) == 7 * users
    assert len(tenant.calls) == 7 * users
    assert Counter(call.refusal_id for call in tenant.calls) == {None: 5 * users, "mfa_required": 2 * users}


# -- good once -----------------------------------------------------------------------------------


class Race:
    """A tenant, a user with every factor, and 32 mfa_tokens of hers."""

    def __init__(self) -> None:
        self.api = TenantClient({"wrong_codes": "10/360"})
        self.tenant = self.api.tenant
        self.user = self.tenant.add_user()
        for factor in ("otp", "email", "push"):
            self.user.enroll(factor)
        self.client = {"client_id": self.tenant.client_id, "client_secret": self.tenant.client_secret}
        self.tokens = [self.api.mfa_token(self.user) for _ in range(THREADS)]

    def run(self, way: Way, grants: Sequence[Json]) -> Counter[int]:
        """Send the grants at once; how often each status was answered."""
        with way(self.tenant) as client:
            asks = [client() for _ in grants]
            sent = [{**self.client, **grant} for grant in grants]
            calls = [
                lambda ask=ask, body=body: ask("/oauth/token", body, None) for ask, body in zip(asks, sent, strict=True)
            ]
            return Counter(status for status, _ in together(calls))


@ways
def test_a_totp_is_good_once(way: Way) -> None:
    """The same code in 32 sessions: one is let in, ten are wrong, and then the bucket is empty."""
    race = Race()
    code = race.user.authenticators[0].code()
    grants = [{"grant_type": MFA_OTP, "mfa_token": token, "otp": code} for token in race.tokens]
    assert race.run(way, grants) == {200: 1, 403: 10, 429: THREADS - 11}


@ways
def test_a_recovery_code_is_good_once(way: Way) -> None:
    """The same recovery code in 32 sessions: one is let in, and its replacement is the user's."""
    race = Race()
    code = race.user.recovery_code
    grants = [{"grant_type": MFA_RECOVERY_CODE, "mfa_token": token, "recovery_code": code} for token in race.tokens]
    assert race.run(way, grants) == {200: 1, 403: 10, 429: THREADS - 11}
    (granted,) = [call for call in race.tenant.calls.of("mfa-recovery-code") if call.response.status == 200]
    assert granted.response.json()["recovery_code"] == race.user.recovery_code != code


@ways
def test_an_oob_code_is_good_once(way: Way) -> None:
    """One challenge, its right code sent 32 times: one is let in, and nobody loses an attempt by it."""
    race = Race()
    token = race.tokens[0]
    email = next(one for one in race.user.authenticators if one.factor == "email")
    oob_code = race.api.challenge(token, authenticator_id=email.id).json()["oob_code"]
    grant = {"grant_type": MFA_OOB, "mfa_token": token, "oob_code": oob_code, "binding_code": race.api.code(race.user)}
    answers = race.run(way, [grant] * THREADS)
    assert answers[200] == 1
    assert {call.refusal_id for call in race.tenant.calls.of("mfa-oob")} == {None, "used_oob_code"}


@ways
def test_an_approved_push_is_good_once(way: Way) -> None:
    """32 polls at once after the approval: one is let in."""
    race = Race()
    token = race.tokens[0]
    push = next(one for one in race.user.authenticators if one.factor == "push")
    oob_code = race.api.challenge(token, authenticator_id=push.id).json()["oob_code"]
    race.tenant.push.approve(race.user)
    answers = race.run(way, [{"grant_type": MFA_OOB, "mfa_token": token, "oob_code": oob_code}] * THREADS)
    assert answers[200] == 1
    assert {call.refusal_id for call in race.tenant.calls.of("mfa-oob")} == {None, "used_oob_code"}


@ways
def test_refresh_tokens_stay_apart(way: Way) -> None:
    """32 refresh tokens of 32 users used at once: each gets an access token of its own user."""
    tenant = Tenant()
    people = [tenant.add_user(mfa=False) for _ in range(THREADS)]
    client = {"client_id": tenant.client_id, "client_secret": tenant.client_secret, "grant_type": REFRESH_TOKEN}
    kept = [person.refresh_token() for person in people]

    def renew(ask: Ask, token: str) -> str:
        status, renewed = ask("/oauth/token", {**client, "refresh_token": token}, None)
        assert status == 200, renewed
        return str(ask("/userinfo", None, renewed["access_token"])[1]["sub"])

    with way(tenant) as made:
        asks = [made() for _ in people]
        calls = [lambda ask=ask, token=token: renew(ask, token) for ask, token in zip(asks, kept, strict=True)]
        assert together(calls) == [person.id for person in people]


# -- limits and updates --------------------------------------------------------------------------


@ways
def test_the_tenants_rate_is_exact(way: Way) -> None:
    """Of 64 calls at once a limit of 20 a minute lets 20 through, and each was told another number of them left."""
    tenant = Tenant(rate_limit="20/m")
    tenant.clock.freeze()
    with way(tenant) as client:
        asks = [client() for _ in range(THREADS)]
        calls = [lambda ask=ask: [ask("/.well-known/jwks.json", None, None)[0] for _ in range(2)] for ask in asks]
        statuses = Counter(status for both in together(calls) for status in both)
    assert statuses == {200: 20, 429: 2 * THREADS - 20}
    left = [int(call.response.headers["x-ratelimit-remaining"]) for call in tenant.calls if call.refusal_id is None]
    assert sorted(left) == list(range(20))


def test_messages_are_counted_exactly() -> None:
    """Of 32 challenges by SMS at once the user's bucket lets ten through, and ten messages are sent."""
    tenant = Tenant()
    tenant.clock.freeze()
    user = tenant.add_user()
    user.enroll("sms")
    client = {"client_id": tenant.client_id, "client_secret": tenant.client_secret}
    with _by_handler(tenant) as made:
        ask = made()
        tokens = [ask("/oauth/token", tenant.password_grant(user), None)[1]["mfa_token"] for _ in range(THREADS)]
        calls = [lambda t=t: ask("/mfa/challenge", {"mfa_token": t, **client}, None)[0] for t in tokens]
        together(calls)
    assert Counter(call.refusal_id for call in tenant.calls.of("challenge")) == {
        None: 10,
        "too_many_messages": THREADS - 10,
    }
    assert len(tenant.outbox) == 10


def test_one_of_many_associations_brings_the_recovery_code() -> None:
    """32 enrollments at once: each has an authenticator of its own, and one recovery code is the user's."""
    tenant = Tenant()
    user = tenant.add_user()
    with _by_handler(tenant) as made:
        ask = made()
        token = ask("/oauth/token", tenant.password_grant(user), None)[1]["mfa_token"]
        calls = [lambda: ask("/mfa/associate", {"authenticator_types": ["otp"]}, token)] * THREADS
        bodies = [body for status, body in together(calls) if status == 200]
    assert len({body["secret"] for body in bodies}) == len(bodies) == THREADS
    assert len(user.authenticators) == THREADS
    assert [code for body in bodies for code in body.get("recovery_codes", [])] == [user.recovery_code]


def test_no_fault_is_lost() -> None:
    """Faults that 32 threads ask for are met as often as they were asked for, none twice."""
    tenant = Tenant()
    tenant.add_user().enroll("email")

    def jwks() -> None:
        for _ in range(50):
            tenant.fail_next("jwks", status=503)

    def emails() -> None:
        for _ in range(2000):
            tenant.outbox.fail_next("email")

    together([jwks] * THREADS)
    together([emails] * THREADS)
    assert tenant.faults.pending() == {"jwks": THREADS * 50}
    assert tenant.outbox.failing() == {"email": THREADS * 2000}
    with _by_handler(tenant) as made:
        ask = made()
        calls = [lambda: [ask("/.well-known/jwks.json", None, None)[0] for _ in range(60)]] * THREADS
        statuses = Counter(status for some in together(calls) for status in some)
    assert statuses == {503: THREADS * 50, 200: THREADS * 10}


# -- several servers -----------------------------------------------------------------------------


def test_servers_that_start_together_have_one_authority(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Eight threads start a server each, the first of the process: every client trusts every server."""
    # an authority of its own in a folder of its own: the servers of other tests keep theirs
    monkeypatch.setattr(certificates, "folder", lambda: tmp_path)
    for name in ("authority", "authority_file", "server_context"):
        monkeypatch.setattr(certificates, name, functools.cache(getattr(certificates, name).__wrapped__))
    servers = together([Server] * 8)
    try:
        assert len({server.ca_file for server in servers}) == 1
        for server in servers:
            with server.serving(Tenant()) as tenant, requests.Session() as session:
                session.trust_env, session.verify = False, tenant.ca_file
                assert session.get(f"{tenant.url}/.well-known/jwks.json", timeout=PATIENCE).status_code == 200
    finally:
        for server in servers:
            server.stop()


def test_two_servers_walk_at_once() -> None:
    """Two tenants on two servers, 16 threads each: no call and no user crosses over."""
    tenants = [Tenant(), Tenant()]
    with _by_server(tenants[0]) as first, _by_server(tenants[1]) as second:
        people = [
            (tenant, client(), tenant.add_user())
            for tenant, client in zip(tenants, (first, second), strict=True)
            for _ in range(16)
        ]
        together([lambda t=t, ask=ask, user=user: _walk(t, user, ask) for t, ask, user in people])  # type: ignore[misc]
    assert [len(tenant.calls) for tenant in tenants] == [7 * 16, 7 * 16]


@pytest.mark.parametrize(
    "kind",
    [*(pytest.param(kind, marks=pytest.mark.slow) for kind in KINDS), None],
    ids=lambda kind: kind.__name__ if kind else "all together",
)
def test_it_stops_whatever_its_clients_do(kind: Open | None) -> None:
    """No client, in whatever state, keeps the server from stopping; it hangs up on each, and no thread is left.

    How long it takes is measured by ``python tools/fuzzing stop``.
    """
    before = set(threading.enumerate())
    server = Server()
    with held(server, KINDS if kind is None else (kind,), each=3) as clients:
        stopping = threading.Thread(target=server.stop)
        stopping.start()
        stopping.join(PATIENCE)
        assert not stopping.is_alive()
        for client in clients:
            client.settimeout(PATIENCE)
            with contextlib.suppress(OSError):  # a reset ends it too
                while client.recv(1 << 20):
                    pass
    for thread in set(threading.enumerate()) - before:
        thread.join(PATIENCE)
    assert set(threading.enumerate()) <= before
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE)


@pytest.mark.slow
def test_workers_of_xdist(pytester: pytest.Pytester) -> None:
    """Under pytest-xdist every worker has its own server, users and codes."""
    pytester.makepyfile(
        """
        import pytest, requests

        @pytest.mark.parametrize("number", range(40))
        def test_login(auth0_mfa_server, number):
            tenant = auth0_mfa_server
            user = tenant.add_user("ada@example.com", "pw")
            user.enroll("email")
            with requests.Session() as session:
                session.trust_env, session.verify = False, tenant.ca_file
                client = {"client_id": tenant.client_id, "client_secret": tenant.client_secret}
                token = session.post(tenant.url + "/oauth/token", json=tenant.password_grant(user)).json()["mfa_token"]
                sent = session.post(tenant.url + "/mfa/challenge", json={"mfa_token": token, **client}).json()
                grant = {
                    "grant_type": "http://auth0.com/oauth/grant-type/mfa-oob", "mfa_token": token,
                    "oob_code": sent["oob_code"], "binding_code": tenant.outbox.latest(user).code, **client,
                }
                access = session.post(tenant.url + "/oauth/token", json=grant).json()["access_token"]
                bearer = {"Authorization": f"Bearer {access}"}
                assert session.get(tenant.url + "/userinfo", headers=bearer).json()["sub"] == user.id
            assert len(tenant.calls) == 4
        """
    )
    pytester.runpytest_subprocess("-n", "4", "-p", "no:cacheprovider").assert_outcomes(passed=40)
