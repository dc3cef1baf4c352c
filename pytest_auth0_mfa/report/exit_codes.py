"""How a contract run ends, told apart by the exit code. Codes up to 6 are pytest's own.

``auth0-mfa verify`` ends with these; ``auth0-mfa drift`` with those of its own below.
"""

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

READER_GONE: Final = 141
"""Every command: whoever read its output (`| head -1`) has stopped; what a shell says of SIGPIPE."""
INTERRUPTED: Final = 2
"""Every command: Ctrl-C."""

MEANINGS: Final = {
    ALL_WELL: "all well",
    VIOLATION: "a documented fact is broken, or a test failed otherwise",
    INTERRUPTED: "interrupted (pytest's)",
    3: "could not run: an error within pytest (pytest's)",
    4: "could not run: wrong usage, or the target was refused (pytest's)",
    5: "could not run: no test was selected (pytest's)",
    6: "too many warnings (pytest's --max-warnings)",
    DRIFT: "drift: the tenant no longer behaves as the given profile says",
    INCOMPLETE: "incomplete: some tests were left unjudged",
    COULD_NOT_RUN: "could not run: the tenant, the network, the machine or the setup failed",
    READER_GONE: "whoever read the output stopped reading",
}
"""Of every code that ``auth0-mfa verify`` ends with."""

SAME: Final = 0
ADDED: Final = 20
"""`auth0-mfa drift`: something was added, and nothing worse (info)."""
CHANGED: Final = 21
"""`auth0-mfa drift`: something is gone, is optional now or behaves otherwise, and nothing worse (warning)."""
BROKEN: Final = 22
"""`auth0-mfa drift`: a type, a status or an `error` changed (error)."""
UNREADABLE: Final = 2
"""`auth0-mfa drift`: what was to be compared cannot be read, or is not of the same kind."""

OF_LEVEL: Final = {None: SAME, "info": ADDED, "warning": CHANGED, "error": BROKEN}
"""By the worst level that `auth0-mfa drift` met."""
