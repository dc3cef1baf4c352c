"""The named scenarios: literal expectations, each with its entries of the contract.

They judge the fake like any other subject. Without this second copy, a wrong model would agree with itself.
"""

from __future__ import annotations

from . import (  # noqa: F401 - each registers its scenarios
    account,
    account_errors,
    bound,
    challenges,
    email,
    enrollment,
    first_factor,
    limits,
    managing,
    otp,
    phone,
    reading,
    recovery,
    tokens,
    transactions,
)
from .registry import SCENARIOS

__all__ = ["SCENARIOS"]
