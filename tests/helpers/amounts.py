"""How much the nightly tests play: all of it, or a twentieth where a sample is asked for (`python tools/nightly`)."""

from __future__ import annotations

import os


def examples(count: int) -> int:
    """So many, or a twentieth of them."""
    return count // 20 if "AUTH0_MFA_TEST_SAMPLE" in os.environ else count
