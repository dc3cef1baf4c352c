"""The named scenarios: literal expectations, each with its entries of the contract.

They judge the fake like any other subject. Without this second copy, a wrong model would agree with itself.
"""

from __future__ import annotations

from . import (  # noqa: F401 - each registers its scenarios
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

# isort: split
# What a fake may lack comes last.
from . import (  # noqa: F401
    account,
    account_bodies,
    account_codes,
    account_errors,
    account_managing,
    bound,
    bound_resources,
    proofs,
)
from .registry import SCENARIOS

__all__ = ["SCENARIOS"]
