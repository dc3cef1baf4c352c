"""A hundred thousand random calls over twenty users: what may never happen does not, and would be seen if it did."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from helpers.random_walk import Broken, Walker
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from pytest_auth0_mfa import OAuthError, Profile, Tenant
from pytest_auth0_mfa.app.authentication import token as oauth
from pytest_auth0_mfa.spec.profile import alternatives, profile_fields
from pytest_auth0_mfa.tenant import account, enrollment, entities, issued, verification

STEPS = 500
CALLS = 100_000

PROGRAMS = st.binary(min_size=2 * STEPS, max_size=2 * STEPS)
"""A whole program in one draw: its bytes shrink to zeros, and a zero is no step."""


@pytest.mark.nightly
def test_a_long_walk_breaks_no_invariant() -> None:
    """No 5xx, no answer off its schema, no foreign token, nothing good twice, nothing active unconfirmed."""
    calls = 0
    cases: set[tuple[str | None, str | None]] = set()

    @settings(
        max_examples=380,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(PROGRAMS)
    def walk(program: bytes) -> None:
        nonlocal calls
        walker = Walker()
        walker.play(program)
        calls += len(walker.tenant.calls)
        cases.update((call.operation, call.refusal_id) for call in walker.tenant.calls)

    walk()
    assert calls >= CALLS
    assert len(cases) >= 45, "the walk became shallow"


KEPT = ("totp_replay", "list_with_mfa_token", "challenge_json_as_form", "me_auth_session_once")
"""Of these, other alternatives break an invariant on purpose, or what the walk itself relies on."""


def _profile(number: int) -> Profile:
    """The n-th alternative of each field, counted round."""
    chosen = {name: alternatives(declared) for name, declared in profile_fields().items() if name not in KEPT}
    values = {name: listed[number % len(listed)] for name, listed in chosen.items()}
    return Profile.from_mapping({**values, "challenge_json_as_form": values["challenge_form"]})


@pytest.mark.parametrize("number", range(max(len(alternatives(declared)) for declared in profile_fields().values())))
def test_the_invariants_hold_under_other_profiles(number: int) -> None:
    """Profiles that together take every alternative: none of them is a way around an invariant."""
    chance = random.Random(number)
    for _ in range(2):
        Walker(_profile(number)).play(chance.randbytes(2 * STEPS))


# -- each invariant can fail -----------------------------------------------------------------------

Mutation = Callable[[pytest.MonkeyPatch], None]


def _wrapped(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, before: Callable[..., None]) -> None:
    original = getattr(owner, name)

    def changed(*args: Any, **more: Any) -> Any:
        before(*args)
        return original(*args, **more)

    monkeypatch.setattr(owner, name, changed)


def server_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong otp is answered with 500."""
    original = Tenant.refusal

    def changed(self: Tenant, case: str, **more: Any) -> OAuthError:
        refusal = original(self, case, **more)
        refusal.status = 500 if case == "wrong_otp" else refusal.status
        return refusal

    monkeypatch.setattr(Tenant, "refusal", changed)


def unknown_field(monkeypatch: pytest.MonkeyPatch) -> None:
    """A row has a field that no schema names."""
    original = enrollment._row

    def changed(*args: Any, typed: bool) -> dict[str, Any]:
        return {**original(*args, typed=typed), "confirmed": True}

    monkeypatch.setattr(enrollment, "_row", changed)


def foreign_oob_code(monkeypatch: pytest.MonkeyPatch) -> None:
    """An oob_code is taken with any mfa_token."""

    def adopt(tenant: Tenant, session: issued.Session, oob_code: str, binding_code: str | None) -> None:
        if oob_code in tenant.challenges:
            tenant.challenges[oob_code].session = session.token

    _wrapped(monkeypatch, verification, "verify_oob", adopt)


def foreign_authenticators(monkeypatch: pytest.MonkeyPatch) -> None:
    """The list shows the rows of the user who was made first."""
    original = enrollment.authenticator_rows
    monkeypatch.setattr(
        enrollment,
        "authenticator_rows",
        lambda tenant, session: original(tenant, replace(session, user=next(iter(tenant.users.values())))),
    )


def foreign_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    """A renewal gives the tokens of the user who was made first."""
    original = oauth.refresh_token

    def changed(grant: oauth.Grant) -> Any:
        for token in grant.tenant.tokens.refresh.values():
            token.user = next(iter(grant.tenant.users.values()))
        return original(grant)

    monkeypatch.setitem(oauth._GRANTS, "refresh-token", changed)


def oob_code_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """An oob_code is good again and again."""
    monkeypatch.setattr(entities.Challenge, "useless", lambda challenge, tenant: False)


def totp_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """The step of a TOTP is not remembered."""

    def forget(tenant: Tenant, session: issued.Session, code: str) -> None:
        for entry in session.user.entries:
            entry.last_step = -1

    _wrapped(monkeypatch, verification, "verify_otp", forget)


def foreign_auth_session(monkeypatch: pytest.MonkeyPatch) -> None:
    """An auth_session is taken from any user."""

    def adopt(tenant: Tenant, user: entities.User, id: str, auth_session: str, otp_code: str | None) -> None:
        if auth_session in tenant.tokens.enrollments:
            tenant.tokens.enrollments[auth_session].user = user

    _wrapped(monkeypatch, account, "verify", adopt)


def auth_session_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """An auth_session is never used up."""

    def forget(tenant: Tenant, user: entities.User, id: str, auth_session: str, otp_code: str | None) -> None:
        if auth_session in tenant.tokens.enrollments:
            tenant.tokens.enrollments[auth_session].used = False

    _wrapped(monkeypatch, account, "verify", forget)


def foreign_methods(monkeypatch: pytest.MonkeyPatch) -> None:
    """The user's own page is that of the user who was made first."""
    original = account.methods
    monkeypatch.setattr(account, "methods", lambda tenant, user: original(tenant, next(iter(tenant.users.values()))))


def recovery_code_lives_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """A used recovery code stays the good one."""
    original = verification.verify_recovery_code

    def changed(tenant: Tenant, session: issued.Session, code: str) -> str:
        fresh = original(tenant, session, code)
        assert session.user.recovery is not None
        session.user.recovery.code = code
        return fresh

    monkeypatch.setattr(verification, "verify_recovery_code", changed)


def active_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """An association activates."""
    original = enrollment.add

    def changed(*args: Any) -> entities.Authenticator:
        made = original(*args)
        made.active = True
        return made

    monkeypatch.setattr(enrollment, "add", changed)


MUTATIONS: dict[Mutation, str] = {
    server_error: "5xx",
    unknown_field: "schema",
    foreign_oob_code: "foreign",
    foreign_authenticators: "foreign",
    foreign_tokens: "foreign",
    oob_code_twice: "twice",
    totp_twice: "twice",
    foreign_auth_session: "foreign",
    auth_session_twice: "twice",
    foreign_methods: "foreign",
    recovery_code_lives_on: "recovery",
    active_at_once: "unconfirmed",
}


@pytest.mark.parametrize(("mutation", "invariant"), MUTATIONS.items(), ids=[m.__name__ for m in MUTATIONS])
def test_the_walk_sees_a_broken_model(mutation: Mutation, invariant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each invariant is broken by a mutant of the model, and the walk names it within forty programs."""
    mutation(monkeypatch)
    with pytest.raises(Broken, match=f"^{invariant}:"):
        _play_many(40)


def _play_many(programs: int) -> None:
    chance = random.Random(0)
    for _ in range(programs):
        Walker().play(chance.randbytes(2 * STEPS))


@pytest.mark.slow
def test_a_program_shrinks(monkeypatch: pytest.MonkeyPatch) -> None:
    """What breaks an invariant is reduced to a few steps, the rest zeros."""
    active_at_once(monkeypatch)
    broken: list[bytes] = []

    @settings(
        max_examples=50,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.binary(min_size=100, max_size=100))
    def walk(program: bytes) -> None:
        try:
            Walker().play(program)
        except Broken:
            broken.append(program)
            raise

    with pytest.raises(Broken, match=r"^unconfirmed:"):
        walk()
    assert sum(1 for action in broken[-1][::2] if action) <= 4
