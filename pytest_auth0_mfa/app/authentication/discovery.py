"""OpenID Connect discovery, the keys of a tenant, and ``/userinfo``."""

from __future__ import annotations

from pytest_auth0_mfa.messages import Json, Request
from pytest_auth0_mfa.spec.operations import GRANTS
from pytest_auth0_mfa.tenant import tokens
from pytest_auth0_mfa.tenant.jose import ALGORITHM
from pytest_auth0_mfa.tenant.tenant import Tenant

from .bearer import check_binding, presented

# As in published copies of real documents: entry D-31 of the contract.
_SCOPES = (
    *("openid", "profile", "offline_access", "name", "given_name", "family_name", "nickname"),
    *("email", "email_verified", "picture", "created_at", "identities", "phone", "address"),
)
_RESPONSE_TYPES = (
    *("code", "token", "id_token", "code token", "code id_token", "token id_token", "code token id_token"),
)
_CLAIMS = (
    *("aud", "auth_time", "created_at", "email", "email_verified", "exp", "family_name", "given_name", "iat"),
    *("identities", "iss", "name", "nickname", "phone_number", "picture", "sub"),
)


def openid_configuration(tenant: Tenant, request: Request) -> dict[str, Json]:
    """The document of OpenID Connect Discovery."""
    url = tenant.url
    return {
        "issuer": tenant.issuer,
        "authorization_endpoint": f"{url}/authorize",
        "token_endpoint": f"{url}/oauth/token",
        "device_authorization_endpoint": f"{url}/oauth/device/code",
        "userinfo_endpoint": f"{url}/userinfo",
        "mfa_challenge_endpoint": f"{url}/mfa/challenge",
        "jwks_uri": f"{url}/.well-known/jwks.json",
        "registration_endpoint": f"{url}/oidc/register",
        "revocation_endpoint": f"{url}/oauth/revoke",
        "scopes_supported": list(_SCOPES),
        "response_types_supported": list(_RESPONSE_TYPES),
        "code_challenge_methods_supported": ["S256", "plain"],
        "response_modes_supported": ["query", "fragment", "form_post"],
        "subject_types_supported": ["public"],
        "token_endpoint_auth_methods_supported": [
            "client_secret_basic",
            "client_secret_post",
            "private_key_jwt",
            "none",
        ],
        "token_endpoint_auth_signing_alg_values_supported": ["RS256", "RS384", "PS256"],
        "dpop_signing_alg_values_supported": [ALGORITHM],
        "claims_supported": list(_CLAIMS),
        "request_uri_parameter_supported": False,
        "request_parameter_supported": False,
        "id_token_signing_alg_values_supported": ["HS256", "RS256", "PS256"],
        "grant_types_supported": list(GRANTS),
    }


def jwks(tenant: Tenant, request: Request) -> dict[str, Json]:
    """The public keys of the tenant, as a JSON Web Key Set."""
    return tenant.signer.jwks()


def userinfo(tenant: Tenant, request: Request) -> dict[str, Json]:
    """The profile of the user of an access token, which needs the scope openid."""
    access = tenant.tokens.access.get(presented(request)[1])
    if access is None or access.user is None or access.user.deleted or tenant.clock.now() >= access.expires_at:
        raise tenant.refusal("invalid_access_token")
    if tenant.userinfo_audience not in access.audiences:
        raise tenant.refusal("invalid_access_token")
    if access.user.blocked:
        raise tenant.refusal("user_blocked")
    check_binding(tenant, request, access.jkt)
    return {"sub": access.user.id, **tokens.profile_claims(access.user, access.scopes), **access.claims}
