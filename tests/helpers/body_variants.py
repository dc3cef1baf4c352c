"""Variants of a schema's examples: right bodies, wrong ones, and mixtures of two examples."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from pytest_auth0_mfa.messages import Json

VALUES: tuple[Json, ...] = (
    None, True, False, 0, 1, 1.0, -1, 2.5, "", "x", "prompt", "oob", "sms", "A" * 24, [], ["sms"], [1], [{}], {},
    {"a": 1},
)  # fmt: skip


def around(examples: list[Json]) -> Iterator[Json]:
    """Mixtures of the examples, and some of the examples with every place changed."""
    yield from _mixed(examples)
    for example in examples[:2] + examples[-1:]:
        yield from (example, *_spoilt(example))


def _spoilt(body: Json) -> Iterator[Json]:
    """Bodies that differ from ``body`` in one place: replaced, dropped or added."""
    yield from VALUES
    if isinstance(body, dict):
        yield {**body, "unknown": 1}
        for name, value in body.items():
            yield {key: kept for key, kept in body.items() if key != name}
            for changed in _spoilt(value):
                yield {**body, name: changed}
    elif isinstance(body, list):
        yield [*body, *body]
        for index, item in enumerate(body):
            for changed in _spoilt(item):
                yield [*body[:index], changed, *body[index + 1 :]]


def _mixed(examples: list[Json]) -> Iterator[Json]:
    """Mixtures of two examples: the fields of one, replaced by those of the other."""
    for one, other in itertools.permutations(examples, 2):
        if isinstance(one, dict) and isinstance(other, dict):
            yield {**one, **other}
