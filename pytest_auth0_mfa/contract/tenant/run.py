"""One run of the random walk against one subject: playing, judging and shortening."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from importlib.util import find_spec
from itertools import count

from pytest_auth0_mfa.contract.coverage import Coverage, Observation
from pytest_auth0_mfa.contract.driver import Plan, drive, remember_interrupts, spread
from pytest_auth0_mfa.contract.findings.violation import FINDINGS, ContractViolation, Difference, violation
from pytest_auth0_mfa.contract.tenant.walk.choices import Choices
from pytest_auth0_mfa.contract.tenant.walk.walk import Program, programs
from pytest_auth0_mfa.errors import ConfigurationError, MissingExtraError
from pytest_auth0_mfa.spec.factors import ALL_FACTORS, DEFAULT_FACTORS, FACTORS
from pytest_auth0_mfa.spec.operations import OPERATIONS
from pytest_auth0_mfa.spec.profile import Profile, alternatives
from pytest_auth0_mfa.spec.refusals import REFUSALS

from .actions import AnswerPush, BlockUser, DeleteUser, DemandInTurn, MakeCall, NewUser, SwitchFactors
from .answers import is_demand
from .renaming import Differs
from .side_by_side import Played, SideBySide
from .subjects import CONTROLS, Subject, checked_handler
from .tokens import Keys
from .values import needed
from .verdicts import ANEW, Abandoned, Disturbed, NotJudged
from .walk.stories import STORIES
from .walk.sweeps import SWEEPS
from .walk.walk import Walk

FACTOR_SETS = {
    "all": frozenset(ALL_FACTORS),
    "voice off": DEFAULT_FACTORS,
    "recovery off": frozenset(FACTORS),
    "email only": frozenset({"email"}),
}
"""The sets of factors that are played if the subject lets its factors be switched."""


_OF_TIME = frozenset({"MFA001", "MFA003", "MFA004", "MFA006", "MFA007", "MFA008", "MFA009", "MFA011"}) | {
    "MFA021",
    "MFA022",
}
"""Findings that a limit or lifetime can lead to, which ended a moment earlier on one side."""


@dataclass(frozen=True, slots=True)
class Found:
    """The difference that ended an example."""

    difference: Difference
    sides: SideBySide
    refusal_id: str | None
    """The refusal that was expected."""

    @property
    def key(self) -> object:
        """The finding, its field and its operation: equal for two findings that show the same fault."""
        return self.difference.finding, self.difference.field, self.sides.history[-1].action.operation

    @property
    def size(self) -> int:
        """The number of steps that lead to it."""
        return len(self.sides.history)


class Run:
    """The run of one test: the subject, what was measured, and the first finding."""

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
        self.keys = Keys(checked_handler(subject.handler))
        self.serials = count(1)
        self._on_example = on_example
        self.observations: list[Observation] = []
        self.found: ContractViolation | None = None
        self._unjudged: Disturbed | None = None
        self._factors = frozenset(subject.factors)
        self._apis = subject.apis_that_bind

    def go(self) -> None:
        """Play all examples. Raises the ContractViolation of the first finding."""
        if find_spec("hypothesis") is None:  # checked before the stories, which take a while
            raise MissingExtraError("the contract machine (hypothesis)", "contract")
        found = self._stories() or drive(programs(self.plan.steps), self.play, self.plan)
        if found is not None:
            self.found = self._violation(found)
            raise self.found
        if self._unjudged is not None:
            raise self._unjudged

    def play(self, program: Program) -> Found | None:
        """Play one example. Returns its finding, or None."""

        def act(walk: Walk) -> None:
            self._switch_factors(walk, program.factors)
            choices = Choices(spread(program.beginning, 0))
            walk.new_user(verified=choices.of((False, False, False, True)), sort=program.people[0])
            if choices.of((False, False, True)):
                walk.new_user(verified=False, sort=program.people[1])
            walk.prelude(choices)
            for place, step in enumerate(program.steps, 1):
                walk.take(step.move, Choices(spread(step.number, 2 * place), spread(step.change, 2 * place + 1)))

        return self._example(act)

    def _stories(self) -> Found | None:
        """Play the stories: long sequences that random steps never reach. They are not played on real tenants."""
        if self.subject.is_real or not self.plan.stories or not self.subject.controls >= CONTROLS:
            return None
        with remember_interrupts() as interrupted:
            for story in (*STORIES, *SWEEPS):
                interrupted()
                found = self._example(story)
                if found is not None:
                    return found
        return None

    def _example(self, act: Callable[[Walk], None]) -> Found | None:
        """Play one example, and again from the start if an answer was lost: that may be the network's fault."""
        self._on_example()
        last: Disturbed | None = None
        for _ in range(1 + ANEW):
            try:
                return self._once(act)
            except Disturbed as disturbed:
                self.subject.start_over()
                last = disturbed
        self._unjudged = last
        return None

    def _once(self, act: Callable[[Walk], None]) -> Found | None:
        walk = Walk(self.new_sides())
        try:
            act(walk)
        except Differs as differs:
            return found_at(differs, walk.sides)
        except Abandoned:
            pass
        finally:
            self._count(walk.sides)
            self.end()
        return None

    def new_sides(self) -> SideBySide:
        """Begin an example, with a fresh oracle beside the subject."""
        keys = (
            self.keys if self.subject.is_real else Keys(checked_handler(self.subject.handler))
        )  # on a fake, fetched for each example
        return SideBySide(self.subject, self.profile, keys, on_difference=self._explained, serials=self.serials)

    # -- around an example -----------------------------------------------------------------------

    def end(self) -> None:
        """Restore the factors and the APIs that the example switched."""
        if frozenset(self.subject.factors) != self._factors:
            self.subject.factors = self._factors
        if self.subject.apis_that_bind != self._apis:
            self.subject.apis_that_bind = self._apis

    def _switch_factors(self, walk: Walk, name: str) -> None:
        """Switch to one of the sets of factors, if the subject lets them be switched."""
        factors = FACTOR_SETS[name]
        if "factors" in self.subject.controls and factors != frozenset(self.subject.factors):
            walk.sides.play(SwitchFactors(factors))

    def _count(self, sides: SideBySide) -> None:
        """Count the calls that were played, without the one on which the sides differed."""
        for played in sides.history:
            if isinstance(played.action, MakeCall) and not played.excused and not played.failed:
                template = played.action.template
                operation = played.operation or template.operation
                self.coverage.count(operation, played.refusal_id or "success", template.factor or played.channel)

    # -- disputed behaviour ----------------------------------------------------------------------

    def _explained(self, sides: SideBySide, difference: Difference) -> bool:
        """Whether a difference is one of time, is a documented alternative, or breaks only a guess."""
        played = sides.history[-1]
        reason = played.guess  # kept here, because replays change it
        refused = played.response is not None and played.response.status >= 400 and not is_demand(played.response)
        if reason and refused and self.subject.profile is not None:
            played.excused = True  # a guess is about a refusal, so both sides refused and are where they were
            return True
        if self._within_the_call(sides, played, difference):
            return True
        if self.subject.profile is None and self._measured(sides, played):
            return True
        if reason and refused:
            played.excused = True
            return self._taken_over(sides, self.profile)  # with the values of this play, since replays left others
        if reason and self.subject.is_real:
            raise NotJudged(reason)  # the subject did what the oracle did not
        if reason:
            raise Abandoned
        return False

    def _within_the_call(self, sides: SideBySide, played: Played, difference: Difference) -> bool:
        """Whether a difference is a limit or lifetime that ended while a call was on its way.

        The oracle acts when a call begins, the subject at some moment until it ends. If it did so late in this call, or
        late in the earlier ones, the oracle is played again at those times.
        """
        if played.response is None or difference.finding not in _OF_TIME:
            return False
        for late in ([played], sides.history[:-1]):
            if all(step.until <= step.at for step in late):
                continue
            before = [step.at for step in late]
            for step in late:
                step.at = max(step.at, step.until)
            if self._taken_over(sides, self.profile):
                return True
            for step, at in zip(late, before, strict=True):
                step.at = at
        return False

    def _measured(self, sides: SideBySide, played: Played) -> bool:
        """Whether a documented alternative explains the subject's answer. If so, the oracle's profile is changed."""
        refusal_id = played.refusal_id
        for profile in candidates(self.profile, played.fields):
            if not self._taken_over(sides, profile):
                continue
            for name, (_, value) in self.profile.differences(profile).items():
                self.observations.append(Observation(name, value, played.action.operation))
            self.profile = profile
            return True
        played.refusal_id = refusal_id  # replays changed it
        return False

    def _taken_over(self, sides: SideBySide, profile: Profile) -> bool:
        """Whether an oracle with this profile answers everything played so far as the subject did. If so, it is used
        from now on."""
        again = SideBySide(self.subject, profile, self.keys, factors=sides.factors, recorded=True)
        try:
            again.again(sides.history)
        except Differs:
            return False
        sides.oracle, sides.renaming = again.oracle, again.renaming
        return True

    def _is_steady(self, found: Found) -> bool:
        """Whether the same steps end in a difference again."""
        return any(_ends_in(self, found.sides.history) is not None for _ in range(2))

    # -- a finding -------------------------------------------------------------------------------

    def _violation(self, found: Found) -> ContractViolation:
        if self.plan.reduce:
            found = reduced(self, found)
        difference = found.difference
        if self.plan.reduce and not self._is_steady(found):
            expected, actual = f"{difference.expected}, each time", f"{difference.actual}, and not every time"
            difference = Difference("MFA018", difference.field, expected, actual)
        played = found.sides.history[-1]
        operation = played.action.operation
        if difference.finding == "MFA004" and self.subject.is_real:  # drift
            difference = replace(difference, finding="MFA032")
        return violation(
            difference,
            operation=operation,
            source=source_of(operation, played.refusal_id, difference),
            steps=found.sides.steps(),
            refusal=played.refusal_id or "",
        )


def source_of(operation: str, refusal_id: str | None, difference: Difference) -> str:
    """The entry of the contract behind an expected refusal, or else the documentation of the operation."""
    if refusal_id is not None:
        return f"{REFUSALS[refusal_id].row} of the contract ({REFUSALS[refusal_id].confidence})"
    if operation in OPERATIONS:
        return OPERATIONS[operation].source
    return FINDINGS[difference.finding].source


def candidates(profile: Profile, read: frozenset[str]) -> Iterator[Profile]:
    """The profiles with one of the read fields changed, then those with two of them changed."""
    changes = [
        (declared.name, value)
        for declared in fields(Profile)
        if declared.name in read
        for value in alternatives(declared)
        if value != getattr(profile, declared.name)
    ]
    pairs = [(a, b) for i, a in enumerate(changes) for b in changes[i + 1 :] if a[0] != b[0]]
    for change in [*((single,) for single in changes), *pairs]:
        try:
            yield profile.with_(**dict(change))
        except ConfigurationError:
            continue


def reduced(run: Run, found: Found) -> Found:
    """The same finding in fewer steps: each step is left out in turn, with the steps that depend on it."""
    best = found
    attempts = 60
    index = len(best.sides.history) - 2
    while index >= 0 and attempts > 0:
        steps = best.sides.history
        fewer = _without(steps, index)
        attempts -= 1
        shorter = _plays(run, fewer, best) if fewer is not None else None
        best = shorter or best
        index = min(index, len(best.sides.history) - 1) - 1
    # Steps remember their last play, perhaps from an attempt that failed: play the best once more.
    return _plays(run, list(best.sides.history), best) or best


def found_at(differs: Differs, sides: SideBySide) -> Found:
    """The finding at the last step of an example."""
    return Found(differs.difference, sides, sides.history[-1].refusal_id)


def _plays(run: Run, history: Sequence[Played], same: Found) -> Found | None:
    """The finding of these steps, if it is the same; otherwise None."""
    found = _ends_in(run, history)
    if found is None:
        return None
    parts = [(one.difference.finding, one.difference.field, one.refusal_id) for one in (found, same)]
    return found if parts[0] == parts[1] and found.sides.history[-1] is history[-1] else None


def _ends_in(run: Run, history: Sequence[Played]) -> Found | None:
    """Play these steps. Returns the difference that they end in, or None."""
    run.end()
    sides = run.new_sides()
    try:
        sides.again(history)
    except Differs as differs:
        return found_at(differs, sides)
    except (LookupError, TypeError, ValueError):  # without an earlier step, a later one may be impossible
        return None
    return None


def _without(steps: Sequence[Played], index: int) -> list[Played] | None:
    """The steps without one of them and those that use its values; None if the last step is among them."""
    gone: set[int] = set()
    kept = []
    for number, played in enumerate(steps):
        if number == index or any(id(thing) in gone for thing in _needs(played)):
            gone.update(id(thing) for thing in _gives(played))
        else:
            kept.append(played)
    return kept if kept and kept[-1] is steps[-1] else None


def _gives(played: Played) -> Iterator[object]:
    """What later steps may use of a step."""
    action = played.action
    yield from played.slots
    if isinstance(action, NewUser):
        yield action.user
    elif isinstance(action, MakeCall) and action.template.proof is not None:
        yield action.template.proof


def _needs(played: Played) -> Iterator[object]:
    action = played.action
    if isinstance(action, MakeCall):
        template = action.template
        yield from needed(template.path)
        yield from needed(template.bearer)
        yield from needed(template.params)
        if template.proof is not None:
            yield from needed(template.proof.nonce)
            yield from (template.proof.again, template.proof.jti_of)
    elif isinstance(action, AnswerPush | BlockUser | DeleteUser | DemandInTurn):
        yield action.user
