"""What README takes for granted: the application and the tenant are configured by the same environment."""

from __future__ import annotations

import os

os.environ |= {"AUTH0_CLIENT_ID": "the-application", "AUTH0_CLIENT_SECRET": "its-secret"}
