"""Refresh tokens that rotate, and their revocation: entries T15, T16 and R1 to R4 of the contract."""

from __future__ import annotations

import pytest
from helpers.tenant_client import TenantClient

from pytest_auth0_mfa import Response, User
from pytest_auth0_mfa.messages import Json

SCOPE = "openid offline_access"
UNKNOWN = (403, "Unknown or invalid refresh token.")


def refresh(api: TenantClient, token: str, **more: Json) -> Response:
    """The refresh_token grant."""
    return api.token({"grant_type": "refresh_token", "refresh_token": token, **more})


def refused(response: Response) -> tuple[int, str]:
    """Status and text."""
    return response.status, response.json()["error_description"]


def rotating(leeway: int = 0, **settings: Json) -> tuple[TenantClient, User]:
    """A tenant whose application rotates refresh tokens, and a user."""
    api = TenantClient(**settings)
    application = api.tenant.applications[api.tenant.client_id]
    application.rotate_refresh_tokens, application.refresh_token_leeway = True, leeway
    return api, api.tenant.add_user(mfa=False)


def test_each_use_gives_a_new_token() -> None:
    """And the new one is as good as the old one was, with the same scope."""
    api, user = rotating()
    first = api.login(user, scope=SCOPE).json()["refresh_token"]
    answer = refresh(api, first).json()
    assert answer["refresh_token"] != first
    assert answer["scope"] == SCOPE
    assert refresh(api, answer["refresh_token"]).status == 200


def test_without_rotation_the_token_stays() -> None:
    """As it is by default: no refresh token comes with an answer, and the old one goes on."""
    api = TenantClient()
    token = api.tenant.add_user(mfa=False).refresh_token()
    for _ in range(2):
        answer = refresh(api, token)
        assert answer.status == 200
        assert "refresh_token" not in answer.json()


def test_a_used_token_revokes_its_family() -> None:
    """Whoever presents it may be a thief: the newest token is refused too, and those of other logins are not."""
    api, user = rotating()
    first = api.login(user, scope=SCOPE).json()["refresh_token"]
    other = api.login(user, scope=SCOPE).json()["refresh_token"]
    newest = refresh(api, first).json()["refresh_token"]
    assert refused(refresh(api, first)) == UNKNOWN
    assert refused(refresh(api, newest)) == UNKNOWN
    assert refresh(api, other).status == 200


@pytest.mark.parametrize(("after", "status"), [(9, 200), (10, 403)])
def test_within_the_leeway_the_token_before_is_good(after: int, status: int) -> None:
    """For as many seconds as the application has; two tabs may refresh at once."""
    api, user = rotating(leeway=10)
    first = api.login(user, scope=SCOPE).json()["refresh_token"]
    assert refresh(api, first).status == 200
    api.tenant.clock.advance(after)
    assert refresh(api, first).status == status


def test_within_the_leeway_only_the_token_before_the_newest_is_good() -> None:
    """An older one is a reuse, however quickly it comes."""
    api, user = rotating(leeway=10)
    first = api.login(user, scope=SCOPE).json()["refresh_token"]
    second = refresh(api, first).json()["refresh_token"]
    third = refresh(api, second).json()["refresh_token"]
    assert refused(refresh(api, first)) == UNKNOWN
    assert refused(refresh(api, third)) == UNKNOWN


def test_a_second_factor_at_refresh_rotates() -> None:
    """The old token stays good until the factor is verified, and is used up then."""
    api, user = rotating()
    user.mfa = True
    otp = user.enroll("otp")
    first = user.refresh_token(scope=SCOPE)
    demanded = refresh(api, first)
    assert demanded.json()["error"] == "mfa_required"
    answer = api.otp(demanded.json()["mfa_token"], otp.code()).json()
    assert answer["refresh_token"] != first
    assert refresh(api, answer["refresh_token"]).status == 200, "its login had MFA now"
    assert refused(refresh(api, first)) == UNKNOWN


def revoke(api: TenantClient, token: Json, **more: Json) -> Response:
    """``POST /oauth/revoke``."""
    return api.send("POST", "/oauth/revoke", {"token": token, **api.client, **more})


def test_a_revoked_token_is_refused() -> None:
    """The answer is empty, as recorded; revoking it twice is no error; access tokens live on."""
    api = TenantClient(policy="never")
    answer = api.login(api.tenant.add_user(), scope=SCOPE).json()
    response = revoke(api, answer["refresh_token"], token_type_hint="refresh_token")
    assert (response.status, response.body, response.headers["content-type"]) == (200, b"", "application/json")
    assert refused(refresh(api, answer["refresh_token"])) == UNKNOWN
    assert revoke(api, answer["refresh_token"]).status == 200
    assert api.send("GET", "/userinfo", token=answer["access_token"]).status == 200


def test_revoking_a_rotated_token_revokes_its_family() -> None:
    """The newest one too."""
    api, user = rotating()
    first = api.login(user, scope=SCOPE).json()["refresh_token"]
    newest = refresh(api, first).json()["refresh_token"]
    assert revoke(api, first).status == 200
    assert refused(refresh(api, newest)) == UNKNOWN


def test_a_token_that_nobody_knows_is_revoked_already() -> None:
    """RFC 7009, section 2.2; a missing one is an error, and so is a wrong secret."""
    api = TenantClient()
    assert revoke(api, "v1.unknown").status == 200
    assert refused(revoke(api, None)) == (400, "Missing required parameter: token")
    assert revoke(api, "v1.unknown", client_secret="wrong").status == 401


def test_a_token_of_another_application_is_left_alone() -> None:
    """Whatever the answer is: which one is disputed."""
    api = TenantClient()
    other = api.tenant.add_application(client_id="other", client_secret="secret")
    token = api.tenant.add_user(mfa=False).refresh_token(client_id=other.client_id)
    assert revoke(api, token).status == 200
    assert refresh(api, token, client_id="other", client_secret="secret").status == 200
