"""The machine: Hypothesis drives walks, the first finding is made shorter and ends the run.

A whole walk is one draw of a few bytes: drawn step by step, Hypothesis leaves out rules and repeats
parts of examples, so that few challenges were ever answered.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import ClassVar

from hypothesis import HealthCheck, Phase, Verbosity, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from pytest_auth0_mfa.contract.driver import no_files_written, remember_interrupts
from pytest_auth0_mfa.contract.findings.violation import ContractViolation

from .run import ClientRun
from .walk import Start, Step, Walk, start_of, step_of

STEPS = 14
ATTEMPTS = 40
"""How often a finding is played again to make it shorter."""


class ClientMachine(RuleBasedStateMachine):
    """One example: one walk with a fresh tenant and a fresh client."""

    run: ClassVar[ClientRun]
    found: ClassVar[ContractViolation | None] = None
    shorten: ClassVar[bool] = True
    on_example: ClassVar[staticmethod[[], None]]
    interrupted: ClassVar[staticmethod[[], None]]

    def __init__(self) -> None:
        super().__init__()
        self.walk: Walk | None = None
        self.taken: list[Step] = []

    @initialize(program=st.binary(min_size=8, max_size=8))
    def begin(self, program: bytes) -> None:
        """Two users of one client."""
        self.random = Random(program)
        self.start = start_of(self.random)
        if self.found is None:
            self.on_example()
            self.walk = Walk(self.run, self.start)

    @rule()
    def step(self) -> None:
        """The next step of the walk."""
        __tracebackhide__ = True
        self.interrupted()
        if self.walk is None:
            return self._end_with_finding() if self.found is not None else None
        self.taken.append(step_of(self.random))
        violation = _violation(self.walk, self.taken[-1])
        if violation is not None:
            self.walk.close()
            self.walk = None
            shorter = reduced(self.run, self.start, self.taken, violation) if self.shorten else violation
            type(self).found = shorter
            self._end_with_finding()
        return None

    def teardown(self) -> None:
        if self.walk is not None:
            self.walk.close()

    def _end_with_finding(self) -> None:
        """Always raise from here: Hypothesis takes errors from different lines for different bugs."""
        __tracebackhide__ = True
        assert self.found is not None
        raise self.found


def _violation(walk: Walk, step: Step) -> ContractViolation | None:
    try:
        walk.take(step)
    except ContractViolation as violation:
        return violation.with_traceback(None)
    return None


def played(run: ClientRun, start: Start, steps: list[Step]) -> ContractViolation | None:
    """What these steps find."""
    walk = Walk(run, start)
    try:
        for step in steps:
            violation = _violation(walk, step)
            if violation is not None:
                return violation
    finally:
        walk.close()
    return None


def reduced(run: ClientRun, start: Start, steps: list[Step], found: ContractViolation) -> ContractViolation:
    """The same finding in fewer steps: each is left out in turn, the latest first."""
    best, kept = found, list(steps)
    attempts, index = ATTEMPTS, len(kept) - 2
    while index >= 0 and attempts > 0:
        attempts -= 1
        fewer = kept[:index] + kept[index + 1 :]
        violation = played(run, start, fewer)
        if violation is not None and violation.finding == found.finding and violation.operation == found.operation:
            best, kept = violation, fewer
        index -= 1
    return best


def play_walks(
    run: ClientRun,
    max_examples: int,
    *,
    shorten: bool = True,
    steps: int = STEPS,
    chosen_seed: int | None = None,
    on_example: Callable[[], None] = lambda: None,
) -> None:
    """Play walks until one breaks the contract. Raises its ContractViolation."""
    about = {"run": run, "shorten": shorten, "on_example": staticmethod(on_example)}
    machine: type[ClientMachine] = type("ClientMachine", (ClientMachine,), about)
    if chosen_seed is not None:
        machine = seed(chosen_seed)(machine)
    made = settings(  # every setting explicit: no profile of the consumer's changes a run
        max_examples=max_examples,
        stateful_step_count=steps,
        database=None,
        deadline=None,
        derandomize=chosen_seed is None,
        print_blob=False,
        report_multiple_bugs=False,
        verbosity=Verbosity.quiet,
        phases=(Phase.generate,),  # making a finding shorter is ours
        suppress_health_check=list(HealthCheck),
    )
    try:
        with no_files_written(), remember_interrupts() as interrupted:
            machine.interrupted = staticmethod(interrupted)
            run_state_machine_as_test(machine, settings=made)
    except Exception:
        if machine.found is None:
            raise
    if machine.found is not None:
        raise machine.found.with_traceback(None)
