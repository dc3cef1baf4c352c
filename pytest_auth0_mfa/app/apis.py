"""The APIs of a tenant besides the MFA API: each has a prefix, and errors in a format of its own."""

from __future__ import annotations

from typing import Protocol

from pytest_auth0_mfa.errors import OAuthError
from pytest_auth0_mfa.messages import Json, Request
from pytest_auth0_mfa.spec.operations import Operation
from pytest_auth0_mfa.tenant.tenant import Tenant

PREFIXES = _MANAGEMENT, _MY_ACCOUNT = "/api/v2/", "/me/"
"""What the paths of these APIs begin with."""


class Api(Protocol):
    """An API below a prefix of its own whose errors have a format of their own."""

    LIMIT: str
    """The refusal of the tenant-wide limit there."""

    def route(self, tenant: Tenant, request: Request) -> Operation:
        """The operation of a request. Refuses unknown paths and methods."""

    def perform(self, tenant: Tenant, request: Request, operation: Operation) -> tuple[Json, dict[str, str]]:
        """Perform the operation. Returns the body of its success and the headers that go with it."""

    def envelope(self, tenant: Tenant, refusal: OAuthError) -> dict[str, Json]:
        """The body of a refusal."""

    def failure(self, tenant: Tenant, status: int, code: str | None, message: str | None) -> dict[str, Json]:
        """The body of an error that a test asked for."""


def api_of(path: str) -> Api | None:
    """The API of a path, imported when first asked for; None for the MFA API, which needs no other."""
    if path.startswith(_MANAGEMENT):
        from . import management

        return management
    if path.startswith(_MY_ACCOUNT):
        from . import myaccount

        return myaccount
    return None
