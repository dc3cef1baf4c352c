"""How mfa_tokens, access tokens, ID tokens and refresh tokens are issued, and what they contain."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TypeAlias
from urllib.parse import quote

from pytest_auth0_mfa.errors import ConfigurationError
from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.spec.operations import ME_SCOPES

from .entities import Application, User
from .entropy import MFA_TOKEN_LENGTH
from .issued import AccessToken, RefreshToken, Session
from .state import TenantState

Claims: TypeAlias = Callable[
    [User, Application, "tuple[str, ...]", "str | None", "tuple[str, ...]"], "Mapping[str, Json]"
]
"""A function of user, application, scopes, audience, and how the user signed in. It returns custom claims."""

RESERVED = frozenset(
    (
        *(
            "acr",
            "act",
            "active",
            "amr",
            "at_hash",
            "ath",
            "attest",
            "aud",
            "auth_time",
            "authorization_details",
            "azp",
        ),
        *("c_hash", "client_id", "cnf", "cty", "dest", "entitlements", "events", "exp", "groups", "gty", "htm", "htu"),
        *(
            "iat",
            "internalService",
            "iss",
            "jcard",
            "jku",
            "jti",
            "jwe",
            "jwk",
            "kid",
            "may_act",
            "mky",
            "nbf",
            "nonce",
        ),
        *("object_id", "org_id", "org_name", "orig", "origid", "permissions", "roles", "rph", "s_hash", "sid"),
        *("sip_callid", "sip_cseq_num", "sip_date", "sip_from_tag", "sip_via_branch", "sub", "sub_jwk", "toe", "txn"),
        *("typ", "uuid", "vot", "vtm", "x5t#S256"),
    )
)
"""Claims that no Action can set: Auth0 leaves them out, and the login succeeds."""


@dataclass(frozen=True, slots=True)
class SameForAll:
    """The same claims in every token: for configurations, which cannot contain functions."""

    claims: Mapping[str, Json]

    def __call__(
        self,
        user: User,
        application: Application,
        scopes: tuple[str, ...],
        audience: str | None,
        methods: tuple[str, ...],
    ) -> Mapping[str, Json]:
        return self.claims


_LOG = logging.getLogger("pytest_auth0_mfa")


def custom_claims(
    tenant: TenantState,
    user: User,
    application: Application,
    scopes: tuple[str, ...],
    audience: str | None,
    methods: tuple[str, ...],
) -> tuple[dict[str, Json], dict[str, Json]]:
    """The custom claims of the ID token and those of the access token."""
    if not user.claims and tenant.claims is None:
        return {}, {}
    wanted = _checked(user.claims, "User.claims")
    if tenant.claims is not None:
        wanted |= _checked(
            tenant.claims(user, application, scopes, audience, methods), "what Tenant(claims=...) returned"
        )
    permissions = wanted.pop("permissions", None)
    allowed = {name: value for name, value in wanted.items() if name not in RESERVED}
    for name in wanted.keys() - allowed.keys():
        _LOG.warning("claims: %r is a reserved claim; Auth0 leaves it out, and so does the fake", name)
    if audience in (tenant.mfa_audience, tenant.me_audience, tenant.management_audience):
        return allowed, {name: value for name, value in allowed.items() if "://" in name}
    in_access = allowed
    if audience and permissions is not None:  # from the API (role-based access control), not from an Action
        in_access = {**allowed, "permissions": permissions}
    return allowed, in_access


def _checked(claims: object, where: str) -> dict[str, Json]:
    """The claims, if they are strings with JSON values. Otherwise ConfigurationError names the first that is not."""
    if not isinstance(claims, Mapping):
        raise ConfigurationError(f"{where}: {type(claims).__name__}: expected a mapping of names and values")
    for name, value in claims.items():
        if not isinstance(name, str):
            raise ConfigurationError(f"{where}: {name!r}: expected a name that is a string")
        try:
            json.dumps(value, allow_nan=False)
        except (TypeError, ValueError):
            kind = type(value).__name__  # not the value, which may be a secret
            raise ConfigurationError(f"{where}: {name!r}: {kind}: expected a value that JSON has") from None
    return dict(claims)


ENROLL, READ, REMOVE = "enroll", "read:authenticators", "remove:authenticators"
MFA_SCOPES = (ENROLL, READ, REMOVE)
OIDC_SCOPES = ("openid", "profile", "email", "address", "phone", "offline_access")
MFA_ACCESS_TOKEN_LIFETIME = 600  # fixed: section 9 of the contract
ACCESS_TOKEN_LIFETIME = 86400
ID_TOKEN_LIFETIME = 36000


def managing_session(tenant: TenantState, access: AccessToken, user: User) -> Session:
    """The session of an access token for the MFA audience, which manages authenticators."""
    scope = " ".join(access.scopes)
    now = tenant.clock.now()
    return Session(access.token, user, access.client_id, scope, tenant.mfa_audience, now, is_mfa_token=False)


def granted_scopes(tenant: TenantState, scope: str | None, audience: str | None) -> tuple[str, ...]:
    """The scopes that a request is granted. No ``scope`` means the default scopes, and for the MFA audience all of
    its own, as for the My Account API."""
    own = {tenant.mfa_audience: MFA_SCOPES, tenant.me_audience: ME_SCOPES}.get(audience or "")
    if scope is not None and "openid" in scope.split() and tenant.rules.openid_grants_all:
        scope = f"{scope} profile email address phone"
    if scope is None:
        return (*tenant.rules.default_scope.split(), *(own or ()))
    asked = dict.fromkeys(scope.split())
    return tuple(s for s in asked if s in OIDC_SCOPES or (audience if own is None else s in own))


def new_session(
    tenant: TenantState, user: User, client_id: str, scope: str | None, audience: str | None, nonce: str | None = None
) -> Session:
    """A session that waits for its second factor."""
    now = tenant.clock.now()
    token = tenant.entropy.sealed(now + tenant.rules.mfa_token_lifetime, MFA_TOKEN_LENGTH)
    session = tenant.tokens.mfa[token] = Session(token, user, client_id, scope, audience, now, nonce)
    return session


def issue(
    tenant: TenantState,
    user: User,
    application: Application,
    scope: str | None,
    audience: str | None,
    *,
    methods: tuple[str, ...],
    nonce: str | None = None,
    renewing: bool = False,
    rotated: RefreshToken | None = None,
    only_access_token: bool = False,
    jkt: str | None = None,
) -> dict[str, Json]:
    """The body of a successful token response, its members in the recorded order.

    ``jkt`` is the thumbprint of the key that a proof came with; the tokens are bound to it if the API binds tokens.
    """
    jkt = binding(tenant, application, audience, jkt)
    scopes = granted_scopes(tenant, scope, audience)
    life = lifetime(tenant, audience)
    in_id_token, in_access_token = custom_claims(tenant, user, application, scopes, audience, methods)
    access_token = new_access_token(tenant, user, application, scopes, audience, life, in_access_token, jkt)
    tenant.tokens.access[access_token].claims = in_id_token
    body: dict[str, Json] = {"access_token": access_token}
    if "openid" in scopes and not only_access_token:
        body["id_token"] = id_token(tenant, user, application, scopes, nonce, in_id_token)
    if rotated is not None:
        body["refresh_token"] = rotate(tenant, rotated)
    elif "offline_access" in scopes and not renewing and not only_access_token:
        body["refresh_token"] = new_refresh_token(
            tenant,
            user,
            application.client_id,
            scope or " ".join(scopes),
            audience,
            methods,
            jkt=jkt,
        )
    body["expires_in"] = life
    if set(scopes) != set((scope or "").split()) or tenant.rules.scope_in_answer == "always":
        body["scope"] = " ".join(scopes)
    body["token_type"] = token_type(jkt)
    return body


def lifetime(tenant: TenantState, audience: str | None) -> int:
    """How many seconds an access token for this audience lives."""
    if audience == tenant.mfa_audience:
        return MFA_ACCESS_TOKEN_LIFETIME
    return tenant.rules.me_token_lifetime if audience == tenant.me_audience else ACCESS_TOKEN_LIFETIME


def token_type(jkt: str | None) -> str:
    """The scheme in which an access token is used."""
    return "Bearer" if jkt is None else "DPoP"


def binding(tenant: TenantState, application: Application, audience: str | None, jkt: str | None) -> str | None:
    """The thumbprint that a token for this audience is bound to, or None: entries B1, B2 and B7 of the contract.

    ``jkt`` is that of the proof's key, None without a proof, which is refused if the application or the API demands
    one. The Management API binds no tokens.
    """
    apis = tenant.proof_of_possession
    if audience == tenant.management_audience:
        binds, demands = False, False
    elif audience is None or audience in tenant.own_audiences or apis is None:
        binds, demands = True, False
    else:
        binds, demands = audience in apis, apis.get(audience, False)
    if application.require_proof_of_possession and not (binds and jkt):
        why = "there is none" if binds else "the API binds no tokens"
        raise tenant.refusal("dpop_proof_required", hint=f"the application demands a proof of possession, but {why}")
    if demands and jkt is None:
        raise tenant.refusal("dpop_proof_required", hint="the API demands a proof of possession, but there is none")
    return jkt if binds else None


def binding_of_refresh_token(tenant: TenantState, application: Application, token: RefreshToken) -> str | None:
    """The thumbprint of the key that a refresh token can be used with, or None for any.

    Its key counts for a public application, as RFC 9449 has it: entries B8 and U-37 of the contract.
    """
    if token.jkt is None:
        return None
    rule = tenant.rules.dpop_binds_refresh_token
    return token.jkt if rule == "always" or (rule == "public" and not application.confidential) else None


def new_access_token(
    tenant: TenantState,
    user: User | None,
    application: Application,
    scopes: tuple[str, ...],
    audience: str | None,
    lifetime: int,
    custom: Mapping[str, Json] | None = None,
    jkt: str | None = None,
) -> str:
    """Issue an access token: opaque without an audience, an RS256 JWT with one."""
    now = tenant.clock.now()
    audiences = [audience] if audience else []
    if "openid" in scopes and audience != tenant.management_audience:
        audiences.append(tenant.userinfo_audience)
    if audience:
        claims: dict[str, Json] = {
            "iss": tenant.issuer,
            "sub": user.id if user else f"{application.client_id}@clients",
            "aud": audiences if len(audiences) > 1 else audience,
            "iat": int(now),
            "exp": int(now) + lifetime,
            "scope": " ".join(scopes),
            "gty": "password" if user else "client-credentials",
            "azp": application.client_id,
            "jti": tenant.entropy.hexadecimal(22),
            **(custom or {}),
            **({} if jkt is None else {"cnf": {"jkt": jkt}}),
        }
        token = tenant.signer.sign(claims)
    else:
        token = tenant.entropy.opaque()
    tenant.tokens.access[token] = AccessToken(
        token, user, application.client_id, scopes, tuple(audiences), now + lifetime, jkt=jkt
    )
    return token


def new_refresh_token(
    tenant: TenantState,
    user: User,
    client_id: str,
    scope: str,
    audience: str | None,
    methods: tuple[str, ...],
    token: str | None = None,
    jkt: str | None = None,
) -> str:
    """Issue a refresh token, the first of its family."""
    token = token or tenant.entropy.refresh_token()
    tenant.tokens.refresh[token] = RefreshToken(token, user, client_id, scope, audience, methods, token, jkt=jkt)
    return token


def rotate(tenant: TenantState, old: RefreshToken) -> str:
    """Issue the refresh token that replaces ``old``: entry T15 of the contract."""
    new = tenant.entropy.refresh_token()
    tenant.tokens.refresh[new] = replace(old, token=new, successor=None, replaced_at=None)
    old.successor = new
    if old.replaced_at is None:  # the leeway counts from the first use
        old.replaced_at = tenant.clock.now()
    return new


def revoke(tenant: TenantState, token: RefreshToken) -> None:
    """Revoke a refresh token with its family. Access tokens stay valid: entry R1 of the contract."""
    for other in tenant.tokens.refresh.values():
        if other.family == token.family:
            other.revoked = True


def id_token(
    tenant: TenantState,
    user: User,
    application: Application,
    scopes: tuple[str, ...],
    nonce: str | None,
    custom: Mapping[str, Json] | None = None,
) -> str:
    """Issue an ID token. It has no claim amr: section 1.4 of the contract."""
    now = int(tenant.clock.now())
    claims: dict[str, Json] = {
        "iss": tenant.issuer,
        "sub": user.id,
        "aud": application.client_id,
        "iat": now,
        "exp": now + ID_TOKEN_LIFETIME,
    }
    if nonce:
        claims["nonce"] = nonce
    return tenant.signer.sign({**claims, **profile_claims(user, scopes), **(custom or {})})


def profile_claims(user: User, scopes: tuple[str, ...]) -> dict[str, Json]:
    """The claims that the scopes profile and email add."""
    claims: dict[str, Json] = {}
    if "profile" in scopes:
        kept = user.attributes
        claims |= {name: kept[name] for name in ("given_name", "family_name") if name in kept}
        claims["nickname"] = kept.get("nickname", user.email.partition("@")[0])
        claims["name"] = kept.get("name", user.email)
        claims["picture"] = kept.get("picture", picture(user))
        claims["updated_at"] = timestamp(kept.get("updated_at", user.created_at))
    if "email" in scopes:
        claims |= {"email": user.email, "email_verified": user.email_verified}
    return claims


def picture(user: User) -> str:
    """The default picture of a user, as recorded: Gravatar's, or else one of two letters."""
    address = user.email.lower()
    digest = hashlib.md5(address.encode(), usedforsecurity=False).hexdigest()
    initials = quote(f"https://cdn.auth0.com/avatars/{quote(address[:2])}.png", safe="")
    return f"https://s.gravatar.com/avatar/{digest}?s=480&r=pg&d={initials}"


def timestamp(at: float) -> str:
    """Epoch seconds in the format of Auth0's user profiles: ``2026-01-31T12:00:00.000Z``."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
