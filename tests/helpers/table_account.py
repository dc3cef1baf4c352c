"""The calls of the My Account API that succeed, and what spoils them in each case of the table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from helpers.table_calls import Ask

from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.spec.operations import ME_SCOPES, METHODS, OPERATIONS
from pytest_auth0_mfa.tenant.jose import hashed
from pytest_auth0_mfa.tenant.limits import AUTHENTICATORS, Rate
from pytest_auth0_mfa.tenant.signing import ProofKey

KEY = ProofKey("ada")
UNKNOWN = f"{METHODS}/email|dev_0000000000000000"


def _token(ask: Ask) -> None:
    ask.token = ask.api.account_token(ask.user)


def _create(ask: Ask) -> None:
    _token(ask)
    ask.body = {"type": "email", "email": "new@example.com"}


def _begun(ask: Ask, **wanted: Json) -> dict[str, Any]:
    _token(ask)
    answer: dict[str, Any] = ask.api.send("POST", METHODS, wanted, ask.token).json()
    ask.path = f"{METHODS}/{answer['id']}/verify"
    ask.body = {"auth_session": answer["auth_session"]}
    return answer


def _verify(ask: Ask) -> None:
    _begun(ask, type="email", email="new@example.com")
    ask.body["otp_code"] = ask.api.code(ask.user)


def _one(ask: Ask) -> None:
    _token(ask)
    ask.path = f"{METHODS}/{ask.user.enroll('otp').id}"


def _update(ask: Ask) -> None:
    _one(ask)
    ask.body = {"name": "Old phone"}


PREPARE: dict[str, Callable[[Ask], None]] = {
    "me-factors": _token,
    "me-list-methods": _token,
    "me-create-method": _create,
    "me-verify-method": _verify,
    "me-get-method": _one,
    "me-update-method": _update,
    "me-delete-method": _one,
}


def _without_token(ask: Ask) -> None:
    ask.token = None


def _garbage(ask: Ask) -> None:
    ask.token = "garbage"


def _wrong_audience(ask: Ask) -> None:
    ask.token = ask.api.login(ask.user).json()["access_token"]


def _missing_scope(ask: Ask) -> None:
    needed = OPERATIONS[ask.operation].scope
    ask.token = ask.api.account_token(ask.user, " ".join(scope for scope in ME_SCOPES if scope != needed))


def _blocked(ask: Ask) -> None:
    ask.user.blocked = True


def _rate_limited(ask: Ask) -> None:
    ask.api.tenant.rate, ask.api.tenant.rate_bucket = Rate(1, 3600), None
    ask.api.send("GET", "/.well-known/jwks.json")


def _another_media_type(ask: Ask) -> None:
    ask.headers["content-type"] = "text/plain"


def _unreadable(ask: Ask) -> None:
    ask.body = b'{"type": '


def _unknown_member(ask: Ask) -> None:
    ask.body["colour"] = "red"


def _unknown_query(ask: Ask) -> None:
    ask.path = f"{METHODS}?type=sms"


def _with(**values: Json) -> Callable[[Ask], None]:
    def spoil(ask: Ask) -> None:
        ask.body = values

    return spoil


def _disabled(ask: Ask) -> None:
    ask.api.tenant.factors.discard("email")
    if ask.operation == "me-update-method":
        ask.path = f"{METHODS}/phone|{ask.user.enroll('sms').id.partition('|')[2]}"
        ask.body = {"preferred_authentication_method": "voice"}


def _duplicate(ask: Ask) -> None:
    ask.user.enroll("email", email=ask.body["email"])


def _limit(ask: Ask) -> None:
    for _ in range(AUTHENTICATORS):
        ask.user.enroll("otp", active=False)


def _messages(ask: Ask) -> None:
    for _ in range(20):
        assert ask.send().status == 202


def _provider(ask: Ask) -> None:
    ask.api.tenant.outbox.fail_next("email")


def _unknown(ask: Ask) -> None:
    ask.path = UNKNOWN + ("/verify" if ask.operation == "me-verify-method" else "")


def _another_session(ask: Ask) -> None:
    ask.body["auth_session"] = "3iMRnuk6c0ffeec0ffeec0ffeec0ffee"


def _wrong_code(ask: Ask) -> None:
    ask.body["otp_code"] = "12"


def _codes(ask: Ask) -> None:
    right = ask.body
    ask.body = {**right, "otp_code": "12"}
    for _ in range(10):
        assert ask.send().status in (400, 401, 403)
    ask.body = right


def _pushed(ask: Ask) -> None:
    _begun(ask, type="push-notification")


def _recovery_code(ask: Ask) -> None:
    assert ask.user.recovery is not None
    ask.path = f"{METHODS}/{ask.user.recovery.id}"


def _verified_email(ask: Ask) -> None:
    ask.user.email_verified = True
    ask.path = f"{METHODS}/{ask.user.authenticators[-1].id}"


def _last(ask: Ask) -> None:
    ask.user.recovery = None


def _as_dpop(ask: Ask) -> None:
    ask.headers["authorization"] = f"DPoP {ask.token}"


def _bound(ask: Ask) -> None:
    ask.token = ask.user.access_token(audience=ask.api.tenant.me_audience, jkt=KEY.jkt)
    _as_dpop(ask)


def _without_nonce(ask: Ask) -> None:
    _bound(ask)
    row, tenant = OPERATIONS[ask.operation], ask.api.tenant
    target = f"{tenant.url}{ask.path or row.path}"
    claims = {
        "htm": row.method,
        "htu": target,
        "iat": int(tenant.clock.now()),
        "jti": "1",
        "ath": hashed(ask.token or ""),
    }
    ask.headers["dpop"] = KEY.sign(KEY.header, claims)


SPOIL: dict[str, Callable[[Ask], None]] = {
    "me_missing_token": _without_token,
    "me_invalid_token": _garbage,
    "me_wrong_audience": _wrong_audience,
    "me_missing_scope": _missing_scope,
    "me_user_blocked": _blocked,
    "me_dpop_token": _as_dpop,
    "me_dpop_proof": _bound,
    "me_dpop_nonce": _without_nonce,
    "me_rate_limited": _rate_limited,
    "me_unsupported_media_type": _another_media_type,
    "me_unreadable_body": _unreadable,
    "me_invalid_body": _unknown_member,
    "me_invalid_query": _unknown_query,
    "me_unsupported_type": _with(type="webauthn-roaming"),
    "me_invalid_address": _with(type="phone", phone_number="5550100"),
    "me_disabled_factor": _disabled,
    "me_duplicate_method": _duplicate,
    "me_method_limit": _limit,
    "me_too_many_messages": _messages,
    "me_provider_failure": _provider,
    "me_unknown_method": _unknown,
    "me_unknown_method_changed": _unknown,
    "me_invalid_session": _another_session,
    "me_wrong_code": _wrong_code,
    "me_too_many_codes": _codes,
    "me_push_not_approved": _pushed,
    "me_not_a_phone": _with(preferred_authentication_method="sms"),
    "me_rename_recovery_code": _recovery_code,
    "me_delete_last": _last,
    "me_delete_verified_email": _verified_email,
}
NEEDS: dict[tuple[str, str], dict[str, Json]] = {
    ("me-delete-method", "me_delete_verified_email"): {"me_lists_verified_email": True},
    **{(operation, "me_dpop_nonce"): {"dpop_nonce_at_resources": True} for operation in PREPARE},
}
