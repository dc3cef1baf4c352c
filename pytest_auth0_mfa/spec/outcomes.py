"""How a run, a command and a test end, told apart by the exit code: one code for one kind of end.

A run that pytest itself started ends with pytest's codes, up to 6, where nothing of ours decides;
``auth0-mfa verify`` puts the codes of all commands in their place.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final, Self


class _Ending(StrEnum):
    """A word for people and reports, and the code that a process ends with."""

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
    """A documented fact is broken. Every command: it was done, and something is wrong."""
    FAILED = "failed", 1
    """A test failed without a finding of ours."""
    WRONG_USAGE = "wrong usage", 2
    """Every command: arguments, a configuration file or a name are wrong. Nothing was done."""
    DRIFT = "drift", 10
    """Nothing documented is broken, but the tenant no longer behaves as the given profile says."""
    INCOMPLETE = "incomplete", 11
    """Nothing was found, but some tests were left unjudged: a limit, a budget."""
    COULD_NOT_RUN = "could not run", 12
    """Every command: the tenant, the network, the machine or the setup failed, or an optional dependency is missing."""
    INTERRUPTED = "interrupted", 130
    """Ctrl-C; what a shell says of SIGINT. A run of pytest ends with 2 at the first, and with this at the second."""
    READER_GONE = "reader gone", 141
    """Every command: whoever read its output (`| head -1`) has stopped; what a shell says of SIGPIPE."""


class ChangeLevel(_Ending):
    """How bad a change is, from the least; `auth0-mfa drift` ends with the code of the worst that it met."""

    INFO = "info", 20
    """Something was added."""
    WARNING = "warning", 21
    """Something is gone, is optional now or behaves otherwise."""
    ERROR = "error", 22
    """A type, a status or an `error` changed: clients break."""


class FlowState(StrEnum):
    """How a test of a contract ends."""

    KEPT = "kept"
    BROKEN = "broken"
    FAILED = "failed"
    SKIPPED = "skipped"
    UNJUDGED = "unjudged"
    COULD_NOT_RUN = "could not run"


OUTCOMES: Final = tuple(outcome for outcome in Outcome if outcome not in (Outcome.WRONG_USAGE, Outcome.READER_GONE))
"""Those of a run that reports are written of."""

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
"""What each exit code of a command means. `run` ends with its command's code."""

OF_PYTEST: Final = {
    3: Outcome.COULD_NOT_RUN,
    4: Outcome.WRONG_USAGE,
    5: Outcome.WRONG_USAGE,
}
"""What ``auth0-mfa verify`` makes of pytest's codes: internal error, wrong usage, no test selected."""

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
"""Of every code that a contract run under pytest ends with."""
