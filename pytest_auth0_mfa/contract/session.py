"""The interface between contract classes and the pytest plugin: the contract package must not import the plugin."""

from __future__ import annotations

import os
import sysconfig
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Protocol, TypeVar

from pytest_auth0_mfa.messages import Handler, Json
from pytest_auth0_mfa.spec.profile import Profile
from pytest_auth0_mfa.tenant.tenant import Tenant

from .coverage import Coverage, Observation

T = TypeVar("T")

FIXTURE: Final = "_auth0_mfa_contract_session"
"""The plugin's private fixture that returns a `ContractSession`."""
WITHOUT_PLUGIN: Final = (
    "a contract class needs the pytest plugin auth0_mfa, which is not loaded in this run: "
    "take -p no:auth0_mfa away, or add -p auth0_mfa where plugins are not loaded by themselves"
)


class ContractOptions(Protocol):
    """The settings of contract runs."""

    @property
    def max_examples(self) -> int:
        """How many examples of the random walk a tenant is judged by."""

    @property
    def asked_examples(self) -> int | None:
        """How many examples the user set, or None."""

    @property
    def seed(self) -> int | None:
        """The seed that the user set, or None."""

    @property
    def target(self) -> str:
        """``fake``, ``server`` or a domain."""

    @property
    def profile(self) -> Profile | None:
        """The consumer's profile, or None."""

    @property
    def baseline(self) -> Path | None:
        """The file of accepted findings, or None."""

    @property
    def derandomize(self) -> bool:
        """Whether the same examples are played each time."""


class ContractNote(Protocol):
    """What one contract test reports to the summary."""

    coverage: Coverage
    seed: int | None
    """The seed that makes a random walk repeat itself."""
    client: Json
    """The part of a client contract, as plain data."""

    def observed(self, observations: Iterable[Observation]) -> None:
        """Remember the values of profile fields that were measured."""


class ContractProgress(Protocol):
    """Shows on the terminal how far a long test has come."""

    def tick(self) -> None:
        """Count one more example."""

    def end(self) -> None:
        """Erase the progress from the terminal."""


class ContractSession(Protocol):
    """What the plugin does for a contract test."""

    @property
    def options(self) -> ContractOptions:
        """The settings in force."""

    def note(self) -> ContractNote:
        """The note of the current test."""

    def progress(self, what: str, total: int) -> ContractProgress:
        """Start a progress display on pytest's terminal: ``total`` examples of ``what``."""

    def plainly(self, call: Callable[[], T]) -> T:
        """Return the call's result. An error of usage fails the test with its message alone, without a traceback."""

    def make_subject(self) -> Any:
        """The subject that ``--auth0-mfa-target`` names."""

    def serving(self) -> Callable[[Tenant, Handler], AbstractContextManager[Tenant]]:
        """A function that serves a tenant over HTTPS as a context manager. Raises MissingExtraError."""


_OURS: Final = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "")
_INSTALLED: Final = (_OURS, *(sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")))


def frames_behind_ours(error: BaseException) -> TracebackType | None:
    """The part of the traceback after our last frame: the consumer's code. None if our own code raised the error."""
    behind, entry = None, error.__traceback__
    while entry is not None:
        if entry.tb_frame.f_code.co_filename.startswith(_OURS):
            behind = entry.tb_next
        entry = entry.tb_next
    return behind


def place_of(error: BaseException) -> str:
    """The innermost line of the consumer's code in the traceback: `` at my_fake.py:12``. ``""`` if there is none."""
    place, entry = "", error.__traceback__
    while entry is not None:
        file = entry.tb_frame.f_code.co_filename
        if not file.startswith(_INSTALLED) and "site-packages" not in file:
            place = f" at {os.path.basename(file)}:{entry.tb_lineno}"
        entry = entry.tb_next
    return place
