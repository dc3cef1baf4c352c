"""Measures disputed behaviour with the scenarios: which documented alternatives explain a tenant's answers.

A scenario that fails is played again on its own recorded answers, with one and then two of the profile fields
changed that the failing call reads. The alternatives that explain the answer are adopted, and the scenario
continues with the real tenant from there.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass, field

from pytest_auth0_mfa.app import handler
from pytest_auth0_mfa.contract.coverage import Coverage, Observation
from pytest_auth0_mfa.contract.findings.violation import ContractViolation, Difference, violation
from pytest_auth0_mfa.contract.reproducer.trace import Steps
from pytest_auth0_mfa.contract.tenant.context import ScenarioContext
from pytest_auth0_mfa.contract.tenant.run import candidates
from pytest_auth0_mfa.contract.tenant.subject_fake import FakeSubject, fake_subject
from pytest_auth0_mfa.contract.tenant.subjects import Scenario, Subject
from pytest_auth0_mfa.contract.tenant.verdicts import Disturbed, NotJudged, Undecided, skip_if_guess
from pytest_auth0_mfa.spec.factors import CODE_CHANNELS
from pytest_auth0_mfa.spec.profile import Profile, profile_fields
from pytest_auth0_mfa.tenant.policies import known_factors
from pytest_auth0_mfa.tenant.tenant import Tenant

from .recording import EndOfRecord, OtherWay, RecordedSubject, unnumbered

_RESTARTS = 3
_MOST_TAKEN = 20


@dataclass(slots=True)
class Measured:
    """What is known of a tenant's behaviour, over all tests of a run or worker.

    ``given`` is the profile measured by an earlier run, if there is one.
    """

    given: Profile | None
    profile: Profile = field(default_factory=Profile)
    recorded: list[tuple[Scenario, RecordedSubject]] = field(default_factory=list)
    elsewhere: set[str] = field(default_factory=set)
    """Fields measured without a recorded failure, such as by the random walk. `_tidied` leaves them alone."""
    unknown: set[str] = field(default_factory=set)
    """Fields of answers that are neither documented nor explained by an alternative."""
    seen: dict[str, Steps] = field(default_factory=dict)
    """By field: the steps up to the answer that showed its value."""
    exercised: set[str] = field(default_factory=set)
    """Profile fields that some call read, so that their values were tested."""

    _unreported: list[Observation] = field(default_factory=list)
    """What was observed in a scenario that the network disturbed; reported when the scenario has been repeated."""

    def __post_init__(self) -> None:
        self.profile = self.given or Profile()

    @property
    def base(self) -> Profile:
        """The profile that is expected until something else is measured."""
        return self.given or Profile()

    # -- scenarios -------------------------------------------------------------------------------

    def play_scenario(self, scenario: Scenario, subject: Subject, coverage: Coverage) -> list[Observation]:
        """Play a scenario and return what was measured. Raises ContractViolation for what no alternative explains."""
        __tracebackhide__ = True
        recorded = RecordedSubject(subject, self.profile, self.unknown)
        found, self._unreported = self._unreported, []
        restarts = 0
        while True:
            own = Coverage()
            try:
                context = ScenarioContext(recorded.rewind(self.profile, live=True), own)
                scenario.act(context)
                found += self._noticed(context)
                break
            except Disturbed:
                self._unreported = found
                raise
            except OtherWay:
                restarts += 1
                if restarts > _RESTARTS:
                    raise
                recorded.clear()
            except ContractViolation as broken:
                taken = self._explained(scenario, recorded, broken)
                if taken is None and broken.finding == "MFA032":
                    taken = [self._tolerated(broken)]
                if taken is None:
                    skip_if_guess(broken)
                    raise broken.with_traceback(None) from None
                found += taken
                if len(found) > _MOST_TAKEN:  # two alternatives keep replacing each other; calls cost
                    raise Undecided(f"left unjudged: no set of alternatives explains {scenario.name}") from None
                if broken.steps is not None:
                    self.seen.update((observation.field, broken.steps) for observation in taken)
        self.recorded.append((scenario, recorded))
        coverage.add(own)
        coverage.flows[scenario.name] += 1
        found += self._tidied(found)
        return list({observation.field: observation for observation in found}.values())

    def _noticed(self, context: ScenarioContext) -> list[Observation]:
        """Adopt and return the values that right answers show and that differ from the expected ones."""
        last = {
            observation.field: observation
            for observation in context.observations
            if observation.field in profile_fields()
        }
        new = {
            name: observation for name, observation in last.items() if getattr(self.profile, name) != observation.value
        }
        self.profile = self.profile.with_(**{name: observation.value for name, observation in new.items()})
        self.elsewhere.update(new)
        self.seen.update(dict.fromkeys(new, context.steps))
        return list(new.values())

    def check_drift(self, observations: Iterable[Observation]) -> None:
        """Keep what was measured. Raises ContractViolation for drift: what differs from the profile that was
        given."""
        last = {observation.field: observation for observation in observations}
        new = {name: observation.value for name, observation in last.items() if name in profile_fields()}
        new = {name: value for name, value in new.items() if getattr(self.profile, name) != value}
        self.profile = self.profile.with_(**new)  # together: some are only valid so
        self.elsewhere.update(new)
        if self.given is not None:
            for observation in last.values():
                self._refuse_drift(observation, self.given)

    def _refuse_drift(self, observation: Observation, given: Profile) -> None:
        declared = profile_fields().get(observation.field)
        if declared is None:
            difference, source = Difference("MFA032", observation.field, "absent", "present"), ""
        elif observation.value == getattr(given, observation.field):
            return
        else:
            difference = Difference(
                "MFA031", observation.field, str(getattr(given, observation.field)), str(observation.value)
            )
            source = f"the profile that was given; {', '.join(declared.metadata['rows'])} of the contract"
        steps = self.seen.get(observation.field, Steps())  # those of the random walk are not kept
        raise violation(difference, operation=observation.operation, source=source, steps=steps).with_traceback(None)

    def _tolerated(self, broken: ContractViolation) -> Observation:
        """Accept an undocumented field from now on, and return it to be reported once."""
        assert broken.difference is not None
        name = unnumbered(broken.difference.field)
        self.unknown.add(name)
        return Observation(name, "present", broken.operation or "")

    # -- explaining ------------------------------------------------------------------------------

    def _explained(
        self, scenario: Scenario, past: RecordedSubject, broken: ContractViolation
    ) -> list[Observation] | None:
        """Adopt and return the documented alternatives that explain the answer; None when none does."""
        read = self._read(scenario, past)
        able = [candidate for candidate in candidates(self.profile, read) if self._plays(scenario, past, candidate)]
        if not able:  # the right profile may need other calls from the start, for which nothing is recorded
            able = [
                candidate
                for candidate in candidates(self.profile, read)
                if self._fails_alike(scenario, past, candidate, broken)
            ]
            past.clear()
        if not able:
            return None
        fewest = min(len(self.profile.differences(candidate)) for candidate in able)
        able = [candidate for candidate in able if len(self.profile.differences(candidate)) == fewest]
        chosen = next((candidate for candidate in able if self._agrees(candidate)), able[0])
        changed = self.profile.differences(chosen)
        self.profile = chosen
        return [Observation(name, value, broken.operation or "") for name, (_, value) in changed.items()]

    def _fails_alike(
        self, scenario: Scenario, recorded: RecordedSubject, profile: Profile, broken: ContractViolation
    ) -> bool:
        """Whether a fake with this profile fails the scenario in the same place and way as the tenant."""
        if len(self.profile.differences(profile)) > 1:
            return False
        tenant = self._fake(recorded, profile)
        subject = Expecting(tenant, self.profile)
        try:
            scenario.act(ScenarioContext(subject, Coverage()))
        except ContractViolation as other:
            return _symptom(other) == _symptom(broken)
        except AssertionError:
            pass
        return False

    def _fake(self, recorded: RecordedSubject, profile: Profile) -> Tenant:
        return Tenant(
            domain=recorded.domain,
            client_id=recorded.client_id,
            client_secret=recorded.client_secret,
            factors=known_factors(recorded.factors),
            profile=profile,
            code_lifetimes={channel: recorded.code_lifetime(channel) for channel in CODE_CHANNELS},
            seed=1,
        )

    def _read(self, scenario: Scenario, recorded: RecordedSubject) -> frozenset[str]:
        """The profile fields that a fake reads for the call at which the scenario failed."""
        tenant = self._fake(recorded, self.profile)
        with contextlib.suppress(AssertionError):
            scenario.act(ScenarioContext(fake_subject(tenant), Coverage()))
        calls = tenant.calls
        at = recorded.answers - 1
        self.exercised.update(name for call in calls for name in call.profile_fields)
        if not 0 <= at < len(calls):
            return frozenset(name for call in calls for name in call.profile_fields)
        return frozenset(calls[at].profile_fields)

    def _plays(self, scenario: Scenario, recorded: RecordedSubject, profile: Profile) -> bool:
        """Whether the recorded answers of a scenario are right by this profile."""
        try:
            scenario.act(ScenarioContext(recorded.rewind(profile, live=False), Coverage()))
        except EndOfRecord:
            return True
        except (OtherWay, AssertionError, NotJudged):
            return False
        return recorded.ended

    def _agrees(self, profile: Profile) -> bool:
        """Whether everything recorded so far is right by this profile."""
        return all(self._plays(scenario, recorded, profile) for scenario, recorded in self.recorded)

    def _tidied(self, found: list[Observation]) -> list[Observation]:
        """Drop and return the alternatives that no recorded answer needs any more, since another one explains it."""
        if not found:
            return []
        back = []
        for name, (expected, _) in self.base.differences(self.profile).items():
            without = self.profile.with_(**{name: expected})
            if name not in self.elsewhere and self._agrees(without):
                self.profile = without
                back.append(Observation(name, expected, ""))
        return back


class Expecting(FakeSubject):
    """A fake that is checked against a profile other than its own."""

    def __init__(self, tenant: Tenant, profile: Profile) -> None:
        super().__init__(tenant, handler(tenant))
        self.profile = profile


def _symptom(broken: ContractViolation) -> tuple[str | None, Difference | None]:
    """A violation's operation and difference, to compare violations by."""
    return broken.operation, broken.difference
