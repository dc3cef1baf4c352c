"""The machine: Hypothesis drives a walk over every operation, and each step is played on both sides.

It holds no expected answers: the oracle has them. A whole program is one draw of a few bytes. Drawn
step by step, Hypothesis left out rules and repeated parts of examples: a third of the operations
were hardly ever met, every third example ended early, and drawing cost more than the calls.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from hypothesis import HealthCheck, Phase, Verbosity, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from .choices import Cup
from .walk.walk import Walk

if TYPE_CHECKING:
    from .run import Run

PROGRAMS = st.binary(min_size=8, max_size=8)


class TenantMachine(RuleBasedStateMachine):
    """One example: a fresh user on the subject and on a fresh oracle."""

    run: ClassVar[Run]

    def __init__(self) -> None:
        super().__init__()
        self.walk = Walk(self.run.new_sides())

    @initialize(program=PROGRAMS)
    def begin(self, program: bytes) -> None:
        """A set of factors, a user, and mostly the beginning of a story."""
        self.cup = Cup(program)
        dice = self.cup.dice()
        with self.run.count_steps(self.walk.sides):
            self.run.choose_factors(self.walk, dice)
            self.walk.new_user(verified=dice.of((False, False, False, True)))
            if dice.of((False, False, True)):
                self.walk.new_user(verified=False)
            self.walk.prelude(dice)

    @rule()
    def program(self) -> None:
        """The operations of the program, one after the other."""
        with self.run.count_steps(self.walk.sides):
            for _ in range(self.run.plan.steps):
                self.run.interrupted()
                self.walk.step(self.cup.dice())

    def teardown(self) -> None:
        self.run.end()


def machine_settings(max_examples: int, *, derandomize: bool) -> settings:
    """Every setting explicit: neither the environment nor a profile of the consumer changes a run."""
    return settings(
        max_examples=max_examples,
        stateful_step_count=2,  # `begin` and `program`
        database=None,
        deadline=None,
        derandomize=derandomize,
        print_blob=False,
        report_multiple_bugs=False,
        verbosity=Verbosity.quiet,
        # Reduction is ours: it replays steps, so that it is bounded and keeps the steps a finding needs.
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
