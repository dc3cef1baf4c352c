"""The public names as a user's type checker sees them: mypy and pyright read this file, pytest runs it.

A line that both have to refuse says so, and each of them fails where such a word is not needed: `warn_unused_ignores`
of mypy, `reportUnnecessaryTypeIgnoreComment` of pyright.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, assert_type, get_args

import pytest

from pytest_auth0_mfa import (
    Application,
    Auth0MfaCassette,
    Authenticator,
    Call,
    Channel,
    CodeChannel,
    Factor,
    MakeServer,
    Message,
    MfaDemand,
    OperationId,
    OtpSource,
    Policy,
    Profile,
    PushApprover,
    RecordMode,
    Request,
    Response,
    Schemas,
    Tenant,
    TenantFactor,
    TenantKeywords,
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


def test_names_are_literals() -> None:
    """Editors complete them, a type checker finds a misspelt one, and they are those that are known when it runs."""
    from pytest_auth0_mfa.cassettes.session import MODES
    from pytest_auth0_mfa.spec.factors import ALL_FACTORS, CHANNELS, CODE_CHANNELS, FACTORS
    from pytest_auth0_mfa.spec.operations import ALL
    from pytest_auth0_mfa.tenant.policies import POLICIES

    assert set(get_args(Factor)) == set(FACTORS)
    assert set(get_args(Channel)) == set(CHANNELS)
    assert set(get_args(OperationId)) == set(ALL)
    assert set(get_args(Policy)) == set(POLICIES)
    assert set(get_args(RecordMode)) == set(MODES)
    assert set(get_args(TenantFactor)) == set(ALL_FACTORS)
    assert set(get_args(CodeChannel)) == set(CODE_CHANNELS)


def test_misspelt_names_are_found() -> None:
    """By both type checkers, and when it runs."""
    tenant = Tenant()
    user = tenant.add_user()
    for misspelt in (
        lambda: user.enroll("emial"),  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        lambda: Tenant(factors={"emial"}),  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        lambda: Tenant(policy="nevr"),  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        lambda: Tenant(code_lengths={"emial": 6}),  # type: ignore[dict-item]  # pyright: ignore[reportArgumentType]
        lambda: Tenant(code_lifetimes={"push": 60}),  # type: ignore[dict-item]  # pyright: ignore[reportArgumentType]
        lambda: tenant.fail_next("chalenge"),  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        lambda: tenant.calls.of("chalenge"),  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        lambda: tenant.outbox.fail_next("emial"),  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        lambda: tenant.outbox.latest(user, "emial"),  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        lambda: tenant.factors.add("emial"),  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        lambda: MfaDemand(enroll=["emial"]),  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]
    ):
        with pytest.raises((ValueError, LookupError), match=r"emial|nevr|push|chalenge"):
            misspelt()
    with pytest.raises(ValueError, match="emial"):
        tenant.factors = {"emial"}  # type: ignore[arg-type]  # pyright: ignore[reportAttributeAccessIssue]
    with pytest.raises(TypeError, match="factrs"):
        Tenant(factrs={"email"})  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


def test_fixtures(
    auth0_mfa: Tenant, make_auth0_mfa_server: MakeServer, auth0_mfa_schemas: Schemas, auth0_mfa_cassette_dir: Path
) -> None:
    """Each has a type that stands at the root; what serves one more tenant takes the keywords of Tenant."""
    keywords: TenantKeywords = {"factors": {"email"}, "seed": 1}
    assert_type(make_auth0_mfa_server(**keywords), Tenant)
    assert make_auth0_mfa_server(policy="never").policy == "never"
    wrong = {"error": "invalid_request"}
    assert auth0_mfa_schemas.check("challenge", 200, wrong)
    with pytest.raises(LookupError, match="challenge"):
        auth0_mfa_schemas.check("chalenge", 200, wrong)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    with pytest.raises(pytest.fail.Exception, match="nevr"):
        make_auth0_mfa_server(policy="nevr")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def uses_a_cassette(auth0_mfa_cassette: Auth0MfaCassette) -> None:
    """Kept from pytest: it has no recording; what is looked at is the types."""
    assert_type(auth0_mfa_cassette.domain, str)


def overrides(source: OtpSource, approver: PushApprover) -> tuple[OtpSource, PushApprover]:
    """What the fixtures `auth0_mfa_otp_source` and `auth0_mfa_push_approver` may return."""
    return source, approver


def test_the_keywords_of_a_tenant_are_those_of_the_fixture() -> None:
    """What `make_auth0_mfa_server` takes is what `Tenant` takes."""
    import inspect

    from pytest_auth0_mfa.plugin.fixtures import TenantKeywords

    assert set(TenantKeywords.__annotations__) == set(inspect.signature(Tenant).parameters)


def test_a_misspelt_name_is_found() -> None:
    """By the type checker, and when it runs."""
    import pytest_auth0_mfa

    with pytest.raises(AttributeError):
        pytest_auth0_mfa.Tennant  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]  # noqa: B018
