"""The tenant as a config file: what comes back is what was there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from helpers.tenant_client import START

from pytest_auth0_mfa import MfaDemand, Request, Tenant, handler
from pytest_auth0_mfa.app.control.call import Node
from pytest_auth0_mfa.app.control.export import config_of
from pytest_auth0_mfa.cli import main
from pytest_auth0_mfa.cli.tenant_file import build
from pytest_auth0_mfa.spec.factors import ALL_FACTORS
from pytest_auth0_mfa.spec.operations import MFA_OTP, MFA_RECOVERY_CODE
from pytest_auth0_mfa.tenant.tokens import SameForAll
from pytest_auth0_mfa.tenant.totp import totp

JSON = {"content-type": "application/json"}


def full() -> Tenant:
    """A tenant with something in every place of the file."""
    tenant = Tenant(
        factors=ALL_FACTORS,
        policy={"audiences": ["https://shop.example/"], "applications": ["spa"]},
        profile={"mfa_required": "401 mfa_required"},
        fixed_code="123456",
        audiences=["https://shop.example/"],
        proof_of_possession={"https://shop.example/": True},
        code_lengths={"email": 6},
        code_lifetimes={"sms": 60},
    )
    tenant.add_application(
        client_id="spa",
        token_endpoint_auth_method="none",
        grant_types=["password"],
        name="The shop",
        rotate_refresh_tokens=True,
        refresh_token_leeway=10,
        require_proof_of_possession=True,
    )
    tenant.push.approve_after(2)
    ada = tenant.add_user("ada@example.com", "pw", email_verified=True, user_id="auth0|ada", mfa=False)
    ada.claims["https://shop.example/plan"] = "gold"
    ada.claims["permissions"] = ["read:orders"]
    tenant.claims = SameForAll({"https://shop.example/stage": "test"})
    ada.enroll("sms", phone_number="+15550101")
    ada.enroll("push")
    ada.enroll("otp", active=False)
    token = ada.refresh_token(scope="openid", audience="https://shop.example/", client_id="spa")
    tenant.tokens.refresh[token].jkt = "thumbprint"
    tenant.add_user("bob@example.com").blocked = True
    return tenant


def again(tenant: Tenant) -> Tenant:
    """A tenant made of the file of another one."""
    return build(Node(json.loads(json.dumps(config_of(tenant)))))


def test_what_is_made_of_it_is_the_same() -> None:
    """Applications, settings, users, authenticators in their order, refresh tokens."""
    tenant = full()
    made = again(tenant)
    assert config_of(made) == config_of(tenant)
    for name in ("client_id", "client_secret", "factors", "policy", "profile", "fixed_code", "audiences", "claims"):
        assert getattr(made, name) == getattr(tenant, name), name
    assert made.code_lifetimes == tenant.code_lifetimes
    assert made.push.after(None) == 2
    for user in tenant.users.values():
        other = made.users[user.id]
        for name in ("email", "password", "email_verified", "phone_number", "mfa", "blocked", "claims"):
            assert getattr(other, name) == getattr(user, name), name
        assert other.recovery_code == user.recovery_code
        shown = [[(one.factor, one.active, one.address, one.secret) for one in of.entries] for of in (user, other)]
        assert shown[0] == shown[1]
    assert made.tokens.refresh.keys() == tenant.tokens.refresh.keys()
    assert [token.jkt for token in made.tokens.refresh.values()] == ["thumbprint"]
    assert made.proof_of_possession == tenant.proof_of_possession
    assert made.applications["spa"].require_proof_of_possession


def test_a_tenant_without_anything_comes_back_too() -> None:
    """The defaults stay the defaults."""
    tenant = Tenant()
    assert again(tenant).factors == tenant.factors
    assert again(tenant).profile == tenant.profile


def test_who_had_enrolled_logs_in_with_what_they_hold() -> None:
    """The app on the phone, the recovery code on paper, the refresh token of a login with MFA."""
    tenant = Tenant(profile={"refresh_demands_mfa": "unless-verified"})
    user = tenant.add_user()
    user.enroll("otp")
    proof = _log_in(tenant, lambda: {"grant_type": MFA_OTP, "otp": totp(str(user.entries[0].secret), START)})
    made = again(tenant)
    known = made.users[user.id]
    assert _log_in(made, lambda: {"grant_type": MFA_OTP, "otp": totp(str(user.entries[0].secret), START)})
    assert _log_in(made, lambda: {"grant_type": MFA_RECOVERY_CODE, "recovery_code": user.recovery_code})
    renewed = _post(made, {"grant_type": "refresh_token", "refresh_token": proof["refresh_token"]})
    assert "access_token" in renewed, renewed
    assert known.enrolled


def _log_in(tenant: Tenant, second_factor: Any) -> Any:
    """A whole login that asks for a refresh token."""
    tenant.clock.freeze(START)
    user = next(iter(tenant.users.values()))
    asked = _post(tenant, tenant.password_grant(user, scope="openid offline_access"))
    answer = _post(tenant, {**second_factor(), "mfa_token": asked["mfa_token"]})
    assert "access_token" in answer, answer
    return answer


def _post(tenant: Tenant, body: dict[str, Any]) -> Any:
    known = {"client_id": tenant.client_id, "client_secret": tenant.client_secret}
    return handler(tenant)(Request("POST", "/oauth/token", JSON, json.dumps({**known, **body}).encode())).json()


def test_an_authenticator_of_a_factor_that_is_off_is_left_out() -> None:
    """Nobody can use it, and the file could not be read with it."""
    tenant = Tenant()
    tenant.add_user("ada@example.com").enroll("sms")
    tenant.factors.remove("sms")
    assert not again(tenant).users[next(iter(tenant.users))].entries


def test_functions_are_refused() -> None:
    """No JSON holds them."""
    with pytest.raises(ValueError, match="policy is a function"):
        config_of(Tenant(policy=lambda user, application, audience, scopes: MfaDemand()))
    with pytest.raises(ValueError, match="claims are a function"):
        config_of(Tenant(claims=lambda *known: {}))


@pytest.mark.parametrize(
    ("authenticator", "said"),
    [
        ({"factor": "otp", "secret": "not base32!"}, r"authenticators\[0\].secret: expected a secret in base32"),
        ({"factor": "email", "secret": "JBSWY3DPEHPK3PXP"}, "an authenticator of factor 'email' has none"),
    ],
)  # fmt: skip
def test_a_secret_in_the_wrong_place_is_refused(authenticator: dict[str, Any], said: str) -> None:
    """With its place in the document."""
    with pytest.raises(ValueError, match=said):
        build(Node({"users": [{"email": "ada@example.com", "authenticators": [authenticator]}]}))


def test_the_control_plane_hands_it_out() -> None:
    """To who has the token."""
    tenant = full()
    tenant.control_token = "token"
    headers = {"authorization": "Bearer token", "host": tenant.domain}
    answer = handler(tenant)(Request("GET", "/_auth0_mfa/config", headers))
    assert (answer.status, answer.json()) == (200, config_of(tenant))


# -- auth0-mfa export ----------------------------------------------------------------------------


def test_a_folder_that_is_none_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With what makes one; nothing is made."""
    assert main(["export", "--state", str(tmp_path / "nowhere")]) == 2
    assert "no such folder. Expected one that `auth0-mfa serve --state` made" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_place_is_needed(capsys: pytest.CaptureFixture[str]) -> None:
    """One of the two."""
    with pytest.raises(SystemExit, match="2"):
        main(["export"])
    assert "one of the arguments URL --state is required" in capsys.readouterr().err
