"""Why a live test ended without a verdict. These end a test at once, wherever they are raised."""

from __future__ import annotations

from collections.abc import Set
from typing import Protocol

from _pytest.outcomes import Skipped

from pytest_auth0_mfa.messages import Response

SKIPPED, UNJUDGED, COULD_NOT_RUN = "skipped", "unjudged", "could not run"


class NotJudged(Skipped):
    """The test says nothing about the tenant. pytest shows it as skipped; the run's exit code tells more.

    Hypothesis lets it through, and no `except Exception` catches it.
    """

    kind = SKIPPED


class Unjudged(NotJudged):
    """The tenant would not answer (a limit, a budget that is used up): the run is incomplete."""

    kind = UNJUDGED


class CouldNotRun(NotJudged):
    """The tenant, the network or what the run depends on failed twice: the run could not be made."""

    kind = COULD_NOT_RUN


class _Controlled(Protocol):
    @property
    def controls(self) -> Set[str]: ...


def refuse_to_judge(subject: _Controlled, response: Response, due: int) -> None:
    """End the test when a real tenant's limits answer instead of what is judged."""
    if response.status == 429 != due and "clock" not in subject.controls:
        raise Unjudged("left unjudged: a limit of the tenant answered 429. Wait, or slow down: --auth0-mfa-rate-limit")
