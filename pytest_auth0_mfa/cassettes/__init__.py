"""Recorded endpoints: cassettes that keep no secret and notice a wrong code.

vcrpy carries the traffic of requests, httpx and aiohttp; what is here is the knowledge of this API.
The pure parts know neither vcrpy nor pytest:

::

    placeholders   what stands for a secret: one shape for each kind, made of a number
    fields         which field holds which kind, which fields and headers are harmless
    shapes         what a secret looks like wherever it stands
    vault          secret -> placeholder, the same one every time
    interactions   one recorded request and its answer, read as operation and parameters
    values         what stands for one value
    scrubbing      interactions without secrets
    leaks          the check that nothing was missed; shares no rule with scrubbing
    matching       which recorded answer a request is given; `differences`: what differs; `order`: what comes first
    rendering      recorded answers as the tenant would give them now
    document       the YAML file, held to table and schemas; `reading`: what is wrong with it, and where;
                   `plain_yaml`: YAML of others
    modes          what may be sent, and what is written
    tape           recording and replay, whatever carries them
    comparison     an old recording and a new one: what drifted
    importing      plain vcrpy cassettes and HAR files

`recorder` ties a tape to vcrpy, `fixture` to pytest.
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
