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


class LimitReached(Unjudged):
    """A limit of the tenant or the run's own budget was in the way. Nothing failed, however many tests it is."""


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


def refuse_to_judge(subject: Subject, response: Response, due: str, case: str | None = None) -> None:
    """End the test when a real tenant's limits answer instead of what is judged.

    ``due`` is status and `error`. What some document says of ``case`` is no limit: it is measured.
    """
    if response.status != 429 or not subject.is_real:
        return
    got, declared = answered(response), profile_fields().get(case or "")
    if got != due and (declared is None or got not in alternatives(declared)):
        raise LimitReached(
            "left unjudged: a limit of the tenant answered 429. Wait, or slow down: --auth0-mfa-rate-limit"
        )


_WRITTEN_WRONG = (TypeError, AttributeError, NameError)
"""Their words are Python's, and hold no secret."""


def no_answer(error: Exception) -> Difference:
    """What a handler that raised comes to: no answer, with the line of its own code where it did."""
    told = f": {error}" if isinstance(error, _WRITTEN_WRONG) else ""
    return Difference("MFA015", "the answer", "one", f"{type(error).__name__}{place_of(error)}{told}")


def guess(subject: Subject, case: str | None, due: str, got: str) -> str:
    """Why an answer breaks no documented fact although it is another one; empty when it does.

    So it is with a refusal that is only guessed, and refused otherwise. ``due`` and ``got`` are status and `error`.
    What an alternative of a profile's field explains is to be measured before this is said.
    """
    if case is None or subject._guesses_bind or REFUSALS[case].confidence != "guess":
        return ""
    status, declared = int(got[:3]), profile_fields().get(case)
    if status == 429:
        return ""
    if subject.profile is None and declared is not None and got in alternatives(declared):  # it is measured
        return ""
    if not (400 <= status < 500 or (status < 300 and case in _GRANTED_PERHAPS)):
        return ""
    return (
        f"not judged: no source documents the answer to this call ({case}; {REFUSALS[case].row} of the contract "
        f"guesses {due}), and the tenant answered {got}"
    )


def skip_if_guess(broken: ContractViolation) -> None:
    """End the test without a verdict when only a guess is broken."""
    if broken.guess:
        raise NotJudged(broken.guess) from None
