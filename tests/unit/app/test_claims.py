"""Custom claims, as an Action would add them to ID and access tokens."""

from __future__ import annotations

from typing import Any

import jwt
import pytest
from helpers.tenant_client import TenantClient

from pytest_auth0_mfa import Application, Request, Tenant, User, handler
from pytest_auth0_mfa.messages import Json

API = "https://api.example/"
LEVEL = "https://shop.example/level"


def claims_of(token: str) -> dict[str, Any]:
    """The claims of a token, unverified."""
    found: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return found


def by_methods(
    user: User, application: Application, scopes: tuple[str, ...], audience: str | None, methods: tuple[str, ...]
) -> dict[str, Json]:
    """What an application needs that wants to know whether there was a second factor."""
    return {LEVEL: " ".join(methods)}


def test_a_user_has_claims() -> None:
    """In the ID token, in the access token of an API, and at /userinfo."""
    api = TenantClient(policy="never")
    user = api.tenant.add_user()
    user.claims["plan"] = {"name": "gold"}
    answer = api.login(user, audience=API, scope="openid read").json()
    assert claims_of(answer["id_token"])["plan"] == {"name": "gold"}
    assert claims_of(answer["access_token"])["plan"] == {"name": "gold"}
    asked = Request("GET", "/userinfo", {"authorization": f"Bearer {answer['access_token']}"})
    assert handler(api.tenant)(asked).json()["plan"] == {"name": "gold"}


def test_a_function_knows_how_the_user_signed_in() -> None:
    """By password alone, with a second factor, and at a refresh as at the login before."""
    api = TenantClient(claims=by_methods)
    user = api.tenant.add_user(mfa=False)
    otp = user.enroll("otp")
    asked = {"audience": API, "scope": "openid offline_access"}
    assert claims_of(api.login(user, **asked).json()["access_token"])[LEVEL] == "password"
    user.mfa = True
    answer = api.otp(api.mfa_token(user, **asked), otp.code()).json()
    assert claims_of(answer["access_token"])[LEVEL] == claims_of(answer["id_token"])[LEVEL] == "password mfa otp"
    renewed = api.token({"grant_type": "refresh_token", "refresh_token": answer["refresh_token"]}).json()
    assert claims_of(renewed["access_token"])[LEVEL] == "password mfa otp"


def test_permissions_are_the_apis() -> None:
    """In access tokens of an audience, as with role-based access control; never in ID tokens."""
    api = TenantClient(policy="never")
    user = api.tenant.add_user()
    user.claims["permissions"] = ["read:orders"]
    answer = api.login(user, audience=API, scope="openid").json()
    assert claims_of(answer["access_token"])["permissions"] == ["read:orders"]
    assert "permissions" not in claims_of(answer["id_token"])


def test_reserved_claims_are_left_out(caplog: pytest.LogCaptureFixture) -> None:
    """As Auth0 leaves them out: the login succeeds, and pytest's message says what happened."""
    api = TenantClient(policy="never")
    user = api.tenant.add_user()
    user.claims |= {"amr": ["mfa"], "sub": "somebody else", "level": 2}
    answer = api.login(user, audience=API, scope="openid").json()
    for token in (answer["id_token"], answer["access_token"]):
        found = claims_of(token)
        assert "amr" not in found
        assert found["sub"] == user.id
        assert found["level"] == 2
    assert "'amr' is a reserved claim" in caplog.text


def test_auth0s_own_apis_get_claims_with_a_namespace_only() -> None:
    """The MFA API is one of them."""
    api = TenantClient(policy="never")
    user = api.tenant.add_user()
    user.claims |= {"level": 2, LEVEL: 2}
    answer = api.login(user, audience=api.tenant.mfa_audience, scope="openid enroll").json()
    found = claims_of(answer["access_token"])
    assert "level" not in found
    assert found[LEVEL] == 2


def test_what_is_no_function_or_no_mapping_is_refused() -> None:
    """By name."""
    with pytest.raises(ValueError, match="claims"):
        Tenant(claims={"a": 1})  # type: ignore[arg-type]
    api = TenantClient(policy="never", claims=lambda *_: ["a"])
    user = api.tenant.add_user()
    with pytest.raises(ValueError, match="expected a mapping"):
        api.login(user)


@pytest.mark.parametrize("claims", [{1: 2}, {"seen": {1, 2}}, {"ratio": float("nan")}, "admin"], ids=str)
def test_what_no_token_can_carry_is_refused(claims: Any) -> None:
    """Of a user and of a function, by name, before anything is signed."""
    api = TenantClient(policy="never")
    user = api.tenant.add_user()
    user.claims = claims
    with pytest.raises(ValueError, match=r"User\.claims: "):
        api.login(user, audience=API)
    other = TenantClient(policy="never", claims=lambda *_: claims)
    with pytest.raises(ValueError, match=r"Tenant\(claims=\.\.\.\) returned: "):
        other.login(other.tenant.add_user())
