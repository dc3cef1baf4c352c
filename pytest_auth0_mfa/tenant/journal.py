"""The journal: every call that the tenant answered."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import overload

from pytest_auth0_mfa.errors import UnknownOperationError, closest, printable
from pytest_auth0_mfa.messages import Fault, Headers, Request, Response
from pytest_auth0_mfa.messages.showing import shown_path
from pytest_auth0_mfa.spec.operations import ALL, OperationId


@dataclass(frozen=True, slots=True)
class Call:
    """One call: request, response, and its time ``at`` in epoch seconds.

    ``refusal_id`` is the refusal that was answered, or None. ``profile_fields`` names the disputed behaviour that the
    answer depends on. ``hint`` says what may be wrong with a refused request if the answer does not.
    """

    operation: OperationId | None
    request: Request
    response: Response
    at: float
    refusal_id: str | None = None
    profile_fields: frozenset[str] = frozenset()
    hint: str | None = None

    @property
    def violations(self) -> list[str]:
        """Where request or response violate their schemas, one sentence each; computed at each access."""
        from pytest_auth0_mfa.spec.schemas import check_call  # imported only here, because it loads a validator

        return check_call(self.operation, self.request, self.response)

    def __repr__(self) -> str:
        what = self.operation or f"{self.request.method} {shown_path(self.request.path)}"
        refused = f" {self.refusal_id}" if self.refusal_id else ""
        hint = f": {self.hint}" if self.hint else ""
        return printable(f"<Call {what} -> {self.response.status}{refused}{hint}>")


_Texts = tuple[str, ...]
_Kept = tuple[
    *tuple[OperationId | None, str, str, _Texts, bytes],
    *tuple[int, _Texts, bytes, Fault | None],
    *tuple[float, str | None, _Texts, str | None],
]
"""A call as it is kept: texts and numbers, and tuples of texts for headers (names and values in turn).

The garbage collector passes over such tuples. A server keeps 20,000 calls, and a collection delays its answers.
"""

_MOST_CALLS = 20_000
_MOST_BYTES = 64 * 1024 * 1024
"""The most bytes of bodies that are kept. A call without bodies takes about a kilobyte."""
_MOST_READ = 5_000
"""How many calls that were read are kept as objects."""


class Calls(Sequence[Call]):
    """The calls since the last reset, oldest first. The oldest are dropped if there are very many, so memory stays
    bounded.

    At least the newest 20,000 are kept, or fewer if their bodies are larger than 32 MiB. ``dropped`` is the number of
    calls that were dropped.
    """

    def __init__(self) -> None:
        # A `Call` is made when it is first read, because few are ever read.
        self._kept: list[_Kept] = []
        self._read: dict[int, Call] = {}
        self._bytes = 0
        self._first: Call | None = None
        self._making = threading.Lock()
        self.dropped = 0

    def note(
        self,
        operation: OperationId | None,
        request: Request,
        response: Response,
        at: float,
        refusal_id: str | None,
        profile_fields: tuple[str, ...],
        hint: str | None,
    ) -> None:
        """Add a call that was answered. ``profile_fields`` is kept as it is: calls that read the same may share it."""
        asked = (request.method, request.path, _flat(request.headers), request.body)
        answered = (response.status, _flat(response.headers), response.body, response.fault)
        self._kept.append((operation, *asked, *answered, at, refusal_id, profile_fields, hint))
        self._bytes += len(request.body) + len(response.body)
        if len(self._kept) > _MOST_CALLS + _MOST_CALLS // 4 or self._bytes > _MOST_BYTES:
            self._drop_the_oldest()

    def _drop_the_oldest(self) -> None:
        with self._making:
            if self._kept and self._first is None:
                self._first = self._made(0)
            kept, size = 0, 0
            for _, _, _, _, body, _, _, content, *_ in reversed(self._kept):
                size += len(body) + len(content)
                if kept == _MOST_CALLS or (kept and size > _MOST_BYTES // 2):
                    break
                kept += 1
            gone = len(self._kept) - kept
            del self._kept[:gone]
            self.dropped += gone
            # An object shares the bodies of its kept call, so those of dropped calls would keep theirs in memory.
            self._read = {number: call for number, call in self._read.items() if number >= self.dropped}
            self._bytes = min(size, _MOST_BYTES // 2)

    @property
    def first(self) -> Call | None:
        """The first call since the last reset, even if it was dropped. It identifies the journal: a reset changes
        it."""
        if self._first is None and self._kept:
            self._first = self[0]
        return self._first

    @overload
    def __getitem__(self, index: int) -> Call: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Call]: ...
    def __getitem__(self, index: int | slice) -> Call | Sequence[Call]:
        with self._making:
            if isinstance(index, slice):
                return [self._made(place) for place in range(*index.indices(len(self._kept)))]
            return self._made(range(len(self._kept))[index])

    def _made(self, place: int) -> Call:
        number = self.dropped + place
        call = self._read.get(number)
        if call is None:
            kept = self._kept[place]
            operation, method, path, sent, body, status, received, content, fault, at, refusal_id, read, hint = kept
            request = Request(method, path, _headers(sent), body)
            response = Response(status, _headers(received), content, fault)
            call = Call(operation, request, response, at, refusal_id, frozenset(read), hint)
            if len(self._read) >= _MOST_READ:
                self._read.clear()
            self._read[number] = call
        return call

    def __len__(self) -> int:
        return len(self._kept)

    def __iter__(self) -> Iterator[Call]:
        return iter(self[:])

    def __repr__(self) -> str:
        return f"<Calls {self[:]!r}>"

    @property
    def operations(self) -> list[OperationId | None]:
        """The operation of each call, oldest first; None where a request was for none."""
        with self._making:
            return [kept[0] for kept in self._kept]

    def of(self, operation: OperationId) -> list[Call]:
        """The calls of one operation. An unknown operation raises UnknownOperationError, which suggests the
        closest."""
        if operation not in ALL:
            raise UnknownOperationError(f"no such operation: {operation!r}. {closest(str(operation), ALL)}")
        return [call for call in self if call.operation == operation]

    def clear(self) -> None:
        """Remove all calls."""
        with self._making:
            self._kept.clear()
            self._read.clear()
            self._bytes = self.dropped = 0
            self._first = None


def _flat(headers: Mapping[str, str]) -> _Texts:
    return tuple(chain.from_iterable(headers.items()))


def _headers(texts: _Texts) -> Headers:
    return Headers(zip(texts[::2], texts[1::2], strict=True))
