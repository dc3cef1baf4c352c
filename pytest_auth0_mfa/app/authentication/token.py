"""The operations of ``POST /oauth/token``, ``POST /passwordless/start`` and ``POST /oauth/revoke``."""

from __future__ import annotations

from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from pytest_auth0_mfa.messages import Json, Request
from pytest_auth0_mfa.spec.factors import CUSTOMIZABLE_TYPE, RECOVERY
from pytest_auth0_mfa.spec.operations import MANAGEMENT_SCOPES, ME_SCOPES, PASSWORDLESS_OTP, Operation
from pytest_auth0_mfa.tenant import passwordless, tokens, verification
from pytest_auth0_mfa.tenant.entities import Application, MfaDemand, User
from pytest_auth0_mfa.tenant.issued import Session
from pytest_auth0_mfa.tenant.limits import WRONG_PASSWORDS
from pytest_auth0_mfa.tenant.tenant import Tenant

from . import clients
from .bearer import possession
from .clients import Params, parse


@dataclass(slots=True)
class Grant:
    """A token request from an authenticated application that may use the grant."""

    tenant: Tenant
    params: Params
    application: Application
    jkt: str | None = None
    """The thumbprint of the key that the request has a proof of, or None without a proof."""

    def issue(
        self, user: User, scope: str | None, audience: str | None, methods: tuple[str, ...], **more: Any
    ) -> dict[str, Json]:
        """The tokens of a login: see `tokens.issue`."""
        return tokens.issue(self.tenant, user, self.application, scope, audience, methods=methods, jkt=self.jkt, **more)


def perform(tenant: Tenant, request: Request, operation: Operation, params: Params) -> dict[str, Json]:
    """Answer a token request with a known grant type."""
    application = clients.authenticate(tenant, request, params)
    if not application.may_use(operation.grant_type or ""):
        raise tenant.refusal("grant_not_allowed", grant=operation.grant_type)
    return _GRANTS[operation.id](Grant(tenant, params, application, possession(tenant, request, application)))


def password(grant: Grant) -> dict[str, Json]:
    """Log in with username and password."""
    tenant, params = grant.tenant, grant.params
    username, given = params.required("username"), params.required("password")
    scope, audience, nonce = params.text("scope"), params.text("audience"), params.text("nonce")
    if params.text("organization") is not None:
        raise tenant.refusal("organization_unsupported")
    tenant.check_audience(audience)
    user = tenant.user_by_email(username)
    if user is not None and user.failed_logins >= WRONG_PASSWORDS:
        raise tenant.refusal("login_blocked")
    if user is None or not verification.same(given, user.password):
        if user is not None:
            user.failed_logins += 1
        raise tenant.refusal("wrong_password")
    user.failed_logins = 0
    if user.blocked:
        raise tenant.refusal("user_blocked")
    return log_in(grant, user, scope, audience, nonce, ("password",))


def password_realm(grant: Grant) -> dict[str, Json]:
    """Log in at a connection. Any realm is accepted."""
    grant.params.required("realm")
    return password(grant)


def passwordless_otp(grant: Grant) -> dict[str, Json]:
    """Log in with a code that was sent by email or SMS: entries P4 to P6 of the contract."""
    tenant, params = grant.tenant, grant.params
    realm, username, otp = params.required("realm"), params.required("username"), params.required("otp")
    scope, audience, nonce = params.text("scope"), params.text("audience"), params.text("nonce")
    if realm not in ("email", "sms"):
        raise tenant.refusal("wrong_type", name="realm")
    if params.text("organization") is not None:
        raise tenant.refusal("organization_unsupported")
    tenant.check_audience(audience)
    user = passwordless.verify(tenant, realm, username, otp)
    if user.blocked:
        raise tenant.refusal("user_blocked")
    return log_in(grant, user, scope, audience, nonce, ("passwordless",))


def log_in(
    grant: Grant, user: User, scope: str | None, audience: str | None, nonce: str | None, methods: tuple[str, ...]
) -> dict[str, Json]:
    """Issue tokens, or demand a second factor."""
    tenant, application = grant.tenant, grant.application
    demanded = tenant.demands(user, application, audience, tokens.granted_scopes(tenant, scope, audience))
    if not demanded:
        return grant.issue(user, scope, audience, methods, nonce=nonce)
    session = tokens.new_session(tenant, user, application.client_id, scope, audience, nonce)
    session.methods = methods
    raise demand(tenant, session, demanded)


def demand(tenant: Tenant, session: Session, demanded: tuple[MfaDemand, ...]) -> Exception:
    """The refusal mfa_required, for the first of the demands: entries T2, T3 and V20 of the contract."""
    session.demand, session.following = demanded[0], demanded[1:]
    extra: dict[str, Json] = {"mfa_token": session.token} if session.demand.mfa_token else {}
    asked = session.demand
    if asked.names_factors:
        extra["mfa_requirements"] = {
            name: [{"type": kind} for kind in dict.fromkeys(CUSTOMIZABLE_TYPE[factor] for factor in factors)]
            for name, factors in (("enroll", asked.enroll), ("challenge", asked.challenge))
            if factors is not None
        }
    elif tenant.rules.mfa_requirements:
        extra["mfa_requirements"] = requirements(tenant, session.user)
    return tenant.refusal("mfa_required", extra=extra)


def requirements(tenant: Tenant, user: User) -> dict[str, Json]:
    """The mfa_requirements of customizable MFA: section 2.3. Email can be challenged but not enrolled."""
    active = [a.factor for a in user.authenticators if a.active and a.factor in tenant.factors]
    if not active:
        order = ("otp", "push", "sms", "voice")
        return {
            "enroll": [{"type": t} for t in dict.fromkeys(CUSTOMIZABLE_TYPE[f] for f in order if f in tenant.factors)]
        }
    kinds = dict.fromkeys(CUSTOMIZABLE_TYPE[f] for f in active)
    if user.recovery is not None and user.recovery.active:
        kinds["recovery-code"] = None
    return {"challenge": [{"type": kind} for kind in kinds]}


def refresh_token(grant: Grant) -> dict[str, Json]:
    """Renew tokens. By default MFA is demanded if the policy demands it and the original login was without MFA."""
    tenant, params = grant.tenant, grant.params
    token = params.required("refresh_token")
    scope, audience = params.text("scope"), params.text("audience")
    tenant.check_audience(audience)
    kept = tenant.tokens.refresh.get(token)
    if kept is None or kept.client_id != grant.application.client_id:
        raise tenant.refusal("invalid_refresh_token")
    if kept.user.deleted:
        named = tenant.rules.deleted_user_named_at_refresh
        raise tenant.refusal("deleted_user_refresh_token" if named else "invalid_refresh_token")
    if kept.user.blocked:
        raise tenant.refusal("user_blocked")
    if not kept.usable(tenant.clock.now(), grant.application.refresh_token_leeway, tenant.tokens.refresh):
        tokens.revoke(tenant, kept)  # a used token may have been stolen: entry T16 of the contract
        raise tenant.refusal("invalid_refresh_token")
    if tokens.binding_of_refresh_token(tenant, grant.application, kept) not in (None, grant.jkt):
        raise tenant.refusal("wrong_dpop_key", hint="the refresh token is bound to a key: expected a proof of that key")
    allowed = kept.scope.split()
    if audience == tenant.me_audience != kept.audience:
        allowed += ME_SCOPES  # entry M2 of the contract
    scope = kept.scope if scope is None else " ".join(s for s in scope.split() if s in allowed)
    audience = audience or kept.audience
    mode = tenant.rules.refresh_demands_mfa
    if mode == "always" or (mode == "unless-verified" and not kept.verified):
        scopes = tokens.granted_scopes(tenant, scope, audience)
        demanded = tenant.demands(kept.user, grant.application, audience, scopes)
        if demanded:
            session = tokens.new_session(tenant, kept.user, grant.application.client_id, scope, audience)
            session.methods, session.renewing = kept.methods, kept
            raise demand(tenant, session, demanded)
    rotated = kept if grant.application.rotate_refresh_tokens else None
    return grant.issue(kept.user, scope, audience, kept.methods, renewing=True, rotated=rotated)


def client_credentials(grant: Grant) -> dict[str, Json]:
    """Issue an access token for the application itself."""
    tenant = grant.tenant
    audience = grant.params.required("audience")
    tenant.check_audience(audience, "service_not_found")
    if audience == tenant.me_audience:
        raise tenant.refusal("client_grant_missing", audience=audience)
    scopes = tuple((grant.params.text("scope") or "").split())
    if audience == tenant.management_audience and not scopes:
        scopes = MANAGEMENT_SCOPES  # as for an application that may use all of them
    lifetime = tokens.ACCESS_TOKEN_LIFETIME
    jkt = tokens.binding(tenant, grant.application, audience, grant.jkt)
    body: dict[str, Json] = {
        "access_token": tokens.new_access_token(tenant, None, grant.application, scopes, audience, lifetime, jkt=jkt),
        "expires_in": lifetime,
        "token_type": tokens.token_type(jkt),
    }
    if scopes:
        body["scope"] = " ".join(scopes)
    return body


def session_of(tenant: Tenant, application: Application, token: str, *, for_grant: bool) -> Session:
    """The session of an ``mfa_token`` parameter: entries V13 to V15, H6 and H7 of the contract.

    With ``for_grant`` an access token for the MFA audience is accepted too, to confirm an authenticator that was
    associated with it. Challenges do not accept one.
    """
    session = tenant.tokens.mfa.get(token)
    if session is None and for_grant:
        session = _access_session(tenant, token)
    if session is None or session.dead(tenant):
        raise tenant.refusal("malformed_mfa_token")
    if session.expired(tenant):
        raise tenant.refusal("expired_mfa_token")
    if session.client_id != application.client_id:
        raise tenant.refusal("foreign_mfa_token")
    if session.user.blocked or session.user.deleted:
        raise tenant.refusal("user_blocked")
    return session


def _access_session(tenant: Tenant, token: str) -> Session | None:
    access = tenant.tokens.access.get(token)
    if access is None or access.user is None or tenant.mfa_audience not in access.audiences:
        return None
    if tenant.clock.now() >= access.expires_at:
        raise tenant.refusal("expired_mfa_token")
    if tokens.ENROLL not in access.scopes:
        raise tenant.refusal("missing_scope", scope=tokens.ENROLL)
    return tokens.managing_session(tenant, access, access.user)


def session_to_verify(grant: Grant, token: str, *, for_grant: bool) -> Session:
    """As `session_of`. A proof that is demanded and absent is refused here, before a code is used up."""
    session = session_of(grant.tenant, grant.application, token, for_grant=for_grant)
    if not session.following:
        tokens.binding(grant.tenant, grant.application, session.audience, grant.jkt)
    return session


def mfa_otp(grant: Grant) -> dict[str, Json]:
    """Verify with a one-time password."""
    token, code = grant.params.required("mfa_token"), grant.params.required("otp")
    session = session_to_verify(grant, token, for_grant=True)
    verification.verify_otp(grant.tenant, session, code)
    return verified(grant, session, "otp")


def mfa_oob(grant: Grant) -> dict[str, Json]:
    """Verify with an oob_code."""
    token, oob_code = grant.params.required("mfa_token"), grant.params.required("oob_code")
    binding_code = grant.params.text("binding_code")
    session = session_to_verify(grant, token, for_grant=True)
    factor = verification.verify_oob(grant.tenant, session, oob_code, binding_code)
    return verified(grant, session, factor)


def mfa_recovery_code(grant: Grant) -> dict[str, Json]:
    """Verify with a recovery code. The answer contains the new one that replaces it."""
    token, code = grant.params.required("mfa_token"), grant.params.required("recovery_code")
    session = session_to_verify(grant, token, for_grant=False)
    fresh = verification.verify_recovery_code(grant.tenant, session, code)
    return verified(grant, session, RECOVERY, fresh)


def verified(grant: Grant, session: Session, factor: str, recovery_code: str | None = None) -> dict[str, Json]:
    """Issue the tokens of a verified login, or demand its next factor: entry V20 of the contract.

    ``recovery_code`` is the new one, if a recovery code was used.
    """
    tenant = grant.tenant
    scope, audience = session.scope, session.audience
    methods = tuple(dict.fromkeys((*session.methods, "mfa", factor)))
    if session.following:
        client_id = grant.application.client_id
        following = tokens.new_session(tenant, session.user, client_id, scope, audience, session.nonce)
        following.methods, following.renewing = methods, session.renewing
        following.recovery_code = recovery_code or session.recovery_code  # else nobody would see it: section 3.1
        raise demand(tenant, following, session.following)
    if session.is_mfa_token and tenant.rules.mfa_grant_scope == "applied":
        scope, audience = grant.params.text("scope") or scope, grant.params.text("audience") or audience
        tenant.check_audience(audience)
    only_access_token = not session.is_mfa_token and not tenant.rules.confirmation_gives_id_token
    renewed = session.renewing
    rotates = renewed is not None and grant.application.rotate_refresh_tokens and not renewed.revoked
    body = grant.issue(
        session.user,
        scope,
        audience,
        methods,
        nonce=session.nonce,
        rotated=renewed if rotates else None,
        only_access_token=only_access_token,
    )
    if rotates:
        tenant.tokens.refresh[str(body["refresh_token"])].methods = methods
    recovery_code = recovery_code or session.recovery_code
    return body if recovery_code is None else {**body, "recovery_code": recovery_code}


_GRANTS = {
    "password": password,
    "password-realm": password_realm,
    "passwordless-otp": passwordless_otp,
    "refresh-token": refresh_token,
    "client-credentials": client_credentials,
    "mfa-otp": mfa_otp,
    "mfa-oob": mfa_oob,
    "mfa-recovery-code": mfa_recovery_code,
}


CONNECTIONS = ("email", "sms")


def start_passwordless(tenant: Tenant, request: Request) -> dict[str, Json]:
    """Send the code or link of a passwordless login."""
    params = Params(tenant, parse(tenant, request, attrgetter("token_json_as_form")))
    application = clients.authenticate(tenant, request, params, unnamed="passwordless_no_client_id")
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


def revoke(tenant: Tenant, request: Request) -> None:
    """Revoke a refresh token with its family. An unknown token is no error: entries R1 to R4 of the contract."""
    params = Params(tenant, parse(tenant, request, attrgetter("token_json_as_form")))
    application = clients.authenticate(tenant, request, params)
    known = tenant.tokens.refresh.get(params.required("token"))
    if known is None:
        return
    if known.client_id == application.client_id:
        tokens.revoke(tenant, known)
    elif tenant.rules.revoke_refuses_foreign_token:
        raise tenant.refusal("foreign_refresh_token")
