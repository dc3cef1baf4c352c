"""The Management API calls of a live run, against the fake's Management API."""

from __future__ import annotations

import json

import pytest

from pytest_auth0_mfa import Request, Response, Tenant, handler
from pytest_auth0_mfa.live.management import SCOPES, Credentials, Management, ManagementError, difference, new_password


@pytest.fixture
def tenant() -> Tenant:
    return Tenant(seed=1, factors={"otp", "sms", "voice", "email", "push", "recovery-code"})


@pytest.fixture
def management(tenant: Tenant) -> Management:
    return Management(handler(tenant), tenant.domain, Credentials(tenant.client_id, tenant.client_secret or ""))


def test_a_user_is_created_found_and_deleted(tenant: Tenant, management: Management) -> None:
    """The address is matched whatever its case, and deleting twice is no error."""
    user_id = management.create_user("Ada+1@mail.example", new_password(), email_verified=True)
    assert tenant.users[user_id].email_verified
    assert management.user_ids("ada+1@mail.example") == [user_id]
    management.delete_user(user_id)
    management.delete_user(user_id)
    assert management.user_ids("ada+1@mail.example") == []
    assert not tenant.outbox


def test_methods_are_listed_page_by_page_and_deleted(tenant: Tenant, management: Management) -> None:
    """Also those beyond the first page, and a phone under the names that the MFA API has."""
    user = tenant.add_user("ada@mail.example", "pw")
    for number in range(45):
        user.enroll("email", email=f"ada{number}@mail.example")
    user.enroll("otp")
    user.enroll("sms")
    ids = management.method_ids(user.id)
    assert {entry.id for entry in user.entries} <= set(ids)
    for identifier in ids:
        management.delete_method(user.id, identifier)
    management.delete_method(user.id, ids[0])
    assert not user.entries


def test_factors_and_policy_are_read_in_our_words(tenant: Tenant, management: Management) -> None:
    """The phone's channels are two factors."""
    assert management.factors() == {"otp", "sms", "voice", "email", "push", "recovery-code"}
    tenant.factors.clear()
    assert management.factors() == frozenset()
    assert management.policies() == ["all-applications"]
    tenant.policy = "never"
    assert management.policies() == []


def test_without_a_token_the_remedy_is_said(tenant: Tenant) -> None:
    """And nothing of the credentials."""
    management = Management(handler(tenant), tenant.domain, Credentials(tenant.client_id, "wrong-secret"))
    assert not management.may("read:users")
    with pytest.raises(ManagementError, match="AUTH0_MFA_MANAGEMENT_CLIENT_ID") as refused:
        management.user_ids("ada@mail.example")
    assert "wrong-secret" not in str(refused.value)


def test_a_missing_scope_is_named_before_the_call(tenant: Tenant) -> None:
    """The call is not even made."""
    calls: list[str] = []

    def answers(request: Request) -> Response:
        calls.append(request.path)
        body = {"access_token": "opaque-management-token", "token_type": "Bearer", "scope": "read:users"}
        return Response(200, {"content-type": "application/json"}, json.dumps(body).encode())

    management = Management(answers, tenant.domain, Credentials("app", "secret"))
    with pytest.raises(ManagementError, match="lacks the scope delete:users"):
        management.delete_user("auth0|1")
    assert calls == ["/oauth/token"]


def test_a_refused_call_is_said_without_who_it_was_about(tenant: Tenant, management: Management) -> None:
    """Status and code of the envelope, no address and no id."""
    management.create_user("ada@mail.example", new_password())
    with pytest.raises(ManagementError, match=r"POST /api/v2/users: 409 auth0_idp_error") as refused:
        management.create_user("ada@mail.example", new_password())
    assert refused.value.status == 409
    with pytest.raises(ManagementError) as unknown:
        management.method_ids("auth0|unknown")
    assert "unknown" not in str(unknown.value).replace("inexistent_user", "")


def test_an_expired_token_is_renewed(tenant: Tenant, management: Management) -> None:
    """A run that outlives its token does not notice."""
    tenant.clock.freeze()
    first = management.create_user("ada@mail.example", new_password())
    tenant.clock.advance(86401)
    management.delete_user(first)
    assert not tenant.users


def test_a_given_token_that_expired_is_said(tenant: Tenant) -> None:
    """It cannot be renewed: which variable to set anew."""
    management = Management(handler(tenant), tenant.domain, Credentials(token="not-a-token"))
    with pytest.raises(ManagementError, match=r"401 .*expired.*Set AUTH0_MFA_MANAGEMENT_TOKEN to a new one") as refused:
        management.user_ids("ada@mail.example")
    assert "not-a-token" not in str(refused.value)


def test_a_given_token_says_its_scopes() -> None:
    """A JWT claims them; an opaque one is tried out."""
    import base64

    claims = base64.urlsafe_b64encode(json.dumps({"scope": "read:users create:users"}).encode()).decode().rstrip("=")
    assert Management(_never, "a.example", Credentials(token=f"e30.{claims}.x")).scopes == {
        "read:users",
        "create:users",
    }
    assert Management(_never, "a.example", Credentials(token="opaque")).scopes == set(SCOPES)


def _never(request: Request) -> Response:
    raise AssertionError("no call is due")


def test_credentials_do_not_show_what_is_secret() -> None:
    """Their repr names the application only."""
    shown = repr(Credentials("app", "the-secret", "the-token"))
    assert "the-secret" not in shown
    assert "the-token" not in shown


def test_the_difference_is_what_came_to_be() -> None:
    """In order, each once."""
    assert difference(["a", "b", "c", "b"], ["a"]) == ["b", "c"]
