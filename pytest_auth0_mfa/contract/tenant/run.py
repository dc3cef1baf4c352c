"""One run of the machine against one subject: settings, judgement, reduction."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields, replace

from pytest_auth0_mfa.contract.coverage import Coverage
from pytest_auth0_mfa.contract.driver import Plan
from pytest_auth0_mfa.contract.findings.catalogue import FINDINGS
from pytest_auth0_mfa.contract.findings.violation import ContractViolation, Difference, violation
from pytest_auth0_mfa.contract.observations import Observation
from pytest_auth0_mfa.errors import MissingExtraError
from pytest_auth0_mfa.spec.factors import ALL_FACTORS, DEFAULT_FACTORS, FACTORS
from pytest_auth0_mfa.spec.operations import OPERATIONS
from pytest_auth0_mfa.spec.profile import Profile, alternatives
from pytest_auth0_mfa.spec.refusals import REFUSALS

from .actions import AnswerPush, Call, NewUser, SwitchFactors
from .choices import Dice
from .side_by_side import Disagreement, Played, SideBySide
from .subjects import Subject
from .tokens import Keys
from .values import needed
from .verdicts import NotJudged
from .walk.walk import Walk

FACTOR_SETS = {
    "all": frozenset(ALL_FACTORS),
    "voice off": DEFAULT_FACTORS,
    "recovery off": frozenset(FACTORS),
    "email only": frozenset({"email"}),
}
"""Every set that is played where the subject lets its factors be switched."""


class _Over(BaseException):
    """Ends Hypothesis' search: what is no Exception it neither catches nor replays."""


class Run:
    """What lives as long as one test: the subject, what was measured on it, and the first finding."""

    def __init__(
        self,
        subject: Subject,
        plan: Plan,
        coverage: Coverage | None = None,
        *,
        on_example: Callable[[], None] = lambda: None,
    ) -> None:
        self.subject = subject
        self.plan = plan
        self.coverage = coverage if coverage is not None else Coverage()
        self.profile = subject.expected_profile
        self.keys = Keys(subject.handler)
        self.interrupted: Callable[[], None] = lambda: None
        self._on_example = on_example
        self.observations: list[Observation] = []
        self.found: ContractViolation | None = None
        self._factors = frozenset(subject.factors)

    def go(self) -> None:
        """Play all examples. Raises the ContractViolation that was found."""
        try:
            from hypothesis import seed
            from hypothesis.stateful import run_state_machine_as_test
        except ImportError:
            raise MissingExtraError("the contract machine (hypothesis)", "contract") from None
        from pytest_auth0_mfa.contract.driver import no_files_written, remember_interrupts

        from .machine import TenantMachine, machine_settings

        plan = self.plan
        machine = type("TenantMachine", (TenantMachine,), {"run": self})
        if plan.seed is not None:
            machine = seed(plan.seed)(machine)
        derandomize = plan.derandomize and plan.seed is None
        settings = machine_settings(plan.max_examples, derandomize=derandomize)
        try:
            with no_files_written(), remember_interrupts() as self.interrupted:
                run_state_machine_as_test(machine, settings=settings)
        except _Over:
            assert self.found is not None
            raise self.found from None

    def new_sides(self) -> SideBySide:
        """A fresh oracle beside the subject: an example begins."""
        self._on_example()
        return SideBySide(self.subject, self.profile, self.keys, on_difference=self._explained)

    # -- around an example -----------------------------------------------------------------------

    def end(self) -> None:
        """Restore what the example switched."""
        if frozenset(self.subject.factors) != self._factors:
            self.subject.factors = self._factors

    def choose_factors(self, walk: Walk, dice: Dice) -> None:
        """One of the sets, where they can be switched."""
        if "factors" not in self.subject.controls:
            return
        name = dice.of(("all", "voice off", "all", "recovery off", "voice off", "all", "email only", "voice off"))
        factors = FACTOR_SETS[name]
        if factors != frozenset(self.subject.factors):
            walk.sides.play(SwitchFactors(factors))

    @contextmanager
    def count_steps(self, sides: SideBySide) -> Iterator[None]:
        """Count what is played; a step on which the sides differ ends the example."""
        before = len(sides.history)
        try:
            yield
        except Disagreement as broken:
            self.found = self._violation(broken)
            raise _Over from None
        for played in sides.history[before:]:
            if isinstance(played.action, Call) and not played.excused:
                template = played.action.template
                self.coverage.count(template.operation, played.case or "success", template.factor or played.channel)

    # -- disputed behaviour ----------------------------------------------------------------------

    def _explained(self, broken: Disagreement) -> bool:
        """Whether a documented alternative gives the subject's answer, or it breaks no more than a guess."""
        sides, played = broken.sides, broken.sides.history[-1]
        reason = played.guess  # replays change it
        if self.subject.profile is None and self._measured(sides, played):
            return True
        if reason and played.response is not None and played.response.status >= 400:
            played.excused = True
            return self._taken_over(sides, self.profile)  # replays left other values
        if reason:
            raise NotJudged(reason)  # it did what the oracle did not
        return False

    def _measured(self, sides: SideBySide, played: Played) -> bool:
        """Whether a documented alternative gives the subject's answer; then the oracle takes it over."""
        case = played.case
        for profile in candidates(self.profile, played.fields):
            if not self._taken_over(sides, profile):
                continue
            for name, (_, value) in self.profile.differences(profile).items():
                self.observations.append(Observation(name, value, played.action.operation))
            self.profile = profile
            return True
        played.case = case  # replays left theirs
        return False

    def _taken_over(self, sides: SideBySide, profile: Profile) -> bool:
        """Whether an oracle with this profile answers alike to all that was played; then the sides goes on with it."""
        again = SideBySide(self.subject, profile, self.keys, factors=sides.factors, recorded=True)
        try:
            again.again(sides.history)
        except Disagreement:
            return False
        sides.oracle, sides.renaming = again.oracle, again.renaming
        return True

    # -- a finding -------------------------------------------------------------------------------

    def _violation(self, broken: Disagreement) -> ContractViolation:
        if self.plan.reduce:
            broken = reduced(self, broken)
        played = broken.sides.history[-1]
        operation = played.action.operation
        difference = broken.difference
        if difference.finding == "MFA004" and self.subject.is_real:  # drift
            difference = replace(difference, finding="MFA032")
        return violation(
            difference,
            operation=operation,
            source=source_of(operation, played.case, difference),
            steps=broken.sides.steps(),
            refusal=played.case or "",
        )


def source_of(operation: str, case: str | None, difference: Difference) -> str:
    """The row that an expected refusal rests on, else the page of the operation."""
    if case is not None:
        return f"row {REFUSALS[case].row} of the contract ({REFUSALS[case].confidence})"
    if operation in OPERATIONS:
        return OPERATIONS[operation].source
    return FINDINGS[difference.finding].source


def candidates(profile: Profile, read: frozenset[str]) -> Iterator[Profile]:
    """The profiles with one of the read fields changed, then with two of them."""
    from pytest_auth0_mfa.errors import ConfigurationError

    changes = [
        (declared.name, value)
        for declared in fields(Profile)
        if declared.name in read
        for value in alternatives(declared)
        if value != getattr(profile, declared.name)
    ]
    pairs = [(a, b) for i, a in enumerate(changes) for b in changes[i + 1 :] if a[0] != b[0]]
    for change in [*((one,) for one in changes), *pairs]:
        try:
            yield profile.with_(**dict(change))
        except ConfigurationError:
            continue


def reduced(run: Run, broken: Disagreement) -> Disagreement:
    """The same finding in fewer steps: each step is left out in turn, with what needs it."""
    best = broken
    attempts = 60
    index = len(best.sides.history) - 2
    while index >= 0 and attempts > 0:
        steps = best.sides.history
        fewer = _without(steps, index)
        attempts -= 1
        shorter = _plays(run, fewer, best.difference) if fewer is not None else None
        best = shorter or best
        index = min(index, len(best.sides.history) - 1) - 1
    # Steps remember their last play, and that may be of an attempt that failed: play the best once more.
    return _plays(run, list(best.sides.history), best.difference) or best


def _plays(run: Run, history: Sequence[Played], due: Difference) -> Disagreement | None:
    """The finding, when these steps end in it too."""
    run.end()
    sides = SideBySide(run.subject, run.profile, run.keys)
    try:
        sides.again(history)
    except Disagreement as broken:
        same = broken.difference.finding == due.finding and broken.difference.field == due.field
        return broken if same and sides.history[-1] is history[-1] else None
    return None


def _without(steps: Sequence[Played], index: int) -> list[Played] | None:
    """The steps without one and without what uses its values; None when the last one would go."""
    gone: set[int] = set()
    kept = []
    for number, played in enumerate(steps):
        if number == index or any(id(thing) in gone for thing in _needs(played)):
            gone.update(id(pair) for pair in played.slots)
            if isinstance(played.action, NewUser):
                gone.add(id(played.action.user))
        else:
            kept.append(played)
    return kept if kept and kept[-1] is steps[-1] else None


def _needs(played: Played) -> Iterator[object]:
    action = played.action
    if isinstance(action, Call):
        template = action.template
        yield from needed(template.path)
        yield from needed(template.bearer)
        yield from needed(template.params)
    elif isinstance(action, AnswerPush):
        yield action.user
