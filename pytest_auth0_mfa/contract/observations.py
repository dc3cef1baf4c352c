"""Disputed behaviour, measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Observation:
    """What a field of the profile turned out to be, and at which operation it showed."""

    field: str
    value: Any
    operation: str
