"""What was played, in lines that are the same each time: for tests that hold one run against another."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator

from pytest_auth0_mfa.contract.steps import Exchange, Learned, Remark, Step

_JWT = re.compile(r"eyj[\w-]+\.([\w-]+)\.[\w-]+", re.IGNORECASE)
"""A token is told by its claims: each run signs with a key of its own."""


def told(steps: Iterable[Step]) -> Iterator[str]:
    """Each step in a line."""
    for step in steps:
        match step:
            case Exchange(operation, request, response):
                named = [f"{name}: {request.headers[name]}" for name in _HEADERS if name in request.headers]
                status = response.status if response is not None else "no answer"
                line = f"{operation} {request.method} {request.path} {named} {request.body.decode()} -> {status}"
                yield _JWT.sub(r"\1", line)
            case Learned(name, value, _, secret, steps_off):
                yield f"{name} {value} {secret} {steps_off}"
            case Remark(text, seconds):
                yield f"{text} ({seconds:g})"


_HEADERS = ("authorization", "content-type", "dpop")


def digest(lines: Iterable[str]) -> str:
    """Eight digits that differ when a line does."""
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:8]
