"""``python -m pytest_auth0_mfa``: the same as ``auth0-mfa``."""

from __future__ import annotations

import sys

from pytest_auth0_mfa.cli import main

if __name__ == "__main__":
    sys.exit(main())
