"""What the client machine plays is decided by the bytes that it is given, and by nothing else."""

from __future__ import annotations

import time
from random import Random

import pytest
from client_zoo.entries import bench_for
from client_zoo.requests_client import RequestsClient
from client_zoo.right import PollingClient
from transcripts import digest, told

from pytest_auth0_mfa.contract.client.machine import STEPS
from pytest_auth0_mfa.contract.client.walk import Walk, start_of, step_of

NOON = 1_800_000_000
PINNED = """
a0588f08 9b1a1f53 cfecb212 1e6c4ed7 d7820e67 937ee25d 9ac2e672 29a947dd 9d90fc6c cb86e926
062cba0c 9486f599 1888ffda 36243daa fe6c2fa0 66f01b00 ae913ba6 91546357 4f3ade8a cde0c3a7
b41352ca 02f4cffd 8c9f7019 91879244 a803e610 6eb416b4 51642483 884be867 4a97a8cc f85938ba
e329a99d 467f347c 687cd836 7580720d 0d95cbee 0dc91947 58cd377b ea1a82da 9fe1cbe0 9039b3c3
be43403f 669e0089 1a062bdf 7f389978 243a2250 06226ce1 162ce427 6ffa2232
"""
"""A digest of what is played for 0, 1, 2 and so on."""
EXAMPLES = range(len(PINNED.split()))


def played(number: int) -> list[str]:
    """A walk, in lines; every fourth with a client that polls."""
    random = Random(number.to_bytes(8, "big"))
    polls = number % 4 == 3
    walk = Walk(bench_for(PollingClient if polls else RequestsClient, "machine", polls=polls), start_of(random))
    for _ in range(STEPS):
        walk.take(step_of(random))
    walk.close()
    return [*walk.play.calls, *told(walk.play.steps.events)]


@pytest.mark.parametrize("number", EXAMPLES)
def test_the_same_bytes_make_the_same_walk(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever Python, Hypothesis and machine: a seed that found something in CI finds it at one's desk.

    Who changes the walk on purpose takes over the new digests; whoever did not has changed what is played.
    """
    monkeypatch.setattr(time, "time", lambda: NOON)
    lines = played(number)
    assert digest(lines) == PINNED.split()[number], "\n".join(lines)
