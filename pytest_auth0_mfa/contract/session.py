"""What the plugin gives to a contract class: contract stands below the plugin and knows no more of it than this."""

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
        """How many examples a tenant is judged by."""

    @property
    def asked_examples(self) -> int | None:
        """How many examples were asked for; None: nobody asked."""

    @property
    def seed(self) -> int | None:
        """The seed that was asked for."""

    @property
    def target(self) -> str:
        """``fake``, ``server`` or a domain."""

    @property
    def profile(self) -> Profile | None:
        """The consumer's profile; None: none was given."""

    @property
    def baseline(self) -> Path | None:
        """The file of accepted findings."""

    @property
    def derandomize(self) -> bool:
        """Whether the same examples are played each time."""


class ContractNote(Protocol):
    """What one contract test has to tell the summary."""

    coverage: Coverage
    seed: int | None
    """Of a machine: the seed with which it plays the same again."""
    client: Json
    """What a client contract adds; plain data."""

    def observed(self, observations: Iterable[Observation]) -> None:
        """Remember what was measured."""


class ContractProgress(Protocol):
    """Says on the terminal how far a long test is."""

    def tick(self) -> None:
        """One more example was played."""

    def end(self) -> None:
        """Wipe out what was written."""


class ContractSession(Protocol):
    """What a contract test asks of the plugin."""

    @property
    def options(self) -> ContractOptions:
        """The settings in force."""

    def note(self) -> ContractNote:
        """The note of this test."""

    def progress(self, what: str, total: int) -> ContractProgress:
        """A progress on pytest's terminal."""

    def plainly(self, call: Callable[[], T]) -> T:
        """The call's result; what was used wrongly fails the test with its sentence alone."""

    def make_subject(self) -> Any:
        """The subject that ``--auth0-mfa-target`` names."""

    def serving(self) -> Callable[[Tenant, Handler], AbstractContextManager[Tenant]]:
        """What serves a tenant over HTTPS. Raises MissingExtraError."""


_OURS: Final = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "")
_INSTALLED: Final = (_OURS, *(sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")))


def frames_behind_ours(error: BaseException) -> TracebackType | None:
    """The traceback from where the consumer's code begins, for its author; None when our own code raised it."""
    behind, entry = None, error.__traceback__
    while entry is not None:
        if entry.tb_frame.f_code.co_filename.startswith(_OURS):
            behind = entry.tb_next
        entry = entry.tb_next
    return behind


def place_of(error: BaseException) -> str:
    """The line of the consumer's code that raised: `` at my_fake.py:12``; empty when none of it did."""
    place, entry = "", error.__traceback__
    while entry is not None:
        file = entry.tb_frame.f_code.co_filename
        if not file.startswith(_INSTALLED) and "site-packages" not in file:
            place = f" at {os.path.basename(file)}:{entry.tb_lineno}"
        entry = entry.tb_next
    return place
