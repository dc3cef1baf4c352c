"""Policies that decide by user, application, audience and scopes; what they demand, and chained factors."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from helpers.tenant_client import TenantClient

from pytest_auth0_mfa import Application, Tenant, User
from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.tenant.entities import MfaDemand

PAY = "https://pay.example/"


def test_a_function_decides() -> None:
    """It gets the user, the application, the audience and the granted scopes: step-up by scope."""
    seen: list[tuple[str, str, str | None, tuple[str, ...]]] = []

    def decide(user: User, application: Application, audience: str | None, scopes: tuple[str, ...]) -> bool:
        seen.append((user.email, application.client_id, audience, scopes))
        return "pay" in scopes

    api = TenantClient(policy=decide)
    user = api.tenant.add_user("ada@example.com")
    assert api.login(user, audience=PAY, scope="openid read").status == 200
    assert api.login(user, audience=PAY, scope="openid pay").json()["error"] == "mfa_required"
    assert seen == [("ada@example.com", api.tenant.client_id, PAY, ("openid", scope)) for scope in ("read", "pay")]


@pytest.mark.parametrize(
    ("policy", "audience", "status"),
    [
        ({"audiences": [PAY]}, PAY, 403),
        ({"audiences": [PAY]}, None, 200),
        ({"applications": ["shop"]}, None, 403),
        ({"applications": ["other"]}, None, 200),
        ({"applications": ["shop"], "audiences": [PAY]}, None, 200),
    ],
)
def test_audiences_and_applications_need_no_code(
    policy: dict[str, list[str]], audience: str | None, status: int
) -> None:
    """A mapping says which of them demand MFA; where it has both, both must fit."""
    api = TenantClient(policy=policy, client_id="shop")
    assert api.login(api.tenant.add_user(), audience=audience).status == status


def test_what_a_user_is_set_to_wins() -> None:
    """Over the function too."""
    api = TenantClient(policy=lambda *_: True)
    assert api.login(api.tenant.add_user(mfa=False)).status == 200


def test_a_demand_shows_as_requirements_and_binds() -> None:
    """Other factors can neither be challenged nor enrolled."""
    demand = MfaDemand(enroll=["otp", "sms"], challenge=["email"])
    api = TenantClient(policy=lambda *_: demand)
    user = api.tenant.add_user()
    body = api.login(user).json()
    assert body["mfa_requirements"] == {
        "enroll": [{"type": "otp"}, {"type": "phone"}],
        "challenge": [{"type": "email"}],
    }
    assert api.associate(body["mfa_token"], "push").status == 401
    assert api.associate(body["mfa_token"], "otp").status == 200
    otp, _ = user.enroll("otp"), user.enroll("email")
    token = api.mfa_token(user)
    assert api.challenge(token, challenge_type="otp").status == 401
    assert api.otp(token, otp.code()).status == 401
    assert api.challenge(token, challenge_type="oob").status == 200


@pytest.mark.parametrize(("shown", "types"), [("with-requirements", ["otp", "recovery-code"]), ("never", [None, None])])
def test_where_factors_are_named_rows_have_their_types(shown: str, types: list[str | None]) -> None:
    """Clients find the rows that mfa_requirements means by `type`; a login that named none lists none."""
    named = MfaDemand(challenge=["otp"])
    api = TenantClient({"rows_have_type": shown}, policy=lambda user, *_: named if user.email_verified else True)
    asked, other = api.tenant.add_user(email_verified=True), api.tenant.add_user()
    api.tenant.factors.discard("email")
    for user in (asked, other):
        user.enroll("otp")
    assert [row.get("type") for row in api.rows(api.mfa_token(asked))] == types
    assert [row.get("type") for row in api.rows(api.mfa_token(other))] == [None, None]


def test_a_demand_without_a_token() -> None:
    """As an Action demands it whose feature is off: entry T3 of the contract."""
    api = TenantClient(policy=lambda *_: MfaDemand(mfa_token=False))
    assert list(api.login(api.tenant.add_user()).json()) == ["error", "error_description"]


def test_factors_are_chained() -> None:
    """Each demand of a list is verified, in order, with an mfa_token of its own: entry V20."""
    chain: Sequence[MfaDemand] = [MfaDemand(challenge=["otp"]), MfaDemand(challenge=["email"])]
    api = TenantClient(policy=lambda *_: chain)
    user = api.tenant.add_user()
    otp, _ = user.enroll("otp"), user.enroll("email")
    first = api.mfa_token(user, scope="openid")
    again = api.otp(first, otp.code())
    assert (again.status, again.json()["error"]) == (403, "mfa_required")
    second = again.json()["mfa_token"]
    assert second != first
    oob_code = api.challenge(second, challenge_type="oob").json()["oob_code"]
    answer = api.oob(second, oob_code, api.code(user))
    assert answer.status == 200
    assert answer.json()["scope"] == "openid"


def test_a_recovery_code_used_in_a_chain_is_replaced_where_the_tokens_come() -> None:
    """The new code stands beside the tokens of the last factor, and only there."""
    chain = [MfaDemand(challenge=["recovery-code"]), MfaDemand(challenge=["otp"])]
    api = TenantClient(policy=lambda *_: chain)
    user = api.tenant.add_user()
    otp = user.enroll("otp")
    used = user.recovery_code
    assert used is not None
    second = api.recovery(api.mfa_token(user), used).json()
    assert second["error"] == "mfa_required"
    assert "recovery_code" not in second
    assert api.otp(second["mfa_token"], otp.code()).json()["recovery_code"] == user.recovery_code != used


@pytest.mark.parametrize("policy", ["always", {}, {"audience": [PAY]}, {"audiences": PAY}])
def test_what_is_no_policy_is_refused(policy: Json) -> None:
    """Names what is known."""
    with pytest.raises(ValueError, match="policy"):
        Tenant(policy=policy)


@pytest.mark.parametrize("decision", [None, "yes", [], [True], 1])
def test_what_is_no_decision_is_refused(decision: Json) -> None:
    """A function that forgets to return says so."""
    api = TenantClient(policy=lambda *_: decision)
    user = api.tenant.add_user()
    with pytest.raises(ValueError, match="policy: the function returned"):
        api.login(user)


@pytest.mark.parametrize("factors", ["otp", ["sms", "fax"]])
def test_a_demand_has_known_factors_only(factors: Json) -> None:
    """In a list."""
    with pytest.raises(ValueError, match="MfaDemand"):
        MfaDemand(enroll=factors)
