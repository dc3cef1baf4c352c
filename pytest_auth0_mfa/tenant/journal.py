"""The journal: every call that the tenant answered."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import overload

from pytest_auth0_mfa.errors import UnknownOperationError, closest, printable
from pytest_auth0_mfa.messages import Request, Response
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
        what = self.operation or f"{self.request.method} {self.request.path.partition('?')[0]}"
        refused = f" {self.refusal_id}" if self.refusal_id else ""
        hint = f": {self.hint}" if self.hint else ""
        return printable(f"<Call {what} -> {self.response.status}{refused}{hint}>")


Entry = tuple[OperationId | None, Request, Response, float, str | None, frozenset[str], str | None]
"""The fields of a `Call`, in the same order."""


_MOST_CALLS = 20_000
_MOST_BYTES = 64 * 1024 * 1024
"""The most bytes of bodies that are kept. A call without bodies takes about a kilobyte."""


class Calls(Sequence[Call]):
    """The calls since the last reset, oldest first. The oldest are dropped if there are very many, so memory stays
    bounded.

    At least the newest 20,000 are kept, or fewer if their bodies are larger than 32 MiB. ``dropped`` is the number of
    calls that were dropped.
    """

    def __init__(self) -> None:
        # A `Call` is made when it is first read: every call costs an entry, and few are ever read.
        self._calls: list[Call | Entry] = []
        self._bytes = 0
        self._first: Call | None = None
        self._making = threading.Lock()
        self.dropped = 0

    def note(self, entry: Entry) -> None:
        """Add a call that was answered."""
        self._calls.append(entry)
        self._bytes += len(entry[1].body) + len(entry[2].body)
        if len(self._calls) > _MOST_CALLS + _MOST_CALLS // 4 or self._bytes > _MOST_BYTES:
            self._drop_the_oldest()

    def _drop_the_oldest(self) -> None:
        with self._making:
            if self._calls and self._first is None:
                self._first = self._made(0)
            kept, size = 0, 0
            for entry in reversed(self._calls):
                request, response = entry[1:3] if isinstance(entry, tuple) else (entry.request, entry.response)
                size += len(request.body) + len(response.body)
                if kept == _MOST_CALLS or (kept and size > _MOST_BYTES // 2):
                    break
                kept += 1
            gone = len(self._calls) - kept
            del self._calls[:gone]
            self.dropped += gone
            self._bytes = min(size, _MOST_BYTES // 2)

    @property
    def first(self) -> Call | None:
        """The first call since the last reset, even if it was dropped. It identifies the journal: a reset changes
        it."""
        if self._first is not None:
            return self._first
        return self[0] if self._calls else None

    @overload
    def __getitem__(self, index: int) -> Call: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Call]: ...
    def __getitem__(self, index: int | slice) -> Call | Sequence[Call]:
        with self._making:
            if isinstance(index, slice):
                places = range(*index.indices(len(self._calls)))  # most are made already: keep that cheap
                found = zip(places, self._calls[index], strict=True)
                return [call if type(call) is Call else self._made(place) for place, call in found]
            return self._made(index)

    def _made(self, index: int) -> Call:
        found = self._calls[index]
        if isinstance(found, tuple):
            found = self._calls[index] = Call(*found)
        return found

    def __len__(self) -> int:
        return len(self._calls)

    def __iter__(self) -> Iterator[Call]:
        return iter(self[:])

    def __repr__(self) -> str:
        return f"<Calls {self[:]!r}>"

    def of(self, operation: OperationId) -> list[Call]:
        """The calls of one operation. An unknown operation raises UnknownOperationError, which suggests the
        closest."""
        if operation not in ALL:
            raise UnknownOperationError(f"no such operation: {operation!r}. {closest(str(operation), ALL)}")
        return [call for call in self if call.operation == operation]

    def clear(self) -> None:
        """Remove all calls."""
        with self._making:
            self._calls.clear()
            self._bytes = self.dropped = 0
            self._first = None
