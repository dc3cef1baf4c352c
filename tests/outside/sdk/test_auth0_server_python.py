"""auth0-server-python, unchanged: its flows start from a refresh token in its session."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from importlib.util import find_spec
from typing import Any

import pytest
from sdk import sdk_tools

from pytest_auth0_mfa import Tenant, User
from pytest_auth0_mfa.tenant.totp import totp

if find_spec("auth0_server_python") is None:
    sdk_tools.missing("auth0-server-python")

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of what the SDK itself uses

AUDIENCE = "https://api.example/"
SECRET = "a-secret-that-encrypts-the-session-0123456789"


class Store:
    """A session store in memory, as the SDK asks for one."""

    def __init__(self, **kept: Any) -> None:
        self.kept = kept

    async def get(self, identifier: str, options: Any = None) -> Any:
        return self.kept.get(identifier)

    async def set(self, identifier: str, state: Any, remove_if_expires: bool = False, options: Any = None) -> None:
        self.kept[identifier] = state

    async def delete(self, identifier: str, options: Any = None) -> None:
        self.kept.pop(identifier, None)


class Login:
    """A session of a user whose access token is to be renewed, which demands MFA."""

    def __init__(self, tenant: Tenant, user: User, client_id: str | None = None, **authentication: str | None) -> None:
        from auth0_server_python.auth_server.server_client import ServerClient

        state = {
            "refresh_token": user.refresh_token(audience=AUDIENCE, client_id=client_id),
            "token_sets": [],
            "domain": tenant.domain,
            "internal": {"sid": "s", "created_at": int(time.time())},
        }
        self.store = Store(_a0_session=state)
        self.client = ServerClient(
            domain=tenant.domain,
            client_id=client_id or tenant.client_id,
            **(authentication or {"client_secret": tenant.client_secret}),
            secret=SECRET,
            redirect_uri="https://app.example/callback",
            state_store=self.store,
            transaction_store=Store(),
            authorization_params={"audience": AUDIENCE, "scope": "openid profile email offline_access"},
        )

    async def mfa_token(self, **asked: str) -> str:
        """What the SDK makes of mfa_required."""
        from auth0_server_python.error import MfaRequiredError

        with pytest.raises(MfaRequiredError) as refused:
            await self.client.get_access_token(**asked)
        token: str = refused.value.mfa_token
        return token


def play(scenario: Callable[[], Awaitable[None]]) -> None:
    """Run an async test; the project needs no plugin for it."""
    asyncio.run(scenario())  # type: ignore[arg-type]


async def _refused(call: Awaitable[Any], error: str) -> str:
    """The description of the refusal with which a call of the SDK ends."""
    from auth0_server_python.error import MfaApiError

    with pytest.raises(MfaApiError) as refused:
        await call
    cause = refused.value.cause
    assert cause is not None
    assert cause["error"] == error
    return str(refused.value)


def test_email_is_enrolled_and_challenged(tenant: Tenant) -> None:
    """List, enroll, a wrong code, confirm; log in again, challenge, verify, and get a session."""
    user = tenant.add_user("ada@example.com")

    async def scenario() -> None:
        login = Login(tenant, user)
        token = await login.mfa_token()
        mfa = login.client.mfa
        assert await mfa.list_authenticators({"mfa_token": token}) == []
        made = await mfa.enroll_authenticator({"mfa_token": token, "factor_type": "email", "email": "ada@work.example"})
        assert (made.oob_channel, made.binding_method, len(made.recovery_codes)) == ("email", "prompt", 1)
        answer = {"mfa_token": token, "oob_code": made.oob_code}
        assert (
            await _refused(mfa.verify({**answer, "binding_code": "wrong"}), "invalid_grant") == "Invalid binding_code."
        )
        code = tenant.outbox.latest(user, "email").code
        tokens = await mfa.verify({**answer, "binding_code": code})
        assert tokens.token_type == "Bearer"
        assert sdk_tools.verified(tenant, tokens.access_token, AUDIENCE)["sub"] == user.id
        again = {"mfa_token": token, "factor_type": "otp"}
        assert await _refused(mfa.enroll_authenticator(again), "access_denied") == "User is already enrolled."

        login = Login(tenant, user)
        token = await login.mfa_token()
        mfa = login.client.mfa
        rows = await mfa.list_authenticators({"mfa_token": token})
        assert [(row.authenticator_type, row.oob_channel, row.active, row.type) for row in rows] == [
            ("oob", "email", True, None),
            ("recovery-code", None, True, None),
        ]
        asked = {"mfa_token": token, "factor_type": "email", "authenticator_id": rows[0].id}
        challenge = await mfa.challenge_authenticator(asked)
        assert (challenge.challenge_type, challenge.binding_method) == ("oob", "prompt")
        code = tenant.outbox.latest(user, "email").code
        # Without a session the SDK makes one, and for that verifies the ID token by itself.
        await login.store.delete("_a0_session")
        tokens = await mfa.verify(
            {"mfa_token": token, "oob_code": challenge.oob_code, "binding_code": code, "persist": True}
        )
        assert sdk_tools.verified(tenant, tokens.id_token, tenant.client_id)["email"] == "ada@example.com"
        assert await login.client.get_access_token() == tokens.access_token
        session = await login.client.get_session()
        assert session is not None
        assert session["user"]["sub"] == user.id

    play(scenario)
    assert [violation for call in tenant.calls for violation in call.violations] == []


def test_an_id_token_of_another_time_is_refused(tenant: Tenant) -> None:
    """The SDK judges expiry by itself: a token that the tenant issued 11 hours ago makes no session."""
    user = tenant.add_user()
    user.enroll("email")

    async def scenario() -> None:
        from auth0_server_python.error import MfaVerifyError

        tenant.clock.freeze(time.time() - 11 * 3600)
        login = Login(tenant, user)
        token = await login.mfa_token()
        challenge = await login.client.mfa.challenge_authenticator({"mfa_token": token, "factor_type": "email"})
        await login.store.delete("_a0_session")
        code = tenant.outbox.latest(user).code
        answer = {"mfa_token": token, "oob_code": challenge.oob_code, "binding_code": code, "persist": True}
        with pytest.raises(MfaVerifyError, match="expired"):
            await login.client.mfa.verify(answer)

    play(scenario)


def test_otp_is_enrolled_and_challenged(tenant: Tenant) -> None:
    """With a TOTP of the secret that the enrollment answered."""
    user = tenant.add_user()

    async def scenario() -> None:
        token = await (login := Login(tenant, user)).mfa_token()
        made = await login.client.mfa.enroll_authenticator({"mfa_token": token, "factor_type": "otp"})
        assert made.barcode_uri.startswith("otpauth://totp/")
        wrong = login.client.mfa.verify({"mfa_token": token, "otp": "000"})
        assert await _refused(wrong, "invalid_grant") == "Invalid otp_code."
        tokens = await login.client.mfa.verify({"mfa_token": token, "otp": totp(made.secret, tenant.clock.now())})
        assert sdk_tools.verified(tenant, tokens.id_token, tenant.client_id)["sub"] == user.id

        tenant.clock.advance(60)
        token = await (login := Login(tenant, user)).mfa_token()
        challenge = await login.client.mfa.challenge_authenticator({"mfa_token": token, "factor_type": "otp"})
        assert challenge.challenge_type == "otp"
        await login.client.mfa.verify({"mfa_token": token, "otp": totp(made.secret, tenant.clock.now())})

    play(scenario)


def test_a_recovery_code_is_replaced(tenant: Tenant) -> None:
    """A wrong one is refused; the right one answers its replacement and is dead."""
    user = tenant.add_user()
    user.enroll("otp")
    first = user.recovery_code

    async def scenario() -> None:
        token = await (login := Login(tenant, user)).mfa_token()
        wrong = login.client.mfa.verify({"mfa_token": token, "recovery_code": "A" * 24})
        assert await _refused(wrong, "invalid_grant") == "MFA Authorization rejected."
        tokens = await login.client.mfa.verify({"mfa_token": token, "recovery_code": first})
        assert tokens.recovery_code == user.recovery_code != first
        await _refused(login.client.mfa.verify({"mfa_token": token, "recovery_code": first}), "invalid_grant")

    play(scenario)


def test_a_client_proves_itself_with_a_key(tenant: Tenant) -> None:
    """private_key_jwt: at the token endpoint and, which few SDKs can, at /mfa/challenge."""
    private, public = sdk_tools.key_pair()
    tenant.add_application(client_id="keyed", token_endpoint_auth_method="private_key_jwt", public_keys=[public])
    user = tenant.add_user()
    user.enroll("email")

    async def scenario() -> None:
        login = Login(tenant, user, "keyed", client_assertion_signing_key=private)
        token = await login.mfa_token()
        challenge = await login.client.mfa.challenge_authenticator({"mfa_token": token, "factor_type": "email"})
        code = tenant.outbox.latest(user).code
        proof = {"mfa_token": token, "oob_code": challenge.oob_code, "binding_code": code}
        tokens = await login.client.mfa.verify(proof)
        assert sdk_tools.verified(tenant, tokens.id_token, "keyed")["sub"] == user.id

    play(scenario)


def test_push_is_enrolled_approved_and_rejected(tenant: Tenant) -> None:
    """Pending until the phone answers; a rejection is final."""
    user = tenant.add_user()

    async def scenario() -> None:
        token = await (login := Login(tenant, user)).mfa_token()
        mfa = login.client.mfa
        made = await mfa.enroll_authenticator({"mfa_token": token, "factor_type": "auth0"})
        assert made.binding_method is None
        answer = {"mfa_token": token, "oob_code": made.oob_code}
        await _refused(mfa.verify(answer), "authorization_pending")
        await _refused(mfa.verify(answer), "slow_down")
        tenant.push.approve(user)
        await mfa.verify(answer)

        token = await (login := Login(tenant, user)).mfa_token()
        challenge = await login.client.mfa.challenge_authenticator({"mfa_token": token, "factor_type": "auth0"})
        tenant.push.reject(user)
        rejected = login.client.mfa.verify({"mfa_token": token, "oob_code": challenge.oob_code})
        assert await _refused(rejected, "access_denied") == "MFA Authorization rejected."

    play(scenario)


@pytest.mark.parametrize("connection", ["email", "sms"])
def test_a_login_without_a_password_demands_mfa_and_makes_a_session(tenant: Tenant, connection: str) -> None:
    """A code is sent, a wrong one refused, and the right one leads to MFA; without MFA it makes a session."""
    from auth0_server_python.auth_types import (
        StartPasswordlessEmailOptions,
        StartPasswordlessSmsOptions,
        VerifyPasswordlessOtpOptions,
    )
    from auth0_server_python.error import MfaRequiredError, PasswordlessVerifyError

    user = tenant.add_user("grace@example.com", phone_number="+15550100199")
    address = user.email if connection == "email" else user.phone_number

    async def scenario() -> None:
        login = Login(tenant, user)
        await login.store.delete("_a0_session")
        client = login.client.passwordless

        async def verify(code: str) -> Any:
            name = "email" if connection == "email" else "phone_number"
            asked: Any = {"connection": connection, name: address, "verification_code": code, "audience": AUDIENCE}
            return await client.verify(VerifyPasswordlessOtpOptions(**asked))

        async def code() -> str:
            asked = (
                StartPasswordlessEmailOptions(connection="email", email=address, send="code")
                if connection == "email"
                else StartPasswordlessSmsOptions(connection="sms", phone_number=address)
            )
            await client.start(asked)
            return tenant.outbox.latest(user).code or ""

        sent = await code()
        with pytest.raises(PasswordlessVerifyError) as wrong:
            await verify("000000" if sent != "000000" else "111111")
        assert wrong.value.code == "invalid_grant"
        with pytest.raises(MfaRequiredError) as demanded:
            await verify(sent)
        token = demanded.value.mfa_token
        made = await login.client.mfa.enroll_authenticator({"mfa_token": token, "factor_type": "otp"})
        tokens = await login.client.mfa.verify({"mfa_token": token, "otp": totp(made.secret, tenant.clock.now())})
        assert sdk_tools.verified(tenant, tokens.access_token, AUDIENCE)["sub"] == user.id
        user.mfa = False
        state = (await verify(await code()))["state_data"]
        assert state["user"]["sub"] == user.id

    play(scenario)


def own_page(tenant: Tenant, user: User, scope: str, key: Any = None) -> Callable[..., Awaitable[Any]]:
    """Calls of the SDK's client of the user's own page: ``at("get_factors")``."""
    from auth0_server_python.auth_server.my_account_client import MyAccountClient

    page, token = MyAccountClient(tenant.domain), user.access_token(audience=tenant.me_audience, scope=scope)

    async def at(method: str, *arguments: Any) -> Any:
        return await getattr(page, method)(token, *arguments, dpop_key=key)

    return at


async def _problem(call: Awaitable[Any]) -> tuple[int, str]:
    """Status and code of the problem with which a call of the user's own page ends."""
    from auth0_server_python.error import MyAccountApiError

    with pytest.raises(MyAccountApiError) as refused:
        await call
    assert refused.value.title
    assert refused.value.detail
    assert refused.value.type is not None
    return refused.value.status or 0, refused.value.type.rpartition("/")[2]


ALL_SCOPES = "read:me:factors " + " ".join(
    f"{verb}:me:authentication_methods" for verb in ("create", "read", "update", "delete")
)


@pytest.mark.parametrize("kind", ["totp", "email", "phone", "recovery-code", "push-notification"])
def test_a_method_is_enrolled_at_the_users_own_page(tenant: Tenant, kind: str) -> None:
    """Begun, confirmed with its code, listed, renamed and deleted; the SDK demands the documented statuses."""
    from auth0_server_python.auth_types import (
        EnrollAuthenticationMethodRequest,
        UpdateAuthenticationMethodRequest,
        VerifyAuthenticationMethodRequest,
    )

    user = tenant.add_user("ada@example.com", phone_number="+15550100199")
    address = {"email": {"email": "ada@work.example"}, "phone": {"phone_number": "+12025550143"}}.get(kind, {})

    async def scenario() -> None:
        at = own_page(tenant, user, ALL_SCOPES)
        assert kind in [factor.type for factor in (await at("get_factors")).factors]
        made = await at("enroll_authentication_method", EnrollAuthenticationMethodRequest(type=kind, **address))
        code = None
        if kind == "totp":
            code = totp(made.manual_input_code, tenant.clock.now())
        elif address:
            code = tenant.outbox.latest(user).code
        elif kind == "push-notification":
            tenant.push.approve(user)
        if code is not None:
            wrong = VerifyAuthenticationMethodRequest(auth_session=made.auth_session, otp_code="000")
            called = at("verify_authentication_method", made.authentication_method_id, wrong)
            assert (await _problem(called))[0] == 400
        proof = VerifyAuthenticationMethodRequest(auth_session=made.auth_session, otp_code=code)
        method = await at("verify_authentication_method", made.authentication_method_id, proof)
        assert (method.type, method.confirmed) == (kind, True)
        assert [row.id for row in (await at("list_authentication_methods", kind)).authentication_methods] == [method.id]
        if kind != "recovery-code":
            renamed = await at(
                "update_authentication_method", method.id, UpdateAuthenticationMethodRequest(name="Mine")
            )
            assert renamed.name == "Mine"
        assert (await at("get_authentication_method", method.id)).id == method.id
        await at("delete_authentication_method", method.id)
        assert await _problem(at("get_authentication_method", method.id)) == (404, "A0E-404-0002")

    play(scenario)
    assert [violation for call in tenant.calls for violation in call.violations] == []


def test_what_the_page_refuses_is_a_problem(tenant: Tenant) -> None:
    """A token that is none, or lacks the scope, and a request that names no address."""
    from auth0_server_python.auth_server.my_account_client import MyAccountClient
    from auth0_server_python.auth_types import EnrollAuthenticationMethodRequest

    user = tenant.add_user()

    async def scenario() -> None:
        page = MyAccountClient(tenant.domain)
        assert await _problem(page.get_factors("no-token")) == (401, "A0E-401-0003")
        at = own_page(tenant, user, "create:me:authentication_methods")
        assert await _problem(at("get_factors")) == (403, "A0E-403-0002")
        nameless = EnrollAuthenticationMethodRequest(type="email")
        assert await _problem(at("enroll_authentication_method", nameless)) == (400, "A0E-400-0003")

    play(scenario)


def test_a_session_gets_a_token_for_the_page(tenant: Tenant) -> None:
    """By its refresh token, which was issued for another audience."""
    from auth0_server_python.auth_server.my_account_client import MyAccountClient

    user = tenant.add_user(mfa=False)

    async def scenario() -> None:
        login = Login(tenant, user)
        page = MyAccountClient(tenant.domain)
        token = await login.client.get_access_token(audience=page.audience, scope="read:me:authentication_methods")
        assert (await page.list_authentication_methods(token)).authentication_methods == []
        scope = sdk_tools.verified(tenant, token, tenant.me_audience)["scope"].split()
        assert [word for word in scope if ":me:" in word] == ["read:me:authentication_methods"]

    play(scenario)


@pytest.mark.parametrize("nonce", ["public", "always"])
def test_a_second_factor_binds_the_tokens(tenant: Tenant, nonce: str) -> None:
    """The SDK demands a bound token once it has sent a proof, and repeats the proof with a nonce that is demanded; a
    wrong code counts once nevertheless."""
    from jwcrypto import jwk

    user = tenant.add_user()
    user.enroll("otp")
    key = jwk.JWK.generate(kty="EC", crv="P-256")
    tenant.profile = tenant.profile.with_(dpop_nonce=nonce)

    async def scenario() -> None:
        token = await (login := Login(tenant, user)).mfa_token()
        before = len(tenant.calls.of("mfa-otp"))
        await _refused(login.client.mfa.verify({"mfa_token": token, "otp": "000"}, dpop_key=key), "invalid_grant")
        demands = 1 if nonce == "always" else 0
        assert len(tenant.calls.of("mfa-otp")) == before + 1 + demands
        code = totp(user.entries[0].secret or "", tenant.clock.now())
        tokens = await login.client.mfa.verify({"mfa_token": token, "otp": code}, dpop_key=key)
        assert tokens.token_type == "DPoP"
        claims = sdk_tools.verified(tenant, tokens.access_token, AUDIENCE)
        assert claims["cnf"] == {"jkt": key.thumbprint()}

    play(scenario)


@pytest.mark.parametrize("demanded", [False, True])
def test_a_bound_token_at_the_users_own_page(tenant: Tenant, demanded: bool) -> None:
    """A token that a second factor bound is sent with proofs; a nonce that the page demands is put into the next."""
    from auth0_server_python.auth_server.my_account_client import MyAccountClient
    from auth0_server_python.auth_types import EnrollAuthenticationMethodRequest
    from jwcrypto import jwk

    user = tenant.add_user()
    user.enroll("otp")
    key = jwk.JWK.generate(kty="EC", crv="P-256")
    tenant.profile = tenant.profile.with_(dpop_nonce_at_resources=demanded)

    async def scenario() -> None:
        login = Login(tenant, user)
        mfa_token = await login.mfa_token(audience=tenant.me_audience, scope=ALL_SCOPES)
        code = totp(user.entries[0].secret or "", tenant.clock.now())
        tokens = await login.client.mfa.verify({"mfa_token": mfa_token, "otp": code}, dpop_key=key)
        page = MyAccountClient(tenant.domain)
        assert (await page.get_factors(tokens.access_token, dpop_key=key)).factors
        asked = EnrollAuthenticationMethodRequest(type="totp")
        made = await page.enroll_authentication_method(tokens.access_token, asked, dpop_key=key)
        row = await page.get_authentication_method(tokens.access_token, made.authentication_method_id, dpop_key=key)
        assert row.confirmed is False
        assert (await _problem(page.get_factors(tokens.access_token)))[0] == 401
        other = jwk.JWK.generate(kty="EC", crv="P-256")
        assert (await _problem(page.get_factors(tokens.access_token, dpop_key=other)))[0] == 401

    play(scenario)
