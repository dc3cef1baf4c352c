"""How a contract run ends, told apart by the exit code. Codes up to 5 are pytest's own."""

from __future__ import annotations

from typing import Final

ALL_WELL: Final = 0
VIOLATION: Final = 1
"""A documented fact is broken, or a test failed otherwise."""
DRIFT: Final = 10
"""Nothing documented is broken, but the tenant no longer behaves as the given profile says."""
INCOMPLETE: Final = 11
"""Nothing was found, but some tests were left unjudged: a limit, a budget."""
COULD_NOT_RUN: Final = 12
"""The tenant, the network or the setup failed."""
