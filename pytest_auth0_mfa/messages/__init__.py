"""Requests and responses, the two values that cross every boundary.

A *handler* is a function ``Request -> Response``. The fake tenant and a live tenant are handlers; transports only
carry requests to a handler.
"""

from __future__ import annotations

import json
from collections.abc import Callable, ItemsView, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar, overload

from .showing import shown_path

T = TypeVar("T")
Json: TypeAlias = Any
"""Decoded JSON: the only ``Any`` that may cross a module boundary."""


_DEEPEST = 100
"""How deep arrays and objects may be nested: RFC 8259, section 9, lets a reader set a limit."""


def _no_constant(name: str) -> Json:
    raise ValueError(f"{name} is no JSON value")


_read = json.JSONDecoder(parse_constant=_no_constant).decode


class TooDeepError(ValueError):
    """Raised for JSON that is nested too deeply to be walked through."""


def decode(body: bytes) -> Json:
    """Decode a JSON body. Raises ValueError if it is not JSON, or nested more than 100 deep."""
    try:
        value = _read(body.decode(json.detect_encoding(body), "surrogatepass"))
    except RecursionError:
        raise TooDeepError("nested too deeply") from None
    if body.count(b"[") + body.count(b"{") > _DEEPEST:
        level = [value]
        for _ in range(_DEEPEST):
            found = [one.values() if isinstance(one, dict) else one for one in level if isinstance(one, dict | list)]
            level = [part for parts in found for part in parts]
        if any(isinstance(one, dict | list) for one in level):
            raise TooDeepError("nested too deeply")
    return value


encode = json.JSONEncoder(separators=(",", ":")).encode
"""Compact JSON text of a value, non-ASCII characters escaped."""


class Headers(Mapping[str, str]):
    """Immutable header fields. Names are looked up in any case and listed as they were given."""

    __slots__ = ("_given", "_lower")

    def __init__(self, fields: Mapping[str, str] | Iterable[tuple[str, str]] = ()) -> None:
        pairs = fields.items() if isinstance(fields, Mapping) else fields
        self._given: dict[str, str] = {}
        self._lower: dict[str, str] = {}
        for name, value in pairs:
            key = name.lower()
            if key in self._lower:  # RFC 9110, section 5.3: the values of a repeated field are joined
                value = f"{self._lower[key]}, {value}"
                self._given = {n: v for n, v in self._given.items() if n.lower() != key}
            self._given[name] = value
            self._lower[key] = value

    @classmethod
    def of_lower(cls, fields: dict[str, str]) -> Headers:
        """Headers from a dict whose names are all lower-case. The dict is used as it is, not copied."""
        headers = cls.__new__(cls)
        headers._given = headers._lower = fields
        return headers

    def __getitem__(self, name: str) -> str:
        return self._lower[name.lower()]

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._lower

    def __iter__(self) -> Iterator[str]:
        return iter(self._given)

    def __len__(self) -> int:
        return len(self._given)

    # `Mapping` has these two methods, but they are slower: each call looks up half a dozen fields, most of them
    # absent.

    @overload
    def get(self, name: str, /) -> str | None: ...
    @overload
    def get(self, name: str, /, default: str) -> str: ...
    @overload
    def get(self, name: str, /, default: T) -> str | T: ...
    def get(self, name: str, /, default: object = None) -> object:
        """The value of a field, or ``default``."""
        return self._lower.get(name.lower(), default)

    def items(self) -> ItemsView[str, str]:
        """The names as they were given, with their values."""
        return self._given.items()

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Headers):
            return self._lower == other._lower
        if isinstance(other, Mapping):
            return self._lower == Headers(other)._lower
        return NotImplemented

    def __hash__(self) -> int:
        return hash(frozenset(self._lower.items()))

    def __repr__(self) -> str:  # names only: values may be bearer tokens
        return f"Headers({', '.join(self._given)})"


@dataclass(frozen=True, slots=True)
class Request:
    """The HTTP request that a client sent.

    ``path`` is the request target as sent, without the host: it includes the query and keeps ``%7C`` and a leading
    ``//``. ``headers`` takes any mapping and becomes a `Headers`.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""

    def __post_init__(self) -> None:
        if type(self.headers) is not Headers:
            object.__setattr__(self, "headers", Headers(self.headers))

    def json(self) -> Json:
        """The decoded JSON body. Raises ValueError when it is not JSON."""
        return decode(self.body)

    def __repr__(self) -> str:  # no query, no values, no body: each may hold a secret
        return f"<Request {self.method} {shown_path(self.path)}, {len(self.body)} bytes>"


@dataclass(frozen=True, slots=True)
class Fault:
    """An instruction to the transport: a handler itself cannot delay an answer or hang up."""

    delay: float = 0.0
    """How long to delay the answer, in seconds."""
    drop: str | None = None
    """``"before"``: hang up without an answer; ``"half"``: hang up in the middle of the body."""
    injected: bool = False
    """The answer was made up by the test, not by the tenant: it is not checked against a schema."""


@dataclass(frozen=True, slots=True)
class Response:
    """A tenant's answer. ``fault`` is set only if the test asked for a fault."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""
    fault: Fault | None = None

    def __post_init__(self) -> None:
        if type(self.headers) is not Headers:
            object.__setattr__(self, "headers", Headers(self.headers))

    def json(self) -> Json:
        """The decoded JSON body. Raises ValueError when it is not JSON."""
        return decode(self.body)

    def __repr__(self) -> str:
        return f"<Response {self.status}, {len(self.body)} bytes>"


def media_type(message: Request | Response) -> str:
    """The media type of a body in lower case, without its parameters."""
    label = message.headers.get("content-type", "")
    return label if label == "application/json" else label.partition(";")[0].strip().lower()


Handler: TypeAlias = Callable[[Request], Response]
