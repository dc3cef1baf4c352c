"""``POST /passwordless/start``: sends the code of a passwordless login."""

from __future__ import annotations

from operator import attrgetter

from pytest_auth0_mfa.messages import Json, Request
from pytest_auth0_mfa.spec.operations import PASSWORDLESS_OTP
from pytest_auth0_mfa.tenant import passwordless
from pytest_auth0_mfa.tenant.tenant import Tenant

from . import clients
from .bodies import Params, parse

CONNECTIONS = ("email", "sms")


def start(tenant: Tenant, request: Request) -> dict[str, Json]:
    """Send a code, or a link."""
    params = Params(tenant, parse(tenant, request, attrgetter("token_json_as_form")))
    if params.text("client_id") is None and "authorization" not in request.headers:
        raise tenant.refusal("passwordless_no_client_id")
    application = clients.authenticate(tenant, request, params)
    if not application.may_use(PASSWORDLESS_OTP):
        raise tenant.refusal("grant_not_allowed", grant=PASSWORDLESS_OTP)
    connection = params.text("connection")
    if connection is None:
        raise tenant.refusal("passwordless_no_connection")
    if connection not in CONNECTIONS:
        raise tenant.refusal("passwordless_connection")
    if params.values.get("authParams") is not None and not isinstance(params.values["authParams"], dict):
        raise tenant.refusal("passwordless_parameters")
    address = params.text("email" if connection == "email" else "phone_number")
    return passwordless.start(tenant, connection, address, code=params.text("send") == "code" or connection == "sms")
