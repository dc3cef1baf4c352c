"""What a live run will cost is counted before its first call."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from helpers.live_tenant import LiveTenant

from pytest_auth0_mfa import Profile, Tenant
from pytest_auth0_mfa.contract.coverage import Coverage
from pytest_auth0_mfa.contract.tenant.context import play_scenario
from pytest_auth0_mfa.contract.tenant.scenarios import SCENARIOS
from pytest_auth0_mfa.contract.tenant.subject_fake import fake_subject
from pytest_auth0_mfa.live.budget import Cost, cost_of, cost_of_machine, playable
from pytest_auth0_mfa.live.capabilities import MOST_FOR_SHARED, Capabilities
from pytest_auth0_mfa.spec.factors import ALL_FACTORS

ALL = frozenset(ALL_FACTORS)
CODES = ("mfa-otp", "mfa-oob", "mfa-recovery-code")


@pytest.mark.parametrize(
    ("name", "counts", "seconds", "said"),
    [
        ("email-wrong-code", {"email": 1, "requests": 6 + 2, "codes": 1}, 0, "8 requests, 1 email"),
        ("push-challenge", {"push": 2, "requests": 7 + 2, "codes": 0}, 0, "9 requests, 2 push"),
        ("email-oob-code-of-another-user", {"email": 3, "requests": 11 + 2 * 2, "codes": 1}, 0, "15 requests, 3 email"),
        ("too-many-otps", {"requests": 20 + 2, "codes": 12}, 420, "22 requests"),
    ],
)
def test_a_scenario_costs_what_it_plays(name: str, counts: dict[str, int], seconds: float, said: str) -> None:
    """Its calls and two of the Management API for each user, its messages, its refused codes and its waits."""
    cost = cost_of(SCENARIOS[name], ALL, Profile())
    assert (dict(cost.counts), cost.seconds, str(cost)) == (counts, seconds, said)


def test_costs_add_up_and_are_held_against_a_budget() -> None:
    """Only what is more than allowed is told, with how much is due."""
    total = Cost(Counter(email=2, requests=5), 3.0)
    total.add(Cost(Counter(email=1, sms=1), 4.0))
    assert (total.counts, total.seconds) == (Counter(email=3, requests=5, sms=1), 7.0)
    assert total.over({"email": 2, "sms": 1, "push": 0, "requests": 6}) == {"email": (3, 2)}
    assert str(total) == "5 requests, 3 email, 1 sms"


def test_the_sum_holds_what_can_be_played() -> None:
    """Left out is what needs a fake, a factor that is off or on, longer waits, or what nobody can read."""
    names = [
        "email-wrong-code",
        "too-many-otps",
        "associate-factor-off",
        "mfa-token-of-another-client",
        "push-challenge",
    ]

    def requests(able: Capabilities, wait: float) -> int:
        return playable(names, able, wait, Profile()).counts["requests"]

    assert requests(Capabilities(ALL), 420) == 8 + 22 + 9
    assert requests(Capabilities(ALL), 419) == 8 + 9
    assert requests(Capabilities(ALL - {"push"}), 0) == 8
    assert requests(Capabilities(ALL, unplayable={"push": "nobody answers"}), 0) == 8
    off = cost_of(SCENARIOS["associate-factor-off"], frozenset({"otp"}), Profile()).counts["requests"]
    assert requests(Capabilities(frozenset({"otp"})), 0) == off


def test_the_machine_costs_more_with_more_examples_and_sends_only_what_is_on() -> None:
    """The same with the same seed; at least a login and two calls for the user in each example."""
    few, more = (cost_of_machine(number, {"email", "otp"}, (), Profile(), seed=3) for number in (1, 4))
    assert few.counts == cost_of_machine(1, {"email", "otp"}, (), Profile(), seed=3).counts
    assert 3 <= few.counts["requests"] < more.counts["requests"] <= 4 * (12 + 9 + 2 * 2)
    assert {name for name, count in more.counts.items() if count} <= {"requests", "email"}
    longer = cost_of_machine(4, {"email", "otp"}, (), Profile(), seed=3, steps=30)
    assert longer.counts["requests"] > more.counts["requests"]
    free, unplayable = (cost_of_machine(20, {"email", "otp"}, which, Profile(), seed=3) for which in ((), ("email",)))
    assert unplayable.counts["email"] < free.counts["email"]


def test_what_is_barred_only_because_nobody_reads_it_may_be_named() -> None:
    """Such a factor bars what sends a message; another unplayable one bars everything that needs it."""
    able = Capabilities(ALL, unplayable={"email": "no inbox", "sms": "no number"}, unanswerable={"email"})
    assert able.barrier({"email"}, {"email": 1}) == "email: no inbox"
    assert able.barrier({"email"}, {"email": 0}) is None
    assert able.barrier({"sms"}, {}) == "sms: no number"
    assert able.barrier({"otp"}, {"email": 1}) is None


@pytest.mark.parametrize(("name", "most"), MOST_FOR_SHARED.items())
def test_who_is_lent_keeps_something_for_others(name: str, most: int) -> None:
    """A test may use so much of a shared user, and no more; of one that is created, anything."""
    assert Capabilities(ALL, shared_users=True).barrier((), {name: most}) is None
    assert f"the limit of {name}" in str(Capabilities(ALL, shared_users=True).barrier((), {name: most + 1}))
    assert Capabilities(ALL).barrier((), {name: most + 1}) is None


@pytest.mark.parametrize("name", ["otp-enroll", "sms-enroll", "recovery-code-wrong"])
def test_the_count_is_that_of_a_real_run(name: str) -> None:
    """What was counted beforehand is what the tenant then sees."""
    tenant = Tenant(factors=ALL - {"voice"})
    play_scenario(SCENARIOS[name], fake_subject(tenant), Coverage())
    cost = cost_of(SCENARIOS[name], ALL - {"voice"}, Profile())
    assert cost.counts["requests"] == len(tenant.calls) + 2 * len(tenant.users)
    wrong = [call for call in tenant.calls if call.operation in CODES and call.response.status >= 400]
    assert cost.counts["codes"] == len(wrong)


@pytest.mark.parametrize("name", ["sms-enroll", "email-wrong-code", "push-challenge", "otp-enroll"])
def test_what_is_spent_is_what_was_planned(name: str, tmp_path: Path) -> None:
    """Each message is counted by the channel it went by."""
    live = LiveTenant(tmp_path, wait=60.0)
    planned = cost_of(SCENARIOS[name], live.run.capabilities.factors, Profile()).counts
    live.play(name)
    for channel in ("email", "sms", "voice", "push"):
        assert live.run.spent.counts[channel] == planned[channel], channel
