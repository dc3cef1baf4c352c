"""How one field of `Profile` is declared: default, alternatives, source and the cost of measuring it."""

from __future__ import annotations

from dataclasses import Field, field
from typing import Any

COSTS = ("free", "messages", "waiting", "destructive", "none")
"""What it takes to measure a field on a live tenant: nothing special; sent messages; real time;
an authenticator or the user's attempts; or it cannot be measured from outside."""


def disputed(
    default: Any,
    *others: Any,
    rows: str,
    cost: str,
    doc: str,
    case: bool = False,
    any_positive: bool = False,
) -> Any:
    """A disputed behaviour.

    ``case``: the field decides status and `error` of the refusal of the same name. ``any_positive``:
    a number that may take other positive values than the ones listed. ``rows`` are the contract's.
    """
    assert cost in COSTS, cost
    return field(
        default=default,
        metadata={
            "alternatives": (default, *others),
            "rows": tuple(rows.split()),
            "cost": cost,
            "doc": doc,
            "case": case,
            "any_positive": any_positive,
        },
    )


def alternatives(declared: Field[Any]) -> tuple[Any, ...]:
    """Every listed value, the default first."""
    values: tuple[Any, ...] = declared.metadata["alternatives"]
    return values
