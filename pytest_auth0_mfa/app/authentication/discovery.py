"""What a tenant says about itself, and ``/userinfo``."""

from __future__ import annotations

from pytest_auth0_mfa.messages import Json, Request
from pytest_auth0_mfa.tenant import tokens
from pytest_auth0_mfa.tenant.tenant import Tenant


def openid_configuration(tenant: Tenant, request: Request) -> dict[str, Json]:
    """OpenID Connect Discovery."""
    url = tenant.url
    return {
        "issuer": tenant.issuer,
        "authorization_endpoint": f"{url}/authorize",
        "token_endpoint": f"{url}/oauth/token",
        "userinfo_endpoint": f"{url}/userinfo",
        "mfa_challenge_endpoint": f"{url}/mfa/challenge",
        "jwks_uri": f"{url}/.well-known/jwks.json",
        "scopes_supported": list(tokens.OIDC_SCOPES),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": [
            "client_secret_basic",
            "client_secret_post",
            "private_key_jwt",
            "none",
        ],
        "token_endpoint_auth_signing_alg_values_supported": ["RS256", "RS384", "PS256"],
        "claims_supported": ["aud", "email", "email_verified", "exp", "iat", "iss", "name", "nickname", "sub"],
    }


def jwks(tenant: Tenant, request: Request) -> dict[str, Json]:
    """The keys that tokens are signed with."""
    return tenant.signer.jwks()


def userinfo(tenant: Tenant, request: Request) -> dict[str, Json]:
    """The user of an access token that has the scope openid."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    access = tenant.tokens.access.get(token.strip()) if scheme.lower() == "bearer" else None
    if access is None or access.user is None or access.user.deleted or tenant.clock.now() >= access.expires_at:
        raise tenant.refusal("invalid_access_token")
    if tenant.userinfo_audience not in access.audiences:
        raise tenant.refusal("invalid_access_token")
    if access.user.blocked:
        raise tenant.refusal("user_blocked")
    return {"sub": access.user.id, **tokens.profile_claims(access.user, access.scopes)}
