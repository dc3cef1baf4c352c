"""Many clients at once: 32 threads with users of their own share one server, and no answer goes astray."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
import requests

from pytest_auth0_mfa import Tenant
from pytest_auth0_mfa.errors import ConfigurationError
from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.spec.operations import MFA_OOB, MFA_OTP
from pytest_auth0_mfa.tenant.totp import totp
from pytest_auth0_mfa.transports.attempts import attempts
from pytest_auth0_mfa.transports.server import Server

THREADS = 32
ROUNDS = 5


class Person:
    """A user in a thread, with a connection of her own."""

    def __init__(self, tenant: Tenant, number: int, together: Barrier) -> None:
        self.tenant = tenant
        self.together = together
        self.user = tenant.add_user(f"user-{number}@example.com")
        self.client = {"client_id": tenant.client_id, "client_secret": tenant.client_secret}
        self.seen: set[str] = set()

    def ask(self, path: str, body: Json = None, bearer: str | None = None) -> requests.Response:
        """A call."""
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        method = "GET" if body is None else "POST"
        url = self.tenant.url + path
        return self.session.request(method, url, json=body, headers=headers, verify=self.tenant.ca_file, timeout=60)

    def new(self, value: str) -> str:
        """A value that nobody was given before."""
        assert value not in self.seen
        self.seen.add(value)
        return value

    def run(self) -> set[str]:
        """Enroll email and log in again and again; every answer is this user's."""
        with requests.Session() as self.session:
            self.session.trust_env = False
            self.together.wait()
            token = self.log_in()
            body = {"authenticator_types": ["oob"], "oob_channels": ["email"], "email": f"second-{self.user.email}"}
            made = self.ask("/mfa/associate", body, token).json()
            assert made["recovery_codes"] == [self.user.recovery_code]
            self.verify(token, made["oob_code"])
            for _ in range(ROUNDS):
                token = self.log_in()
                rows = self.ask("/mfa/authenticators", bearer=token).json()
                assert rows[0]["id"] == self.user.authenticators[0].id
                challenge = self.ask("/mfa/challenge", {"mfa_token": token, **self.client}).json()
                self.verify(token, challenge["oob_code"])
        return self.seen

    def log_in(self) -> str:
        """A fresh mfa_token."""
        return self.new(self.ask("/oauth/token", self.tenant.password_grant(self.user)).json()["mfa_token"])

    def verify(self, token: str, oob_code: str) -> None:
        """Tokens of this user, with the code that was sent to her."""
        message = self.tenant.outbox.latest(self.user)
        assert message.to == f"second-{self.user.email}"
        grant = {"grant_type": MFA_OOB, "mfa_token": token, "oob_code": self.new(oob_code)}
        answer = self.ask("/oauth/token", {**grant, "binding_code": message.code, **self.client})
        assert answer.status_code == 200, answer.text
        access_token = self.new(answer.json()["access_token"])
        assert self.ask("/userinfo", bearer=access_token).json()["sub"] == self.user.id


def test_32_threads_do_not_meet(auth0_mfa_server: Tenant) -> None:
    """Every thread gets tokens, codes and lists of its own user, and no value is given out twice."""
    together = Barrier(THREADS)
    people = [Person(auth0_mfa_server, number, together) for number in range(THREADS)]
    with ThreadPoolExecutor(THREADS) as pool:
        seen = list(pool.map(Person.run, people))
    assert len(set().union(*seen)) == sum(map(len, seen))
    calls = auth0_mfa_server.calls
    assert len(calls) == THREADS * (4 + 5 * ROUNDS)
    assert {call.response.status for call in calls.of("password")} == {403}
    assert {call.response.status for call in calls if call.operation != "password"} == {200}


def test_one_code_is_good_for_one_of_many(auth0_mfa_server: Tenant) -> None:
    """32 threads send the same right TOTP at once: exactly one of them is let in."""
    tenant = auth0_mfa_server
    tenant.profile = tenant.profile.with_(wrong_codes="10/360")
    tenant.clock.freeze()
    user = tenant.add_user()
    secret = user.enroll("otp").secret or ""
    together = Barrier(THREADS)

    def race(_: int) -> int:
        with requests.Session() as session:
            session.trust_env = False
            login: Any = {"json": tenant.password_grant(user), "verify": tenant.ca_file, "timeout": 60}
            token = session.post(f"{tenant.url}/oauth/token", **login).json()["mfa_token"]
            grant = {"grant_type": MFA_OTP, "mfa_token": token, "otp": totp(secret, tenant.clock.now())}
            grant |= {"client_id": tenant.client_id, "client_secret": tenant.client_secret}
            together.wait()
            return session.post(f"{tenant.url}/oauth/token", **{**login, "json": grant}).status_code

    with ThreadPoolExecutor(THREADS) as pool:
        answers = sorted(pool.map(race, range(THREADS)))
    assert answers.count(200) == 1
    assert answers.count(403) == 10  # and then the bucket of wrong codes is empty
    assert answers.count(429) == THREADS - 11


def test_the_server_survives_that_no_thread_can_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that needs a thread when there is none is turned away; the next one is served."""
    start = threading.Thread.start

    def refuse(thread: threading.Thread) -> None:
        if thread.name == "auth0-mfa-connection":
            raise RuntimeError("can't start new thread")
        start(thread)

    with Server() as server, server.serving(Tenant()) as tenant, requests.Session() as session:
        session.trust_env, session.verify = False, tenant.ca_file
        keys = tenant.url + "/.well-known/jwks.json"
        with monkeypatch.context() as patch:
            patch.setattr(threading.Thread, "start", refuse)
            for _ in range(3):
                with pytest.raises(requests.ConnectionError):
                    session.get(keys, timeout=30)
        assert session.get(keys, timeout=30).status_code == 200
    assert [str(attempt) for attempt in attempts(tenant)] == ["a client was turned away: can't start new thread"]


def test_a_server_that_gets_no_thread_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a thread of its own the server does not start, and leaves no socket open."""

    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    with pytest.raises(ConfigurationError, match="needs a thread and got none: can't start new thread"):
        Server()
