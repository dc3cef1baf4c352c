"""A finding is made shorter: what it needs stays, everything else goes, and the work has an end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from pytest_auth0_mfa import Profile, Tenant
from pytest_auth0_mfa.contract.driver import Plan
from pytest_auth0_mfa.contract.findings.violation import Difference
from pytest_auth0_mfa.contract.reproducer.trace import Steps
from pytest_auth0_mfa.contract.tenant import calls
from pytest_auth0_mfa.contract.tenant.actions import AnswerPush, MakeCall, NewUser
from pytest_auth0_mfa.contract.tenant.calls import CallTemplate
from pytest_auth0_mfa.contract.tenant.renaming import Differs
from pytest_auth0_mfa.contract.tenant.run import Run, candidates, found_at, reduced, source_of
from pytest_auth0_mfa.contract.tenant.side_by_side import Action, Played, SideBySide
from pytest_auth0_mfa.contract.tenant.subject_fake import fake_subject
from pytest_auth0_mfa.contract.tenant.subjects import Client
from pytest_auth0_mfa.contract.tenant.values import Changed, Of, Pair, Slots, Totp, UserSymbol, Value, WrongOtp, needed
from pytest_auth0_mfa.spec.operations import OPERATIONS
from pytest_auth0_mfa.spec.refusals import REFUSALS


@dataclass(eq=False)
class Toy:
    """A step that does nothing, or ends with what it finds in the steps before it."""

    name: int
    finds: Callable[[list[int]], tuple[str, ...] | None] = lambda before: None
    played: int = 0
    operation: str = "toy"

    def play(self, sides: SideBySide, played: Played) -> None:
        self.played += 1
        found = self.finds([one.action.name for one in sides.history if isinstance(one.action, Toy)])
        if found is not None:
            finding, where, *refusals = ("".join(list(text)) for text in found)  # equal each time, never the same
            played.refusal_id = refusals[0] if refusals else None
            raise Differs(finding, where, "this", "that")

    def tell(self, played: Played, steps: Steps) -> None: ...


def _play(sides: SideBySide, *steps: Action) -> None:
    for step in steps:
        sides.play(step)


@dataclass
class Story:
    """So many steps, of which the last one finds something."""

    count: int
    finds: Callable[[list[int]], tuple[str, ...] | None]
    last: Toy = field(init=False)

    def left(self) -> list[int]:
        """The steps that are left of it."""
        run = Run(fake_subject(Tenant()), Plan())
        sides = run.new_sides()
        self.last = Toy(self.count, self.finds)
        with pytest.raises(Differs) as caught:
            _play(sides, *map(Toy, range(self.count)), self.last)
        found = reduced(run, found_at(caught.value, sides))
        return [one.action.name for one in found.sides.history if isinstance(one.action, Toy)]


@pytest.mark.parametrize("needed", [set[int](), {0}, {19}, {3, 17}, {0, 1, 18, 19}, set(range(20))])
def test_what_a_finding_needs_is_left(needed: set[int]) -> None:
    """Every other step is gone, wherever it stood."""
    story = Story(20, lambda before: ("MFA001", "status") if needed <= set(before) else None)
    assert story.left() == [*sorted(needed), 20]


def test_the_finding_stays_the_same_one() -> None:
    """Fewer steps that find something else, or the same at another field or refusal, are no shorter way to it."""

    def finds(before: list[int]) -> tuple[str, str, str]:
        field = "$.a" if 7 not in before else "$.m" if 2 in before else "$.z"
        return "MFA003" if 5 not in before else "MFA001", field, "wrong_otp" if 8 in before else "expired_mfa_token"

    assert Story(10, finds).left() == [2, 5, 7, 8, 10]


def test_each_value_finds_its_own_pair_again() -> None:
    """A call that is answered with other fields, since an earlier step is gone, mixes up nothing."""
    refresh_token, first, second = Pair("refresh_token", "a", "b"), Pair("id", "c", "d"), Pair("id", "e", "f")
    slots = Slots([refresh_token, first, second])
    assert [slots.pair("id", "g", "h"), slots.pair("id", "i", "j")] == [first, second]
    assert (first.values, second.values, refresh_token.values) == (["g", "h"], ["i", "j"], ["a", "b"])
    assert slots.pair("id", "k", "l") not in (first, second)
    assert slots.left == [refresh_token]


def test_making_it_shorter_has_an_end() -> None:
    """Of a long story 60 steps are tried, the latest first; then the best is played once more."""
    story = Story(200, lambda before: ("MFA001", "status"))
    assert story.left() == [*range(140), 200]
    assert story.last.played == 1 + 60 + 1


def test_what_is_found_once_is_told_as_it_was_found() -> None:
    """When it does not come again, the story stays as it is."""
    turns = iter([("MFA001", "status")])
    assert Story(4, lambda before: next(turns, None)).left() == [0, 1, 2, 3, 4]


def test_what_a_step_leaves_behind_goes_with_it() -> None:
    """Calls about a user who is not made, and with a token that was not given, are left out with those steps."""
    run = Run(fake_subject(Tenant(factors={"email", "push"})), Plan())
    sides = run.new_sides()
    one, other = UserSymbol(1, False), UserSymbol(2, False)
    client = Client(run.subject.client_id, run.subject.client_secret)
    last = Toy(0, lambda before: ("MFA001", "status"))
    _play(sides, NewUser(one), NewUser(other), AnswerPush(one, True))
    (token,) = sides.play(MakeCall(calls.password(client, one, Of(one, "password")))).new
    _play(sides, MakeCall(CallTemplate("associate", "POST", "/mfa/associate", {"authenticator_types": ["otp"]}, token)))
    with pytest.raises(Differs) as caught:
        sides.play(last)
    found = reduced(run, found_at(caught.value, sides))
    assert [step.action for step in found.sides.history] == [last]


def test_what_a_value_needs_is_found_however_deep() -> None:
    """Pairs and users in lists, objects and other values; a wrong code is wrong without any secret."""
    secret, token, user = Pair("secret", "a", "b"), Pair("mfa_token", "c", "d"), UserSymbol(1, False)
    value: Value = [{"a": Totp(secret)}, Changed(token, str.lower), Of(user, "password"), "text", 1, None]
    assert list(needed(value)) == [secret, token, user]
    assert list(needed(WrongOtp((secret,)))) == []


def test_candidates_are_the_other_values_of_what_was_read() -> None:
    """One field changed, in the order of the profile, then two different ones; what contradicts itself is left out."""
    here = Profile(wrong_otp="400 invalid_grant", slow_down="429 slow_down")
    made = [here.differences(other) for other in candidates(here, frozenset({"wrong_otp", "slow_down"}))]
    singles = [next(iter(one.items())) for one in made if len(one) == 1]
    pairs = [one for one in made if len(one) == 2]
    assert made[: len(singles)] == [dict([one]) for one in singles]
    for name in ("wrong_otp", "slow_down"):
        values = [value for known, (_, value) in singles if known == name]
        assert getattr(here, name) not in values
        assert len(set(values)) == len(values) == 2
    assert len(pairs) == 4
    assert {tuple(one) for one in pairs} == {tuple(dict(singles))}
    contradiction = list(candidates(Profile(), frozenset({"challenge_json_as_form", "challenge_form"})))
    assert all(one.challenge_form or not one.challenge_json_as_form for one in contradiction)


def test_a_finding_names_what_it_rests_on() -> None:
    """The row of an expected refusal, else the page of the operation, else what the finding itself rests on."""
    difference = Difference("MFA011", "messages sent", "one", "none")
    row = REFUSALS["wrong_otp"]
    assert source_of("mfa-otp", "wrong_otp", difference) == f"{row.row} of the contract ({row.confidence})"
    assert source_of("mfa-otp", None, difference) == OPERATIONS["mfa-otp"].source
    assert source_of("answer push", None, difference).startswith("https://")
