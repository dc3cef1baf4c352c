"""What the status and the body of an answer say, whatever was expected."""

from __future__ import annotations

from pytest_auth0_mfa.contract.coverage import named
from pytest_auth0_mfa.messages import Json, Response, TooDeepError
from pytest_auth0_mfa.spec.api_errors import error_of

from .renaming import Differs


def read(response: Response) -> Json:
    """The decoded body, or None if it is empty. Raises Differs if it is not JSON."""
    if not response.body:
        return None
    try:
        return response.json()
    except TooDeepError:
        raise Differs("MFA013", "the body", "JSON", f"{len(response.body)} bytes, nested too deeply") from None
    except ValueError:
        raise Differs("MFA013", "the body", "JSON", f"{len(response.body)} bytes that are not JSON") from None


def answered(response: Response) -> str:
    """The status, and what the body says it is if it says something: its `error`, or the code of a problem."""
    status = str(response.status)
    try:
        body = read(response)
    except Differs:
        return status
    error = error_of(body)
    return status if error is None else f"{status} {named(error)}"


def because(expected: str, proof: str) -> str:
    """What is expected, and of which proof of possession if it is an unusual one."""
    return f"{expected}, for a proof of possession like this: {proof}" if proof else expected


def is_demand(response: Response) -> bool:
    """Whether the response is mfa_required, so that the first factor was right."""
    if response.status < 400:
        return False
    try:
        body = read(response)
    except Differs:
        return False
    return bool(error_of(body) == "mfa_required")


def finding_for(response: Response, expected: int, *, demands: bool) -> str:
    """The id of the finding for a wrong status. ``demands``: the expected answer is mfa_required."""
    status = response.status
    if status >= 500 > expected:
        return "MFA016"
    if status < 400 <= expected:
        return "MFA021"
    if expected < 400 <= status:
        return "MFA022"
    if is_demand(response) != demands:
        return "MFA022" if demands else "MFA021"
    return "MFA001"
