"""Recorded endpoints: cassettes that contain no secret and notice a wrong code.

vcrpy intercepts the traffic of requests, httpx and aiohttp; this package knows the API. All modules but `recorder` do
without vcrpy:

::

    placeholders   what replaces a secret: a value of the same shape with a number, always the same for one secret
    fields         which fields hold which kind of secret, and what secrets look like
    bodies         reading a body as what it is, whatever its Content-Type says
    interactions   one recorded request and its answer, read as operation and parameters
    values         replacing the secrets in one value
    scrubbing      replacing the secrets in whole interactions
    leaks          checking that no secret is left; shares no rule with scrubbing
    matching       finding the recorded answer for a request, or explaining what differs
    document       what a cassette contains, checked against table and schemas, and how it is written
    reading        loading the YAML file
    session        recording and replay: what is sent, what is played and what is written
    comparison     what drifted between an old recording and a new one
    importing      plain vcrpy cassettes and HAR files

`recorder` connects a session to vcrpy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .comparison import Drift as Drift
    from .comparison import compare as compare
    from .comparison import compare_calls as compare_calls

__all__ = ["Drift", "compare", "compare_calls"]


def __getattr__(name: str) -> object:
    if name in __all__:
        from . import comparison

        return getattr(comparison, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
