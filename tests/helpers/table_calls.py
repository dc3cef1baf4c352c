"""A call of an operation that would succeed, until a case of the table spoils it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from helpers.tenant_client import TenantClient

from pytest_auth0_mfa import Response, User
from pytest_auth0_mfa.spec.operations import OPERATIONS


@dataclass
class Ask:
    """One call, before it is sent."""

    api: TenantClient
    operation: str
    user: User
    body: Any = None
    token: str | None = None
    path: str = ""
    form: bool = False
    headers: dict[str, str] = field(default_factory=dict)

    def send(self) -> Response:
        """Make the call."""
        row = OPERATIONS[self.operation]
        return self.api.send(
            row.method, self.path or row.path, self.body, self.token, form=self.form, headers=self.headers
        )
