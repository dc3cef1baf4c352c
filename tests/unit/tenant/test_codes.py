"""Length and life of the codes in messages, as a tenant can set them."""

from __future__ import annotations

import pytest
from helpers.tenant_client import TenantClient

from pytest_auth0_mfa import Tenant


@pytest.mark.parametrize("length", [4, 8, 10])
def test_a_code_has_as_many_digits_as_are_set(length: int) -> None:
    """By email, and the code logs in."""
    api = TenantClient(code_lengths={"email": length})
    user = api.tenant.add_user()
    user.enroll("email")
    token = api.mfa_token(user)
    oob_code = api.challenge(token, challenge_type="oob").json()["oob_code"]
    code = api.code(user)
    assert len(code) == length
    assert code.isdecimal()
    assert api.oob(token, oob_code, code[:-1]).status == 403
    assert api.oob(token, oob_code, code).status == 200


def test_sms_and_voice_share_their_setting() -> None:
    """They are the phone factor's; email has its own, and TOTP stays at six."""
    tenant = Tenant(code_lengths={"sms": 8})
    assert tenant.code_lengths == {"email": 6, "sms": 8, "voice": 8}
    tenant.code_lengths["voice"] = 4
    assert tenant.code_lengths["sms"] == 4
    assert len(tenant.add_user().enroll("otp").code()) == 6


@pytest.mark.parametrize(("lifetime", "at", "status"), [(30, 29, 200), (30, 30, 403), (3600, 599, 200)])
def test_a_code_is_good_for_as_long_as_is_set(lifetime: int, at: int, status: int) -> None:
    """One second before its end, and no longer; a long one outlives the usual life of an oob_code."""
    api = TenantClient(code_lifetimes={"email": lifetime})
    user = api.tenant.add_user()
    user.enroll("email")
    token = api.mfa_token(user)
    oob_code = api.challenge(token, challenge_type="oob").json()["oob_code"]
    api.tenant.clock.advance(at)
    assert api.oob(token, oob_code, api.code(user)).status == status


@pytest.mark.parametrize("given", [{"email": 3}, {"push": 6}, {"email": "6"}, 6])
def test_what_no_tenant_can_set_is_refused(given: object) -> None:
    """Another number, another channel, another type."""
    with pytest.raises(ValueError, match="code_lengths"):
        Tenant(code_lengths=given)  # type: ignore[arg-type]


@pytest.mark.parametrize("lifetime", [29, 3601, True])
def test_lives_have_bounds(lifetime: int) -> None:
    """30 to 3600 seconds, when they are set later too."""
    with pytest.raises(ValueError, match="code_lifetimes"):
        Tenant().code_lifetimes["email"] = lifetime


def test_tokens_are_as_long_as_real_ones() -> None:
    """Databases and cookies of applications meet their length: section 1.4 of the contract."""
    api = TenantClient()
    user = api.tenant.add_user()
    token = api.mfa_token(user)
    assert len(token) == 1900
    assert len(api.associate(token, "email").json()["oob_code"]) == 600
