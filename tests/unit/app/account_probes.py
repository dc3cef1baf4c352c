"""What the fields of the profile decide that are about the My Account API: see test_profile_obeyed.py."""

from __future__ import annotations

from typing import Any

from helpers.tenant_client import TenantClient

from pytest_auth0_mfa import User
from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.spec.operations import METHODS

EMAIL: dict[str, Json] = {"type": "email", "email": "new@example.com"}


def _user(api: TenantClient, **more: Any) -> tuple[User, str]:
    user = api.tenant.add_user("ada@example.com", mfa=False, **more)
    return user, api.account_token(user)


def _create(api: TenantClient, token: str, **wanted: Json) -> dict[str, Any]:
    body: dict[str, Any] = api.send("POST", METHODS, wanted, token).json()
    return body


def _verify(api: TenantClient, token: str, begun: dict[str, Any], code: str | None) -> int:
    body = {"auth_session": begun["auth_session"], **({} if code is None else {"otp_code": code})}
    return api.send("POST", f"{METHODS}/{begun['id']}/verify", body, token).status


def _types(api: TenantClient, token: str) -> list[str]:
    listed = api.send("GET", METHODS, token=token).json()["authentication_methods"]
    return [row["type"] for row in listed]


def me_error_uri(api: TenantClient) -> object:
    return api.send("GET", METHODS, token="unknown").json()["type"]


def me_masks_addresses(api: TenantClient) -> object:
    user, token = _user(api)
    user.enroll("sms")
    user.enroll("email")
    return api.send("GET", METHODS, token=token).json()["authentication_methods"]


def me_new_ids(api: TenantClient) -> object:
    _, token = _user(api)
    answer = api.send("POST", METHODS, {"type": "totp"}, token)
    assert answer.headers["location"].rpartition("/")[2] == answer.json()["id"].replace("|", "%7C")
    return answer.json()["id"]


def me_lists_unconfirmed(api: TenantClient) -> object:
    _, token = _user(api)
    begun = _create(api, token, type="totp")
    return _types(api, token), api.send("GET", f"{METHODS}/{begun['id']}", token=token).status


def me_auth_session_lifetime(api: TenantClient) -> object:
    _, token = _user(api)
    begun = _create(api, token, type="totp")
    answers = []
    for _ in range(3):
        api.tenant.clock.advance(300)
        answers.append(_verify(api, token, begun, "12"))
    return answers


def me_auth_session_once(api: TenantClient) -> object:
    user, token = _user(api)
    begun = _create(api, token, **EMAIL)
    return [_verify(api, token, begun, api.code(user)) for _ in range(2)]


def me_lists_verified_email(api: TenantClient) -> object:
    _, token = _user(api, email_verified=True)
    return _types(api, token)


def me_lists_push_app(api: TenantClient) -> object:
    user, token = _user(api)
    user.enroll("push")
    return _types(api, token)


def me_phone_channel(api: TenantClient) -> object:
    user, token = _user(api)
    _create(api, token, type="phone", phone_number="+15550100123")
    return api.tenant.outbox.latest(user).channel


def me_recovery_code_replaces(api: TenantClient) -> object:
    user, token = _user(api)
    user.enroll("otp")
    before = user.recovery_code
    _create(api, token, type="recovery-code")
    return user.recovery_code == before


def me_push_barcode(api: TenantClient) -> object:
    _, token = _user(api)
    return "secret=" in _create(api, token, type="push-notification")["barcode_uri"]


def me_www_authenticate(api: TenantClient) -> object:
    return api.send("GET", METHODS, token="unknown").headers.get("www-authenticate")


def me_token_lifetime(api: TenantClient) -> object:
    user, _ = _user(api)
    return api.login(user, audience=api.tenant.me_audience).json()["expires_in"]


def me_factors_as(api: TenantClient) -> object:
    _, token = _user(api)
    return type(api.send("GET", "/me/v1/factors", token=token).json())


PROBES = {
    function.__name__: function
    for function in (
        me_error_uri,
        me_masks_addresses,
        me_new_ids,
        me_lists_unconfirmed,
        me_auth_session_lifetime,
        me_auth_session_once,
        me_lists_verified_email,
        me_lists_push_app,
        me_phone_channel,
        me_recovery_code_replaces,
        me_push_barcode,
        me_www_authenticate,
        me_token_lifetime,
        me_factors_as,
    )
}
