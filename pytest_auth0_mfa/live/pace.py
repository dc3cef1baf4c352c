"""Keeps calls within a tenant's rate limits, and recognizes answers that come from the network, not the tenant."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from itertools import chain

from pytest_auth0_mfa.contract.tenant.verdicts import CouldNotRun, Disturbed
from pytest_auth0_mfa.messages import Handler, Request, Response, media_type
from pytest_auth0_mfa.spec.api_errors import error_of
from pytest_auth0_mfa.spec.profile import alternatives, profile_fields
from pytest_auth0_mfa.spec.refusals import REFUSALS
from pytest_auth0_mfa.tenant.limits import Rate
from pytest_auth0_mfa.transports.live import TransportError

LONGEST = 90.0
"""The longest wait for a rate limit, in seconds. A call that would have to wait longer is not repeated."""
_AGAIN = 1.0
_TRIES = 3
_MOST_IN_A_ROW = 6
_TENANT_WIDE = REFUSALS["rate_limited"].answer
_DOCUMENTED = chain((row.answer for row in REFUSALS.values()), *map(alternatives, profile_fields().values()))
_OWN = {str(answer) for answer in _DOCUMENTED if str(answer).startswith("429 ")} - {_TENANT_WIDE}
"""The 429 answers that are about one user or one push request, whatever the rate limit headers say."""


@dataclass(slots=True)
class Pace:
    """Decides when the next call may be made.

    ``rate`` is this process's share of the rate; without one only the tenant's headers count. ``margin`` is the number
    of remaining calls at which this process waits: other workers may make so many before they read the headers too.
    ``now`` is only used for headers in epoch seconds; waits are measured with ``monotonic``, which nobody can set.
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
    """How many calls in a row brought no answer from the tenant."""

    def wait(self) -> None:
        """Wait until the next call may be made."""
        seconds = self.not_before - self.monotonic()
        if seconds > 0:
            self.waited += seconds
            self.sleep(seconds)

    def made(self, response: Response | None) -> None:
        """Note a call that was made: the next one follows at the rate, or when the tenant's headers allow it."""
        self.calls += 1
        if self.rate is not None:
            self._hold(self.rate.seconds / self.rate.count)
        if response is None:
            return
        left, reset = (_number(response.headers, f"x-ratelimit-{name}") for name in ("remaining", "reset"))
        if left is not None and reset is not None and left <= self.margin:
            self._hold(min(reset - self.now(), LONGEST))

    def retry_after(self, response: Response) -> float | None:
        """Seconds that a refused call has to wait; None when that is not known or longer than `LONGEST`."""
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
    """The header in seconds from now; HTTP allows a number or a date."""
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
    """Whether the request changes nothing, so that it may be repeated."""
    return request.method == "GET"


class Limited:
    """A handler that keeps the pace and passes on only answers of the tenant.

    A call refused by the tenant-wide limit was not performed; it is repeated once, after the wait that the answer asks
    for. A call whose answer the network lost or replaced is repeated if ``harmless`` allows it or if the request was
    never sent. Raises Disturbed when no answer from the tenant came back, and CouldNotRun when that happens several
    times in a row.
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
    """Why an answer is not Auth0's but a proxy's or a firewall's, or was cut off; empty when it is Auth0's."""
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
        kind = media_type(response)
        return f"{where} with a body that is not JSON ({kind or 'no media type'})"
    return ""


def is_rate_limited(response: Response) -> bool:
    """Whether the tenant-wide limit refused the call. Limits per user are behaviour, which the contract checks."""
    if response.status != 429:
        return False
    try:
        body = response.json()
    except ValueError:
        return True
    code = error_of(body)
    if f"429 {code}" in _OWN:
        return False
    return f"429 {code}" == _TENANT_WIDE or "statusCode" in body or response.headers.get("x-ratelimit-remaining") == "0"
