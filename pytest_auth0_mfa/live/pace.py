"""Keeps within a tenant's limits, and tells its answers from what a network makes of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from itertools import chain

from pytest_auth0_mfa.contract.tenant.verdicts import CouldNotRun, Disturbed
from pytest_auth0_mfa.messages import Handler, Request, Response
from pytest_auth0_mfa.spec.profile import alternatives, profile_fields
from pytest_auth0_mfa.spec.refusals import REFUSALS
from pytest_auth0_mfa.tenant.limits import Rate
from pytest_auth0_mfa.transports.live import TransportError

LONGEST = 90.0
"""Seconds that are waited for a limit at most; who asks for more is not waited for."""
_AGAIN = 1.0
_TRIES = 3
_MOST_IN_A_ROW = 6
_TENANT_WIDE = REFUSALS["rate_limited"].answer
_DOCUMENTED = chain((row.answer for row in REFUSALS.values()), *map(alternatives, profile_fields().values()))
_OWN = {str(answer) for answer in _DOCUMENTED if str(answer).startswith("429 ")} - {_TENANT_WIDE}
"""Every 429 that is about one user or one push, whatever its headers say of the tenant."""


@dataclass(slots=True)
class Pace:
    """When the next call may be made.

    ``rate`` is this process's share; without one only the tenant's headers count. ``margin`` is how
    many calls other workers may make before they look at the headers too. ``now`` only reads what
    headers say in epoch seconds: how long is waited does not depend on a clock that somebody sets.
    """

    rate: Rate | None = None
    margin: int = 2
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], float] = time.time
    monotonic: Callable[[], float] = time.monotonic
    not_before: float = 0.0
    calls: int = 0
    waited: float = 0.0
    lost_in_a_row: int = 0
    """How many calls lately brought no answer of the tenant."""

    def wait(self) -> None:
        """Until the next call may be made."""
        seconds = self.not_before - self.monotonic()
        if seconds > 0:
            self.waited += seconds
            self.sleep(seconds)

    def made(self, response: Response | None) -> None:
        """A call was made: the next one follows at the rate, or when the tenant says so."""
        self.calls += 1
        if self.rate is not None:
            self._hold(self.rate.seconds / self.rate.count)
        if response is None:
            return
        left, reset = (_number(response.headers, f"x-ratelimit-{name}") for name in ("remaining", "reset"))
        if left is not None and reset is not None and left <= self.margin:
            self._hold(min(reset - self.now(), LONGEST))

    def retry_after(self, response: Response) -> float | None:
        """Seconds that a refused call has to wait; None when it is not worth it."""
        seconds = _retry_after(response.headers, self.now())
        if seconds is None:
            reset = _number(response.headers, "x-ratelimit-reset")
            seconds = None if reset is None else max(0.0, reset - self.now())
        if seconds is None or seconds > LONGEST:
            return None
        self._hold(seconds)
        return seconds

    def _hold(self, seconds: float) -> None:
        self.not_before = max(self.not_before, self.monotonic() + seconds)


def _number(headers: Mapping[str, str], name: str) -> float | None:
    try:
        return float(headers[name])
    except (KeyError, ValueError):
        return None


def _retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds or a date, as HTTP has both."""
    text = headers.get("retry-after")
    if text is None:
        return None
    try:
        return max(0.0, float(text))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - now)
    except ValueError:
        return None


def only_reads(request: Request) -> bool:
    """Whether performing the request twice changes nothing."""
    return request.method == "GET"


class Limited:
    """A handler that keeps the pace, and tells the tenant's answers from the network's.

    A refusal of the tenant-wide limit is repeated once after the wait that it asks for: the call was not performed.
    What the network lost or replaced is repeated where ``harmless`` says so, or when the request never left. Raises
    Disturbed when no answer of the tenant came back, and CouldNotRun when that happens time after time.
    """

    def __init__(self, handler: Handler, pace: Pace, *, harmless: Callable[[Request], bool] = only_reads) -> None:
        self._handler = handler
        self._harmless = harmless
        self.pace = pace

    def __call__(self, request: Request) -> Response:
        response = self._answered(request)
        if is_rate_limited(response) and self.pace.retry_after(response) is not None:
            response = self._answered(request)
        return response

    def _answered(self, request: Request) -> Response:
        trouble = ""
        for attempt in range(_TRIES):
            if attempt:
                self.pace.sleep(_AGAIN)
            repeat = self._harmless(request)
            response = None
            try:
                response = self._send(request)
                trouble = disturbance(request, response)
            except TransportError as error:
                trouble = str(error).rstrip(".")
                repeat = repeat or not error.sent
            if not trouble and response is not None:
                self.pace.lost_in_a_row = 0
                return response
            self.pace.lost_in_a_row += 1
            if self.pace.lost_in_a_row >= _MOST_IN_A_ROW:
                raise CouldNotRun(
                    f"could not run: {_MOST_IN_A_ROW} calls in a row brought no answer of the tenant, the last one: "
                    f"{trouble}. Look at the tenant's status, the network and proxies on the way, then run again."
                )
            if not repeat:
                break
        raise Disturbed(f"left unjudged: {trouble}. The network is not the tenant: run again.")

    def _send(self, request: Request) -> Response:
        self.pace.wait()
        response = None
        try:
            response = self._handler(request)
        finally:
            self.pace.made(response)
        return response


def disturbance(request: Request, response: Response) -> str:
    """Why an answer is the network's and not Auth0's: a proxy's, a firewall's, or cut off; empty when it is not."""
    where = f"{request.method} {request.path.partition('?')[0]} was answered {response.status}"
    if response.status >= 500:
        return where
    if not response.body:
        nothing_due = response.status == 204 or (request.method == "DELETE" and response.status < 300)
        return "" if nothing_due else f"{where} without a body"
    unauthorized = response.status == 401 and request.path.startswith("/userinfo")
    if unauthorized or response.status in (404, 405) or "www-authenticate" in response.headers:
        return ""
    if response.status == 429 and "retry-after" in response.headers:
        return ""
    try:
        response.json()
    except ValueError:
        kind = response.headers.get("content-type", "").partition(";")[0].strip()
        return f"{where} with a body that is not JSON ({kind or 'no media type'})"
    return ""


def is_rate_limited(response: Response) -> bool:
    """Whether the tenant-wide limit refused the call; a user's own limits are behaviour and are judged."""
    if response.status != 429:
        return False
    try:
        body = response.json()
    except ValueError:
        return True
    code = body.get("error") if isinstance(body, dict) else None
    if f"429 {code}" in _OWN:
        return False
    return f"429 {code}" == _TENANT_WIDE or "statusCode" in body or response.headers.get("x-ratelimit-remaining") == "0"
