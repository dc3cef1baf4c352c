"""What the parts of the plugin find each other's data by: keys of pytest's stash, names of attributes and plugins."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pytest_auth0_mfa.messages import Json
    from pytest_auth0_mfa.tenant.tenant import Tenant  # noqa: F401 - a key names it in a string

TENANTS = pytest.StashKey["list[Tenant]"]()
"""In the stash of a test: the tenants it was given."""
SESSION_TENANT = pytest.StashKey["Tenant"]()
"""In the stash of the configuration: the tenant that is served for the whole session."""
SESSION_SERVER = "auth0_mfa_session_server"
"""The fixture that serves it."""
NOTE = pytest.StashKey["dict[str, Json]"]()
"""In the stash of a test: what its next report carries to the controller, by the names below."""
FAILED = pytest.StashKey[bool]()
"""In the stash of a test: whether it did anything but pass."""

CARRIED = "auth0_mfa"
"""The attribute of pytest's reports that holds the note; pytest-xdist carries it along."""
CALLS, CASSETTE, CONTRACT, CLIENT = "calls", "cassette", "contract", "client"
"""In a note: counts of calls, use of a cassette, what a contract test found, what a client's test saw."""

LIVE = "auth0_mfa_live"
"""The name of the plugin that a real tenant needs."""
VERIFY = "auth0_mfa_verify"
"""The name of the plugin that ``auth0-mfa verify`` registers."""


def note_of(item: pytest.Item) -> dict[str, Json]:
    """What the test's next report carries."""
    return item.stash.setdefault(NOTE, {})


def carried(report: pytest.TestReport, name: str) -> Json:
    """What a report carries by this name; None: nothing."""
    return getattr(report, CARRIED, {}).get(name)
