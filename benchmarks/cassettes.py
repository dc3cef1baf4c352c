"""The cost per request of replaying a cassette of 20 interactions, against plain vcrpy that matches on the body.

Both replay the same recording to the same `requests` session in turns, so that other load affects both alike.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import requests
import vcr  # type: ignore[import-untyped]

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from helpers.recordings import Recording, flow, scrubbed

from pytest_auth0_mfa.cassettes.document import save
from pytest_auth0_mfa.cassettes.interactions import Interaction
from pytest_auth0_mfa.cassettes.reading import load
from pytest_auth0_mfa.cassettes.recorder import running
from pytest_auth0_mfa.cassettes.session import CassetteSession

from .measure import Row, summary

BAR = 1.10
ROUNDS = 40
SIZE = 20
MATCH_ON = ["method", "scheme", "host", "port", "path", "query", "body"]


def recording() -> Recording:
    """A recording of 20 calls: logins, enrollment, polling and recovery."""
    made = flow("push")
    made.raw += flow("recovery").raw
    assert len(made.raw) >= SIZE
    made.raw = made.raw[:SIZE]
    return made


def play(session: requests.Session, interactions: list[Interaction]) -> float:
    """CPU seconds per request. The statuses of the answers are checked."""
    calls = [
        (one.method, one.url, {n: v[0] for n, v in one.request_headers.items()}, one.request_body, one.status)
        for one in interactions
    ]
    start = time.process_time()
    for method, url, headers, body, status in calls:
        answer = session.request(method, url, headers=headers, data=body)
        assert answer.status_code == status
    return (time.process_time() - start) / len(calls)


def measure(rounds: int) -> dict[str, list[float]]:
    """CPU seconds per request in every round, without and with loading the file."""
    found: dict[str, list[float]] = {"ours": [], "plain": [], "ours, with loading": [], "plain, with loading": []}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "c.yaml"
        save(file, scrubbed(recording()))
        interactions = load(file).interactions
        contexts: dict[str, Callable[[], AbstractContextManager[Any]]] = {
            "ours": lambda: running(CassetteSession(file, clock=lambda: interactions[0].at)),
            "plain": lambda: vcr.VCR(match_on=MATCH_ON, record_mode="none").use_cassette(str(file)),
        }
        with requests.Session() as session:
            session.trust_env = False
            for _ in range(rounds):
                for name, context in contexts.items():
                    start = time.process_time()
                    with context():
                        found[name].append(play(session, interactions))
                    found[f"{name}, with loading"].append((time.process_time() - start) / len(interactions))
    return found


def rows() -> list[Row]:
    """The row for a request. The ratio with loading the file is in its detail."""
    measure(3)  # imports, schemas, the run's key
    found = measure(ROUNDS)
    pair = summary(list(zip(found["ours"], found["plain"], strict=True)))
    loaded = summary(list(zip(found["ours, with loading"], found["plain, with loading"], strict=True)))
    detail = f"{pair.detail}; with loading the file {loaded.ratio:.2f}"
    return [Row.of(f"replaying a cassette of {SIZE}, a request", "vcrpy matching on the body", pair, BAR, detail)]
