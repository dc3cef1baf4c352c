"""What the contracts play, as lines of text: random walks of both contracts, and every scenario.

``python tests/helpers/played_programs.py FILE STEP`` plays every STEP-th program of each kind and writes the lines as
JSON. ``--snapshots`` updates the few that are kept in `tests/contract/snapshots`.
"""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from random import Random
from unittest.mock import patch

from client_zoo.account_client import AccountClient
from client_zoo.entries import TENANTS, bench_for
from client_zoo.requests_client import RequestsClient
from client_zoo.right import DecidingClient, PollingClient

from pytest_auth0_mfa import Profile, Tenant
from pytest_auth0_mfa.contract.client.calling import NotCovered
from pytest_auth0_mfa.contract.client.flows import scenarios as client_scenarios
from pytest_auth0_mfa.contract.client.walk import FACTORS_AT_START, STEPS, WORLDS, ClientWalk, Start, step_of
from pytest_auth0_mfa.contract.coverage import Coverage
from pytest_auth0_mfa.contract.driver import DIGIT, Plan
from pytest_auth0_mfa.contract.reproducer.trace import Exchange, Note, ReadValue
from pytest_auth0_mfa.contract.reproducer.trace import Step as TracedStep
from pytest_auth0_mfa.contract.tenant.context import play_scenario
from pytest_auth0_mfa.contract.tenant.run import Run
from pytest_auth0_mfa.contract.tenant.scenarios import SCENARIOS
from pytest_auth0_mfa.contract.tenant.side_by_side import SideBySide
from pytest_auth0_mfa.contract.tenant.subject_fake import fake_subject
from pytest_auth0_mfa.contract.tenant.subjects import Subject
from pytest_auth0_mfa.contract.tenant.walk.walk import MOVES, Program, Step
from pytest_auth0_mfa.spec.people import PLAIN
from pytest_auth0_mfa.tenant.dpop import read

SNAPSHOTS = Path(__file__).parents[1] / "contract" / "snapshots"
NOON = 1_800_000_000
_HEADERS = ("authorization", "content-type", "dpop")
_ESCAPE = re.compile(r"\\u00([2-7][0-9a-f])")
"""An escaped ASCII character, as a rewritten body may have. It would hide a token from `_JWT`."""
_JWT = re.compile(r"e?yj[\w-]+\.([\w-]+)\.[\w-]+", re.IGNORECASE)
"""A token, perhaps without its first letter. Only its claims are kept: each run signs with another key."""


def _shown(name: str, value: str) -> str:
    """A header. Of a proof only the claims are kept that are the same in each process."""
    if name != "dpop":
        return value
    proof = read(value)
    if proof is None:
        return "no proof"
    return " ".join(f"{claim}={told}" for claim, told in sorted(proof.claims.items()) if claim not in ("jti", "ath"))


def _told(steps: Iterable[TracedStep]) -> Iterator[str]:
    for step in steps:
        match step:
            case Exchange(operation, request, response):
                named = [
                    f"{name}: {_shown(name, request.headers[name])}" for name in _HEADERS if name in request.headers
                ]
                status = response.status if response is not None else "no answer"
                line = f"{operation} {request.method} {request.path} {named} {request.body.decode()} -> {status}"
                yield _JWT.sub(r"\1", _ESCAPE.sub(lambda found: chr(int(found[1], 16)), line))
            case ReadValue(name, value, _, secret, steps_off):
                yield f"{name} {value} {secret} {steps_off}"
            case Note(text, seconds):
                yield f"{text} ({seconds:g})"


def _calls(tenant: Tenant) -> Iterator[str]:
    told = {name: here for name, (here, _) in tenant.profile.differences(Profile()).items()}
    yield f"{sorted(tenant.factors)} {sorted(told.items())}"
    for call in tenant.calls:
        (line,) = _told([Exchange(str(call.operation), call.request, call.response)])
        yield f"{call.at:.0f} {line} {call.refusal_id}"


class KeepingRun(Run):
    """A run that keeps the sides of each example."""

    def __init__(self, subject: Subject, plan: Plan) -> None:
        super().__init__(subject, plan)
        self.sides: list[SideBySide] = []

    def new_sides(self) -> SideBySide:
        """Keep the sides of another example."""
        self.sides.append(super().new_sides())
        return self.sides[-1]


def sides(number: int) -> SideBySide:
    """An example of the tenant contract's random walk, as it was played."""
    tenant = Tenant(seed=1)
    tenant.clock.freeze(NOON)
    run = KeepingRun(fake_subject(tenant), Plan())
    random = Random(number)
    steps = tuple(Step(random.choice(MOVES), random.randrange(DIGIT**2), random.randrange(DIGIT**2)) for _ in range(40))
    run.play(Program("all", (PLAIN, PLAIN), random.randrange(DIGIT**2), steps))
    return run.sides[0]


def _walk(name: str) -> Iterator[str]:
    return _told(sides(int(name)).steps().events)


def _scenario(name: str) -> Iterator[str]:
    tenant = Tenant(seed=1)
    tenant.clock.freeze(NOON)
    play_scenario(SCENARIOS[name], fake_subject(tenant), Coverage())
    return _calls(tenant)


def _client_walk(name: str) -> Iterator[str]:
    random, polls = Random(int(name).to_bytes(8, "big")), int(name) % 4 == 3
    start = Start(random.choice(WORLDS), random.choice(FACTORS_AT_START), random.choice(FACTORS_AT_START))
    walk = ClientWalk(bench_for(PollingClient if polls else RequestsClient, "machine", polls=polls), start)
    for _ in range(STEPS):
        walk.take(step_of(random.randrange(2**62)))
    walk.close()
    yield from walk.example.calls
    yield from _told(walk.example.steps.events)


def _client_scenario(name: str) -> Iterator[str]:
    scenario = client_scenarios()[name]
    polls = scenario.polls is True
    usual = AccountClient if "me-" in name else RequestsClient
    client = DecidingClient if name.startswith("sign-in") else PollingClient if polls else usual
    before = len(TENANTS)
    with suppress(NotCovered):
        scenario.run(bench_for(client, name, polls=polls))
    for tenant in TENANTS[before:]:
        yield from _calls(tenant)


IN_PROCESS = [name for name, one in client_scenarios().items() if one.fits("in_process", one.polls is True)]
"""The client scenarios that can be played in process. The others depend on sockets."""
PLAYED: dict[str, tuple[Iterable[str], Callable[[str], Iterator[str]]]] = {
    "walk": ([str(number) for number in range(60)], _walk),
    "scenario": (SCENARIOS, _scenario),
    "client walk": ([str(number) for number in range(48)], _client_walk),
    "client scenario": (IN_PROCESS, _client_scenario),
}


def lines(kind: str, name: str) -> list[str]:
    """The lines of a program, played with the clock stopped."""
    with patch.object(time, "time", lambda: NOON):
        return list(PLAYED[kind][1](name))


def names_of(kind: str, step: int) -> list[str]:
    """The names of every ``step``-th program of a kind."""
    return list(PLAYED[kind][0])[::step]


def all_lines(step: int) -> dict[str, dict[str, list[str]]]:
    """The lines of every ``step``-th program, by kind and name."""
    return {kind: {name: lines(kind, name) for name in names_of(kind, step)} for kind in PLAYED}


_OPAQUE = re.compile(r"Fe26\.2\*[\w*-]+|(?=[\w-]*\d)[\w-]{20,}(?:\.[\w-]+)*")
"""Tokens, codes and secrets. A reader only needs to know which of them are the same."""
KEPT = {
    "tenant-machine-0": ("walk", "0"),
    "tenant-machine-7": ("walk", "7"),
    "tenant-email-challenge": ("scenario", "email-challenge"),
    "tenant-mfa-required": ("scenario", "mfa-required"),
    "tenant-refresh": ("scenario", "refresh"),
    "client-machine-0": ("client walk", "0"),
    "client-machine-polling-3": ("client walk", "3"),
    "client-email-enroll": ("client scenario", "email-enroll"),
    "client-recovery-code-rotates": ("client scenario", "recovery-code-rotates"),
    "client-trouble-at-verify-oob": ("client scenario", "trouble-at-verify-oob"),
}
"""The programs whose lines are kept, by the name of the file in `SNAPSHOTS`."""


def snapshot(name: str) -> str:
    """The lines of a program with each opaque value replaced by a number, the same one for the same value."""
    numbers: dict[str, str] = {}
    text = "".join(f"{line}\n" for line in lines(*KEPT[name]))
    return _OPAQUE.sub(lambda found: numbers.setdefault(found[0], f"<{len(numbers) + 1}>"), text)


def _keep() -> None:
    SNAPSHOTS.mkdir(exist_ok=True)
    for file in SNAPSHOTS.glob("*.txt"):
        file.unlink()
    for name in KEPT:
        (SNAPSHOTS / f"{name}.txt").write_text(snapshot(name), encoding="utf-8")


if __name__ == "__main__":
    if sys.argv[1] == "--snapshots":
        _keep()
    else:
        Path(sys.argv[1]).write_text(json.dumps(all_lines(int(sys.argv[2]))), encoding="utf-8")
