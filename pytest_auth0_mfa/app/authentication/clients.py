"""The parameters of a request, from a JSON or form body, and client authentication."""

from __future__ import annotations

import base64
from collections.abc import Callable
from urllib.parse import parse_qsl, unquote_plus

from pytest_auth0_mfa.messages import Json, Request, decode, media_type
from pytest_auth0_mfa.spec.operations import FORM_TYPE, JSON_TYPE
from pytest_auth0_mfa.spec.profile import Profile
from pytest_auth0_mfa.tenant.entities import Application
from pytest_auth0_mfa.tenant.tenant import Tenant
from pytest_auth0_mfa.tenant.verification import same


class Params:
    """The parameters of a request. ``null`` and empty strings count as absent, because auth0-python sends them."""

    __slots__ = ("_tenant", "values")

    def __init__(self, tenant: Tenant, values: dict[str, Json]) -> None:
        self._tenant = tenant
        self.values = values

    def text(self, name: str) -> str | None:
        """A string, or None if it is absent. Refuses other types."""
        value = self.values.get(name)
        if value is None or isinstance(value, str):
            return value or None
        raise self._tenant.refusal("wrong_type", name=name)

    def required(self, name: str) -> str:
        """A string. Refuses the request if it is absent."""
        value = self.values.get(name)
        if isinstance(value, str) and value:
            return value
        raise self._tenant.refusal("missing_parameter" if value is None or value == "" else "wrong_type", name=name)

    def texts(self, name: str) -> list[str]:
        """A list of strings, empty if it is absent. Refuses other types."""
        value = self.values.get(name)
        if value is None or value == "":
            return []
        if isinstance(value, str) and self._tenant.rules.string_for_list:
            return [value]
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self._tenant.refusal("wrong_type", name=name)
        return value


def parse(tenant: Tenant, request: Request, json_as_form: Callable[[Profile], bool]) -> dict[str, Json]:
    """The parameters of a body that is JSON or a form.

    ``json_as_form`` reads the profile field that says whether JSON is accepted although it is labelled as a form.
    """
    kind = media_type(request)
    if kind == JSON_TYPE or kind.endswith("+json"):
        return parse_json(tenant, request)
    if kind not in (FORM_TYPE, ""):
        raise tenant.refusal("unreadable_body")
    if request.body.lstrip()[:1] == b"{" and (not kind or json_as_form(tenant.rules)):
        return parse_json(tenant, request)
    return parse_form(tenant, request)


def parse_json(tenant: Tenant, request: Request) -> dict[str, Json]:
    """The members of a JSON object."""
    try:
        values = decode(request.body)
    except ValueError:
        raise tenant.refusal("unreadable_body") from None
    if not isinstance(values, dict):
        raise tenant.refusal("unreadable_body")
    return values


def parse_form(tenant: Tenant, request: Request) -> dict[str, Json]:
    """The fields of a form. A repeated field is refused: RFC 6749, section 3.2."""
    try:
        pairs = parse_qsl(request.body.decode("utf-8"), keep_blank_values=True, errors="strict")
    except (UnicodeDecodeError, ValueError):
        raise tenant.refusal("unreadable_body") from None
    values: dict[str, Json] = {}
    for name, value in pairs:
        if name in values:
            raise tenant.refusal("repeated_parameter", name=name)
        values[name] = value
    return values


ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def authenticate(
    tenant: Tenant, request: Request, params: Params, *, check_secret: bool = True, unnamed: str = "missing_parameter"
) -> Application:
    """The calling application. Refuses an unknown one, or wrong or missing credentials: entry T6 of the contract.

    ``check_secret=False`` accepts any credentials. ``unnamed`` is the refusal of a request without client_id.
    """
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
        raise tenant.refusal(unnamed, name="client_id")
    application = tenant.applications.get(client_id or "")
    if application is None:
        raise tenant.refusal("client_authentication")
    if not application.confidential or not check_secret:
        return application  # the secret of a public application is ignored
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
    if scheme.lower() != "basic":  # Auth0's guides send a superfluous Bearer here: section 1.2 of the contract
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
