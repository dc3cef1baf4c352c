"""Custom claims, as an Action would add them to ID and access tokens: section 2.5 of the contract."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from pytest_auth0_mfa.errors import ConfigurationError
from pytest_auth0_mfa.messages import Json

from .entities import Application, User
from .state import TenantState

Claims: TypeAlias = Callable[
    [User, Application, "tuple[str, ...]", "str | None", "tuple[str, ...]"], "Mapping[str, Json]"
]
"""User, application, scopes, audience, and how the user signed in."""

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
"""Names that no Action can set: Auth0 leaves such a claim out and the login succeeds."""


@dataclass(frozen=True, slots=True)
class SameForAll:
    """The same claims in every token: what a configuration can say without code."""

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
    """What is added to the ID token, and what to the access token."""
    if not user.claims and tenant.claims is None:
        return {}, {}
    wanted = dict(user.claims)
    if tenant.claims is not None:
        added = tenant.claims(user, application, scopes, audience, methods)
        if not isinstance(added, Mapping) or not all(isinstance(name, str) for name in added):
            raise ConfigurationError(
                f"Tenant(claims=...): the function returned {type(added).__name__}: expected a mapping"
            )
        wanted |= added
    permissions = wanted.pop("permissions", None)
    allowed = {name: value for name, value in wanted.items() if name not in RESERVED}
    for name in wanted.keys() - allowed.keys():
        _LOG.warning("claims: %r is a reserved claim; Auth0 leaves it out, and so does the fake", name)
    if audience in (tenant.mfa_audience, tenant.management_audience):
        return allowed, {name: value for name, value in allowed.items() if "://" in name}
    in_access = allowed
    if audience and permissions is not None:  # no Action's: the API's own, with role-based access control
        in_access = {**allowed, "permissions": permissions}
    return allowed, in_access
