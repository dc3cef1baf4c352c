"""Right tenants whose page of the user's own is unusual where documents leave it free."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from pytest_auth0_mfa import Handler, Profile, Request, Response, Tenant
from pytest_auth0_mfa.spec.refusals import REFUSALS

from .breaking import Break, operation_of, sent, with_body, with_parameters
from .right import answers, bodies, plain, right


def _is_problem(body: Any) -> bool:
    return isinstance(body, dict) and str(body.get("type", "")).startswith("https://auth0.com/api-errors")


def _rows(change: Callable[[dict[str, Any]], None]) -> Break:
    """Change each method that is shown."""

    def changed(operation: str, body: Any) -> None:
        if operation in ("me-list-methods", "me-get-method", "me-update-method", "me-verify-method"):
            for row in [] if _is_problem(body) else body.get("authentication_methods", [body]):
                change(row)

    return bodies(changed)


def _of(operation: str, change: Callable[[dict[str, Any]], None]) -> Break:
    """Change the successes of an operation."""

    def changed(called: str, body: Any) -> None:
        if called == operation and not _is_problem(body):
            change(body)

    return bodies(changed)


def _problems(change: Callable[[dict[str, Any]], None]) -> Break:
    """Change each problem."""
    return bodies(lambda operation, body: change(body) if _is_problem(body) else None)


# -- methods


right("me-newest-first")(_of("me-list-methods", lambda body: body["authentication_methods"].reverse()))
right("me-created-at-without-milliseconds")(
    _rows(lambda row: row.update(created_at=row["created_at"].partition(".")[0].rstrip("Z") + "Z"))
)
right("me-created-at-with-microseconds")(
    _rows(lambda row: row.update(created_at=row["created_at"].replace("Z", "250Z")))
)
right("me-last-auth-at")(_rows(lambda row: row.update(last_auth_at="2026-01-02T03:04:05.000Z")))
right("me-names-of-devices")(
    _rows(lambda row: row.setdefault("name", "Pixel 9") if row["type"] in ("totp", "push-notification") else None)
)
right("me-push-without-a-name")(
    _rows(lambda row: row.pop("name", None) if row["type"] == "push-notification" else None)
)
right("me-more-members")(
    _rows(lambda row: row.update(updated_at=row["created_at"], link_id="l-1", enrolled_at=row["created_at"]))
)

_PASSWORD = {
    "id": "password|Njg4OWEw",
    "type": "password",
    "identity_user_id": "6889a0",
    "usage": ["primary"],
    "created_at": "2020-01-02T03:04:05.000Z",
    "last_password_reset": "2021-01-02T03:04:05.000Z",
}
_PASSKEY = {
    "id": "passkey|dev_0123456789abcdef",
    "type": "passkey",
    "usage": ["primary"],
    "created_at": "2020-01-02T03:04:05.000Z",
    "credential_backed_up": True,
    "credential_device_type": "multi_device",
    "identity_user_id": "auth0|0123",
    "key_id": "k-1",
    "public_key": "pQECAyYgASFY",
    "user_handle": "aGFuZGxl",
}


def _with_more_types(tenant: Tenant, request: Request, response: Response) -> Response:
    if operation_of(request) != "me-list-methods" or response.status != 200:
        return response
    asked = request.path.partition("type=")[2].partition("&")[0]
    body = response.json()
    more = [row for row in (_PASSWORD, _PASSKEY) if asked in ("", row["type"])]
    return with_body(response, {"authentication_methods": [*more, *body["authentication_methods"]][:20]})


right("me-with-a-password-and-a-passkey")(answers(_with_more_types))


def _factors(change: Callable[[list[dict[str, Any]]], None]) -> Break:
    """Change the list of factors, in either form."""
    return _of("me-factors", lambda body: change(body if isinstance(body, list) else body["factors"]))


def _more_factors(rows: list[dict[str, Any]]) -> None:
    rows[:] = [{"type": "passkey", "usage": ["primary"]}, *reversed(rows), {"type": "password"}]


def _without_usage(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        del row["usage"]


def _with_a_name(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        row["label"] = "A factor"


for _form, _told in (("object", ""), ("array", "-array")):
    _profile = Profile(me_factors_as=_form)
    right(f"me-factors{_told}-in-another-order-and-a-passkey", profile=_profile)(_factors(_more_factors))
    right(f"me-factors{_told}-without-usage", profile=_profile)(_factors(_without_usage))
    right(f"me-factors{_told}-with-labels", profile=_profile)(_factors(_with_a_name))

# -- enrolling


right("me-no-manual-input-code")(_of("me-create-method", lambda body: body.pop("manual_input_code", None)))
right("me-create-says-its-type")(
    _of(
        "me-create-method",
        lambda body: body.update(type=body["id"].partition("|")[0], expires_at="2030-01-02T03:04:05Z"),
    )
)
right("me-barcodes-of-the-address")(
    _of(
        "me-create-method",
        lambda body: (
            body.update(barcode_uri=body["barcode_uri"].replace("auth0%7C", "x%40y.example-"))
            if "barcode_uri" in body
            else None
        ),
    )
)


@right("me-sessions-sealed")
def _sealed(tenant: Tenant, handler: Handler) -> Handler:
    """The documentation's examples are sealed tokens."""
    real: dict[str, str] = {}

    def handle(request: Request) -> Response:
        given = sent(request).get("auth_session")
        is_json = request.headers.get("content-type", "").lower().startswith("application/json")
        if is_json and isinstance(given, str) and given in real:
            request = with_parameters(request, auth_session=real[given])
        response = handler(request)
        if operation_of(request) != "me-create-method" or response.status != 202:
            return response
        body = response.json()
        shown = f"Fe26.2*1*0*0*{body['auth_session']}"
        real[shown] = body["auth_session"]
        return with_body(response, {**body, "auth_session": shown})

    return handle


def _header(name: str, change: Callable[[str], str]) -> Break:
    def act(tenant: Tenant, request: Request, response: Response) -> Response:
        value = response.headers.get(name)
        return response if value is None else replace(response, headers={**response.headers, name: change(value)})

    return answers(act)


right("me-locations-with-a-raw-bar")(_header("location", lambda uri: uri.replace("%7C", "|")))
right("me-locations-in-small-hex")(_header("location", lambda uri: uri.replace("%7C", "%7c")))

# -- refusals


def _told_otherwise(body: dict[str, Any]) -> None:
    body |= {"title": "Denied", "detail": "This cannot be done."}
    if "validation_errors" in body:
        body["validation_errors"] = [{"detail": "is wrong", "field": "data/x", "pointer": "/x", "source": "body"}]


def _numbered_otherwise(body: dict[str, Any]) -> None:
    if body["type"].rpartition("/")[2] not in ("A0E-401-0003", "A0E-400-0003"):
        body["type"] = f"https://auth0.com/api-errors/A0E-{body['status']}-0099"


right("me-titles-and-texts-of-its-own")(_problems(_told_otherwise))
right("me-codes-of-its-own")(_problems(_numbered_otherwise))
right("me-codes-behind-a-hash")(
    _problems(lambda body: body.update(type=body["type"].replace("api-errors/", "api-errors#")))
)
right("me-no-validation-errors")(_problems(lambda body: body.pop("validation_errors", None)))
right("me-problems-with-an-instance")(_problems(lambda body: body.update(instance="/me/v1/errors/1")))


def _otherwise(tenant: Tenant, request: Request, response: Response) -> Response:
    """Each refusal of the page that is only guessed has another status and code."""
    refusal = tenant.calls[-1].refusal_id if tenant.calls else None
    if refusal is None or not refusal.startswith("me_") or REFUSALS[refusal].confidence != "guess":
        return response
    if not 400 <= response.status < 500:
        return response
    kind = "https://auth0.com/api-errors/A0E-403-0009"
    body = {"type": kind, "title": "Forbidden", "status": 403, "detail": "Another text"}
    return replace(response, status=403, body=json.dumps(body).encode())


right("me-guesses-otherwise")(answers(_otherwise))


@right("me-refuses-with-a-challenge")
def _with_a_challenge(tenant: Tenant, handler: Handler) -> Handler:
    """RFC 6750 demands it of every 401."""

    def handle(request: Request) -> Response:
        response = handler(request)
        if response.status != 401 or not request.path.startswith("/me/"):
            return response
        return replace(response, headers={"www-authenticate": 'Bearer realm="api"', **response.headers})

    return handle


def _limited_too(tenant: Tenant, request: Request, response: Response) -> Response:
    limits = {"x-ratelimit-limit": "10", "x-ratelimit-remaining": "9", "x-ratelimit-reset": "1767323045"}
    return replace(response, headers={**limits, **response.headers})


right("me-limits-told-with-refusals")(answers(_limited_too))

# -- settings

_SETTINGS: dict[str, Any] = {
    "me_new_ids": "new",
    "me_lists_unconfirmed": False,
    "me_auth_session_once": False,
    "me_lists_verified_email": True,
    "me_lists_push_app": True,
    "me_phone_channel": "voice",
    "me_recovery_code_replaces": "at-once",
    "me_push_barcode": "key",
    "me_masks_addresses": False,
    "me_token_lifetime": 600,
    "me_factors_as": "array",
    "me_auth_session_lifetime": 900,
    "me_duplicate_method": "409 A0E-409-0003",
    "me_delete_last": "409 A0E-409-0001",
}
for _name, _value in _SETTINGS.items():
    right(f"{_name.replace('_', '-')}-otherwise", profile=Profile(**{_name: _value}))(plain)
