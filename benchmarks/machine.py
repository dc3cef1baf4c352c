"""Steps per second of the contract's machine against Schemathesis'."""

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
    """As the contract's machine has them."""
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
    """Counts the steps of a run: calls on both sides, compared and held to their schemas."""

    def __init__(self, plan: Plan) -> None:
        tenant = Tenant(seed=1)
        super().__init__(fake_subject(tenant), plan)
        self._examples: list[SideBySide] = []

    def new_sides(self) -> SideBySide:
        """One example."""
        sides = super().new_sides()
        self._examples.append(sides)
        return sides

    @property
    def steps(self) -> int:
        """How many were played."""
        return sum(len(sides.history) for sides in self._examples)


def ours(counter: int) -> float:
    """CPU seconds per step of the contract's machine."""
    run = Counted(Plan(max_examples=EXAMPLES, steps=STEPS, seed=counter))
    taken = seconds(run.go, 1)
    assert run.steps > EXAMPLES * STEPS * 0.9
    return taken / run.steps


def _rates(pair: Pair) -> str:
    return f"{pair.detail} a step; {1 / pair.ours:.0f} / {1 / pair.baseline:.0f} steps/s"


# -- Schemathesis --------------------------------------------------------------------------------


def wsgi(handle: Callable[[Request], Any]) -> Callable[..., list[bytes]]:
    """The tenant as the app that Schemathesis calls in process."""

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
    """A function that runs Schemathesis' machine and tells the CPU seconds per call."""
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
        """Without checks, to its advantage: ours compares and holds each answer to its schema."""

        def validate_response(self, response: Any, case: Any, *args: Any, **kwargs: Any) -> None:
            case.validate_response(response, checks=[])

    def step() -> float:
        calls[0] = 0
        start = time.process_time()
        run_state_machine_as_test(Unjudged, settings=settings(10, 5))
        return (time.process_time() - start) / max(1, calls[0])

    return step


def against_schemathesis() -> list[Row]:
    """Steps per second on the same app in process."""
    logging.disable(logging.WARNING)  # what the fake advises about calls that both machines get wrong on purpose
    step = schemathesis_step()
    step()
    ours(0)  # imports, schemas, the run's key
    with verdicts.quick():
        pair = summary([(ours(turn), step()) for turn in range(7)])
    logging.disable(logging.NOTSET)
    return [Row.of_rates("contract machine on the fake, steps/s", "Schemathesis' state machine", pair, 4, _rates(pair))]


def rows() -> list[Row]:
    """All of this module."""
    return against_schemathesis()
