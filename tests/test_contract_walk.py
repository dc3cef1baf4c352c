"""What the machine plays is decided by the bytes that it is given, and by nothing else."""

from __future__ import annotations

from functools import cache

import pytest
from transcripts import digest, told

from pytest_auth0_mfa import Tenant
from pytest_auth0_mfa.contract.actions import Advance, AnswerPush, Call, NewUser
from pytest_auth0_mfa.contract.duel import Duel
from pytest_auth0_mfa.contract.machine import TenantMachine
from pytest_auth0_mfa.contract.run import Plan, Run
from pytest_auth0_mfa.contract.subject_fake import fake_subject
from pytest_auth0_mfa.contract.walk import Walk
from pytest_auth0_mfa.operations import OPERATIONS

NOON = 1_800_000_000
PINNED = """
fca56159 a04e104a b750377f 7270789e 75f019d6 eea57b33 11bb1110 3ee1d983 429db29f 5d0f5b02
0b70dd9a e37e136b ae7cc854 1d96b55d 3d031253 383c10e2 552192aa d0b82cff a4a576f5 c967083c
79b85dd4 5a3e7c7b 9f1e15a4 08fca09c 3ec8b372 9162591e 17687425 df006033 60df0af1 d81ca971
04b4d7ae ff756496 b4ef747e 9b3239ff b253bd20 82e14955 cf86bf28 92a3cb96 9829409d 71d3399d
083b4f33 29869166 64258ccc e999f481 56504ccf a7b12cf4 774ff0a4 acad575d 811659e5 1089bd47
305666ac 972e3d27 1e7b3541 814cdc61 9a64bad9 1aa84533 527be911 4219b8ed 1269b98d 003d618a
"""
"""A digest of what is played for 0, 1, 2 and so on."""
EXAMPLES = range(len(PINNED.split()))


@cache
def example(number: int) -> Duel:
    """An example of the machine, as it was played."""
    tenant = Tenant(seed=1)
    tenant.clock.freeze(NOON)
    kind: type[TenantMachine] = type("OneExample", (TenantMachine,), {"run": Run(fake_subject(tenant), Plan())})
    machine = kind()
    machine.begin(program=number.to_bytes(8, "big"))
    machine.program()
    machine.teardown()
    return machine.walk.duel


@pytest.mark.parametrize("number", EXAMPLES)
def test_the_same_bytes_make_the_same_walk(number: int) -> None:
    """Whatever Python, Hypothesis and machine: a seed that found something in CI finds it at one's desk.

    Who changes the dice on purpose takes over the new digests; whoever did not has changed what is played.
    """
    lines = list(told(example(number).steps().events))
    assert digest(lines) == PINNED.split()[number], "\n".join(lines)


def test_the_walks_go_where_mistakes_are_made() -> None:
    """One or two users, verified or not; pushes approved and rejected; time to the edge of a life."""
    actions = [played.action for number in EXAMPLES for played in example(number).history]
    users = {(one.user.number, one.user.email_verified) for one in actions if isinstance(one, NewUser)}
    assert users == {(1, False), (1, True), (2, False)}
    assert {one.approve for one in actions if isinstance(one, AnswerPush)} == {True, False}
    assert {1, 299, 300, 599, 600, 86399, 86400} <= {one.seconds for one in actions if isinstance(one, Advance)}
    called = {one.operation for one in actions if isinstance(one, Call)}
    assert OPERATIONS.keys() - called == {"client-credentials"}
    assert called - OPERATIONS.keys() == {"not-found", "wrong-verb"}


def test_another_application_is_known_to_both_sides_from_the_first_example_on() -> None:
    """Its calls are refused for what is wrong with them, not for being nobody's."""
    walk = Walk(Run(fake_subject(Tenant()), Plan()).new_duel())
    assert walk.other is not None
    assert walk.other.client_id in walk.duel.oracle.tenant.applications
