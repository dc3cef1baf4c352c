"""The journal is bounded: a server that runs for ever keeps the newest calls and knows how many came before."""

from __future__ import annotations

import gc
import json
import weakref

import pytest

from pytest_auth0_mfa import Request, Response, Tenant, handler
from pytest_auth0_mfa.messages import Fault
from pytest_auth0_mfa.tenant import challenges, issued, journal, outbox
from pytest_auth0_mfa.tenant.journal import Calls


def _note(calls: Calls, number: int, body: bytes = b"") -> None:
    request = Request("POST", f"/{number}", {}, body)
    calls.note("challenge", request, Response(200, {}, b"{}"), float(number), None, (), None)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "_MOST_CALLS", 20)
    monkeypatch.setattr(journal, "_MOST_BYTES", 1000)


@pytest.mark.usefixtures("few")
def test_the_oldest_calls_are_dropped() -> None:
    """The newest calls are kept in order, the first is still known, and none is lost count of."""
    calls = Calls()
    for number in range(1000):
        _note(calls, number)
        assert calls.dropped + len(calls) == number + 1
        assert min(number + 1, 20) <= len(calls) <= 25
    assert [call.at for call in calls[-3:]] == [997.0, 998.0, 999.0]
    assert calls[0].at == calls.dropped
    assert calls.first is not None
    assert calls.first.at == 0
    assert len(calls.of("challenge")) == len(calls)
    calls.clear()
    assert (len(calls), calls.dropped) == (0, 0)
    assert Calls().first is None


@pytest.mark.usefixtures("few")
def test_large_bodies_are_bounded_too() -> None:
    """Bodies take no more memory than small calls may, and the last call is always there."""
    calls = Calls()
    for number in range(100):
        _note(calls, number, b"x" * 300)
        assert sum(len(call.request.body) for call in calls) <= 1300
    _note(calls, 100, b"x" * 5000)
    assert [call.at for call in calls] == [100.0]


class _Watched(Fault):
    """One that can be referred to weakly."""


@pytest.mark.usefixtures("few")
def test_a_dropped_call_that_was_read_is_freed() -> None:
    """Else the bodies of thousands of calls that were read would stay in memory; the kept ones are not made again."""
    calls = Calls()
    _note(calls, 0)
    fault = _Watched()
    calls.note("challenge", Request("POST", "/1", {}), Response(200, {}, b"{}", fault), 1.0, None, (), None)
    dropped = weakref.ref(fault)
    del fault
    assert calls[1].at == 1
    for number in range(2, 20):
        _note(calls, number)
    last = calls[-1]
    for number in range(20, 26):
        _note(calls, number)
    assert calls.dropped == 6
    gc.collect()
    assert dropped() is None
    assert calls[13] is last


# -- what else a server for ever would fill memory with ---------------------------------------------


def test_the_oldest_tokens_challenges_and_messages_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """The newest stay, in order, and are good; ids of messages go on counting."""
    for module in (issued, outbox):
        monkeypatch.setattr(module, "NEWEST", 8)
    tenant = Tenant(profile={"challenge_replaces_earlier": False})
    tenant.control_token = "token"
    handle = handler(tenant)
    user = tenant.add_user()
    user.enroll("email")
    headers = {"content-type": "application/json", "authorization": "Bearer token"}
    login = json.dumps(tenant.password_grant(user)).encode()
    mfa_token = oob_code = ""
    for _ in range(30):
        tenant.clock.advance(3600)  # no limit is met
        mfa_token = handle(Request("POST", "/oauth/token", headers, login)).json()["mfa_token"]
        client = {"client_id": tenant.client_id, "client_secret": tenant.client_secret}
        asked = json.dumps({**client, "mfa_token": mfa_token, "challenge_type": "oob"}).encode()
        oob_code = handle(Request("POST", "/mfa/challenge", headers, asked)).json()["oob_code"]
    for kept in (tenant.tokens.mfa, tenant.challenges, tenant.outbox):
        assert 8 <= len(kept) <= 10
    assert mfa_token in tenant.tokens.mfa
    assert oob_code in tenant.challenges
    latest = handle(Request("GET", "/_auth0_mfa/outbox/latest", headers)).json()
    assert (latest["id"], latest["code"]) == (30, tenant.outbox.latest(user).code)


def test_unanswered_challenges_do_not_pile_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither with the authenticator nor on the phone."""
    monkeypatch.setattr(challenges, "_MOST_PENDING", 5)
    tenant = Tenant()
    handle = handler(tenant)
    user = tenant.add_user()
    user.enroll("push")
    headers = {"content-type": "application/json"}
    login = json.dumps(tenant.password_grant(user)).encode()
    for _ in range(12):
        tenant.clock.advance(3600)
        mfa_token = handle(Request("POST", "/oauth/token", headers, login)).json()["mfa_token"]
        client = {"client_id": tenant.client_id, "client_secret": tenant.client_secret}
        asked = json.dumps({**client, "mfa_token": mfa_token, "challenge_type": "oob"}).encode()
        assert handle(Request("POST", "/mfa/challenge", headers, asked)).status == 200
    assert len(user.push_requests) == len(user.entries[0].challenges) == 5
    tenant.push.approve(user)


def test_a_call_is_itself_however_many_are_read() -> None:
    """More are kept than there are objects of: a call that was read before is found by its content."""
    calls = Calls()
    for number in range(12_000):
        _note(calls, number)
    last = calls[-1]
    read = list(calls)
    assert [number for number, call in enumerate(read) if call == last] == [len(read) - 1]
