"""The operations below ``/mfa/``."""

from __future__ import annotations

from operator import attrgetter
from urllib.parse import unquote

from pytest_auth0_mfa.messages import Json, Request, media_type
from pytest_auth0_mfa.spec.operations import FORM_TYPE, MFA_GRANTS
from pytest_auth0_mfa.tenant import challenges, enrollment, tokens
from pytest_auth0_mfa.tenant.issued import Session
from pytest_auth0_mfa.tenant.tenant import Tenant

from . import clients
from .bearer import check_binding, presented
from .clients import Params, parse, parse_form, parse_json
from .token import session_of


def bearer(tenant: Tenant, request: Request, scope: str, *, mfa_token: bool) -> Session:
    """The session of the bearer token.

    An access token needs the MFA audience and ``scope``; an mfa_token is accepted only if ``mfa_token`` is true.
    Entries A7, A8, B9, B10, L3, L4 and X2 of the contract.
    """
    _, token = presented(request)
    if not token:
        raise refused(tenant, "missing_bearer")
    session, jkt = tenant.tokens.mfa.get(token), None
    if session is None:
        session, jkt = _access_session(tenant, token, scope)
    elif not mfa_token or session.dead(tenant) or session.expired(tenant):
        raise refused(tenant, "invalid_bearer")
    if session.user.blocked or session.user.deleted:
        raise tenant.refusal("user_blocked")
    check_binding(tenant, request, jkt)
    return session


def _access_session(tenant: Tenant, token: str, scope: str) -> tuple[Session, str | None]:
    """The session of an access token, and the thumbprint of the key that the token is bound to."""
    access = tenant.tokens.access.get(token)
    if access is None or tenant.clock.now() >= access.expires_at:
        raise refused(tenant, "invalid_bearer")
    if access.user is None or tenant.mfa_audience not in access.audiences:
        raise refused(tenant, "wrong_audience")
    if scope not in access.scopes:
        raise refused(tenant, "missing_scope", scope=scope)
    return tokens.managing_session(tenant, access, access.user), access.jkt


def refused(tenant: Tenant, refusal_id: str, scope: str = "") -> Exception:
    """The refusal of a bearer token. Whether Auth0 adds WWW-Authenticate is unknown (entry U-9 of the contract)."""
    headers = {"www-authenticate": "Bearer"} if tenant.rules.www_authenticate else None
    return tenant.refusal(refusal_id, headers=headers, scope=scope)


def associate(tenant: Tenant, request: Request) -> dict[str, Json]:
    """Enroll an authenticator."""
    session = bearer(tenant, request, tokens.ENROLL, mfa_token=True)
    if media_type(request) == FORM_TYPE and tenant.rules.associate_form:
        values = _lists_of_form(parse_form(tenant, request))
    elif media_type(request) not in ("application/json", ""):
        raise tenant.refusal("unreadable_body")
    else:
        values = parse_json(tenant, request)
    params = Params(tenant, values)
    client_id = params.text("client_id")
    if client_id is None and tenant.rules.associate_client_id_required:
        raise tenant.refusal("missing_parameter", name="client_id")
    if client_id is not None and client_id != session.client_id and tenant.rules.associate_checks_client:
        raise tenant.refusal("client_authentication")
    types = params.texts("authenticator_types")
    if not types:
        raise tenant.refusal("missing_parameter", name="authenticator_types")
    return enrollment.associate(
        tenant, session, types, params.texts("oob_channels"), params.text("email"), params.text("phone_number")
    )


def _lists_of_form(values: dict[str, Json]) -> dict[str, Json]:
    return {
        name.removesuffix("[]"): [value]
        if name.removesuffix("[]") in ("authenticator_types", "oob_channels")
        else value
        for name, value in values.items()
    }


def list_authenticators(tenant: Tenant, request: Request) -> list[dict[str, Json]]:
    """List the user's authenticators, including pending ones."""
    session = bearer(tenant, request, tokens.READ, mfa_token=tenant.rules.list_with_mfa_token)
    return enrollment.authenticator_rows(tenant, session)


def delete_authenticator(tenant: Tenant, request: Request) -> None:
    """Delete an authenticator. Its id may be raw or percent-encoded once: section 6 of the contract."""
    session = bearer(tenant, request, tokens.REMOVE, mfa_token=False)
    authenticator_id = unquote(request.path.partition("?")[0].rpartition("/")[2])
    enrollment.delete_authenticator(tenant, session.user, authenticator_id)


def challenge(tenant: Tenant, request: Request) -> dict[str, Json]:
    """Request a challenge. JSON that is labelled as a form is accepted, because a curl command in Auth0's guide sends
    it."""
    rules = tenant.rules
    if media_type(request) == FORM_TYPE and not rules.challenge_form:
        raise tenant.refusal("unreadable_body")
    params = Params(tenant, parse(tenant, request, attrgetter("challenge_json_as_form")))
    token = params.required("mfa_token")
    application = clients.authenticate(tenant, request, params, check_secret=rules.challenge_checks_secret)
    if not any(application.may_use(grant) for grant in MFA_GRANTS):
        raise tenant.refusal("grant_not_allowed", grant=MFA_GRANTS[0])
    types = challenge_types(tenant, params)
    authenticator_id, channel = params.text("authenticator_id"), params.text("oob_channel")
    if channel is not None and not rules.challenge_oob_channel:
        channel = None
    session = session_of(tenant, application, token, for_grant=False)
    return challenges.challenge(tenant, session, types, authenticator_id, channel)


def challenge_types(tenant: Tenant, params: Params) -> list[str]:
    """The requested challenge types, separated by spaces; by default otp and oob: section 7 of the contract."""
    asked = params.text("challenge_type")
    if asked is None:
        if tenant.rules.challenge_type_required:
            raise tenant.refusal("missing_parameter", name="challenge_type")
        return ["otp", "oob"]
    return list(dict.fromkeys(asked.split()))
