"""Whatever is sent to management or control plane, the answer is a refusal that can be read, never a fault of ours."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_auth0_mfa import Request, Tenant, handler
from pytest_auth0_mfa.app.control.routes import ROUTES
from pytest_auth0_mfa.spec.operations import MANAGEMENT, MANAGEMENT_SCOPES
from pytest_auth0_mfa.tenant.tokens import new_access_token

_NAMES = (
    "email", "password", "connection", "user_id", "type", "phone_number", "totp_secret", "message_types", "enabled",
    "factor", "operation", "status", "times", "seconds", "at", "headers", "body", "user", "polls", "channel",
    "policy", "totp_window", "authenticators", "mfa_factors", "blocked", "user_metadata", "name", "mfa",
)  # fmt: skip
_TEXTS = ("", "ada@example.com", "email", "jwks", "otp", "auth0|1", "x", "+15550101234", "\ud800", "\x00", "JBSWY3DP")
_scalars = st.none() | st.booleans() | st.sampled_from([0, 1, -1, 10**30, 1e308, 0.5]) | st.sampled_from(_TEXTS)
_json = st.recursive(
    _scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_NAMES), inner, max_size=5),
    max_leaves=8,
)
_bodies = st.one_of(
    _json.map(lambda value: json.dumps(value).encode()),
    st.sampled_from([b"", b"{", b"\xff", b"[" * 100_000, b"1" * 5000, b"null", b"NaN", b'{"at": Infinity}']),
)
_parts = st.sampled_from(["auth0%7C1", "ada@example.com", "x", "%FF", "%00", "%ED%A0%80", "email%7Cdev_1", "a/b", ""])
_queries = st.sampled_from(["", "?", "?page=1&per_page=2", "?page=" + "9" * 5000, "?after=-1", "?q=%FF", "?fields=,"])
_slow = settings(
    max_examples=15,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


def _tenant() -> Tenant:
    tenant = Tenant(seed=1)
    tenant.control_token = "token"
    tenant.add_user("ada@example.com", user_id="auth0|1").enroll("email")
    return tenant


def _path(template: str, data: st.DataObject) -> str:
    pieces = [data.draw(_parts) if piece.startswith("{") else piece for piece in template.split("/")]
    return "/".join(pieces) + data.draw(_queries)


@pytest.mark.parametrize("row", MANAGEMENT.values(), ids=lambda row: row.id)
@_slow
@given(data=st.data())
def test_management_refuses_in_its_envelope(row: Any, data: st.DataObject) -> None:
    """Below 500, with the envelope, and the tenant still answers afterwards."""
    tenant = _tenant()
    application = tenant.applications[tenant.client_id]
    token = new_access_token(tenant, None, application, MANAGEMENT_SCOPES, tenant.management_audience, 600)
    kinds = st.sampled_from(["application/json", "multipart/form-data; boundary=x", "multipart/form-data", ""])
    headers = {"authorization": f"Bearer {token}", "content-type": data.draw(kinds)}
    answer = handler(tenant)(Request(row.method, _path(row.path, data), headers, data.draw(_bodies)))
    assert answer.status < 500
    if answer.status >= 400:
        assert answer.json()["statusCode"] == answer.status
    _still_answers(tenant)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
@_slow
@given(data=st.data())
def test_the_control_plane_refuses_with_a_message(route: Any, data: st.DataObject) -> None:
    """Below 500, with error and message, and the tenant still answers afterwards."""
    tenant = _tenant()
    path = "/_auth0_mfa/" + _path(route.path, data)
    answer = handler(tenant)(Request(route.method, path, {"authorization": "Bearer token"}, data.draw(_bodies)))
    assert answer.status < 500
    if answer.status >= 400:
        assert set(answer.json()) == {"error", "message"}
    tenant.faults.clear()
    _still_answers(tenant)


def _still_answers(tenant: Tenant) -> None:
    control = Request("GET", "/_auth0_mfa/users", {"authorization": "Bearer token"})
    assert handler(tenant)(control).status == 200
    assert handler(tenant)(Request("GET", "/.well-known/openid-configuration", {})).status == 200
