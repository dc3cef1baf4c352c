"""A bad network before a correct tenant: answers are lost, replaced or cut, at random or at the n-th call."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from pytest_auth0_mfa.messages import Handler, Request, Response
from pytest_auth0_mfa.transports.live import TransportError

Disturb = Callable[[Handler, Request], Response]
_PAGE = b"<!DOCTYPE html><html><title>Just a moment...</title><p>Checking your browser</p></html>"


def _page(status: int) -> Disturb:
    headers = {"content-type": "text/html; charset=utf-8", "server": "proxy"}
    return lambda handler, request: Response(status, headers, _PAGE)


def _lost(handler: Handler, request: Request) -> Response:
    handler(request)  # the call is performed, but the client gets no answer
    raise TransportError(f"{request.method}: no answer within 30 s")


def _never_there(handler: Handler, request: Request) -> Response:
    raise TransportError(f"{request.method}: ConnectionResetError")


def _refused(handler: Handler, request: Request) -> Response:
    raise TransportError(f"{request.method}: ConnectionRefusedError", sent=False)


def _gateway(status: int) -> Disturb:
    return lambda handler, request: Response(status, {"content-type": "application/json"}, b'{"message":"Gateway"}')


def _error_after(handler: Handler, request: Request) -> Response:
    handler(request)
    return Response(502, {"content-type": "text/html"}, _PAGE)


def _cut(handler: Handler, request: Request) -> Response:
    answer = handler(request)
    return Response(answer.status, answer.headers, answer.body[: len(answer.body) // 2])


def _emptied(handler: Handler, request: Request) -> Response:
    answer = handler(request)
    return Response(answer.status, answer.headers, b"")


KINDS: dict[str, Disturb] = {
    "answer lost": _lost,
    "connection reset": _never_there,
    "connection refused": _refused,
    "502 after it was performed": _error_after,
    "503": _gateway(503),
    "504": _gateway(504),
    "page with 200": _page(200),
    "page with 403": _page(403),
    "page with 429": _page(429),
    "cut": _cut,
    "emptied": _emptied,
}


@dataclass
class Chaos:
    """A handler behind a network that disturbs a share of the calls, or the calls with these numbers (from 1)."""

    handler: Handler
    kind: str
    share: float = 0.0
    seed: int = 0
    numbers: Iterable[int] = ()
    disturbed: list[str] = field(default_factory=list)
    calls: int = 0

    def __post_init__(self) -> None:
        self._random = random.Random(f"{self.kind} {self.seed}")
        self._numbers = frozenset(self.numbers)

    def __call__(self, request: Request) -> Response:
        """The tenant's answer, or what the network makes of it."""
        self.calls += 1
        if self.calls not in self._numbers and self._random.random() >= self.share:
            return self.handler(request)
        self.disturbed.append(f"{request.method} {request.path}")
        return KINDS[self.kind](self.handler, request)
