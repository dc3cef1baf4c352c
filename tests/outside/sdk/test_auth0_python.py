"""auth0-python 4 and 6, unchanged: login, refusals, 429, token verification; `/mfa/*` by hand beside them.

This SDK has no MFA client, so its users write the calls themselves.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import requests
from sdk import sdk_tools

from pytest_auth0_mfa import Tenant, User
from pytest_auth0_mfa.spec.operations import MFA_OOB, MFA_OTP, MFA_RECOVERY_CODE
from pytest_auth0_mfa.tenant.totp import totp

if find_spec("auth0") is None:
    sdk_tools.missing("auth0-python")

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of what the SDK itself uses

MFA_SCOPE = "openid enroll read:authenticators remove:authenticators"


def _errors() -> ModuleType:
    """Where the SDK's exceptions are: they moved between 4 and 6."""
    if find_spec("auth0.authentication.exceptions"):
        from auth0.authentication import exceptions
    else:
        from auth0 import exceptions
    module: ModuleType = exceptions
    return module


class Client:
    """The SDK's login, and what an application writes beside it."""

    def __init__(self, tenant: Tenant) -> None:
        from auth0.authentication import GetToken

        self.tenant = tenant
        self.get_token = GetToken(tenant.domain, tenant.client_id, client_secret=tenant.client_secret)

    def log_in(self, user: User, **more: str) -> Any:
        """The SDK's password-realm login; it sends `audience: ""` when there is none."""
        realm = "Username-Password-Authentication"
        return self.get_token.login(user.email, user.password, realm=realm, **{"audience": "", **more})

    def mfa_token(self, user: User) -> str:
        """What the SDK makes of mfa_required."""
        with pytest.raises(_errors().Auth0Error) as refused:
            self.log_in(user, scope="openid email")
        assert (refused.value.status_code, refused.value.error_code) == (403, "mfa_required")
        token: str = refused.value.content["mfa_token"]
        return token

    def mfa(self, method: str, path: str, token: str, body: Any = None) -> requests.Response:
        """A call below `/mfa/`; requests finds the CA file in the environment."""
        url = f"https://{self.tenant.domain}/mfa/{path}"
        return requests.request(method, url, json=body, headers={"Authorization": f"Bearer {token}"}, timeout=10)

    def verify(self, grant_type: str, token: str, **proof: str) -> Any:
        """An MFA grant, sent by the SDK's own REST client with its client authentication."""
        body = {"grant_type": grant_type, "mfa_token": token, "client_id": self.tenant.client_id, **proof}
        return self.get_token.authenticated_post(f"https://{self.tenant.domain}/oauth/token", data=body)

    def refused(self, grant_type: str, token: str, **proof: str) -> tuple[int, str, str]:
        """How an MFA grant is refused, as the SDK reports it."""
        with pytest.raises(_errors().Auth0Error) as refused:
            self.verify(grant_type, token, **proof)
        return refused.value.status_code, refused.value.error_code, refused.value.message

    def check(self, id_token: str) -> dict[str, Any]:
        """The ID token's claims, by the SDK's verifier and by PyJWT."""
        from auth0.authentication.token_verifier import AsymmetricSignatureVerifier, TokenVerifier

        keys = AsymmetricSignatureVerifier(f"https://{self.tenant.domain}/.well-known/jwks.json")
        verifier = TokenVerifier(keys, f"https://{self.tenant.domain}/", self.tenant.client_id)
        claims = verifier.verify(id_token)
        assert claims == sdk_tools.verified(self.tenant, id_token, self.tenant.client_id)
        return dict(claims)


@pytest.fixture
def client(tenant: Tenant) -> Client:
    return Client(tenant)


def test_there_is_no_mfa_client() -> None:
    """No call of MFA in the SDK's Authentication API; a version that has one belongs under the client contract."""
    spec = find_spec("auth0.authentication")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    modules = [module for folder in spec.submodule_search_locations for module in Path(folder).glob("*.py")]
    assert len(modules) > 5
    calls = ("/mfa/", "grant-type/mfa", "oob_code")
    assert [module.name for module in modules if any(call in module.read_text("utf-8") for call in calls)] == []


def test_email_from_enrollment_to_deletion(client: Client, tenant: Tenant) -> None:
    """List, enroll, wrong code, confirm, challenge, verify, and delete with a token for the MFA audience."""
    user = tenant.add_user("ada@example.com")
    token = client.mfa_token(user)
    assert client.mfa("GET", "authenticators", token).json() == []
    body = {"authenticator_types": ["oob"], "oob_channels": ["email"], "email": "ada@work.example"}
    made = client.mfa("POST", "associate", token, body).json()
    wrong = client.refused(MFA_OOB, token, oob_code=made["oob_code"], binding_code="wrong")
    assert wrong == (403, "invalid_grant", "Invalid binding_code.")
    code = tenant.outbox.latest(user).code or ""
    tokens = client.verify(MFA_OOB, token, oob_code=made["oob_code"], binding_code=code)
    assert client.check(tokens["id_token"])["email"] == "ada@example.com"

    token = client.mfa_token(user)
    ask = {"mfa_token": token, "client_id": tenant.client_id, "client_secret": tenant.client_secret}
    challenge = client.mfa("POST", "challenge", token, {**ask, "challenge_type": "oob"}).json()
    code = tenant.outbox.latest(user).code or ""
    client.verify(MFA_OOB, token, oob_code=challenge["oob_code"], binding_code=code)

    manage = client.log_in(user, audience=tenant.mfa_audience, scope=MFA_SCOPE)["access_token"]
    (row, _) = client.mfa("GET", "authenticators", manage).json()
    assert client.mfa("DELETE", f"authenticators/{row['id']}", token).status_code == 401
    deleted = client.mfa("DELETE", f"authenticators/{row['id']}", manage)
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert client.mfa("DELETE", f"authenticators/{row['id']}", manage).status_code == 404


def test_otp_and_recovery_code(client: Client, tenant: Tenant) -> None:
    """Enroll, confirm with a TOTP, then log in with the recovery code instead."""
    user = tenant.add_user()
    token = client.mfa_token(user)
    made = client.mfa("POST", "associate", token, {"authenticator_types": ["otp"]}).json()
    assert client.refused(MFA_OTP, token, otp="000") == (403, "invalid_grant", "Invalid otp_code.")
    tokens = client.verify(MFA_OTP, token, otp=totp(made["secret"], tenant.clock.now()))
    assert client.check(tokens["id_token"])["sub"] == user.id
    token = client.mfa_token(user)
    (code,) = made["recovery_codes"]
    tokens = client.verify(MFA_RECOVERY_CODE, token, recovery_code=code)
    assert tokens["recovery_code"] == user.recovery_code != code
    assert client.refused(MFA_RECOVERY_CODE, token, recovery_code=code)[:2] == (403, "invalid_grant")


def test_push(client: Client, tenant: Tenant) -> None:
    """Pending, approved; and rejected."""
    user = tenant.add_user()
    user.enroll("push")
    for approve in (True, False):
        token = client.mfa_token(user)
        ask = {"mfa_token": token, "client_id": tenant.client_id, "client_secret": tenant.client_secret}
        oob_code = client.mfa("POST", "challenge", token, {**ask, "challenge_type": "oob"}).json()["oob_code"]
        assert client.refused(MFA_OOB, token, oob_code=oob_code)[:2] == (400, "authorization_pending")
        if approve:
            tenant.push.approve(user)
            client.check(client.verify(MFA_OOB, token, oob_code=oob_code)["id_token"])
        else:
            tenant.push.reject(user)
            rejected = client.refused(MFA_OOB, token, oob_code=oob_code)
            assert rejected == (400, "access_denied", "MFA Authorization rejected.")


def test_refusals_reach_the_caller(client: Client, tenant: Tenant) -> None:
    """A wrong password, and the tenant's rate limit with the time to wait until."""
    user = tenant.add_user()
    with pytest.raises(_errors().Auth0Error) as refused:
        client.get_token.login(user.email, "wrong", realm="db")
    assert (refused.value.error_code, refused.value.message) == ("invalid_grant", "Wrong email or password.")
    reset = str(int(tenant.clock.now()) + 30)
    tenant.fail_next("password-realm", status=429, error="too_many_requests", headers={"x-ratelimit-reset": reset})
    with pytest.raises(_errors().RateLimitError) as limited:
        client.log_in(user)
    assert (limited.value.error_code, limited.value.reset_at) == ("too_many_requests", int(reset))


def test_a_client_proves_itself_with_a_key(tenant: Tenant) -> None:
    """private_key_jwt: the assertion that the SDK signs is taken, that of another key is not."""
    from auth0.authentication import GetToken

    private, public = sdk_tools.key_pair()
    tenant.add_application(client_id="keyed", token_endpoint_auth_method="private_key_jwt", public_keys=[public])
    user = tenant.add_user(mfa=False)
    keyed = GetToken(tenant.domain, "keyed", client_assertion_signing_key=private)
    tokens = keyed.login(user.email, user.password, realm="db", scope="openid")
    assert sdk_tools.verified(tenant, tokens["id_token"], "keyed")["sub"] == user.id
    other = GetToken(tenant.domain, "keyed", client_assertion_signing_key=sdk_tools.key_pair()[0])
    with pytest.raises(_errors().Auth0Error) as refused:
        other.login(user.email, user.password, realm="db")
    assert (refused.value.status_code, refused.value.error_code) == (401, "access_denied")


def test_tokens_of_a_client(client: Client, tenant: Tenant) -> None:
    """client_credentials for the Management API."""
    answer = client.get_token.client_credentials(f"https://{tenant.domain}/api/v2/")
    claims = sdk_tools.verified(tenant, answer["access_token"], f"https://{tenant.domain}/api/v2/")
    assert claims["sub"] == f"{tenant.client_id}@clients"


@pytest.mark.parametrize("realm", ["email", "sms"])
def test_a_login_without_a_password_is_refreshed_and_revoked(client: Client, tenant: Tenant, realm: str) -> None:
    """A code is sent and exchanged, MFA is demanded, and what came of it ends with a revocation."""
    from auth0.authentication import Passwordless, RevokeToken

    application = (tenant.domain, tenant.client_id, tenant.client_secret)
    user = tenant.add_user("grace@example.com", phone_number="+15550100199")
    start = Passwordless(*application)
    sent = start.email(user.email, send="code") if realm == "email" else start.sms(user.phone_number)
    address = user.email if realm == "email" else user.phone_number
    assert sent["email" if realm == "email" else "phone_number"] == address

    def log_in(code: str) -> Any:
        scope = "openid profile offline_access"
        return client.get_token.passwordless_login(address, code, realm, scope, "https://api.example/")

    with pytest.raises(_errors().Auth0Error) as wrong:
        log_in("wrong")
    assert (wrong.value.status_code, wrong.value.error_code) == (403, "invalid_grant")
    with pytest.raises(_errors().Auth0Error) as demanded:
        log_in(tenant.outbox.latest(user).code or "")
    assert demanded.value.error_code == "mfa_required"
    otp = user.enroll("otp", active=False)
    tokens = client.verify(MFA_OTP, demanded.value.content["mfa_token"], otp=otp.code())
    renewed = client.get_token.refresh_token(tokens["refresh_token"])
    assert sdk_tools.verified(tenant, renewed["access_token"], "https://api.example/")["sub"] == user.id
    RevokeToken(*application).revoke_refresh_token(tokens["refresh_token"])
    with pytest.raises(_errors().Auth0Error) as ended:
        client.get_token.refresh_token(tokens["refresh_token"])
    assert (ended.value.status_code, ended.value.error_code) == (403, "invalid_grant")
