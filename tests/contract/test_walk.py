"""Where the walks of the machine go; that the same bytes make the same walk is in `test_same_each_time.py`."""

from __future__ import annotations

import pytest
from helpers.played_programs import sides

from pytest_auth0_mfa import Tenant
from pytest_auth0_mfa.contract.driver import Plan
from pytest_auth0_mfa.contract.tenant.actions import Advance, AnswerPush, MakeCall, NewUser
from pytest_auth0_mfa.contract.tenant.run import Run
from pytest_auth0_mfa.contract.tenant.subject_fake import fake_subject
from pytest_auth0_mfa.contract.tenant.walk.mutations import STEPS_OFF
from pytest_auth0_mfa.contract.tenant.walk.walk import Walk
from pytest_auth0_mfa.spec.operations import OPERATIONS
from pytest_auth0_mfa.tenant.totp import PERIOD

EXAMPLES = range(100)


@pytest.mark.slow
def test_the_walks_go_where_mistakes_are_made() -> None:
    """One or two users, verified or not; pushes approved and rejected; time to the edge of a life.

    What has no second factor in it is left to scenarios.
    """
    actions = [played.action for number in EXAMPLES for played in sides(number).history]
    users = {(one.user.number, one.user.email_verified) for one in actions if isinstance(one, NewUser)}
    assert users == {(1, False), (1, True), (2, False)}
    assert {one.approve for one in actions if isinstance(one, AnswerPush)} == {True, False}
    assert {1, 299, 300, 599, 600, 86399, 86400} <= {one.seconds for one in actions if isinstance(one, Advance)}
    called = {one.operation for one in actions if isinstance(one, MakeCall)}
    assert OPERATIONS.keys() - called == {"client-credentials", "passwordless-otp", "passwordless-start", "revoke"}
    assert called - OPERATIONS.keys() == {"not-found", "wrong-verb"}


def test_another_application_is_known_to_both_sides_from_the_first_example_on() -> None:
    """Its calls are refused for what is wrong with them, not for being nobody's."""
    walk = Walk(Run(fake_subject(Tenant()), Plan()).new_sides())
    assert walk.other is not None
    assert walk.other.client_id in walk.sides.oracle.tenant.applications


def test_codes_of_other_steps_are_those_beside_and_the_ones_after() -> None:
    """One step early or late is accepted by a right tenant, two are not: 30 seconds each."""
    steps = {(name, off * PERIOD) for name, off in STEPS_OFF.items()}
    assert steps == {("previous", -30), ("next", 30), ("stale", -60), ("early", 60)}
