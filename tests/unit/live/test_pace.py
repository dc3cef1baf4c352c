"""Pace: what a tenant's answers say about limits is honoured; what the network lost or replaced is not the tenant's."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import pytest
from helpers.live_tenant import LiveTenant

from pytest_auth0_mfa import Request, Response, Tenant, handler
from pytest_auth0_mfa.contract.tenant.verdicts import CouldNotRun, Disturbed
from pytest_auth0_mfa.live.pace import LONGEST, Limited, Pace, disturbance
from pytest_auth0_mfa.tenant.limits import Rate
from pytest_auth0_mfa.transports.live import TransportError

CALL = Request("POST", "/mfa/associate", {})


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


LOOK = Request("GET", "/mfa/authenticators", {})
PAGE = {"content-type": "text/html; charset=utf-8"}
TROUBLE = [
    Response(503, {}),
    Response(502, PAGE, b"<h1>Bad gateway</h1>"),
    Response(200, PAGE, b"<h1>Down for maintenance</h1>"),
    Response(403, PAGE, b"<h1>Blocked</h1>"),
    Response(429, PAGE, b"<h1>Slow down</h1>"),
    Response(200, {"content-type": "application/json"}, b'{"access_to'),
    Response(400, {"content-type": "application/json"}),
    TransportError("no answer within 30 s"),
    TransportError("no answer. Check the host."),
]


@pytest.mark.parametrize("trouble", TROUBLE)
def test_what_the_network_did_to_a_call_is_not_judged(time: Time, trouble: Response | Exception) -> None:
    """What may have been performed is not sent again: the example is over."""
    scripted = Scripted(trouble)
    with pytest.raises(Disturbed, match=r"[^.]\. The network is not the tenant"):
        limited(time, scripted)(CALL)
    assert scripted.calls == 1


@pytest.mark.parametrize("trouble", TROUBLE)
def test_what_only_reads_is_repeated(time: Time, trouble: Response | Exception) -> None:
    """Twice at most; then the example is over."""
    assert limited(time, Scripted(trouble, trouble))(LOOK).status == 200
    with pytest.raises(Disturbed):
        limited(time, Scripted(trouble, trouble, trouble))(LOOK)


def test_what_never_left_is_repeated(time: Time) -> None:
    """Nobody can have performed it."""
    assert limited(time, Scripted(TransportError("refused", sent=False)))(CALL).status == 200


def test_a_tenant_that_is_out_of_reach_ends_the_run(time: Time) -> None:
    """Six calls in a row without an answer are no accident, whoever made them; an answer begins the count anew."""
    scripted = Scripted(
        *[TransportError("no answer")] * 5, Response(200, {}, b"{}"), *[TransportError("no answer")] * 6
    )
    call = limited(time, scripted)
    for due in (*[Disturbed] * 5, None, *[Disturbed] * 5, CouldNotRun):
        with pytest.raises(due) if due is not None else contextlib.nullcontext():
            call(CALL)


@pytest.mark.parametrize(
    ("request_", "response"),
    [
        (Request("DELETE", "/mfa/authenticators/x", {}), Response(204, {})),
        (Request("DELETE", "/mfa/authenticators/x", {}), Response(200, {})),
        (Request("GET", "/userinfo", {}), Response(401, {"www-authenticate": "Bearer"}, b"Unauthorized")),
        (Request("GET", "/userinfo", {}), Response(401, {"content-type": "text/plain"}, b"Unauthorized")),
        (Request("POST", "/mfa/nothing", {}), Response(404, {"content-type": "text/plain"}, b"Not Found")),
        (CALL, Response(400, {"content-type": "text/plain"}, b'{"error":"invalid_request"}')),
    ],
)
def test_what_the_tenant_itself_says_is_judged(request_: Request, response: Response) -> None:
    """Also when it is empty, plain text or mislabelled, where Auth0 answers so or a finding is due."""
    assert disturbance(request_, response) == ""


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
