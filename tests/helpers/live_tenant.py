"""A stand-in for a real tenant in this process, for live runs without network, waiting and other processes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pytest_auth0_mfa import Tenant, handler
from pytest_auth0_mfa.contract.coverage import Coverage, Observation
from pytest_auth0_mfa.contract.driver import Plan
from pytest_auth0_mfa.contract.tenant.context import play_scenario
from pytest_auth0_mfa.contract.tenant.run import Run
from pytest_auth0_mfa.contract.tenant.scenarios import SCENARIOS
from pytest_auth0_mfa.live.ledger import Ledger
from pytest_auth0_mfa.live.management import Credentials
from pytest_auth0_mfa.live.people.codes import OutboxSource
from pytest_auth0_mfa.live.redaction import Secrets
from pytest_auth0_mfa.live.run import LiveRun, RealTenantSubject
from pytest_auth0_mfa.live.settings import LiveSettings
from pytest_auth0_mfa.messages import Handler
from pytest_auth0_mfa.spec.profile import Profile, profile_fields
from pytest_auth0_mfa.tenant.policies import known_factors

START = 1_700_000_010.0  # in the middle of a TOTP step


PLAYED_LIVE = [name for name in profile_fields() if not (name.startswith("me_") or "dpop" in name)]
"""The fields of the profile that a live run can measure: the user's own page and bound tokens are played on fakes
only."""


class LiveTenant:
    """A fake tenant and a live run against it. Both use the tenant's clock, and waiting only moves it."""

    def __init__(
        self,
        folder: Path,
        *,
        profile: Profile | Mapping[str, Any] | None = None,
        given: Profile | None = None,
        wrap: Callable[[Tenant, Handler], Handler] | None = None,
        domain: str = "tenant.example",
        factors: frozenset[str] = frozenset({"otp", "sms", "email", "push", "recovery-code"}),
        told: frozenset[str] | None = None,
        **settings: Any,
    ) -> None:
        self.tenant = tenant = Tenant(domain=domain, profile=profile, factors=known_factors(factors), seed=7)
        tenant.clock.freeze(START)
        answers = handler(tenant)
        if wrap is not None:
            answers = wrap(tenant, answers)
        credentials = Credentials(tenant.client_id, tenant.client_secret or "")
        due: dict[str, Any] = {
            "management": credentials,
            "user_email": "@mail.example",
            "phone_number": "+15550100",
            "factors": told,
            **settings,
        }
        self.settings = LiveSettings(tenant.domain, tenant.client_id, tenant.client_secret, **due)
        self.ledger = Ledger(folder / "ledger.jsonl")
        self.secrets = Secrets()
        self.run = LiveRun(
            self.settings,
            self.secrets,
            profile=given,
            otp_source=OutboxSource(tenant),
            push_approver=self._answer,
            ledger=self.ledger,
            handler=answers,
        )
        self.run.pace.sleep = tenant.clock.advance
        self.run.pace.now = self.run.pace.monotonic = tenant.clock.now

    def _answer(self, email: str, approve: bool) -> None:
        user = self.tenant.user_by_email(email)
        assert user is not None
        (self.tenant.push.approve if approve else self.tenant.push.reject)(user)

    def subject(self) -> RealTenantSubject:
        """A subject for one test."""
        return RealTenantSubject(self.run, now=self.tenant.clock.now)

    def play(self, name: str, coverage: Coverage | None = None) -> list[Observation]:
        """Play a scenario, as a contract test does."""
        subject = self.subject()
        try:
            observed = play_scenario(SCENARIOS[name], subject, coverage if coverage is not None else Coverage())
            subject.check_drift(observed)
            return observed
        finally:
            subject.close()

    def play_machine(self, seed: int = 1) -> list[Observation]:
        """Play the random walk, as a contract test does."""
        subject = self.subject()
        try:
            run = Run(subject, subject.plan(Plan(max_examples=5, seed=seed)))
            run.go()
            subject.check_drift(run.observations)
            return run.observations
        finally:
            subject.close()

    def playable(self) -> list[str]:
        """The scenarios that can be played here."""
        subject = self.subject()
        return [name for name, scenario in SCENARIOS.items() if scenario.missing(subject) is None]
