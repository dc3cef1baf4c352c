"""Steps per second of the contract's random walk, against Schemathesis' state machine."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hypothesis
from hypothesis.stateful import run_state_machine_as_test

from pytest_auth0_mfa import Request, Tenant, handler
from pytest_auth0_mfa.contract import fake_subject
from pytest_auth0_mfa.contract.driver import Plan
from pytest_auth0_mfa.contract.tenant.run import Run
from pytest_auth0_mfa.contract.tenant.side_by_side import SideBySide

from . import verdicts
from .measure import Pair, Row, seconds, summary

STEPS, EXAMPLES = 40, 15


def settings(steps: int, examples: int) -> hypothesis.settings:
    """Settings of Hypothesis like those of the contract."""
    return hypothesis.settings(
        max_examples=examples,
        stateful_step_count=steps,
        database=None,
        deadline=None,
        derandomize=True,
        phases=(hypothesis.Phase.generate,),
        suppress_health_check=list(hypothesis.HealthCheck),
    )


class Counted(Run):
    """A run that counts its steps. Each is a call to both sides, compared and checked against the schemas."""

    def __init__(self, plan: Plan) -> None:
        tenant = Tenant(seed=1)
        super().__init__(fake_subject(tenant), plan)
        self._examples: list[SideBySide] = []

    def new_sides(self) -> SideBySide:
        """Keep the sides of another example."""
        sides = super().new_sides()
        self._examples.append(sides)
        return sides

    @property
    def steps(self) -> int:
        """The number of steps that were played."""
        return sum(len(sides.history) for sides in self._examples)


def ours(counter: int) -> float:
    """CPU seconds per step of the contract's random walk."""
    run = Counted(Plan(max_examples=EXAMPLES, steps=STEPS, seed=counter))
    taken = seconds(run.go, 1)
    assert run.steps > EXAMPLES * STEPS * 0.9
    return taken / run.steps


def _rates(pair: Pair) -> str:
    return f"{pair.detail} a step; {1 / pair.ours:.0f} / {1 / pair.baseline:.0f} steps/s"


# -- Schemathesis --------------------------------------------------------------------------------


def wsgi(handle: Callable[[Request], Any]) -> Callable[..., list[bytes]]:
    """The tenant as a WSGI application that Schemathesis calls in process."""

    def app(environ: dict[str, Any], start_response: Callable[..., object]) -> list[bytes]:
        headers = {n[5:].replace("_", "-"): v for n, v in environ.items() if n.startswith("HTTP_")}
        if environ.get("CONTENT_TYPE"):
            headers["Content-Type"] = environ["CONTENT_TYPE"]
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        path = environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace")
        answer = handle(Request(environ["REQUEST_METHOD"], path, headers, body))
        start_response(f"{answer.status} X", list(answer.headers.items()))
        return [answer.body]

    return app


def schemathesis_step() -> Callable[[], float]:
    """A function that runs Schemathesis' state machine and returns the CPU seconds per call."""
    import schemathesis

    document = json.loads((Path(__file__).parents[1] / "docs" / "openapi.json").read_text(encoding="utf-8"))
    tenant = Tenant()
    inner, calls = handler(tenant), [0]

    def handle(request: Request) -> Any:
        calls[0] += 1
        return inner(request)

    schema: Any = schemathesis.openapi.from_dict(document)
    schema.app = wsgi(handle)
    schema.location = "/openapi.json"
    machine = schema.as_state_machine()

    class Unjudged(machine):  # type: ignore[misc,valid-type]
        """Without checks, which is to its advantage: the contract compares and checks each answer."""

        def validate_response(self, response: Any, case: Any, *args: Any, **kwargs: Any) -> None:
            case.validate_response(response, checks=[])

    def step() -> float:
        calls[0] = 0
        start = time.process_time()
        run_state_machine_as_test(Unjudged, settings=settings(10, 5))
        return (time.process_time() - start) / max(1, calls[0])

    return step


def against_schemathesis() -> list[Row]:
    """The row for steps per second on the same tenant in process."""
    logging.disable(logging.WARNING)  # the fake's advice about calls that are wrong on purpose
    step = schemathesis_step()
    step()
    ours(0)  # imports, schemas, the run's key
    with verdicts.quick():
        pair = summary([(ours(turn), step()) for turn in range(7)])
    logging.disable(logging.NOTSET)
    return [Row.of_rates("contract machine on the fake, steps/s", "Schemathesis' state machine", pair, 4, _rates(pair))]


def rows() -> list[Row]:
    """All rows of this module."""
    return against_schemathesis()
