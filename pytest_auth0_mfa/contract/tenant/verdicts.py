"""Exceptions that end a live test without a verdict, and the decision whether an answer can be judged."""

from __future__ import annotations

import pytest

from pytest_auth0_mfa.contract.findings.violation import ContractViolation, Difference
from pytest_auth0_mfa.contract.session import place_of
from pytest_auth0_mfa.messages import Response
from pytest_auth0_mfa.messages.showing import plain
from pytest_auth0_mfa.spec.outcomes import FlowState
from pytest_auth0_mfa.spec.profile import alternatives, profile_fields
from pytest_auth0_mfa.spec.refusals import REFUSALS

from .answers import answered
from .subjects import Subject


class NotJudged(pytest.skip.Exception):  # type: ignore[misc,name-defined]  # an attribute of a function
    """The test has no verdict. pytest shows it as skipped; the run's exit code distinguishes the kinds.

    Hypothesis lets this exception pass, and `except Exception` does not catch it.
    """

    kind = FlowState.SKIPPED


class Unjudged(NotJudged):
    """The tenant could not be judged: the run is incomplete."""

    kind = FlowState.UNJUDGED


class Undecided(Unjudged):
    """The tenant could not be judged although nothing failed. Never counts as a run that could not be made."""


class LimitReached(Undecided):
    """A limit of the tenant, or the run's own budget, prevented a verdict."""


ANEW = 4
"""How often a scenario or example is played again after a network fault."""


class Disturbed(Unjudged):
    """An answer was lost or is not from the tenant. The scenario or example is played again with a new user."""


class CouldNotRun(NotJudged):
    """The tenant, the network or another dependency failed twice: the run could not be made."""

    kind = FlowState.COULD_NOT_RUN


class Abandoned(Exception):  # noqa: N818 - control flow within a run
    """An example cannot go on: the tenant performed an undocumented call, and the oracle did not."""


GRANTED_PERHAPS = frozenset(
    {"wrong_type", "unreadable_body", "repeated_parameter", "not_found", "wrong_verb"}
    | {"organization_unsupported"}
    | {"me_unsupported_type", "me_invalid_query", "me_not_a_phone", "me_rename_recovery_code"}
    | {"me_duplicate_method", "me_disabled_factor", "me_method_limit"}
)
"""Refusals without any documentation: a tenant may also perform the call."""


def refuse_to_judge(subject: Subject, response: Response, expected: str, refusal_id: str | None = None) -> None:
    """Raise LimitReached if a real tenant answered with a rate limit instead of the expected answer.

    ``expected`` is status and `error`. A 429 that is a documented alternative of ``refusal_id`` is measured instead.
    """
    if response.status != 429 or not subject.is_real:
        return
    actual, declared = answered(response), profile_fields().get(refusal_id or "")
    if actual != expected and (declared is None or actual not in alternatives(declared)):
        raise LimitReached(
            "left unjudged: a limit of the tenant answered 429. Wait, or slow down: --auth0-mfa-rate-limit"
        )


_WRITTEN_WRONG = (TypeError, AttributeError, NameError)
"""Exceptions whose messages are mostly Python's own: a mistake in the handler, which they explain."""


def no_answer(error: Exception) -> Difference:
    """The difference for a handler that raised an exception, with the line of its own code."""
    told = f": {plain(str(error))}" if isinstance(error, _WRITTEN_WRONG) else ""
    return Difference("MFA015", "the answer", "one", f"{type(error).__name__}{place_of(error)}{told}")


def guess(subject: Subject, refusal_id: str | None, expected: str, actual: str) -> str:
    """Why an unexpected answer breaks only a guess; ``""`` if it breaks a documented fact.

    It does so if the expected refusal is only guessed, and the answer is another refusal. ``expected`` and ``actual``
    are status and `error`. An answer that an alternative of a profile field explains must be measured first.
    """
    if refusal_id is None or subject._guesses_bind or REFUSALS[refusal_id].confidence != "guess":
        return ""
    status, declared = int(actual.partition(" ")[0]), profile_fields().get(refusal_id)
    if status == 429:
        return ""
    if subject.profile is None and declared is not None and actual in alternatives(declared):  # measured
        return ""
    if not (400 <= status < 500 or (status < 300 and refusal_id in GRANTED_PERHAPS)):
        return ""
    entry = REFUSALS[refusal_id].row
    return (
        f"not judged: no source documents the answer to this call ({refusal_id}; {entry} of the contract "
        f"guesses {expected}), and the tenant answered {actual}"
    )


def skip_if_guess(broken: ContractViolation) -> None:
    """Raise NotJudged if the violation breaks only a guess."""
    if broken.guess:
        raise NotJudged(broken.guess) from None
