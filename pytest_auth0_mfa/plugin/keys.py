"""The names that parts of the plugin share: keys of pytest's stash, attributes of reports, names of plugins."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pytest_auth0_mfa.messages import Json
    from pytest_auth0_mfa.tenant.tenant import Tenant  # noqa: F401 - a key names it in a string

TENANTS = pytest.StashKey["list[Tenant]"]()
"""In the stash of a test: its tenants."""
SESSION_TENANT = pytest.StashKey["Tenant"]()
"""In the stash of the configuration: the tenant that is served for the whole session."""
SESSION_SERVER = "auth0_mfa_session_server"
"""The fixture that serves the session's tenant."""
NOTE = pytest.StashKey["dict[str, Json]"]()
"""In the stash of a test: what its next report carries to the controller, by the names `CALLS` to `CLIENT`."""
FAILED = pytest.StashKey[bool]()
"""In the stash of a test: whether its call did not pass."""

CARRIED = "auth0_mfa"
"""The attribute of pytest's reports that holds the note; pytest-xdist sends it to the controller."""
CALLS, CASSETTE, CONTRACT, CLIENT = "calls", "cassette", "contract", "client"
"""The names in a note: counts of calls, use of a cassette, results of a contract test, results of a client's test."""

LIVE = "auth0_mfa_live"
"""The name of the plugin that is registered for a real tenant."""
VERIFY = "auth0_mfa_verify"
"""The name of the plugin that ``auth0-mfa verify`` registers."""


def note_of(item: pytest.Item) -> dict[str, Json]:
    """The note for the test's next report."""
    return item.stash.setdefault(NOTE, {})


def carried(report: pytest.TestReport, name: str) -> Json:
    """What a report's note has under this name; None when it has nothing."""
    return getattr(report, CARRIED, {}).get(name)
