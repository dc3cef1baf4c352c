"""How runs, commands and tests end, and the exit code of each ending.

A run started with ``pytest`` keeps pytest's own codes (up to 6) unless this package sets one. ``auth0-mfa verify``
replaces them with the codes that all commands share.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final, Self


class _Ending(StrEnum):
    """A word for people and reports, with the exit code of the process."""

    exit_code: int

    def __new__(cls, word: str, exit_code: int) -> Self:
        member = str.__new__(cls, word)
        member._value_ = word
        member.exit_code = exit_code
        return member


class Outcome(_Ending):
    """How a run or a command ends."""

    ALL_WELL = "all well", 0
    VIOLATION = "violation", 1
    """A documented fact is broken. Of a command: it ran, and found something wrong."""
    FAILED = "failed", 1
    """A test failed for another reason than a finding."""
    WRONG_USAGE = "wrong usage", 2
    """Of a command: an argument, a configuration file or a name is wrong. Nothing was done."""
    DRIFT = "drift", 10
    """Nothing documented is broken, but the tenant no longer behaves as the given profile says."""
    INCOMPLETE = "incomplete", 11
    """Nothing was found, but some tests could not be judged, for instance because of a rate limit or the budget."""
    COULD_NOT_RUN = "could not run", 12
    """The tenant, the network, the computer or the setup failed, or an optional dependency is missing."""
    INTERRUPTED = "interrupted", 130
    """Ctrl-C: a shell's code for SIGINT. A pytest run ends with 2 after one Ctrl-C and with 130 after a second."""
    READER_GONE = "reader gone", 141
    """Of a command: the reader of its output (`| head -1`) stopped. A shell's code for SIGPIPE."""


class ChangeLevel(_Ending):
    """How serious a change is, least first. `auth0-mfa drift` ends with the code of the most serious change."""

    INFO = "info", 20
    """Something was added."""
    WARNING = "warning", 21
    """Something was removed, became optional or behaves differently."""
    ERROR = "error", 22
    """A type, a status or an `error` changed, which breaks clients."""


class FlowState(StrEnum):
    """How a contract test ends."""

    KEPT = "kept"
    BROKEN = "broken"
    FAILED = "failed"
    SKIPPED = "skipped"
    UNJUDGED = "unjudged"
    COULD_NOT_RUN = "could not run"


OUTCOMES: Final = tuple(outcome for outcome in Outcome if outcome not in (Outcome.WRONG_USAGE, Outcome.READER_GONE))
"""The outcomes that a run with a report can have."""

OF_COMMANDS: Final = {
    Outcome.ALL_WELL.exit_code: "all well",
    Outcome.VIOLATION.exit_code: "the command ran and found something wrong: a broken contract, a failed check, "
    "something that could not be removed",
    Outcome.WRONG_USAGE.exit_code: "wrong usage: an argument, a name or a configuration file; nothing was done. "
    "`verify`: also one Ctrl-C, which is pytest's own code",
    Outcome.DRIFT.exit_code: "`verify`: drift, the tenant no longer behaves as the given profile says",
    Outcome.INCOMPLETE.exit_code: "`verify`: incomplete, some tests were left unjudged",
    Outcome.COULD_NOT_RUN.exit_code: "could not run: the tenant, the network, the machine, or an optional dependency "
    "that is missing",
    ChangeLevel.INFO.exit_code: "`drift`: something was added (info)",
    ChangeLevel.WARNING.exit_code: "`drift`: something is gone, or behaves otherwise (warning)",
    ChangeLevel.ERROR.exit_code: "`drift`: a type, a status or an `error` changed (error)",
    Outcome.INTERRUPTED.exit_code: "interrupted by Ctrl-C; `verify`: by a second one",
    Outcome.READER_GONE.exit_code: "whoever read the output (`| head`) stopped reading",
}
"""What the exit codes of commands mean. `run` ends with the exit code of the command that it runs."""

OF_PYTEST: Final = {
    3: Outcome.COULD_NOT_RUN,
    4: Outcome.WRONG_USAGE,
    5: Outcome.WRONG_USAGE,
}
"""The outcomes by which ``auth0-mfa verify`` replaces pytest's codes: internal error, wrong usage, no test
selected."""

MEANINGS: Final = {
    Outcome.ALL_WELL.exit_code: "all well",
    Outcome.VIOLATION.exit_code: "the contract is broken, or a test failed for another reason",
    2: "interrupted (pytest's)",
    3: "could not run: an error within pytest (pytest's)",
    4: "could not run: wrong usage, or the target was refused (pytest's)",
    5: "could not run: no test was selected (pytest's)",
    6: "too many warnings (pytest's --max-warnings)",
    Outcome.DRIFT.exit_code: "drift: the tenant no longer behaves as the given profile says",
    Outcome.INCOMPLETE.exit_code: "incomplete: some tests were left unjudged",
    Outcome.COULD_NOT_RUN.exit_code: "could not run: the tenant, the network, the machine or the setup failed, "
    "or too much was left unjudged",
    Outcome.INTERRUPTED.exit_code: "interrupted twice, and ended at once",
    Outcome.READER_GONE.exit_code: "whoever read the output stopped reading",
}
"""What the exit codes of a contract run under pytest mean."""
