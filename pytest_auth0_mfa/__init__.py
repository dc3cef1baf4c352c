"""A verified fake of Auth0's MFA API for pytest, with contract tests. No product of Auth0's.

Importing this package loads nothing yet: pytest imports it in every run of every project that has
it installed. A public name is loaded when it is first asked for, the pure core with it and no more.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
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
    from .transports.in_process import in_process
    from .transports.server import serve

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
    "in_process",
    "serve",
]

_MODULES = {
    "app": ("handler",),
    "errors": (
        "Auth0MfaError",
        "ConfigurationError",
        "ContractViolation",
        "MissingExtraError",
        "OAuthError",
        "UnknownOperationError",
    ),
    "messages": ("Fault", "Handler", "Headers", "Request", "Response"),
    "profile": ("Profile",),
    "tenant": ("Tenant",),
    "tenant.authenticators": ("Authenticator",),
    "tenant.clock": ("Clock",),
    "tenant.directory": ("Application", "User"),
    "tenant.journal": ("Call",),
    "tenant.outbox": ("Message",),
    "transports.in_process": ("in_process",),
    "transports.server": ("serve",),
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> object:
    """A public name, loaded when first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f".{_HOMES[name]}", __name__), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


# -- what the pure core has not, and `app` hands to it: imported when first needed --------------


def make_signer() -> Signer:
    """The signer of this run."""
    from .signing import run_signer

    return run_signer()


def check_call(operation: str | None, request: Request, response: Response) -> list[str]:
    """Where a call differs from its schemas."""
    from .validation import check_call as check

    return check(operation, request, response)
