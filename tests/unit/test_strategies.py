"""What the strategies for consumers draw keeps to the schemas."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from client_zoo.account_client import AccountClient
from hypothesis import find, given, settings
from hypothesis import strategies as st

from pytest_auth0_mfa import Request, Response, Tenant, handler, in_process, strategies
from pytest_auth0_mfa.contract import AuthError
from pytest_auth0_mfa.contract.client.asked import OPERATIONS_OF
from pytest_auth0_mfa.spec.api_errors import error_of
from pytest_auth0_mfa.spec.operations import OPERATIONS, OperationId
from pytest_auth0_mfa.spec.profile import Profile, profile_fields
from pytest_auth0_mfa.spec.schemas import check_call, schemas

quick = settings(max_examples=15, deadline=None, database=None)
every = pytest.mark.parametrize("operation", OPERATIONS)


@every
def test_responses_keep_to_their_schemas(operation: OperationId) -> None:
    """Every success and every refusal is one that the schemas know."""

    @quick
    @given(strategies.responses(operation))
    def drawn(response: Response) -> None:
        body = response.json() if response.body else b""
        assert schemas().check(operation, response.status, body) == []

    drawn()


@every
def test_requests_keep_to_their_schemas(operation: OperationId) -> None:
    """Every request is a call of its operation, as documented."""

    @quick
    @given(strategies.requests(operation))
    def drawn(request: Request) -> None:
        limited = schemas()[f"{operation}.429"]["examples"][0]
        answer = Response(429, {"content-type": "application/json"}, json.dumps(limited).encode())
        assert check_call(operation, request, answer) == []

    drawn()


@quick
@given(strategies.responses("challenge", 403))
def test_a_status_can_be_asked_for(response: Response) -> None:
    """Nothing but this status comes."""
    assert response.status == 403


@pytest.mark.parametrize("form", [dict, list])
def test_factors_come_in_both_forms(form: type[object]) -> None:
    """Entry D-39: a parser that reads all of them reads every tenant's."""
    often = settings(quick, max_examples=300)
    drawn = find(
        strategies.responses("me-factors", 200), lambda response: type(response.json()) is form, settings=often
    )
    assert drawn.status == 200


@quick
@given(strategies.errors())
def test_errors_are_refusals(response: Response) -> None:
    """Each has an error."""
    assert response.status >= 400
    assert not response.body or error_of(response.json())


@quick
@given(strategies.people())
def test_people_are_users_that_a_tenant_takes(person: strategies.Person) -> None:
    """They can be added and log in."""
    tenant = Tenant(policy="never")
    user = tenant.add_user(person.email, person.password, phone_number=person.phone_number)
    body = json.dumps(tenant.password_grant(user)).encode()
    answer = handler(tenant)(Request("POST", "/oauth/token", {"content-type": "application/json"}, body))
    assert answer.status == 200


@quick
@given(strategies.profiles(["wrong_otp", "rows_have_type"]))
def test_profiles_differ_in_the_fields_that_were_named(profile: Profile) -> None:
    """The others stay at their defaults."""
    assert set(profile.differences(Profile())) <= {"wrong_otp", "rows_have_type"}


@quick
@given(st.data())
def test_profiles_take_every_field(data: st.DataObject) -> None:
    """Without names every field may differ, and the profile is a valid one."""
    assert data.draw(strategies.profiles()).differences(Profile()).keys() <= profile_fields().keys()


def test_names_that_are_none_are_refused_with_the_closest() -> None:
    """A misspelt operation, a status that never comes and a misspelt field."""
    with pytest.raises(ValueError, match=r"no such operation: 'chalenge'. Did you mean 'challenge'\?"):
        strategies.requests("chalenge")  # type: ignore[arg-type]  # what a type checker says
    with pytest.raises(ValueError, match=r"challenge never answers 418; it answers 200, 400"):
        strategies.responses("challenge", 418)
    with pytest.raises(ValueError, match=r"no such field of a profile: 'wrong_opt'"):
        strategies.profiles(["wrong_opt"])


def _called(client: AccountClient, operation: str) -> object:
    """The client's call of an operation, with whatever arguments."""
    calls: dict[str, Callable[[], object]] = {
        "password": lambda: client.log_in("ada@example.com", "pw"),
        "refresh-token": lambda: client.refresh("token"),
        "list-authenticators": lambda: client.list_authenticators("token"),
        "associate": lambda: client.associate("token", "otp"),
        "challenge": lambda: client.challenge("token"),
        "mfa-otp": lambda: client.verify_otp("token", "123456"),
        "mfa-oob": lambda: client.verify_oob("token", "code", "123456"),
        "mfa-recovery-code": lambda: client.verify_recovery_code("token", "A" * 24),
        "delete-authenticator": lambda: client.delete_authenticator("token", "email|dev_1"),
        "passwordless-start": lambda: client.start_passwordless("email", "ada@example.com"),
        "passwordless-otp": lambda: client.log_in_passwordless("email", "ada@example.com", "123456"),
        "revoke": lambda: client.revoke("token"),
        "me-factors": lambda: client.me_factors("token"),
        "me-list-methods": lambda: client.me_list_methods("token"),
        "me-create-method": lambda: client.me_create_method("token", "totp"),
        "me-verify-method": lambda: client.me_verify_method("token", "totp|dev_1", "session", "123456"),
        "me-get-method": lambda: client.me_get_method("token", "totp|dev_1"),
        "me-update-method": lambda: client.me_update_method("token", "totp|dev_1", name="Old phone"),
        "me-delete-method": lambda: client.me_delete_method("token", "totp|dev_1"),
    }
    return calls[operation]()


@pytest.mark.parametrize("operation", sorted(name for names in OPERATIONS_OF.values() for name in names[:1]))
def test_a_clients_parser_reads_every_documented_answer(operation: OperationId) -> None:
    """Of each status: a success as what it promises, a refusal as Auth0's own error; nothing else is raised."""
    for status in schemas().statuses(operation):

        @settings(quick, max_examples=5)
        @given(strategies.responses(operation, status))
        def read(response: Response) -> None:
            tenant = Tenant()
            with in_process(tenant, handler=lambda request: response):
                client = AccountClient(tenant.domain, tenant.client_id, tenant.client_secret)
                if response.status < 300:
                    _called(client, operation)
                    return
                with pytest.raises(AuthError) as caught:
                    _called(client, operation)
            body = response.json()
            assert caught.value.error in (error_of(body), body.get("type"))
            assert caught.value.status == response.status

        read()
