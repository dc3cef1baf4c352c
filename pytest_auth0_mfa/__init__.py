"""A verified fake of Auth0's MFA API for pytest, with contract tests. No product of Auth0's.

Importing this package loads the pure core only. It hands the core what the core has not: signing
and the schemas, both imported when first needed.
"""

from __future__ import annotations

from .app import handler
from .errors import (
    Auth0MfaError,
    ConfigurationError,
    ContractViolation,
    MissingExtraError,
    OAuthError,
    UnknownOperationError,
)
from .messages import Fault, Handler, Headers, Request, Response
from .profile import Profile
from .tenant import Tenant
from .tenant.authenticators import Authenticator
from .tenant.clock import Clock
from .tenant.directory import Application, User
from .tenant.journal import Call
from .tenant.outbox import Message
from .tenant.tokens import Signer

__all__ = [
    "Application",
    "Auth0MfaError",
    "Authenticator",
    "Call",
    "Clock",
    "ConfigurationError",
    "ContractViolation",
    "Fault",
    "Handler",
    "Headers",
    "Message",
    "MissingExtraError",
    "OAuthError",
    "Profile",
    "Request",
    "Response",
    "Tenant",
    "UnknownOperationError",
    "User",
    "handler",
]


def _make_signer() -> Signer:
    from .signing import run_signer

    return run_signer()


def _check_call(operation: str | None, request: Request, response: Response) -> list[str]:
    from .validation import check_call

    return check_call(operation, request, response)


Tenant.make_signer = staticmethod(_make_signer)
Call.checker = staticmethod(_check_call)


def __getattr__(name: str) -> object:
    """`in_process` and `serve`, loaded with what they need when first asked for."""
    if name == "in_process":
        from .transports.in_process import in_process

        return in_process
    if name == "serve":
        from .transports.server import serve

        return serve
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
