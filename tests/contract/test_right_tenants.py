"""Right but unusual tenants: nobody is accused who is right, on the fake's path and on the live one."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from importlib import import_module
from pathlib import Path

import pytest
from helpers.amounts import chosen, every, examples
from helpers.live_tenant import LiveTenant
from zoo.right import RIGHT

from pytest_auth0_mfa import Handler, Profile, Tenant, handler
from pytest_auth0_mfa.contract import ContractViolation, fake_subject
from pytest_auth0_mfa.contract.coverage import Coverage
from pytest_auth0_mfa.contract.driver import Plan
from pytest_auth0_mfa.contract.tenant.context import play_scenario
from pytest_auth0_mfa.contract.tenant.run import Run
from pytest_auth0_mfa.contract.tenant.scenarios import SCENARIOS
from pytest_auth0_mfa.contract.tenant.subject_fake import FakeSubject
from pytest_auth0_mfa.contract.tenant.verdicts import NotJudged

for module in ("right_forms", "right_bound", "right_account"):
    import_module(f"zoo.{module}")  # registers its right tenants

BY_MACHINE = ("refusals-that-are-only-guessed", "me-lists-push-app-otherwise")
"""Those that the machine judges in the slow tests: the others by night."""
QUICK = (
    "more-claims",
    "refusals-that-are-only-guessed",
    "calls-of-uneven-length",
)
DRIFTING = (
    "a-member-that-nobody-documents",
    "a-refresh-gives-a-refresh-token",
    "a-refresh-ends-the-old-refresh-token",
    "the-application-rotates",
    "a-refresh-gives-one-refresh-token-for-each",
    "a-refresh-gives-the-same-refresh-token",
    "members-of-every-type",
    "numbers-as-texts",
)
"""What a real tenant answers besides what is documented is told as drift, which accuses nobody."""
PLENTY = dict.fromkeys(("email", "sms", "voice", "push"), 9999) | {"requests": 99999}


def subject_of(name: str) -> FakeSubject:
    """A subject as a consumer makes it."""
    entry = RIGHT[name]
    tenant = Tenant(seed=5, **entry.settings)
    return fake_subject(tenant, handler=entry.wrap(tenant, handler(tenant)), features=entry.features)


@pytest.mark.parametrize("name", every(12, RIGHT, QUICK))
def test_no_scenario_accuses_it(name: str) -> None:
    """What only a guess forbids is left open."""
    for scenario in SCENARIOS.values():
        with suppress(NotJudged):
            play_scenario(scenario, subject_of(name), Coverage())


def test_a_scope_may_be_left_out_of_a_confirmation() -> None:
    """With an access token as well, where that gives no ID token."""
    tenant = Tenant(seed=5, profile=Profile(confirmation_gives_id_token=False))
    wrap = RIGHT["scope-only-when-it-differs"].wrap
    subject = fake_subject(tenant, handler=wrap(tenant, handler(tenant)))
    play_scenario(SCENARIOS["associate-second-factor"], subject, Coverage())


@pytest.mark.parametrize("name", chosen(BY_MACHINE, RIGHT))
def test_the_machine_does_not_accuse_it(name: str) -> None:
    """Stories, sweeps and examples."""
    Run(subject_of(name), Plan(max_examples=20)).go()


@pytest.mark.nightly
@pytest.mark.parametrize("name", list(RIGHT))
def test_a_thousand_examples_do_not_accuse_it(name: str) -> None:
    """Nor does anything that comes by chance."""
    Run(subject_of(name), Plan(max_examples=examples(1000), stories=False)).go()


@pytest.mark.parametrize("name", chosen(QUICK, RIGHT))
def test_no_live_run_accuses_it(name: str, tmp_path: Path) -> None:
    """Whose settings nobody knows."""
    entry = RIGHT[name]

    def wrap(tenant: Tenant, answers: Handler) -> Handler:
        for setting, value in entry.settings.items():
            setattr(tenant, setting, value)
        return entry.wrap(tenant, answers)

    live = LiveTenant(tmp_path, wrap=wrap, budget=PLENTY)
    plays = [*(partial(live.play, scenario) for scenario in live.playable())]
    plays += [partial(live.play_machine, seed) for seed in range(3)]
    found = []
    for play in plays:
        try:
            with suppress(NotJudged):
                play()
        except ContractViolation as violation:
            found.append(violation.finding)
    assert set(found) <= ({"MFA032"} if name in DRIFTING else set())


def test_there_are_enough_of_them() -> None:
    """Tokens, bodies, headers, refusals and settings."""
    assert len(RIGHT) >= 50
