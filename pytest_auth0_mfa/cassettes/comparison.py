"""Compares an old recording with a new one and reports what drifted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from pytest_auth0_mfa.messages import Json, Request, Response, media_type

from .bodies import json_of
from .document import meaning_of
from .fields import PLAIN_FIELDS
from .interactions import Interaction
from .placeholders import DOMAIN
from .reading import load

LEVELS = ("info", "warning", "error")
_COMPARED = frozenset(
    {"error", "type", "token_type", "authenticator_type", "oob_channel", "binding_method", "challenge_type"}
)
"""Fields whose values clients depend on: a change is an error."""
_TIMES = frozenset(
    {"iat", "exp", "auth_time", "updated_at", "created_at", "last_auth", "last_auth_at", "last_password_reset"}
)


class Drift(NamedTuple):
    """One difference. ``level``: ``info`` for something added, ``warning`` for something removed, ``error`` if it
    breaks clients."""

    level: str
    where: str
    text: str


def compare(old: Path, new: Path) -> list[Drift]:
    """What changed from one cassette to another. Raises CassetteError if one cannot be read.

    The n-th call of an operation is compared with the n-th. Values that were replaced by placeholders are not
    compared.
    """
    return compare_interactions(load(Path(old)).interactions, load(Path(new)).interactions)


def compare_interactions(old: Sequence[Interaction], new: Sequence[Interaction]) -> list[Drift]:
    """As `compare`, for interactions that are already loaded."""
    before, after = _by_operation(old), _by_operation(new)
    found: list[Drift] = []
    for operation in [*before, *(name for name in after if name not in before)]:
        mine, theirs = before.get(operation, []), after.get(operation, [])
        for number, (earlier, later) in enumerate(zip(mine, theirs, strict=False), start=1):
            found += _answers(f"{operation} {number}", earlier, later)
        if len(mine) > len(theirs):
            found.append(Drift("warning", operation, f"recorded {len(mine)} times, now {len(theirs)}"))
        elif len(theirs) > len(mine):
            found.append(Drift("info", operation, f"recorded {len(mine)} times, now {len(theirs)}"))
    return found


def compare_calls(old: Path, calls: Iterable[tuple[Request, Response]]) -> list[Drift]:
    """As `compare`, between a cassette and the calls of a live run."""
    new = [
        Interaction(
            request.method,
            f"https://{DOMAIN}{request.path}",
            {name: [value] for name, value in request.headers.items()},
            request.body,
            response.status,
            "",
            {name: [value] for name, value in response.headers.items()},
            response.body,
        )
        for request, response in calls
    ]
    return compare_interactions(load(Path(old)).interactions, new)


def _by_operation(interactions: Sequence[Interaction]) -> dict[str, list[Interaction]]:
    found: dict[str, list[Interaction]] = {}
    for interaction in interactions:
        found.setdefault(meaning_of(interaction).operation, []).append(interaction)
    return found


def _answers(where: str, old: Interaction, new: Interaction) -> Iterator[Drift]:
    if old.status != new.status:
        yield Drift("error", where, f"status {old.status} became {new.status}")
    labels = [media_type(interaction.response) for interaction in (old, new)]
    if labels[0] != labels[1]:
        yield Drift("error", where, f"content-type {labels[0] or 'none'} became {labels[1] or 'none'}")
    yield from _values(where, "$", "", json_of(old.response_body), json_of(new.response_body))


def _values(where: str, path: str, name: str, old: Json, new: Json) -> Iterator[Drift]:
    if _kind(old) != _kind(new):
        yield Drift("error", f"{where} {path}", f"{_kind(old)} became {_kind(new)}")
    elif isinstance(old, dict):
        for key in [*old, *(key for key in new if key not in old)]:
            if key not in new:
                yield Drift("warning", f"{where} {path}.{key}", "gone")
            elif key not in old:
                yield Drift("info", f"{where} {path}.{key}", "added")
            else:
                yield from _values(where, f"{path}.{key}", key, old[key], new[key])
    elif isinstance(old, list):
        for index, (item, other) in enumerate(zip(old, new, strict=False)):
            yield from _values(where, f"{path}[{index}]", name, item, other)
        if len(old) != len(new):
            yield Drift("info", f"{where} {path}", f"{len(old)} items became {len(new)}")
    elif old != new and name in _COMPARED:
        yield Drift("error", f"{where} {path}", f"{old!r} became {new!r}")
    elif old != new and name in ("error_description", "detail"):
        yield Drift("warning", f"{where} {path}", f"{old!r} became {new!r}")
    elif old != new and name in PLAIN_FIELDS and name not in _TIMES:
        yield Drift("info", f"{where} {path}", f"{old!r} became {new!r}")


def _kind(value: Json) -> str:
    kinds = {dict: "an object", list: "an array", str: "a string", bool: "true or false", type(None): "nothing"}
    return kinds.get(type(value), "a number")
