"""The Management API by auth0-python 4 and 6: users, methods, Guardian, imports, errors and 429."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any

import pytest
from sdk import sdk_tools

from pytest_auth0_mfa import Tenant

if find_spec("auth0") is None:
    sdk_tools.missing("auth0-python")

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of what the SDK itself uses

MAJOR = int(version("auth0-python").partition(".")[0])
CONNECTION = "Username-Password-Authentication"
SECRET = "5HCWXIP2MJNSUBGYVUZFLRB2HWIGXR4S"
only_4 = pytest.mark.skipif(MAJOR != 4, reason=f"auth0-python {MAJOR} is installed: tox -e sdk4 runs this")
only_6 = pytest.mark.skipif(MAJOR < 6, reason=f"auth0-python {MAJOR} is installed: tox -e sdk runs this")


# -- version 4 ---------------------------------------------------------------------------------


def _client_4(tenant: Tenant) -> Any:
    from auth0.authentication import GetToken
    from auth0.management import Auth0
    from auth0.rest import RestClientOptions

    grant = GetToken(tenant.domain, tenant.client_id, client_secret=tenant.client_secret)
    token = grant.client_credentials(f"https://{tenant.domain}/api/v2/")["access_token"]
    return Auth0(tenant.domain, token, rest_options=RestClientOptions(retries=0))


@only_4
def test_users_and_methods_4(tenant: Tenant) -> None:
    """Create, find, change and delete a user and what is enrolled."""
    api = _client_4(tenant)
    made = api.users.create({"connection": CONNECTION, "email": "ada@example.com", "password": "pw"})
    user_id = made["user_id"]
    assert api.users.list()["total"] == 1
    assert api.users_by_email.search_users_by_email("ada@example.com")[0]["user_id"] == user_id
    assert api.users.update(user_id, {"blocked": True})["blocked"] is True
    email = api.users.create_authentication_method(user_id, {"type": "email", "email": "a@b.co"})
    assert api.users.get_authentication_method_by_id(user_id, email["id"])["confirmed"] is True
    assert api.users.update_authentication_method_by_id(user_id, email["id"], {"name": "Mine"})["name"] == "Mine"
    replaced = api.users.update_authentication_methods(user_id, [{"type": "totp", "totp_secret": SECRET}])
    assert [row["type"] for row in api.users.get_authentication_methods(user_id)] == ["totp"]
    api.users.delete_authentication_method_by_id(user_id, replaced[0]["id"])
    assert api.users.get_authentication_methods(user_id) == []
    assert len(api.users.regenerate_recovery_code(user_id)["recovery_code"]) == 24
    assert api.users.get_guardian_enrollments(user_id) == []
    api.users.invalidate_remembered_browsers(user_id)
    api.users.delete_multifactor(user_id, "google-authenticator")
    api.users.delete_authenticators(user_id)
    api.users.delete_authentication_methods(user_id)
    api.users.delete(user_id)
    assert not tenant.users


@only_4
def test_guardian_and_imports_4(tenant: Tenant) -> None:
    """Factors, a ticket, an enrollment, and a bulk import with factors."""
    api = _client_4(tenant)
    api.guardian.update_factor("sms", {"enabled": False})
    assert {row["name"]: row["enabled"] for row in api.guardian.all_factors()}["sms"] is False
    user = tenant.add_user()
    push = user.enroll("push").id.partition("|")[2]
    assert "ticket=" in api.guardian.create_enrollment_ticket({"user_id": user.id})["ticket_url"]
    assert api.users.get_guardian_enrollments(user.id)[0]["status"] == "confirmed"
    api.guardian.delete_enrollment(push)
    file = io.StringIO(json.dumps([{"email": "eve@example.com", "mfa_factors": [{"totp": {"secret": SECRET}}]}]))
    job = api.jobs.import_users("con_1", file)
    assert api.jobs.get(job["id"])["summary"]["inserted"] == 1
    assert api.jobs.get_failed_job(job["id"]) == []


@only_4
def test_refusals_4(tenant: Tenant) -> None:
    """The envelope of the Management API is read, a 429 with its reset too."""
    from auth0.exceptions import Auth0Error, RateLimitError

    api = _client_4(tenant)
    with pytest.raises(Auth0Error) as refused:
        api.users.get("auth0|nobody")
    assert (refused.value.status_code, refused.value.error_code) == (404, "inexistent_user")
    tenant.fail_next("management-get-user", status=429, headers={"x-ratelimit-reset": "1700000000"})
    with pytest.raises(RateLimitError) as limited:
        api.users.get("auth0|nobody")
    assert limited.value.reset_at == 1700000000


# -- version 6 ---------------------------------------------------------------------------------


@pytest.fixture
def api(tenant: Tenant) -> Iterator[Any]:
    """The client with its automatic token; its HTTP client is ours, since it closes none."""
    import httpx
    from auth0.management import ManagementClient

    with httpx.Client() as http:
        yield ManagementClient(
            domain=tenant.domain,
            client_id=tenant.client_id,
            client_secret=tenant.client_secret,
            httpx_client=http,
        )


@only_6
def test_users_and_methods_6(tenant: Tenant, api: Any) -> None:
    """Create, find, change and delete a user and what is enrolled; paging stops at an empty page."""
    made = api.users.create(connection=CONNECTION, email="ada@example.com", password="pw")
    user_id = made.user_id
    assert [user.email for user in api.users.list(per_page=1)] == ["ada@example.com"]
    assert api.users.list_users_by_email(email="ada@example.com")[0].user_id == user_id
    assert api.users.update(user_id, blocked=True).blocked is True
    methods = api.users.authentication_methods
    for number in range(3):
        methods.create(user_id, type="email", email=f"e{number}@b.co")
    rows = list(methods.list(user_id, per_page=2))
    assert [row.type for row in rows] == ["email"] * 3
    assert methods.get(user_id, rows[0].id).confirmed is True
    assert methods.update(user_id, rows[0].id, name="Mine").name == "Mine"
    phone = {"type": "phone", "phone_number": "+15550101234", "preferred_authentication_method": "sms"}
    methods.set(user_id, request=[{"type": "totp", "totp_secret": SECRET}, phone])
    otp, sms = list(methods.list(user_id))
    assert (otp.type, sms.type, sms.phone_number) == ("totp", "phone", "XXXXXXXX1234")
    methods.delete(user_id, otp.id)
    methods.delete_all(user_id)
    assert list(methods.list(user_id)) == []
    assert len(api.users.regenerate_recovery_code(user_id).recovery_code) == 24
    assert list(api.users.enrollments.get(user_id)) == []
    api.users.multifactor.invalidate_remember_browser(user_id)
    api.users.multifactor.delete_provider(user_id, "google-authenticator")
    api.users.authenticators.delete_all(user_id)
    api.users.delete(user_id)
    assert not tenant.users


@only_6
def test_guardian_and_imports_6(tenant: Tenant, api: Any) -> None:
    """Factors, message types, policies, a ticket, an enrollment, and a bulk import with factors."""
    factors = api.guardian.factors
    assert factors.set("otp", enabled=False).enabled is False
    assert {row.name: row.enabled for row in factors.list()}["otp"] is False
    assert factors.phone.set_message_types(message_types=["sms", "voice"]).message_types == ["sms", "voice"]
    assert factors.phone.get_message_types().message_types == ["sms", "voice"]
    assert api.guardian.policies.set(request=[]) == api.guardian.policies.list() == []
    user = tenant.add_user()
    push = user.enroll("push").id.partition("|")[2]
    assert "ticket=" in api.guardian.enrollments.create_ticket(user_id=user.id).ticket_url
    assert next(iter(api.users.enrollments.get(user.id))).status == "confirmed"
    api.guardian.enrollments.delete(push)
    users = json.dumps([{"email": "eve@example.com", "mfa_factors": [{"totp": {"secret": SECRET}}]}]).encode()
    job = api.jobs.users_imports.create(users=("users.json", users, "application/json"), connection_id="con_1")
    assert api.jobs.get(job.id).status == "completed"
    assert tenant.user_by_email("eve@example.com") is not None


@only_6
def test_refusals_6(tenant: Tenant, api: Any) -> None:
    """The envelope of the Management API is read."""
    from auth0.management.core.api_error import ApiError

    with pytest.raises(ApiError) as refused:
        api.users.get("auth0|nobody")
    assert (refused.value.status_code, refused.value.body["errorCode"]) == (404, "inexistent_user")
    tenant.fail_next("management-get-user", status=429, headers={"retry-after": "0"}, times=9)
    with pytest.raises(ApiError) as limited:
        api.users.get("auth0|nobody", request_options={"max_retries": 1})
    assert limited.value.status_code == 429
