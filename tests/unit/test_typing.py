"""The public names as a user's type checker sees them: mypy reads this file, pytest runs it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, assert_type

import pytest

from pytest_auth0_mfa import (
    Application,
    Authenticator,
    Call,
    Message,
    Profile,
    Request,
    Response,
    Tenant,
    User,
    handler,
    in_process,
    serve,
)
from pytest_auth0_mfa.contract import (
    AuthError,
    ClientContract,
    FakeSubject,
    Subject,
    TenantContract,
    fake_subject,
)


@pytest.fixture
def auth0_mfa_profile() -> Profile:
    return Profile(newest_first=True)


def test_a_tenant(auth0_mfa: Tenant) -> None:
    """What a test has in its hands has types."""
    user = auth0_mfa.add_user("ada@example.com", phone_number="+15550100")
    assert_type(user, User)
    app = user.enroll("otp")
    assert_type(app, Authenticator)
    assert_type(app.code(), str)
    assert_type(auth0_mfa.add_application(), Application)
    assert_type(auth0_mfa.url, str)
    assert_type(auth0_mfa.client_secret, str | None)
    assert_type(auth0_mfa.clock.now(), float)
    assert_type(auth0_mfa.profile, Profile)
    assert auth0_mfa.profile.newest_first


def test_a_handler() -> None:
    """A request goes in and a response comes out."""
    tenant = Tenant(factors={"email"}, seed=1)
    user = tenant.add_user()
    user.enroll("email")
    answer = handler(tenant)(Request("POST", "/oauth/token", {"Content-Type": "application/json"}, b"{}"))
    assert_type(answer, Response)
    assert_type(answer.status, int)
    assert_type(tenant.calls[0], Call)
    assert_type(list(tenant.outbox), list[Message])


def test_outside_pytest() -> None:
    """The context managers give back the tenant that they were given."""
    with in_process(Tenant()) as here:
        assert_type(here, Tenant)
    with serve(Tenant()) as there:
        assert_type(there, Tenant)


class Adapter:
    """A client as the contract wants it; the protocol accepts it without being inherited."""

    def log_in(
        self, username: str, password: str, *, audience: str | None = None, scope: str | None = None
    ) -> Mapping[str, Any]:
        raise AuthError("mfa_required", mfa_token="opaque")

    def refresh(
        self, refresh_token: str, *, audience: str | None = None, scope: str | None = None
    ) -> Mapping[str, Any]:
        raise NotImplementedError

    def list_authenticators(self, token: str) -> Sequence[Mapping[str, Any]]:
        raise NotImplementedError

    def associate(
        self, token: str, factor: str, *, email: str | None = None, phone_number: str | None = None
    ) -> Mapping[str, Any]:
        raise NotImplementedError

    def challenge(
        self, mfa_token: str, authenticator_id: str | None = None, *, challenge_type: str | None = None
    ) -> Mapping[str, Any]:
        raise NotImplementedError

    def verify_otp(self, mfa_token: str, otp: str) -> Mapping[str, Any]:
        raise NotImplementedError

    def verify_oob(self, mfa_token: str, oob_code: str, binding_code: str | None = None) -> Mapping[str, Any]:
        raise NotImplementedError

    def verify_recovery_code(self, mfa_token: str, recovery_code: str) -> Mapping[str, Any]:
        raise NotImplementedError

    def delete_authenticator(self, token: str, authenticator_id: str) -> None:
        raise NotImplementedError


class Contracts:
    """Kept from pytest's collection: what is looked at is the types."""

    class OfMyClient(ClientContract):
        reach = "server"
        polls = True

        def make_client(self, tenant: Tenant) -> Adapter:
            return Adapter()

    class OfMyTenant(TenantContract):
        def make_subject(self) -> Subject:
            return fake_subject(Tenant())


def test_contracts() -> None:
    """An adapter and a subject are taken as they are."""
    subject = Contracts.OfMyTenant().make_subject()
    assert isinstance(subject, FakeSubject)
    subject.close()
    client = Contracts.OfMyClient().make_client(Tenant())
    with pytest.raises(AuthError, match="mfa_required") as refused:
        client.log_in("ada@example.com", "pw")
    assert_type(refused.value.mfa_token, Any)
    assert refused.value.mfa_token == "opaque"
