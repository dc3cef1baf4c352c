"""A verified fake of Auth0's MFA API for pytest, with contract tests. Not a product of Auth0.

Importing this package loads no other module: pytest imports it in every run of every project that has it installed.
A public name is loaded when it is first used, and only the modules that it needs are loaded with it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_auth0_mfa.app import handler
    from pytest_auth0_mfa.cassettes.session import RecordMode
    from pytest_auth0_mfa.contract.findings.violation import ContractViolation
    from pytest_auth0_mfa.errors import (
        Auth0MfaError,
        ConfigurationError,
        MissingExtraError,
        OAuthError,
        UnknownOperationError,
    )
    from pytest_auth0_mfa.live.people.codes import OtpSource
    from pytest_auth0_mfa.live.people.push import PushApprover
    from pytest_auth0_mfa.messages import Fault, Handler, Headers, Request, Response
    from pytest_auth0_mfa.plugin.cassette import Auth0MfaCassette
    from pytest_auth0_mfa.plugin.fixtures import MakeServer, TenantKeywords
    from pytest_auth0_mfa.spec.factors import Channel, CodeChannel, Factor, Policy, TenantFactor
    from pytest_auth0_mfa.spec.operations import OperationId
    from pytest_auth0_mfa.spec.profile import Profile
    from pytest_auth0_mfa.spec.schemas import Schemas
    from pytest_auth0_mfa.tenant.clock import Clock
    from pytest_auth0_mfa.tenant.entities import Application, Authenticator, MfaDemand, User
    from pytest_auth0_mfa.tenant.journal import Call
    from pytest_auth0_mfa.tenant.outbox import Message
    from pytest_auth0_mfa.tenant.tenant import Tenant
    from pytest_auth0_mfa.transports.in_process import in_process
    from pytest_auth0_mfa.transports.server import serve

__all__ = [
    "Application",
    "Auth0MfaCassette",
    "Auth0MfaError",
    "Authenticator",
    "Call",
    "Channel",
    "Clock",
    "CodeChannel",
    "ConfigurationError",
    "ContractViolation",
    "Factor",
    "Fault",
    "Handler",
    "Headers",
    "MakeServer",
    "Message",
    "MfaDemand",
    "MissingExtraError",
    "OAuthError",
    "OperationId",
    "OtpSource",
    "Policy",
    "Profile",
    "PushApprover",
    "RecordMode",
    "Request",
    "Response",
    "Schemas",
    "Tenant",
    "TenantFactor",
    "TenantKeywords",
    "UnknownOperationError",
    "User",
    "handler",
    "in_process",
    "serve",
]

_MODULES = {
    "cassettes.session": ("RecordMode",),
    "app": ("handler",),
    "contract.findings.violation": ("ContractViolation",),
    "errors": (
        "Auth0MfaError",
        "ConfigurationError",
        "MissingExtraError",
        "OAuthError",
        "UnknownOperationError",
    ),
    "messages": ("Fault", "Handler", "Headers", "Request", "Response"),
    "live.people.codes": ("OtpSource",),
    "live.people.push": ("PushApprover",),
    "plugin.cassette": ("Auth0MfaCassette",),
    "plugin.fixtures": ("MakeServer", "TenantKeywords"),
    "spec.factors": ("Channel", "CodeChannel", "Factor", "Policy", "TenantFactor"),
    "spec.operations": ("OperationId",),
    "spec.profile": ("Profile",),
    "spec.schemas": ("Schemas",),
    "tenant.tenant": ("Tenant",),
    "tenant.clock": ("Clock",),
    "tenant.entities": ("Application", "Authenticator", "MfaDemand", "User"),
    "tenant.journal": ("Call",),
    "tenant.outbox": ("Message",),
    "transports.in_process": ("in_process",),
    "transports.server": ("serve",),
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names}


if not TYPE_CHECKING:  # a type checker would take any name for granted

    def __getattr__(name: str) -> object:
        """A public name, loaded when first asked for."""
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = globals()[name] = getattr(import_module(f".{_HOMES[name]}", __name__), name)
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
