"""Client authentication: by body, by Basic header, by assertion, or none."""

from __future__ import annotations

import base64
from urllib.parse import unquote_plus

from pytest_auth0_mfa.messages import Request
from pytest_auth0_mfa.tenant.entities import Application
from pytest_auth0_mfa.tenant.tenant import Tenant
from pytest_auth0_mfa.tenant.verification import same

from .bodies import Params

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def authenticate(tenant: Tenant, request: Request, params: Params, *, check_secret: bool = True) -> Application:
    """The application that calls; refuses unknown ones and wrong or missing proof: row T6."""
    basic = _basic(tenant, request)
    client_id, secret = params.text("client_id"), params.text("client_secret")
    assertion = params.text("client_assertion")
    if basic is not None:
        client_id, secret = client_id or basic[0], secret or basic[1]
        if client_id != basic[0]:
            raise tenant.refusal("client_authentication")
    if client_id is None and assertion is not None:
        client_id = _subject(tenant, assertion)
    elif client_id is None:
        raise tenant.refusal("missing_parameter", name="client_id")
    application = tenant.applications.get(client_id or "")
    if application is None:
        raise tenant.refusal("client_authentication")
    if not application.confidential or not check_secret:
        return application  # a public application's secret is ignored
    if application.token_endpoint_auth_method == "private_key_jwt":
        right = assertion is not None and _holds(tenant, application, assertion, params.text("client_assertion_type"))
    else:
        right = secret is not None and application.client_secret is not None and same(secret, application.client_secret)
    if not right:
        raise tenant.refusal("client_authentication")
    return application


def _basic(tenant: Tenant, request: Request) -> tuple[str, str] | None:
    header = request.headers.get("authorization")
    if header is None:
        return None
    scheme, _, credentials = header.partition(" ")
    if scheme.lower() != "basic":  # guides send a superfluous Bearer here: section 1.2
        return None
    try:
        name, colon, secret = base64.b64decode(credentials.strip(), validate=True).decode().partition(":")
    except ValueError:
        raise tenant.refusal("client_authentication") from None
    if not colon:
        raise tenant.refusal("client_authentication")
    return unquote_plus(name), unquote_plus(secret)


def _holds(tenant: Tenant, application: Application, assertion: str, kind: str | None) -> bool:
    if kind != ASSERTION_TYPE:
        return False
    audiences = [tenant.issuer, tenant.url, tenant.issuer + "oauth/token", tenant.issuer + "mfa/challenge"]
    claims = tenant.signer.assertion(assertion, application.public_keys, audiences, tenant.clock.now())
    return claims is not None and claims.get("sub") == claims.get("iss") == application.client_id


def _subject(tenant: Tenant, assertion: str) -> str | None:
    for application in tenant.applications.values():
        if application.public_keys and _holds(tenant, application, assertion, ASSERTION_TYPE):
            return application.client_id
    return None
