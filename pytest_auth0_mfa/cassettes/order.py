"""Which answers a request builds on: a token cannot be sent before it has been issued."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import unquote

from .interactions import Interaction
from .placeholders import found_in


def needs_of(interactions: Sequence[Interaction]) -> list[frozenset[int]]:
    """For each request the numbers of the answers that first had a placeholder it sends."""
    issued: dict[str, int | None] = {}  # None: the client brought it along
    needs: list[frozenset[int]] = []
    for number, one in enumerate(interactions):
        headers = " ".join(value for values in one.request_headers.values() for value in values)
        sent = found_in(unquote(f"{one.url} {headers} {one.request_body.decode()}"))
        needs.append(frozenset(by for text in sent if (by := issued.setdefault(text, None)) is not None))
        for text in found_in(one.response_body.decode()):
            issued.setdefault(text, number)
    return needs
