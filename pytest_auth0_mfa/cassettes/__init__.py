"""Recorded endpoints: cassettes that keep no secret and notice a wrong code.

vcrpy carries the traffic of requests, httpx and aiohttp; what is here is the knowledge of this API.
The pure parts know neither vcrpy nor pytest:

::

    placeholders   what stands for a secret: one shape for each kind, made of a number, the same one every time
    fields         which field holds which kind, which fields and headers are harmless
    shapes         what a secret looks like wherever it stands
    bodies         what a body is, whatever its label says
    interactions   one recorded request and its answer, read as operation and parameters
    values         what stands for one value
    scrubbing      interactions without secrets
    leaks          the check that nothing was missed; shares no rule with scrubbing
    matching       which recorded answer a request is given, and what comes first; `differences`: what differs
    rendering      recorded answers as the tenant would give them now
    document       what a cassette holds, kept to table and schemas; `writing` and `reading`: the YAML file
    session        recording and replay, whatever carries them: what may be sent, and what is written
    comparison     an old recording and a new one: what drifted
    importing      plain vcrpy cassettes and HAR files

`recorder` ties a session to vcrpy; `cassette_users` says where a test takes its secrets from.
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
