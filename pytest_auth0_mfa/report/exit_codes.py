"""How a command or a contract run ends, told apart by the exit code: one code for one kind of end.

A run that pytest itself started ends with pytest's codes, up to 6, where nothing of ours decides;
``auth0-mfa verify`` puts the codes of all commands in their place.
"""

from __future__ import annotations

from typing import Final

ALL_WELL: Final = 0
VIOLATION: Final = 1
"""A documented fact is broken, or a test failed otherwise. Every command: it was done, and something is wrong."""
WRONG_USAGE: Final = 2
"""Every command: arguments, a configuration file or a name are wrong. Nothing was done."""
DRIFT: Final = 10
"""Nothing documented is broken, but the tenant no longer behaves as the given profile says."""
INCOMPLETE: Final = 11
"""Nothing was found, but some tests were left unjudged: a limit, a budget."""
COULD_NOT_RUN: Final = 12
"""Every command: the tenant, the network, the machine or the setup failed, or an optional dependency is missing."""

READER_GONE: Final = 141
"""Every command: whoever read its output (`| head -1`) has stopped; what a shell says of SIGPIPE."""
INTERRUPTED: Final = 130
"""Every command: Ctrl-C; what a shell says of SIGINT."""

OF_COMMANDS: Final = {
    ALL_WELL: "all well",
    VIOLATION: "it was done, and something is wrong: a broken contract, a failed check, something that is left",
    WRONG_USAGE: "wrong usage: an argument, a name or a configuration file; nothing was done",
    DRIFT: "`verify`: drift, the tenant no longer behaves as the given profile says",
    INCOMPLETE: "`verify`: incomplete, some tests were left unjudged",
    COULD_NOT_RUN: "could not run: the tenant, the network, the machine, or an optional dependency that is missing",
    20: "`drift`: something was added (info)",
    21: "`drift`: something is gone, or behaves otherwise (warning)",
    22: "`drift`: a type, a status or an `error` changed (error)",
    INTERRUPTED: "interrupted by Ctrl-C",
    READER_GONE: "whoever read the output (`| head`) stopped reading",
}
"""What each exit code of a command means. `run` ends with its command's code."""

OF_PYTEST: Final = {2: INTERRUPTED, 3: COULD_NOT_RUN, 4: WRONG_USAGE, 5: WRONG_USAGE}
"""What ``auth0-mfa verify`` makes of pytest's codes: interrupted, internal error, wrong usage, no test selected."""

MEANINGS: Final = {
    ALL_WELL: "all well",
    VIOLATION: "a documented fact is broken, or a test failed otherwise",
    2: "interrupted (pytest's)",
    3: "could not run: an error within pytest (pytest's)",
    4: "could not run: wrong usage, or the target was refused (pytest's)",
    5: "could not run: no test was selected (pytest's)",
    6: "too many warnings (pytest's --max-warnings)",
    DRIFT: "drift: the tenant no longer behaves as the given profile says",
    INCOMPLETE: "incomplete: some tests were left unjudged",
    COULD_NOT_RUN: "could not run: the tenant, the network, the machine or the setup failed",
    INTERRUPTED: "interrupted twice, and ended at once",
    READER_GONE: "whoever read the output stopped reading",
}
"""Of every code that a contract run under pytest ends with."""

SAME: Final = 0
ADDED: Final = 20
"""`auth0-mfa drift`: something was added, and nothing worse (info)."""
CHANGED: Final = 21
"""`auth0-mfa drift`: something is gone, is optional now or behaves otherwise, and nothing worse (warning)."""
BROKEN: Final = 22
"""`auth0-mfa drift`: a type, a status or an `error` changed (error)."""

OF_LEVEL: Final = {None: SAME, "info": ADDED, "warning": CHANGED, "error": BROKEN}
"""By the worst level that `auth0-mfa drift` met."""
