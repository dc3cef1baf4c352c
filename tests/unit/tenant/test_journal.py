"""The journal is bounded: a server that runs for ever keeps the newest calls and knows how many came before."""

from __future__ import annotations

import pytest

from pytest_auth0_mfa import Request, Response
from pytest_auth0_mfa.tenant import journal
from pytest_auth0_mfa.tenant.journal import Calls


def _note(calls: Calls, number: int, body: bytes = b"") -> None:
    request = Request("POST", f"/{number}", {}, body)
    calls.note(("challenge", request, Response(200, {}, b"{}"), float(number), None, frozenset(), None))


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
