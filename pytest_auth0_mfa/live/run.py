"""A real tenant as a subject. `LiveRun` lasts for a run (or one of its workers), a subject for one test."""

from __future__ import annotations

import contextlib
import os
import secrets
import time
from collections import Counter
from collections.abc import Callable, Sequence, Set
from contextlib import suppress
from urllib.parse import unquote, urlsplit

from pytest_auth0_mfa.contract.coverage import Coverage, Observation
from pytest_auth0_mfa.contract.driver import Plan
from pytest_auth0_mfa.contract.tenant.subjects import LiveSubject, Person, Scenario
from pytest_auth0_mfa.contract.tenant.verdicts import (
    ANEW,
    CouldNotRun,
    Disturbed,
    LimitReached,
    NotJudged,
    Undecided,
    Unjudged,
)
from pytest_auth0_mfa.errors import Auth0MfaError
from pytest_auth0_mfa.live.people.codes import CodeReader
from pytest_auth0_mfa.messages import Handler, Request, Response
from pytest_auth0_mfa.spec.factors import CODE_CHANNELS, CodeChannel
from pytest_auth0_mfa.spec.profile import Profile
from pytest_auth0_mfa.tenant.limits import Rate
from pytest_auth0_mfa.tenant.tenant import Tenant
from pytest_auth0_mfa.tenant.totp import PERIOD
from pytest_auth0_mfa.transports.live import live

from .accounting import AccountingHandler, Spent
from .budget import EXAMPLES, STEPS, Cost, cost_of, cost_of_machine, playable
from .capabilities import Capabilities, find
from .ledger import Ledger
from .management import READ_FACTORS, Management, is_harmless
from .measuring import Measured
from .pace import Limited, Pace
from .people.codes import LateCodeError, OtpSource, as_source, expect_lengths
from .people.push import NoPushError, PushApprover, as_approver
from .people.settings import SourceError, reached
from .redaction import Secrets
from .settings import LiveSettings
from .users import Directory, Lease

EDGE = 3.0
"""Seconds before and after the change of a TOTP, or the expiry of a code, in which no code is used."""
LONG = 240.0
"""A scenario that waits for more seconds than this waits for a code to expire."""
PATIENCE = 3
"""How many codes in a row may fail to arrive before the run ends as one that could not run."""
OLDEST = 280.0
"""Seconds after which a test is left unjudged: the shortest documented lifetime of a code or token is 300."""


class LiveRun:
    """The connection, users, budget and measurements that all tests of one process share."""

    def __init__(
        self,
        settings: LiveSettings,
        known: Secrets,
        *,
        profile: Profile | None = None,
        otp_source: object = None,
        push_approver: object = None,
        ledger: Ledger | None = None,
        handler: Handler | None = None,
    ) -> None:
        self.settings = settings
        self.secrets = known
        share = settings.rate and Rate(settings.rate.count, settings.rate.seconds * settings.workers)
        self.pace = Pace(share, margin=2 * settings.workers)
        self._connection = None if handler is not None else live(f"https://{settings.domain}", ca_file=settings.ca_file)
        raw = handler or self._connection
        assert raw is not None
        self.handler = Limited(raw, self.pace)
        self.preparing = Limited(raw, self.pace, harmless=lambda request: True)
        """For calls that may be repeated: those that only read, and those that cannot succeed."""
        budget = {name: -(-number // settings.workers) for name, number in settings.budget.items()}
        self.spent = Spent(budget)
        self.management = self._management(raw)
        self.directory = Directory(settings, self.preparing, self.management, ledger or Ledger())
        self.source: OtpSource | None = as_source(otp_source) if otp_source is not None else None
        self.approver: PushApprover | None = as_approver(push_approver) if push_approver is not None else None
        self.measured = Measured(profile)
        self.planned: Cost | None = None
        self.examples: int | None = None
        self.seed = secrets.randbelow(2**32)
        """The seed of the random walk. Unless one is given, it differs from run to run."""
        self._capabilities: Capabilities | None = None
        self.late_codes: Counter[tuple[str, str]] = Counter()
        """How many codes in a row did not arrive, by the path of the call that sent them and the channel."""

    def _management(self, raw: Handler) -> Management | None:
        credentials = self.settings.management
        if credentials is None:
            return None
        self.secrets.add(credentials.client_secret, credentials.token)
        pace = Pace(margin=2 * self.settings.workers)  # the Management API has its own rate limit
        limited = Limited(self._learning(raw), pace, harmless=is_harmless)
        return Management(limited, self.settings.domain, credentials)

    def _learning(self, raw: Handler) -> Handler:
        def handle(request: Request) -> Response:
            self.spent.counts["requests"] += 1
            response = raw(request)
            for message in (request, response):
                with suppress(ValueError):
                    self.secrets.learn(message.json())
            return response

        return handle

    @property
    def capabilities(self) -> Capabilities:
        """What can be played; found out on first use. Raises ConfigurationError."""
        if self._capabilities is None:
            self._capabilities = find(
                self.preparing,
                self.settings,
                self.management,
                reads_codes=self.source is not None,
                answers_push=self.approver is not None,
            )
            expect_lengths(self.source, self._capabilities.code_lengths)
            self._capabilities.shared_users = not self.directory.creates
            problem = self.directory.problem()
            if problem is not None:
                self._capabilities.problems.append(problem)
        return self._capabilities

    def plan(self, names: list[str], machines: int, examples: int | None, seed: int | None = None) -> str:
        """Work out what the run will cost, and plan fewer examples when that exceeds the budget.

        ``names`` are scenarios; ``machines`` is the number of tests that play a random walk, with ``examples`` each.
        Returns a sentence with the sum. Raises CouldNotRun when the scenarios alone exceed the budget.
        """
        self.seed = self.seed if seed is None else seed
        able, profile = self.capabilities, self.measured.profile
        total = playable(names, able, self.settings.wait, profile)
        share = self.settings.workers
        budget = self.settings.budget
        if over := total.over(budget):
            needs = ", ".join(f"{needed} {name} of {allowed}" for name, (needed, allowed) in over.items())
            raise CouldNotRun(
                f"could not run: the scenarios need {needs} in the budget. Raise it with AUTH0_MFA_BUDGET, or play "
                "fewer of them (-k)."
            )
        wanted = examples if examples is not None else EXAMPLES
        self.examples = wanted if machines else 0
        while self.examples:
            with_machine = Cost()
            with_machine.add(total)
            for _ in range(machines):
                with_machine.add(cost_of_machine(self.examples, able.factors, able.unplayable, profile, self.seed))
            if not with_machine.over(budget):
                total = with_machine
                break
            self.examples -= 1
        self.planned = total
        trimmed = f"; the machine plays {self.examples} of {wanted} examples" if 0 <= self.examples < wanted else ""
        trimmed += f"; seed {self.seed}"
        return f"planned: {total}{trimmed if machines else ''}{f' (over {share} workers)' if share > 1 else ''}"

    def late(self, error: LateCodeError) -> NotJudged:
        """The outcome to raise for a code that did not arrive: the test is repeated, or the run ends after
        `PATIENCE`."""
        self.late_codes[error.kind] += 1
        times, (path, channel) = self.late_codes[error.kind], error.kind
        if times < PATIENCE:
            return Disturbed(f"left unjudged: {error}")
        after = f" after POST {path}" if path else ""
        return CouldNotRun(
            f"could not run: {times} times in a row no code by {channel} arrived{after}: {error} "
            "Either the tenant sends none, or its messages do not get there."
        )

    def close(self) -> None:
        """Delete users whose creation brought no answer, and close all connections."""
        self.directory.settle()
        if self._connection is not None:
            self._connection.close()
        for held in (self.source, self.approver):
            close = getattr(held, "close", None)
            if close is not None:
                close()

    def subject(self) -> RealTenantSubject:
        """A subject for one test. Raises CouldNotRun when nothing can be played."""
        if self.capabilities.problems:
            raise CouldNotRun(f"could not run: {'; '.join(self.capabilities.problems)}")
        return RealTenantSubject(self)


class RealTenantSubject(LiveSubject):
    """A real tenant as one test sees it: users are recorded in the ledger, limits kept, behaviour measured."""

    waits = True

    def __init__(self, run: LiveRun, now: Callable[[], float] = time.time) -> None:
        settings, able = run.settings, run.capabilities
        self._run = run
        self._now = now
        accounting = self._begin()
        super().__init__(
            accounting,
            settings.domain,
            settings.client_id,
            settings.client_secret,
            iter(()),
            factors=able.factors,
            profile=None,
            code=self._read_code if self._codes is not None else None,
            answer_push=self._answer if run.approver is not None else None,
        )
        self.unplayable = able.unplayable

    def _begin(self) -> AccountingHandler:
        run = self._run
        self._born: float | None = None
        self._ends: list[float] = []
        """When the codes that were read expire, in epoch seconds."""
        self._lease: Lease = run.directory.lease()
        self._codes = CodeReader(run.source) if run.source is not None else None
        self._accounting = AccountingHandler(run.handler, self._lease, self._codes, run.spent, run.secrets, self._now)
        return self._accounting

    def start_over(self) -> None:
        """Give the users back and begin again with new ones, since the state of the old ones is not known."""
        with contextlib.suppress(CouldNotRun):  # what could not be removed stays in the ledger
            self.close()
        self.handler = self._begin()

    # -- for the contract ------------------------------------------------------------------------

    def why_unplayable(self, scenario: Scenario) -> str | None:
        """Why a scenario cannot be played, with the setting to change; None when it can."""
        able = self._run.capabilities
        cost = cost_of(scenario, self.factors, self.expected_profile, able.code_lifetimes)
        if reason := able.barrier(scenario.needs, cost.counts):
            return reason
        unknown = (scenario.needs & set(CODE_CHANNELS)) - able.code_settings.keys()
        if cost.seconds > LONG and unknown:
            return (
                "waits until a code expires, and how long codes live is a setting nobody can read here: give the "
                f"application the Management API's scope {READ_FACTORS}"
            )
        if cost.seconds > self._run.settings.wait:
            return f"would really wait for more than {self._run.settings.wait:g} s: AUTH0_MFA_LIVE_WAIT=60 plays most"
        return None

    def measure(self, scenario: Scenario, coverage: Coverage) -> list[Observation]:
        """Play a scenario, measuring disputed behaviour. Begins again with new users when the network disturbs it."""
        for _ in range(ANEW):
            with contextlib.suppress(Disturbed):
                return self._run.measured.play_scenario(scenario, self, coverage)
            self.start_over()
        return self._run.measured.play_scenario(scenario, self, coverage)

    def check_drift(self, observations: Sequence[Observation]) -> None:
        """Keep what was measured. Raises ContractViolation for drift: what differs from the profile that was
        given."""
        self._run.measured.check_drift(observations)

    @property
    def expected_profile(self) -> Profile:
        """The profile that was given, with what earlier tests of the run measured."""
        return self._run.measured.profile

    def plan(self, plan: Plan) -> Plan:
        """A plan with few, short examples and no reduction. Raises LimitReached when the budget leaves none."""
        examples = EXAMPLES if self._run.examples is None else self._run.examples
        if examples == 0:
            raise LimitReached(
                "left unjudged: the budget leaves nothing for the machine; raise it with AUTH0_MFA_BUDGET"
            )
        seed = self._run.seed if plan.seed is None else plan.seed
        return Plan(max_examples=examples, steps=STEPS, seed=seed, derandomize=False, reduce=False)

    def ready(self, *, for_otp: bool = False) -> None:
        """Wait until a call may be made and, for a TOTP, until it will not change on the way.

        Raises Undecided when a code is about to expire or the test takes too long.
        """
        self._run.pace.wait()
        if for_otp:
            place = self._now() % PERIOD
            if place > PERIOD - EDGE:
                self._run.pace.sleep(PERIOD - place + EDGE)
            elif place < EDGE:
                self._run.pace.sleep(EDGE - place)
        if any(abs(self._now() - end) < EDGE for end in self._ends):
            raise Undecided("left unjudged: a code was about to expire, and nobody knows whether it did")
        if self._born is not None and self._now() - self._born > OLDEST + self._run.settings.wait:
            raise Undecided("left unjudged: it took so long that tokens and codes may be about to expire")

    def code_lifetime(self, channel: CodeChannel) -> int:
        """The lifetime in seconds from the tenant's settings; the documented one where they cannot be read."""
        return self._run.capabilities.code_lifetimes.get(channel, super().code_lifetime(channel))

    def oracle_tenant(self, profile: Profile, factors: Set[str], seed: int) -> Tenant:
        """A new fake whose codes have the length and lifetime of the real tenant's."""
        tenant = super().oracle_tenant(profile, factors, seed)
        tenant.code_lengths = self._run.capabilities.code_lengths
        tenant.code_lifetimes = self._run.capabilities.code_lifetimes
        return tenant

    # -- a subject -------------------------------------------------------------------------------

    def new_user(self, *, email_verified: bool = False) -> Person:
        """A user for this test alone."""
        person = self._lease.new_user(email_verified=email_verified)
        self._run.secrets.add(person.password)
        if self._codes is not None and not self._run.directory.creates:
            try:
                self._codes.drain()
            except SourceError as error:
                raise unjudged_by(error) from None
        self._born = self._now()
        return person

    def advance(self, seconds: float) -> None:
        """Really wait. `why_unplayable` excludes scenarios that would wait too long."""
        self._run.pace.sleep(seconds)

    def now(self) -> float:
        """Real time in epoch seconds."""
        return self._now()

    def close(self) -> None:
        """Give the users back. Raises CouldNotRun when that fails; the ledger then still names them."""
        try:
            self._lease.close()
        except (Auth0MfaError, NotJudged) as error:
            raise CouldNotRun(f"could not clean up ({error}): run auth0-mfa cleanup") from None

    def _read_code(self, person: Person, channel: str, since: float) -> str:
        assert self._codes is not None
        try:
            code = self._codes.read(person, channel, since)
        except LateCodeError as error:
            raise self._run.late(error) from None
        except SourceError as error:
            raise unjudged_by(error) from None
        self._run.late_codes.pop(self._codes.kind(person, channel), None)
        self._run.secrets.add(code)
        self._ends += [since + self.code_lifetime(possible) for possible in CODE_CHANNELS if possible == channel]
        return code

    def _answer(self, person: Person, approve: bool) -> None:
        approver = self._run.approver
        assert approver is not None
        if not self._accounting.takes_push(person):
            raise NoPushError(f"no push request of {person.username} is open")
        name = f"the approver of pushes ({type(approver).__name__})"
        try:
            reached(name, lambda: approver.answer(person.username, approve), passing=NoPushError)
        except SourceError as error:
            raise unjudged_by(error) from None


def unjudged_by(error: SourceError) -> Unjudged:
    """The outcome to raise when a source or an approver fails: Disturbed if it could not be reached, else
    Unjudged."""
    message = f"left unjudged: {error}. Nothing is known of the tenant: auth0-mfa doctor"
    return Disturbed(message) if isinstance(error.__cause__, ConnectionError) else Unjudged(message)


def secrets_of_environment() -> Secrets:
    """The secrets in the environment variables of a live run."""
    names = (
        "AUTH0_CLIENT_SECRET",
        "AUTH0_MFA_MANAGEMENT_CLIENT_SECRET",
        "AUTH0_MFA_MANAGEMENT_TOKEN",
        "AUTH0_MFA_CONTROL_TOKEN",
        "AUTH0_MFA_OTP_SOURCE",
        "AUTH0_MFA_PUSH_APPROVER",
    )
    found = Secrets(os.environ.get(name) for name in names)
    with suppress(ValueError):  # not a URL, so there is no password in it
        found.add(unquote(urlsplit(os.environ.get("AUTH0_MFA_OTP_SOURCE", "")).password or ""))
    return found
