"""Exports a tenant as the JSON file that ``auth0-mfa serve --config FILE`` reads.

A tenant made from the file has the same applications, settings, users and refresh tokens; authenticator apps, recovery
codes and refresh tokens keep working. The file does not contain messages, calls, faults, the clock, unfinished logins,
access tokens, ids of authenticators, or authenticators of a factor that is off.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pytest_auth0_mfa.errors import ConfigurationError
from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.spec.profile import Profile
from pytest_auth0_mfa.tenant.entities import Application, Authenticator, User
from pytest_auth0_mfa.tenant.issued import RefreshToken
from pytest_auth0_mfa.tenant.policies import described
from pytest_auth0_mfa.tenant.tenant import Tenant
from pytest_auth0_mfa.tenant.tokens import SameForAll

from .call import ControlCall


def get_config(call: ControlCall) -> Json:
    """The tenant as a configuration file."""
    return config_of(call.tenant)


def config_of(tenant: Tenant) -> dict[str, Json]:
    """The content of the file. Raises ConfigurationError if claims or policy are functions, which JSON cannot
    express."""
    if tenant.claims is not None and not isinstance(tenant.claims, SameForAll):
        raise ConfigurationError("this tenant's claims are a function: it cannot be written down as a config")
    with tenant.lock:
        fresh = Tenant(domain=tenant.domain)
        main = tenant.applications.get(tenant.client_id)
        others = [item for item in tenant.applications.values() if item is not main]
        document: dict[str, Json] = {
            "applications": [_application(item) for item in ([main] if main else []) + others],
            "users": [_user(item, tenant) for item in tenant.users.values()],
            "factors": sorted(tenant.factors),
            "policy": _policy(tenant),
            "profile": {name: here for name, (here, _) in tenant.profile.differences(Profile()).items()},
        }
        if tenant.audiences is not None:
            document["audiences"] = sorted(tenant.audiences)
        if tenant.proof_of_possession is not None:
            document["proof_of_possession"] = dict(tenant.proof_of_possession)
        for name in ("code_lengths", "code_lifetimes"):
            if getattr(tenant, name) != getattr(fresh, name):
                document[name] = dict(getattr(tenant, name))
        if isinstance(tenant.claims, SameForAll):
            document["claims"] = dict(tenant.claims.claims)
        if tenant.fixed_code is not None:
            document["fixed_code"] = tenant.fixed_code
        if (polls := tenant.push.after(None)) is not None:
            document["push"] = {"approve_after_polls": polls}
    return document


def _policy(tenant: Tenant) -> Json:
    policy = described(tenant.policy)
    if policy == "custom":
        raise ConfigurationError("this tenant's policy is a function: it cannot be written down as a config")
    return policy


def _given(members: Mapping[str, Any]) -> dict[str, Json]:
    """The members without those that have their default value."""
    return {name: value for name, value in members.items() if value not in (None, False, 0, [], {})}


def _application(application: Application) -> Json:
    every = Application("any", "any").grant_types
    return _given(
        {
            "client_id": application.client_id,
            "client_secret": application.client_secret,
            "name": application.name if application.name != application.client_id else None,
            "token_endpoint_auth_method": application.token_endpoint_auth_method,
            "grant_types": sorted(application.grant_types) if application.grant_types != every else None,
            "public_keys": list(application.public_keys),
            "rotate_refresh_tokens": application.rotate_refresh_tokens,
            "refresh_token_leeway": application.refresh_token_leeway,
            "require_proof_of_possession": application.require_proof_of_possession,
        }
    )


def _user(user: User, tenant: Tenant) -> Json:
    enrolled = [entry for entry in user.entries if not _comes_along(entry, user) and entry.factor in tenant.factors]
    body = _given(
        {
            "user_id": user.id,
            "email": user.email,
            "password": user.password,
            "email_verified": user.email_verified,
            "phone_number": user.phone_number,
            "blocked": user.blocked,
            "claims": {name: value for name, value in user.claims.items() if name != "permissions"},
            "permissions": user.claims.get("permissions"),
            "recovery_code": user.recovery_code,
            "authenticators": [_authenticator(entry) for entry in enrolled],
            "refresh_tokens": [
                _refresh_token(entry)
                for entry in tenant.tokens.refresh.values()
                if entry.user is user and not entry.revoked and entry.replaced_at is None
            ],
        }
    )
    return body if user.mfa is None else body | {"mfa": user.mfa}


def _comes_along(authenticator: Authenticator, user: User) -> bool:
    """Whether the authenticator is added by enrolling its twin, which is earlier in the list."""
    return authenticator.twin is not None and authenticator.twin in user.entries[: user.entries.index(authenticator)]


def _authenticator(authenticator: Authenticator) -> Json:
    app = authenticator.twin if authenticator.factor == "push" else authenticator
    body = _given(
        {
            "factor": authenticator.factor,
            ("email" if authenticator.factor == "email" else "phone_number"): authenticator.address,
            "secret": None if app is None else app.secret,
        }
    )
    return body if authenticator.active else body | {"active": False}


def _refresh_token(token: RefreshToken) -> Json:
    return _given(
        {
            "token": token.token,
            "client_id": token.client_id,
            "scope": token.scope,
            "audience": token.audience,
            "methods": list(token.methods),
            "jkt": token.jkt,
        }
    )
