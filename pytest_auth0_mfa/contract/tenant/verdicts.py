"""Why a live test ended without a verdict. These end a test at once, wherever they are raised."""

from __future__ import annotations

import pytest

from pytest_auth0_mfa.contract.findings.violation import ContractViolation, Difference
from pytest_auth0_mfa.contract.session import place_of
from pytest_auth0_mfa.messages import Response
from pytest_auth0_mfa.spec.outcomes import FlowState
from pytest_auth0_mfa.spec.profile import alternatives, profile_fields
from pytest_auth0_mfa.spec.refusals import REFUSALS

from .comparison import answered
from .subjects import Subject


class NotJudged(pytest.skip.Exception):  # type: ignore[misc,name-defined]  # an attribute of a function
    """The test says nothing about the tenant. pytest shows it as skipped; the run's exit code tells more.

    Hypothesis lets it through, and no `except Exception` catches it.
    """

    kind = FlowState.SKIPPED


class Unjudged(NotJudged):
    """Nothing can be said about the tenant: the run is incomplete."""

    kind = FlowState.UNJUDGED


class Undecided(Unjudged):
    """Nothing can be said, though nothing failed on the way: that never means that there was no run."""


class LimitReached(Undecided):
    """A limit of the tenant or the run's own budget was in the way."""


ANEW = 4
"""How often what the network disturbed is played anew."""


class Disturbed(Unjudged):
    """An answer was lost on its way, or is not the tenant's own: what was begun is played anew with a fresh user."""


class CouldNotRun(NotJudged):
    """The tenant, the network or what the run depends on failed twice: the run could not be made."""

    kind = FlowState.COULD_NOT_RUN


class Abandoned(Exception):  # noqa: N818 - control flow within a run
    """An example cannot go on: the tenant did what nobody documents, and the oracle did not."""


_GRANTED_PERHAPS = frozenset(
    {"wrong_type", "unreadable_body", "repeated_parameter", "not_found", "wrong_verb"}
    | {"dpop_unsupported", "organization_unsupported"}
)
"""Refusals that nobody documents at all: a tenant may as well do what was asked."""


def refuse_to_judge(subject: Subject, response: Response, expected: str, refusal_id: str | None = None) -> None:
    """End the test when a real tenant's limits answer instead of what is judged.

    ``expected`` is status and `error`. What some document says of ``refusal_id`` is no limit: it is measured.
    """
    if response.status != 429 or not subject.is_real:
        return
    actual, declared = answered(response), profile_fields().get(refusal_id or "")
    if actual != expected and (declared is None or actual not in alternatives(declared)):
        raise LimitReached(
            "left unjudged: a limit of the tenant answered 429. Wait, or slow down: --auth0-mfa-rate-limit"
        )


_WRITTEN_WRONG = (TypeError, AttributeError, NameError)
"""Their words are Python's, and hold no secret."""


def no_answer(error: Exception) -> Difference:
    """What a handler that raised comes to: no answer, with the line of its own code where it did."""
    told = f": {error}" if isinstance(error, _WRITTEN_WRONG) else ""
    return Difference("MFA015", "the answer", "one", f"{type(error).__name__}{place_of(error)}{told}")


def guess(subject: Subject, refusal_id: str | None, expected: str, actual: str) -> str:
    """Why an answer breaks no documented fact although it is another one; empty when it does.

    So it is with a refusal that is only guessed, and refused otherwise. ``expected`` and ``actual`` are status and
    `error`.
    What an alternative of a profile's field explains is to be measured before this is said.
    """
    if refusal_id is None or subject._guesses_bind or REFUSALS[refusal_id].confidence != "guess":
        return ""
    status, declared = int(actual[:3]), profile_fields().get(refusal_id)
    if status == 429:
        return ""
    if subject.profile is None and declared is not None and actual in alternatives(declared):  # it is measured
        return ""
    if not (400 <= status < 500 or (status < 300 and refusal_id in _GRANTED_PERHAPS)):
        return ""
    entry = REFUSALS[refusal_id].row
    return (
        f"not judged: no source documents the answer to this call ({refusal_id}; {entry} of the contract "
        f"guesses {expected}), and the tenant answered {actual}"
    )


def skip_if_guess(broken: ContractViolation) -> None:
    """End the test without a verdict when only a guess is broken."""
    if broken.guess:
        raise NotJudged(broken.guess) from None
