"""The machine: an unbroken tenant keeps the contract, whatever its profile; a difference is found and reduced."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Set
from dataclasses import fields, replace

import pytest
from helpers.amounts import examples

from pytest_auth0_mfa import ContractViolation, Handler, Profile, Request, Response, Tenant, handler
from pytest_auth0_mfa.contract.coverage import Coverage
from pytest_auth0_mfa.contract.driver import Plan
from pytest_auth0_mfa.contract.tenant.context import play_scenario
from pytest_auth0_mfa.contract.tenant.run import FACTOR_SETS, Run, candidates
from pytest_auth0_mfa.contract.tenant.scenarios import SCENARIOS
from pytest_auth0_mfa.contract.tenant.subject_fake import FakeSubject, fake_subject
from pytest_auth0_mfa.spec.operations import OPERATIONS
from pytest_auth0_mfa.spec.profile import alternatives
from pytest_auth0_mfa.tenant.policies import known_factors


def profile_of(turn: int) -> Profile:
    """The profile that takes the alternative of this number in every field."""
    values = {d.name: alternatives(d)[turn % len(alternatives(d))] for d in fields(Profile)}
    if values["challenge_json_as_form"]:
        values["challenge_form"] = True  # the other way round would contradict itself
    return Profile(**values)


TURNS = range(max(len(alternatives(d)) for d in fields(Profile)))


def test_the_profiles_take_every_alternative() -> None:
    """Together the profiles below show each documented alternative of each field."""
    profiles = [profile_of(turn) for turn in TURNS]
    for declared in fields(Profile):
        assert {getattr(profile, declared.name) for profile in profiles} == set(alternatives(declared)), declared.name


OFTEN = {
    "already_enrolled": 271, "association_required": 76, "authorization_pending": 32, "client_authentication": 86,
    "delete_unknown": 18, "disabled_factor": 12, "dpop_token_mismatch": 24, "expired_mfa_token": 160,
    "expired_oob_code": 40, "foreign_mfa_token": 21, "foreign_oob_code": 5, "invalid_access_token": 52,
    "invalid_bearer": 295, "invalid_phone_number": 2, "invalid_refresh_token": 3, "malformed_mfa_token": 36,
    "malformed_oob_code": 11, "me_invalid_body": 11, "me_invalid_token": 30, "me_missing_scope": 14,
    "me_wrong_audience": 6, "mfa_required": 708, "missing_bearer": 23, "missing_binding_code": 7,
    "missing_parameter": 167, "missing_scope": 86, "no_recovery_code": 27, "not_enrolled": 9, "not_found": 26,
    "organization_unsupported": 13, "push_rejected": 14, "slow_down": 25, "unknown_authenticator": 83,
    "unreadable_body": 15, "unsupported_authenticator": 35, "unsupported_challenge_type": 132,
    "unsupported_grant_type": 16, "used_oob_code": 147, "wrong_audience": 10, "wrong_binding_code": 22,
    "wrong_otp": 90, "wrong_password": 13, "wrong_recovery_code": 8, "wrong_type": 50, "wrong_verb": 18,
}  # fmt: skip
"""How often a hundred examples met each refusal before stories were told; chance takes or gives a few."""


@pytest.mark.nightly
def test_an_unbroken_tenant_passes() -> None:
    """The default settings reach every operation, and meet each refusal about as often as ever. That they find nothing
    `test_a_run_on_the_fake_reaches_every_row` shows each time."""
    run = Run(fake_subject(Tenant(seed=1)), Plan())
    run.go()
    played = {operation for operation, _, _ in run.coverage.calls}
    assert OPERATIONS.keys() - played == set()
    met: Counter[str] = Counter()
    for (_, outcome, _), times in run.coverage.calls.items():
        met[outcome] += times
    assert {case: (met[case], least) for case, least in OFTEN.items() if met[case] < 0.9 * least} == {}


@pytest.mark.slow
def test_the_walk_alone_meets_each_refusal_often() -> None:
    """Without stories and sweeps, which would hide that it never comes to one; of three seeds the mean."""
    met: Counter[str] = Counter()
    for seed in (1, 2, 3):
        run = Run(fake_subject(Tenant(seed=1)), Plan(seed=seed, stories=False))
        run.go()
        for (_, outcome, _), times in run.coverage.calls.items():
            met[outcome] += times
    assert {case: (met[case] / 3, least) for case, least in OFTEN.items() if met[case] < 0.5 * 3 * least} == {}


@pytest.mark.nightly
@pytest.mark.parametrize("turn", TURNS)
def test_an_unbroken_tenant_passes_with_every_profile(turn: int) -> None:
    """1,000 examples for each profile find nothing."""
    Run(fake_subject(Tenant(profile=profile_of(turn))), Plan(max_examples=examples(1000))).go()


@pytest.mark.parametrize("turn", [pytest.param(turn, marks=() if turn == 1 else pytest.mark.slow) for turn in TURNS])
def test_scenarios_hold_with_every_profile(turn: int) -> None:
    """Disputed expectations go through the profile, the others hold with all of them; the machine agrees."""
    for scenario in SCENARIOS.values():
        play_scenario(scenario, fake_subject(Tenant(profile=profile_of(turn))), Coverage())
    Run(fake_subject(Tenant(profile=profile_of(turn))), Plan(max_examples=20, stories=False)).go()  # those at night


@pytest.mark.slow
def test_every_set_of_factors_is_played_and_restored() -> None:
    """The factors are switched through the tenant, and are in the end what they were."""
    seen: set[frozenset[str]] = set()

    class Watching(FakeSubject):
        @property
        def factors(self) -> Set[str]:
            return frozenset(self._tenant.factors)

        @factors.setter
        def factors(self, factors: Set[str]) -> None:
            seen.add(frozenset(factors))
            self._tenant.factors.clear()
            self._tenant.factors.update(known_factors(factors))

    tenant = Tenant(factors={"otp", "email"})
    Run(Watching(tenant, handler(tenant)), Plan(max_examples=80, stories=False)).go()
    assert set(FACTOR_SETS.values()) <= seen
    assert tenant.factors == {"otp", "email"}


def _spoilt(inner: Handler) -> Handler:
    def handle(request: Request) -> Response:
        answer = inner(request)
        if request.path != "/mfa/challenge" or answer.status != 200:
            return answer
        body = answer.json()
        body.pop("binding_method", None)
        return replace(answer, body=json.dumps(body).encode())

    return handle


def _found(subject: FakeSubject, plan: Plan) -> ContractViolation:
    with pytest.raises(ContractViolation) as caught:
        Run(subject, plan).go()
    return caught.value


def test_a_finding_says_everything_and_keeps_its_login() -> None:
    """Operation, field, expected, got and source are told; the reproducer starts at the login and is short."""
    tenant = Tenant()
    found = _found(fake_subject(tenant, handler=_spoilt(handler(tenant))), Plan())
    text = str(found)
    assert (found.finding, found.operation) == ("MFA003", "challenge")
    for part in (
        "field:     $.binding_method",
        "expected:  present",
        "got:       absent",
        "source:    https://auth0.com/",
    ):
        assert part in text
    script = text[text.index("Reproduce with curl") :]
    calls = [line.split()[1] for line in script.splitlines() if line.startswith("call ")]
    assert calls[0] == "password"
    assert calls[-1] == "challenge"
    assert len(calls) <= 7  # an email may have been enrolled on the user's own page


def test_nothing_secret_is_in_a_finding() -> None:
    """No token, code, password or secret of the subject is in the message."""
    tenant = Tenant()
    text = str(_found(fake_subject(tenant, handler=_spoilt(handler(tenant))), Plan()))
    secrets = {
        *tenant.tokens.mfa,
        *tenant.tokens.access,
        *tenant.challenges,
        tenant.client_secret or "",
        tenant.client_id,
    }
    secrets |= {user.password for user in tenant.users.values()} | {user.email for user in tenant.users.values()}
    assert [secret for secret in secrets if secret and secret in text] == []


def test_the_same_examples_are_played_each_time() -> None:
    """Without a seed a run on a fake is the same each time; another seed plays others."""
    counts = []
    for seed in (None, None, 1, 2):
        run = Run(fake_subject(Tenant(seed=1)), Plan(max_examples=10, seed=seed, stories=False))
        run.go()
        counts.append(dict(run.coverage.calls))
    assert counts[0] == counts[1]
    assert counts[0] != counts[2] != counts[3]


class Unknown(FakeSubject):
    """A subject whose profile nobody knows."""

    def __init__(self, tenant: Tenant, handler: Handler) -> None:
        super().__init__(tenant, handler)
        self.profile = None


@pytest.mark.slow
def test_disputed_behaviour_of_an_unknown_subject_is_observed() -> None:
    """A difference that a documented alternative explains is measured, and the run goes on with it."""
    real = Profile(
        mfa_required="401 mfa_required", rows_have_type="always", wrong_otp="400 invalid_grant", mfa_token_lifetime=300,
        me_factors_as="array",
    )  # fmt: skip
    tenant = Tenant(profile=real)
    run = Run(Unknown(tenant, handler(tenant)), Plan(max_examples=40))
    run.go()
    measured = {(observation.field, observation.value) for observation in run.observations}
    assert measured == {(name, here) for name, (here, _) in real.differences(Profile()).items()}
    assert run.profile == real


def test_what_no_alternative_explains_stays_a_violation() -> None:
    """A documented fact is not measured away."""
    tenant = Tenant(profile=Profile(mfa_required="401 mfa_required"))
    found = _found(Unknown(tenant, _spoilt(handler(tenant))), Plan())
    assert found.finding == "MFA003"


def test_candidates_change_only_what_was_read() -> None:
    """Alternatives are taken of the fields that the call's answer rests on, first one, then two of them."""
    profile = Profile()
    made = [profile.differences(other) for other in candidates(profile, frozenset({"wrong_otp", "slow_down"}))]
    assert [len(changed) for changed in made] == [1, 1, 1, 1, 2, 2, 2, 2]
    assert {name for changed in made for name in changed} == {"wrong_otp", "slow_down"}


def test_an_exception_of_the_handler_is_a_finding() -> None:
    """A subject that raises instead of answering is told by its operation."""

    def handle(request: Request) -> Response:
        raise RuntimeError("boom")

    found = _found(fake_subject(Tenant(), handler=handle), Plan())
    assert found.finding == "MFA015"
    assert "RuntimeError" in str(found)
    assert "boom" not in str(found)
