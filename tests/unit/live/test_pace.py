"""Pace: what a tenant's answers say about limits is honoured; timeouts and 5xx are retried once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from helpers.live_tenant import LiveTenant

from pytest_auth0_mfa import Request, Response, Tenant, handler
from pytest_auth0_mfa.contract.tenant.verdicts import CouldNotRun
from pytest_auth0_mfa.live.pace import LONGEST, Limited, Pace
from pytest_auth0_mfa.tenant.limits import Rate
from pytest_auth0_mfa.transports.live import TransportError

CALL = Request("GET", "/mfa/authenticators", {})


class Time:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.at = 1000.0
        self.slept: list[float] = []

    def now(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.slept.append(round(seconds, 3))
        self.at += seconds


class Scripted:
    """Answers with these, then with 200."""

    def __init__(self, *answers: Response | Exception) -> None:
        self.answers = list(answers)
        self.calls = 0

    def __call__(self, request: Request) -> Response:
        self.calls += 1
        answer = self.answers.pop(0) if self.answers else Response(200, {}, b"[]")
        if isinstance(answer, Exception):
            raise answer
        return answer


def too_many(**headers: str) -> Response:
    """A refusal of the tenant-wide limit."""
    body = json.dumps({"error": "too_many_requests", "error_description": "..."}).encode()
    return Response(429, {name.replace("_", "-"): value for name, value in headers.items()}, body)


@pytest.fixture
def time() -> Time:
    return Time()


def limited(time: Time, scripted: Scripted, rate: str | None = None) -> Limited:
    pace = Pace(Rate.parse(rate) if rate else None, sleep=time.sleep, now=time.now, monotonic=time.now)
    return Limited(scripted, pace)


def test_a_given_rate_spaces_the_calls(time: Time) -> None:
    """30 a minute are one every two seconds, and the first does not wait."""
    call = limited(time, Scripted(), "30/m")
    for _ in range(3):
        call(CALL)
    assert time.slept == [2.0, 2.0]


@pytest.mark.parametrize("jump", [-7200.0, 7200.0])
def test_a_clock_that_is_set_does_not_change_the_pace(time: Time, jump: float) -> None:
    """Two hours back or forth between two calls: the wait is the rate's."""
    call = limited(time, Scripted(), "30/m")
    call(CALL)
    call.pace.now = lambda: time.at + jump
    call(CALL)
    assert time.slept == [2.0]


def test_few_calls_left_means_waiting_for_the_reset(time: Time) -> None:
    """The headers of a success count already."""
    low = Response(200, {"x-ratelimit-remaining": "1", "x-ratelimit-reset": "1030"}, b"[]")
    call = limited(time, Scripted(low))
    call(CALL)
    call(CALL)
    assert time.slept == [30.0]


@pytest.mark.parametrize(("left", "slept"), [(0, [30.0]), (2, [30.0]), (3, []), (50, [])])
def test_only_few_calls_left_mean_waiting(time: Time, left: int, slept: list[float]) -> None:
    """Two are left for other workers, which may not have looked yet."""
    known = Response(200, {"x-ratelimit-remaining": str(left), "x-ratelimit-reset": "1030"}, b"[]")
    call = limited(time, Scripted(known))
    call(CALL)
    call(CALL)
    assert time.slept == slept


@pytest.mark.parametrize(
    ("answer", "seconds"),
    [
        (too_many(retry_after="7"), 7.0),
        (too_many(x_ratelimit_reset="1012"), 12.0),
        (too_many(retry_after="Thu, 01 Jan 1970 00:16:50 GMT"), 10.0),
    ],
)
def test_a_refusal_by_the_limit_is_repeated_after_the_wait_it_asks_for(
    time: Time, answer: Response, seconds: float
) -> None:
    """Seconds, a date, or the reset of the limit: once."""
    call = limited(time, Scripted(answer))
    assert call(CALL).status == 200
    assert time.slept == [seconds]


def test_a_second_refusal_is_handed_on(time: Time) -> None:
    """What it means for the test is not the handler's business."""
    scripted = Scripted(too_many(retry_after="1"), too_many(retry_after="1"))
    assert limited(time, scripted)(CALL).status == 429
    assert scripted.calls == 2


def test_a_long_wait_is_not_waited_for(time: Time) -> None:
    """Nobody watches a run stand still for an hour."""
    scripted = Scripted(too_many(retry_after=str(int(LONGEST) + 1)))
    assert limited(time, scripted)(CALL).status == 429
    assert time.slept == []


@pytest.mark.parametrize("error", ["too_many_attempts", "slow_down"])
def test_a_users_own_limit_is_behaviour(time: Time, error: str) -> None:
    """It is judged, not waited for, also when it was the tenant's last call for now."""
    body = json.dumps({"error": error, "error_description": "..."}).encode()
    scripted = Scripted(Response(429, {"retry-after": "1", "x-ratelimit-remaining": "0"}, body))
    assert limited(time, scripted)(CALL).status == 429
    assert scripted.calls == 1


@pytest.mark.parametrize("trouble", [Response(503, {}), TransportError("no answer within 30 s")])
def test_trouble_is_retried_once(time: Time, trouble: Response | Exception) -> None:
    """One is an accident, two are not."""
    assert limited(time, Scripted(trouble))(CALL).status == 200
    with pytest.raises(CouldNotRun, match="twice"):
        limited(time, Scripted(trouble, trouble))(CALL)


def test_the_limit_of_the_fake_is_kept(time: Time) -> None:
    """A tenant with 10 requests a second never has to refuse."""
    tenant = Tenant(rate_limit="10/s")
    tenant.clock.freeze(1000.0)
    call = limited(time, Scripted())
    call._handler = handler(tenant)
    for _ in range(40):
        tenant.clock.freeze(time.at)
        assert call(Request("GET", "/.well-known/openid-configuration", {})).status == 200
    assert time.slept


def test_workers_share_rate_budget_and_what_is_left(tmp_path: Path) -> None:
    """Each keeps a third of the rate and of the budget, and stops earlier before the limit of all."""
    live = LiveTenant(tmp_path, workers=3, rate=Rate(60, 30.0), budget={"email": 10, "sms": 9})
    assert (live.run.pace.rate, live.run.pace.margin) == (Rate(60, 90.0), 6)
    assert live.run.spent.budget == {"email": 4, "sms": 3}
    alone = LiveTenant(tmp_path)
    assert (alone.run.pace.rate, alone.run.pace.margin) == (None, 2)
